"""What a GGUF file calls a model -> transformers' config.json, as far as the file says.

Keys and what they mean: github.com/ggml-org/ggml, docs/gguf.md, and llama.cpp's conversion, which
this undoes. What the file leaves to the program that runs it (which layers have a window, a query
scale) is named where it is filled in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mplus_cli.errors import ModelError
from mplus_cli.model.prepared.gguf_file.container import GgufFile
from mplus_cli.model.prepared.gguf_file.fields import Fields
from mplus_cli.model.prepared.gguf_file.rope import rope_parameters


@dataclass(frozen=True)
class Kind:
    """How an architecture's tensors lie in a GGUF file, where that differs from transformers."""

    model_type: str
    # Rows of queries and keys so that RoPE turns neighbours: 0, e/2, 1, e/2+1, … of each head.
    interleaved: bool = False
    norms_plus_one: bool = False  # a norm's weight is stored as what it multiplies by
    fused: bool = False  # q, k and v as one, gate and up as one (transformers has them so, too)
    norms: tuple[str, ...] = ("attn_norm", "ffn_norm")  # in the order of transformers' own
    qk_norms: bool = False


_FOUR_NORMS = ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
KINDS = {
    "llama": Kind("llama", interleaved=True),
    "mistral": Kind("mistral", interleaved=True),
    "mistral3": Kind("mistral", interleaved=True),
    "smollm3": Kind("smollm3", interleaved=True),
    "granite": Kind("granite", interleaved=True),
    "qwen2": Kind("qwen2"),
    "qwen3": Kind("qwen3", qk_norms=True),
    "phi3": Kind("phi3", fused=True),
    "gemma2": Kind("gemma2", norms_plus_one=True, norms=_FOUR_NORMS),
    "gemma3": Kind("gemma3_text", norms_plus_one=True, norms=_FOUR_NORMS, qk_norms=True),
    "olmo2": Kind("olmo2", norms=("post_attention_norm", "post_ffw_norm"), qk_norms=True),
}
_OTHERS = {  # what is refused, by a part of its name
    "moe": "a mixture of experts",
    "mixtral": "a mixture of experts",
    "deepseek2": "a mixture of experts",
    "gpt-oss": "a mixture of experts",
    "llama4": "a mixture of experts",
    "dbrx": "a mixture of experts",
    "mamba": "a state-space model",
    "jamba": "a state-space model",
    "rwkv": "a recurrent model",
    "lfm2": "a model with convolutions",
    "qwen3next": "a state-space model",
    "qwen35": "a state-space model",
    "granitehybrid": "a state-space model",
    "clip": "a vision tower",
    "mmproj": "a vision tower",
    "vl": "a model that reads pictures",
    "bert": "an encoder",
    "t5": "an encoder with a decoder",
    "embedding": "an embedding model",
}


def kind_of(file: GgufFile) -> Kind:
    """Raises `ModelError` for an architecture that mplus does not run, by its name."""
    name = file.get("general.architecture", str, "")
    if file.get("split.count", int, 0) > 1:
        raise ModelError(
            f"{file.path} is one part of several", "join them with: llama-gguf-split --merge"
        )
    what = _not_run(file, name)
    if what:
        raise ModelError(
            f"{file.path} holds {what} (architecture {name!r}), which mplus does not run",
            f"take a decoder of one of these: {', '.join(KINDS)}",
        )
    return KINDS[name]


def _not_run(file: GgufFile, name: str) -> str:
    """What the file holds instead of a decoder with full attention; empty where it holds one."""
    purpose = file.get("general.type", str, "model")
    signs = {
        f"no model but an {purpose!r}": purpose != "model",
        "a mixture of experts": file.get(f"{name}.expert_count", int, 0) > 0,
        "a state-space model": any(key.startswith(f"{name}.ssm.") for key in file.metadata),
        "an embedding model": file.get(f"{name}.pooling_type", int, 0) > 0,
        "an encoder": not file.get(f"{name}.attention.causal", bool, True),
    }
    seen = [what for what, there in signs.items() if there]
    if seen or name in KINDS:
        return seen[0] if seen else ""
    return next((what for part, what in _OTHERS.items() if part in name), "an unknown model")


def config_of(file: GgufFile) -> dict[str, Any]:
    """transformers' config.json of a file. Raises `ModelError`."""
    kind, said = kind_of(file), Fields(file)
    hidden, heads = said.size("embedding_length"), said.size("attention.head_count")
    layers = said.size("block_count")
    if layers > len(file.tensors):
        raise file.damaged(f"it claims {layers} layers")
    config: dict[str, Any] = {
        "model_type": kind.model_type,
        "vocab_size": _rows(file, "token_embd.weight"),
        "hidden_size": hidden,
        "intermediate_size": said.size("feed_forward_length"),
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": said.size("attention.head_count_kv", heads),
        "head_dim": said.size("attention.key_length", max(1, hidden // heads)),
        "max_position_embeddings": said.size("context_length"),
        "rms_norm_eps": said.needed("attention.layer_norm_rms_epsilon"),
        "hidden_act": "silu",
        "attention_bias": any(name.endswith("attn_q.bias") for name in file.tensors),
        "tie_word_embeddings": "output.weight" not in file.tensors,
        "dtype": _dtype(file),
    }
    for field, key in (("bos", "bos"), ("eos", "eos"), ("pad", "padding")):
        config[f"{field}_token_id"] = file.get(f"tokenizer.ggml.{key}_token_id", int)
    config["rope_parameters"] = rope_parameters(said, config["head_dim"])
    special = _SPECIAL.get(said.name)
    return config | (special(said, config) if special else {})


def _rows(file: GgufFile, name: str) -> int:
    if name not in file.tensors:
        raise file.damaged(f"it has no {name}")
    return file.tensors[name].shape[0]


def _dtype(file: GgufFile) -> str:
    """What the model is kept in: float32 where every matrix of the file is, else 16 bits.

    float16 becomes bfloat16, too: CPUs compute in it, and no state leaves its range.
    """
    kinds = {entry.kind.name for entry in file.tensors.values() if len(entry.shape) > 1}
    return "float32" if kinds == {"F32"} else "bfloat16"


def _windows(said: Fields, config: dict[str, Any], every: int) -> dict[str, Any]:
    """A sliding window in all layers but each last of `every`, as the program that the file was
    made for has it; a pattern in the file wins.
    """
    window = said.number("attention.sliding_window")
    if not window:
        return {"sliding_window": None}
    layers = config["num_hidden_layers"]
    pattern = said.file.metadata.get(f"{said.name}.attention.sliding_window_pattern", every)
    if isinstance(pattern, int) and pattern > 0:
        slides = [(layer + 1) % pattern != 0 for layer in range(layers)]
    elif isinstance(pattern, list) and len(pattern) == layers:
        slides = [bool(each) for each in pattern]
    else:
        raise said.file.damaged(f"its pattern of sliding windows is {str(pattern)[:40]!r}")
    return {
        "sliding_window": int(window),
        "layer_types": ["sliding_attention" if slide else "full_attention" for slide in slides],
    }


def _gemma2(said: Fields, config: dict[str, Any]) -> dict[str, Any]:
    found = _gemma(said, config, every=2, wide=46)
    caps = {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}
    given = {name: said.number(name) for name in caps}
    return found | {name: value or caps[name] for name, value in given.items()}


def _gemma3(said: Fields, config: dict[str, Any]) -> dict[str, Any]:
    local = {
        "rope_type": "default",
        "rope_theta": said.number("rope.freq_base_swa") or 10_000.0,
    }
    found = _gemma(said, config, every=6, wide=62) | {
        "final_logit_softcapping": said.number("final_logit_softcapping"),
        "attn_logit_softcapping": None,
    }
    tables = {"full_attention": config["rope_parameters"], "sliding_attention": local}
    return found | {"rope_parameters": tables}


def _gemma(said: Fields, config: dict[str, Any], every: int, wide: int) -> dict[str, Any]:
    """The largest of each Gemma, which is told by its layers, divides queries by the width of a
    head as if heads were hidden/heads wide; no file says so.
    """
    largest = config["num_hidden_layers"] == wide
    per_head = config["hidden_size"] // config["num_attention_heads"]
    return _windows(said, config, every) | {
        "hidden_activation": "gelu_pytorch_tanh",
        "hidden_act": "gelu_pytorch_tanh",
        "query_pre_attn_scalar": per_head if largest else config["head_dim"],
    }


def _llama(said: Fields, config: dict[str, Any]) -> dict[str, Any]:
    """A window in all layers makes it what transformers calls a Mistral."""
    window = said.number("attention.sliding_window")
    return {"model_type": "mistral", "sliding_window": int(window)} if window else {}


def _phi3(said: Fields, config: dict[str, Any]) -> dict[str, Any]:
    original = said.size("rope.scaling.original_context_length", config["max_position_embeddings"])
    window = said.number("attention.sliding_window")
    return {
        "original_max_position_embeddings": original,
        "sliding_window": int(window) if window else None,
    }


def _olmo2(said: Fields, config: dict[str, Any]) -> dict[str, Any]:
    """OLMo 3 has the same name, and windows: in all layers but every fourth."""
    windows = _windows(said, config, every=4)
    if windows["sliding_window"] is None:
        return {}
    plain = {"rope_type": "default", "rope_theta": config["rope_parameters"]["rope_theta"]}
    tables = {"full_attention": config["rope_parameters"], "sliding_attention": plain}
    return windows | {"model_type": "olmo3", "rope_parameters": tables}


def _smollm3(said: Fields, config: dict[str, Any]) -> dict[str, Any]:
    """Every fourth layer is without positions; no file says so."""
    layers = range(config["num_hidden_layers"])
    return {
        "no_rope_layer_interval": 4,
        "no_rope_layers": [int((layer + 1) % 4 != 0) for layer in layers],
    }


def _granite(said: Fields, config: dict[str, Any]) -> dict[str, Any]:
    return said.given(
        attention_multiplier="attention.scale",
        embedding_multiplier="embedding_scale",
        residual_multiplier="residual_scale",
        logits_scaling="logit_scale",
    )


def _mistral3(said: Fields, config: dict[str, Any]) -> dict[str, Any]:
    """Ministral 3 scales its queries by their positions, Mistral Small 3 does not."""
    beta = said.number("attention.temperature_scale")
    if not beta:
        return {}
    rope = config["rope_parameters"] | {"llama_4_scaling_beta": beta}
    return {"model_type": "ministral3", "rope_parameters": rope}


_SPECIAL: dict[str, Callable[[Fields, dict[str, Any]], dict[str, Any]]] = {
    "llama": _llama,
    "gemma2": _gemma2,
    "gemma3": _gemma3,
    "phi3": _phi3,
    "olmo2": _olmo2,
    "smollm3": _smollm3,
    "granite": _granite,
    "mistral3": _mistral3,
}
