"""Types of models: which run, what no field says of them, and why the others do not run.

All that run are decoders of full attention with rotary positions. What a config.json tells of them
are fields of `Architecture`; what only the name of the type says stands here. Nothing but a
config.json is looked at, so that a model that does not run is refused before it is downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mplus_cli.errors import ModelError


@dataclass(frozen=True)
class Family:
    """What the name of a type of models says."""

    norms: Literal["before", "after", "both"] = "before"
    head_norms: Literal["none", "head", "all"] = "none"
    norm_offset: float = 0.0  # a norm multiplies with this and its weight
    scales_embedding: bool = False  # with sqrt(d), in the weights' own type


# "gemma3" is a Gemma 3 that reads images as well: its text part is one of "gemma3_text".
_GEMMA_3 = Family("both", "head", norm_offset=1.0, scales_embedding=True)
FAMILIES = {
    "llama": Family(),
    "mistral": Family(),
    "ministral": Family(),
    "ministral3": Family(),
    "qwen2": Family(),
    "qwen3": Family(head_norms="head"),
    "smollm3": Family(),
    "phi3": Family(),
    "gemma": Family(norm_offset=1.0, scales_embedding=True),
    "gemma2": Family("both", norm_offset=1.0, scales_embedding=True),
    "gemma3_text": _GEMMA_3,
    "olmo2": Family("after", "all"),
    "granite": Family(),
}

_EXPERTS = "is a mixture of experts, whose MLPs are chosen token by token"
_STATE = "keeps a state in place of all keys and values (state-space or linear attention)"
_IMAGES = "reads images or sound as well as text"
_ENCODER = "is an encoder with a decoder"
_LATENT = "attends to compressed keys and values (multi-head latent attention)"
# By a field of config.json that is there and not empty; the first that fits is said.
_FIELDS = {
    "is_encoder_decoder": _ENCODER,
    "vision_config": _IMAGES,
    "audio_config": _IMAGES,
    "kv_lora_rank": _LATENT,
    **dict.fromkeys(
        ("mamba_d_state", "ssm_state_size", "state_size", "linear_num_key_heads"), _STATE
    ),
    **dict.fromkeys(("num_local_experts", "num_experts", "n_routed_experts"), _EXPERTS),
}
# By a part of the type's name, where its config.json may have none of these fields.
_NAMES = {
    **dict.fromkeys(("mamba", "bamba", "zamba", "rwkv", "recurrent", "xlstm", "retnet"), _STATE),
    **dict.fromkeys(("falcon_h1", "moehybrid", "next", "lfm2", "nemotron_h", "hybrid"), _STATE),
    **dict.fromkeys(("moe", "mixtral", "gpt_oss", "dbrx", "llama4"), _EXPERTS),
    **dict.fromkeys(("_vl", "vlm", "vision", "llava", "mllama", "gemma3n", "gemma4"), _IMAGES),
    **dict.fromkeys(("audio", "omni", "multimodal", "mistral3"), _IMAGES),
    **dict.fromkeys(("t5", "bart", "pegasus", "marian", "whisper"), _ENCODER),
    "deepseek_v": _LATENT,
}
_HINT = (
    "mplus runs Llama, Mistral, Ministral, Qwen 2 and 3, SmolLM 3, Phi 3 and 4 mini, Gemma 1 to 3, "
    "OLMo 2 and Granite 3 without experts; see which there are with: mplus model ls"
)


def text_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config.json, or of a Gemma 3 that reads images as well, what it says of its text part."""
    text = config.get("text_config")
    if config.get("model_type") != "gemma3" or not isinstance(text, Mapping):
        return dict(config)
    above = ("eos_token_id", "bos_token_id", "torch_dtype", "dtype", "quantization_config")
    said = {name: config[name] for name in above if config.get(name) is not None}
    return dict(text) | said | {"model_type": "gemma3_text"}


def family_of(config: Mapping[str, Any]) -> Family:
    """Of a model, by its config.json. Raises `ModelError` for one that does not run, which says
    why.
    """
    name = str(config.get("model_type") or ("" if config.get("auto_map") else "llama"))
    found = FAMILIES.get(name)
    if found is None:
        raise ModelError(f"the model {_why_not(name, config)}", _HINT)
    if config.get("quantization_config"):
        raise ModelError(
            f"the checkpoint's weights are quantized ({_quantized_by(config)}), which mplus does "
            "not read",
            "take the model's own weights (mplus quantizes them: --quantize), or a GGUF file of it",
        )
    if config.get("use_bidirectional_attention"):
        raise ModelError(
            f"the model is a {name!r} whose rows see what comes after them: it embeds texts and "
            "writes none",
            _HINT,
        )
    return found


def _why_not(name: str, config: Mapping[str, Any]) -> str:
    """Why a model of this type does not run, as the end of a sentence."""
    if not name:
        return "is run by code of its own (auto_map), which mplus never does"
    by_field = (why for field, why in _FIELDS.items() if config.get(field))
    by_name = (why for part, why in _NAMES.items() if part in name)
    own_code = "is of a type that only code of its own runs (auto_map), which mplus never does"
    unknown = own_code if config.get("auto_map") else "is of a type that mplus does not know"
    return f"({name!r}) {next(by_field, None) or next(by_name, unknown)}"


def _quantized_by(config: Mapping[str, Any]) -> str:
    how = config["quantization_config"]
    return str(how.get("quant_method", "unknown")) if isinstance(how, Mapping) else "unknown"
