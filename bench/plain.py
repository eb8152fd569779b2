"""The base of a prepared model in transformers, for comparison: the same weights in the same
type.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

from mplus_cli.model.config import ModelConfig


def plain_llama(folder: Path) -> LlamaForCausalLM:
    """The prepared form taken apart again; for bases with default RoPE and a tied head, as the
    default model's.
    """
    net = ModelConfig.load(folder).architecture
    outer = load_file(folder / "outer.safetensors")
    tensors = {
        "model.embed_tokens.weight": outer["embedding"],
        "model.norm.weight": outer["final_norm"],
    }
    for number in range(net.layers):
        layer, prefix = (
            load_file(folder / f"layer-{number:03}.safetensors"),
            f"model.layers.{number}",
        )
        key, value = layer["kv.weight"].chunk(2)
        gate, up = layer["gate_up.weight"].chunk(2)
        tensors |= {
            f"{prefix}.input_layernorm.weight": layer["input_norm"],
            f"{prefix}.post_attention_layernorm.weight": layer["post_norm"],
            f"{prefix}.self_attn.q_proj.weight": layer["q.weight"],
            f"{prefix}.self_attn.k_proj.weight": key,
            f"{prefix}.self_attn.v_proj.weight": value,
            f"{prefix}.self_attn.o_proj.weight": layer["o.weight"],
            f"{prefix}.mlp.gate_proj.weight": gate,
            f"{prefix}.mlp.up_proj.weight": up,
            f"{prefix}.mlp.down_proj.weight": layer["down.weight"],
        }
    theta = float(outer["frequencies"].flatten()[1].double() ** (-net.head_dim / 2))
    llama = LlamaConfig(
        vocab_size=net.vocabulary,
        hidden_size=net.hidden,
        intermediate_size=len(gate),
        num_hidden_layers=net.layers,
        num_attention_heads=net.heads,
        num_key_value_heads=net.kv_heads,
        rms_norm_eps=net.rms_eps,
        max_position_embeddings=net.max_positions,
        rope_parameters={"rope_type": "default", "rope_theta": round(theta)},
        tie_word_embeddings=True,
    )
    with torch.device("meta"):
        plain = LlamaForCausalLM(llama)
    kind = getattr(torch, net.dtype)
    plain.load_state_dict(
        {name: tensor.to(kind) for name, tensor in tensors.items()}, strict=False, assign=True
    )
    plain.tie_weights()
    plain.model.rotary_emb = type(plain.model.rotary_emb)(llama)
    return plain.eval()
