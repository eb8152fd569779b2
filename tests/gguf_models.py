"""Tiny random models of transformers as GGUF files, written as llama.cpp's conversion writes them.

The names of tensors come from the `gguf` package's own table, so they are not what the product
says they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf.quants import quantize
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM

from tests.toy import SPECIAL

HIDDEN, LAYERS, VOCABULARY = 64, 4, 256 + len(SPECIAL)
_SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": HIDDEN,
    "intermediate_size": 96,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "rms_norm_eps": 2.0**-20,
    "bos_token_id": 256,
    "eos_token_id": 258,
    "pad_token_id": None,
    "tie_word_embeddings": False,
}
_THETA = {"rope_theta": 5000.0}
_PLAIN = {"rope_type": "default"} | _THETA
_YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 256}


@dataclass(frozen=True)
class Case:
    """A model: its architecture in GGUF's words, what its config has beside the sizes, and what
    the conversion writes for that.
    """

    architecture: str
    model_type: str
    config: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    permuted: bool = False
    plus_one: bool = False

    def model(self, seed: int = 0) -> Any:
        """With random norms and biases: transformers begins with ones and zeros."""
        given = _SIZES | {"rope_parameters": _PLAIN} | self.config
        torch.manual_seed(seed)
        config = AutoConfig.for_model(self.model_type, **given)
        made = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
        with torch.no_grad():
            for weight in made.parameters():
                weight.normal_(0, 0.1).add_(1 if weight.dim() == 1 and not self.plus_one else 0)
        return made


def _case(name: str, **given: Any) -> Case:
    return Case(name, given.pop("model_type", name), **given)


_LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
    "rope_theta": 500_000.0,
}
_WIDE = {"head_dim": 24}  # not hidden/heads
_WIDE_KEYS = {"attention.key_length": 24, "attention.value_length": 24}
_LONG = {"short_factor": [1.0, 1.5, 2.0, 2.5, 3.0, 3.5], "long_factor": [1.0, 4.0, 5, 6, 7, 8.0]}
CASES = {
    "llama": _case("llama", permuted=True, keys={"rope.dimension_count": 16}),
    "llama-tied-biased-wide": _case(
        "llama",
        permuted=True,
        config=_WIDE | {"tie_word_embeddings": True, "attention_bias": True},
        keys=_WIDE_KEYS | {"rope.dimension_count": 24},
    ),
    "llama-3.1": _case("llama", permuted=True, config={"rope_parameters": _LLAMA3}),
    "llama-linear": _case(
        "llama",
        permuted=True,
        config={"rope_parameters": {"rope_type": "linear", "factor": 2.0} | _THETA},
        keys={"rope.scaling.type": "linear", "rope.scaling.factor": 2.0},
    ),
    "ministral3": _case(
        "mistral3",
        model_type="ministral3",
        permuted=True,
        config={
            "head_dim": 16,
            "rope_parameters": _YARN
            | _THETA
            | {
                "beta_fast": 16.0,
                "beta_slow": 2.0,
                "mscale": 1.0,
                "mscale_all_dim": 1.0,
                "llama_4_scaling_beta": 0.125,
            },
        },
        keys={
            "rope.scaling.type": "yarn",
            "rope.scaling.factor": 4.0,
            "rope.scaling.original_context_length": 256,
            "rope.scaling.yarn_beta_fast": 16.0,
            "rope.scaling.yarn_beta_slow": 2.0,
            "rope.scaling.yarn_log_multiplier": 1.0,
            "attention.temperature_scale": 0.125,
        },
    ),
    "mistral-small-3": _case("mistral3", model_type="mistral", permuted=True),
    "smollm3": _case("smollm3", permuted=True),
    "granite": _case(
        "granite",
        permuted=True,
        config={
            "attention_multiplier": 0.125,
            "embedding_multiplier": 12.0,
            "residual_multiplier": 0.25,
            "logits_scaling": 8.0,
        },
        keys={
            "attention.scale": 0.125,
            "embedding_scale": 12.0,
            "residual_scale": 0.25,
            "logit_scale": 8.0,
        },
    ),
    "qwen2": _case("qwen2"),
    "qwen2-yarn": _case(
        "qwen2",
        config={"rope_parameters": _YARN | _THETA},
        keys={
            "rope.scaling.type": "yarn",
            "rope.scaling.factor": 4.0,
            "rope.scaling.original_context_length": 256,
        },
    ),
    "qwen3": _case("qwen3", config=_WIDE, keys=_WIDE_KEYS),
    "phi3": _case("phi3", config={"sliding_window": 5}, keys={"attention.sliding_window": 5}),
    "phi4-mini": _case(
        "phi3",
        config={
            "rope_parameters": {"rope_type": "longrope", "partial_rotary_factor": 0.75}
            | _LONG
            | _THETA,
            "original_max_position_embeddings": 256,
            "tie_word_embeddings": True,
        },
        keys={
            "rope.dimension_count": 12,
            "rope.scaling.original_context_length": 256,
            "rope.scaling.attn_factor": (1 + np.log(4) / np.log(256)) ** 0.5,
            "attention.sliding_window": 0,
        },
    ),
    "gemma2": _case(
        "gemma2",
        plus_one=True,
        config=_WIDE
        | {
            "query_pre_attn_scalar": 24,
            "sliding_window": 5,
            "attn_logit_softcapping": 40.0,
            "final_logit_softcapping": 20.0,
            "tie_word_embeddings": True,
        },
        keys=_WIDE_KEYS
        | {
            "attention.sliding_window": 5,
            "attn_logit_softcapping": 40.0,
            "final_logit_softcapping": 20.0,
        },
    ),
    "gemma3": _case(
        "gemma3",
        model_type="gemma3_text",
        plus_one=True,
        config=_WIDE
        | {
            "query_pre_attn_scalar": 24,
            "sliding_window": 5,
            "num_hidden_layers": 7,
            "tie_word_embeddings": True,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
                "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
            },
        },
        keys=_WIDE_KEYS
        | {
            "attention.sliding_window": 5,
            "rope.scaling.type": "linear",
            "rope.scaling.factor": 8.0,
            "rope.freq_base": 1e6,
        },
    ),
    "olmo2": _case("olmo2"),
    "olmo3": _case(
        "olmo2",
        model_type="olmo3",
        config={
            "sliding_window": 5,
            "rope_parameters": {"full_attention": _PLAIN, "sliding_attention": _PLAIN},
        },
        keys={
            "attention.sliding_window": 5,
            "attention.sliding_window_pattern": [True, True, True, False],
        },
    ),
}


def write(
    path: Path,
    case: Case,
    model: Any,
    kind: str = "F32",
    without: Sequence[str] = (),
    **changes: Any,
) -> Path:
    """kind: of its matrices; without: names of tensors left out; changes: keys of the metadata
    (`a__b` is `a.b`), None takes one out.
    """
    writer = gguf.GGUFWriter(str(path), case.architecture)
    keys = _metadata(case, model.config) | {
        name.replace("__", "."): value for name, value in changes.items()
    }
    for name, value in keys.items():
        _put(writer, name, value)
    for name, tensor in _tensors(case, model).items():
        if name not in without:
            own = kind if tensor.dim() > 1 else "F32"
            kept = gguf.GGMLQuantizationType[own]
            writer.add_tensor(name, quantize(tensor.numpy(), kept), raw_dtype=kept)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def byte_vocabulary() -> dict[str, Any]:
    """Metadata of a byte-level tokenizer without merges."""
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": [*_byte_letters(), *SPECIAL],
        "tokenizer.ggml.token_type": [1] * 256 + [3] * len(SPECIAL),
        "tokenizer.ggml.merges": None,
        "tokenizer.ggml.bos_token_id": 256,
        "tokenizer.ggml.eos_token_id": 258,
    }


def _byte_letters() -> list[str]:
    """GPT-2's letter for each byte: itself where it can be seen, else the next from 256 on."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in seen else next(others)) for byte in range(256)]


def _metadata(case: Case, config: Any) -> dict[str, Any]:
    rope = config.rope_parameters
    sizes = {
        "block_count": config.num_hidden_layers,
        "context_length": config.max_position_embeddings,
        "embedding_length": config.hidden_size,
        "feed_forward_length": config.intermediate_size,
        "attention.head_count": config.num_attention_heads,
        "attention.head_count_kv": config.num_key_value_heads,
        "attention.layer_norm_rms_epsilon": config.rms_norm_eps,
        "rope.freq_base": rope.get("full_attention", rope)["rope_theta"],
    }
    of_architecture = {f"{case.architecture}.{key}": v for key, v in (sizes | case.keys).items()}
    return of_architecture | byte_vocabulary()


def _put(writer: gguf.GGUFWriter, name: str, value: Any) -> None:
    kinds = {bool: "bool", int: "uint32", float: "float32", str: "string", list: "array"}
    if value is not None:
        kind = "float32" if isinstance(value, np.floating) else kinds[type(value)]
        getattr(writer, f"add_{kind}")(name, value)


def _tensors(case: Case, model: Any) -> dict[str, Tensor]:
    config = model.config
    architecture = {name: key for key, name in gguf.MODEL_ARCH_NAMES.items()}[case.architecture]
    names = gguf.get_tensor_name_map(architecture, config.num_hidden_layers)
    out = {}
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
        projection = name.split(".")[-2]
        changed = tensor
        if case.permuted and projection in heads:
            changed = _neighbours(tensor, heads[projection])
        if case.plus_one and name.endswith("norm.weight"):
            changed = tensor + 1
        out[names.get_name(name, try_suffixes=(".weight", ".bias"))] = changed
    return out | _rope_tensors(config.rope_parameters)


def _neighbours(tensor: Tensor, heads: int) -> Tensor:
    """Rows of each head: 0, e/2, 1, e/2+1, …"""
    halves = tensor.reshape(heads, 2, -1, *tensor.shape[1:])
    return halves.transpose(1, 2).reshape(tensor.shape)


def _rope_tensors(rope: dict[str, Any]) -> dict[str, Tensor]:
    if rope.get("rope_type") == "longrope":
        return {
            f"rope_factors_{length}.weight": torch.tensor(rope[f"{length}_factor"])
            for length in ("short", "long")
        }
    if rope.get("rope_type") != "llama3":
        return {}
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    scaled = LlamaConfig(hidden_size=HIDDEN, num_attention_heads=4, rope_parameters=rope)
    speeds = ROPE_INIT_FUNCTIONS["llama3"](scaled, "cpu")[0]
    plain = rope["rope_theta"] ** -(torch.arange(len(speeds)) / len(speeds))
    return {"rope_freqs.weight": plain / speeds}
