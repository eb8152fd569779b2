"""How a GGUF file's model turns queries and keys -> transformers' rope_parameters."""

from __future__ import annotations

import math
from typing import Any

import torch

from mplus_cli.model.prepared.gguf_file.container import GgufFile
from mplus_cli.model.prepared.gguf_file.fields import Fields

# All Llamas since 3.1; a file has the factors that follow from these, and not these themselves.
_LLAMA3 = {
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}


def rope_parameters(said: Fields, head_dim: int) -> dict[str, Any]:
    """Of one table of positions. Raises `ModelError` for a scaling that nothing here knows."""
    turned = said.size("rope.dimension_count", head_dim)
    if turned > head_dim or turned % 2:
        raise said.file.damaged(f"{turned} numbers of a head of {head_dim} are turned")
    found: dict[str, Any] = {"rope_theta": said.number("rope.freq_base") or 10_000.0}
    if turned != head_dim:
        found["partial_rotary_factor"] = turned / head_dim
    names = {"all": "freqs", "short_factor": "factors_short", "long_factor": "factors_long"}
    factors = {
        name: _factors(said.file, f"rope_{tensor}.weight", turned // 2)
        for name, tensor in names.items()
        if f"rope_{tensor}.weight" in said.file.tensors
    }
    if "all" in factors:
        return found | _by_factors(said, factors["all"], found["rope_theta"])
    if len(factors) == 2:
        scale = said.given(attention_factor="rope.scaling.attn_factor")
        return found | {"rope_type": "longrope"} | factors | _original(said) | scale
    return found | _scaling(said)


def _scaling(said: Fields) -> dict[str, Any]:
    kind = said.text("rope.scaling.type", "none")
    factor = said.given(factor="rope.scale_linear") | said.given(factor="rope.scaling.factor")
    if kind == "yarn" and factor and _original(said):
        more = said.given(
            attention_factor="rope.scaling.yarn_attn_factor",
            beta_fast="rope.scaling.yarn_beta_fast",
            beta_slow="rope.scaling.yarn_beta_slow",
            mscale="rope.scaling.yarn_log_multiplier",
            mscale_all_dim="rope.scaling.yarn_log_multiplier",
        )
        return {"rope_type": "yarn"} | factor | _original(said) | more
    if kind not in ("none", "linear"):
        raise said.file.damaged(f"its RoPE is scaled by {kind!r}, and what that takes is missing")
    return (
        {"rope_type": "linear"} | factor
        if factor.get("factor", 1) != 1
        else {"rope_type": "default"}
    )


def _original(said: Fields) -> dict[str, int]:
    """The length that the model was trained for before it was stretched, if it is given."""
    key = "rope.scaling.original_context_length"
    found = said.number(key)
    return {} if found is None else {"original_max_position_embeddings": said.size(key)}


def _factors(file: GgufFile, name: str, pairs: int) -> list[float]:
    """By how much each pair's wavelength is stretched: [turned/2]."""
    if file.tensors[name].shape != (pairs,):
        raise file.damaged(f"{name} has the shape {list(file.tensors[name].shape)}, not [{pairs}]")
    found: list[float] = file.tensor(name).float().tolist()
    if not all(math.isfinite(each) and each > 0 for each in found):
        raise file.damaged(f"{name} has a factor that is none")
    return found


def _by_factors(said: Fields, factors: list[float], theta: float) -> dict[str, Any]:
    """Llama 3's parameters where the factors are theirs, else the factors themselves.

    The latter is transformers' `longrope` with one table for all lengths and without a scale.
    """
    if all(each == 1.0 for each in factors):
        return {"rope_type": "default"}
    llama3 = _LLAMA3 | {"factor": float(round(max(factors), 3))}
    made = _llama3_factors(theta, len(factors), llama3)
    if torch.allclose(made, torch.tensor(factors, dtype=torch.float64), rtol=1e-4):
        return {"rope_type": "llama3"} | llama3
    return {
        "rope_type": "longrope",
        "short_factor": factors,
        "long_factor": factors,
        "attention_factor": 1.0,
        "original_max_position_embeddings": said.size("context_length"),
    }


def _llama3_factors(theta: float, pairs: int, given: dict[str, Any]) -> torch.Tensor:
    """[pairs], float64. A pair that turns often within the original length keeps its speed, one
    that turns seldom is slowed by the whole factor, between them the inverse is a straight line
    in the number of turns (as transformers computes `llama3`).
    """
    speed = theta ** -(torch.arange(pairs, dtype=torch.float64) / pairs)
    turns = given["original_max_position_embeddings"] * speed / (2 * math.pi)
    low, high = given["low_freq_factor"], given["high_freq_factor"]
    kept = ((turns - low) / (high - low)).clamp(0, 1)
    factors: torch.Tensor = 1 / ((1 - kept) / given["factor"] + kept)
    return factors
