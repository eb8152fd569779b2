"""A prepared plain model as a GGUF file, quantized as llama.cpp reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
from safetensors.torch import load_file
from torch import Tensor

from mplus_cli.model.config import Architecture, ModelConfig


def write_gguf(folder: Path, file: Path, form: str) -> None:
    """form: a type of the `gguf` package that it can quantize to, such as Q8_0, for all matrices,
    the embedding among them.
    """
    net, kind = ModelConfig.load(folder).architecture, gguf.GGMLQuantizationType[form]
    writer = gguf.GGUFWriter(file, "llama", use_temp_file=True)
    outer = load_file(folder / "outer.safetensors")
    first = load_file(folder / "layer-000.safetensors")
    describe(writer, net, first["down.weight"].shape[1], float(outer["frequencies"].flatten()[1]))

    def put(name: str, tensor: Tensor) -> None:
        values = tensor.float().numpy()
        if values.ndim == 1:
            writer.add_tensor(f"{name}.weight", values)
        else:
            packed = gguf.quants.quantize(values, kind)
            writer.add_tensor(f"{name}.weight", packed, raw_dtype=kind)

    put("token_embd", outer["embedding"])
    put("output_norm", outer["final_norm"])
    for number in range(net.layers):
        put_layer(put, net, load_file(folder / f"layer-{number:03}.safetensors"), f"blk.{number}")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def describe(writer: Any, net: Architecture, inner: int, second_frequency: float) -> None:
    """What llama.cpp must know; the file has no words, only their number."""
    writer.add_context_length(net.max_positions)
    writer.add_embedding_length(net.hidden)
    writer.add_block_count(net.layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(net.heads)
    writer.add_head_count_kv(net.kv_heads)
    writer.add_key_length(net.head_dim)
    writer.add_value_length(net.head_dim)
    writer.add_rope_dimension_count(net.head_dim)
    writer.add_rope_freq_base(second_frequency ** (-net.head_dim / 2))
    writer.add_layer_norm_rms_eps(net.rms_eps)
    writer.add_vocab_size(net.vocabulary)
    writer.add_tokenizer_model("no_vocab")


def put_layer(put: Any, net: Architecture, layer: dict[str, Tensor], name: str) -> None:
    key, value = layer["kv.weight"].chunk(2)
    gate, up = layer["gate_up.weight"].chunk(2)
    put(f"{name}.attn_norm", layer["input_norm"])
    put(f"{name}.ffn_norm", layer["post_norm"])
    put(f"{name}.attn_q", interleaved(layer["q.weight"], net.heads))
    put(f"{name}.attn_k", interleaved(key, net.kv_heads))
    put(f"{name}.attn_v", value)
    put(f"{name}.attn_output", layer["o.weight"])
    put(f"{name}.ffn_gate", gate)
    put(f"{name}.ffn_up", up)
    put(f"{name}.ffn_down", layer["down.weight"])


def interleaved(weight: Tensor, heads: int) -> Tensor:
    """llama.cpp turns the neighbours 2i and 2i + 1 of a head, not i and i + e/2."""
    rows, columns = weight.shape
    halves = weight.view(heads, 2, rows // heads // 2, columns)
    return halves.transpose(1, 2).reshape(rows, columns)
