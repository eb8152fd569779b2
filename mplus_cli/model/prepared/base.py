"""What transformers says of a base: the fields of its config, its RoPE, its tensors.

The model is made without weights (PyTorch's "meta" device), so that names, shapes and frequencies
are those of the code that its weights were trained for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from torch import Tensor

from mplus_cli.errors import ModelError, reason_of
from mplus_cli.model.net.mlp import ACTIVATIONS
from mplus_cli.model.prepared.checkpoint import GET_CONFIG, Source
from mplus_cli.model.prepared.families import family_of

# What transformers raises for files that make no sense.
SENSELESS = (
    *(OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, ImportError),
    *(RuntimeError, AssertionError, StrictDataclassError),
)
# Far more than any model has.
_SIZES = {
    "num_hidden_layers": 1_000,
    "hidden_size": 1 << 18,
    "intermediate_size": 1 << 22,
    "num_attention_heads": 1 << 14,
    "num_key_value_heads": 1 << 14,
    "head_dim": 1 << 14,
    "vocab_size": 1 << 24,
    "max_position_embeddings": 1 << 28,
}
_ROPES = ("default", "linear", "llama3", "yarn", "longrope")
_LAYERS = ("full_attention", "sliding_attention")


@dataclass(frozen=True)
class Base:
    """A base as transformers has it: frequencies [R,r/2] of its RoPE, shapes of its tensors.

    rope_tables: see `Architecture`; positions: so many rows can be read, by the frequencies; window
    (0: none): and so many, by what the layers see.
    """

    config: Any
    activation: str
    head_dim: int
    frequencies: Tensor
    rope_scaling: float
    rope_tables: tuple[int, ...]
    positions: int
    window: int
    shapes: Mapping[str, tuple[int, ...]]


def base_of(given: Mapping[str, Any]) -> Base:
    """The base that a config.json describes. Raises `ModelError` where none that runs is."""
    from transformers import AutoModelForCausalLM

    config = transformers_config(given)
    activation, kinds = _activation(config), _need_fixed_rope(config)
    try:
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
        rotary = type(model.model.rotary_emb)(config)
    except SENSELESS as error:
        raise no_model(config.model_type, error) from error
    frequencies, scaling, tables = _tables(config, rotary)
    return Base(
        config=config,
        activation=activation,
        head_dim=config.head_dim,
        frequencies=frequencies,
        rope_scaling=scaling,
        rope_tables=tables,
        positions=min([config.max_position_embeddings, *_limits(kinds)]),
        window=_window(config),
        shapes={name: tuple(tensor.shape) for name, tensor in model.state_dict().items()},
    )


def transformers_config(given: Mapping[str, Any]) -> Any:
    """A config.json as transformers has it. Raises `ModelError` where it describes no model that
    runs.
    """
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    family_of(given)
    name = given.get("model_type") or "llama"
    try:
        config = CONFIG_MAPPING[name].from_dict(dict(given))
        if getattr(config, "head_dim", None) is None:
            config.head_dim = config.hidden_size // config.num_attention_heads
    except SENSELESS as error:
        raise no_model(name, error) from error
    _need_counts(config)
    return config


def _need_counts(config: Any) -> None:
    """Raise `ModelError` for sizes that no network has: one of so many layers is never made."""
    for name, most in _SIZES.items():
        size = getattr(config, name, None)
        if type(size) is not int or not 0 < size <= most:
            raise ModelError(f"config.json says that {name} is {str(size)[:40]!r}", GET_CONFIG)


def no_model(name: object, error: BaseException) -> ModelError:
    """What is wrong with a config.json that made no sense."""
    return ModelError(
        f"config.json describes no {name!r} model: {reason_of(error)[:400]}", GET_CONFIG
    )


def _activation(config: Any) -> str:
    found = getattr(config, "hidden_activation", None) or config.hidden_act
    if found not in ACTIVATIONS:
        raise ModelError(f"the activation {found!r} is unknown; known: {', '.join(ACTIVATIONS)}")
    return str(found)


def _need_fixed_rope(config: Any) -> list[Mapping[str, Any]]:
    """RoPE's parameters, of all kinds of layers. Raises `ModelError` where positions would move."""
    parameters = config.rope_parameters
    kinds = [parameters] if "rope_type" in parameters else list(parameters.values())
    for kind in kinds:
        if kind["rope_type"] not in _ROPES:
            raise ModelError(
                f"RoPE of type {kind['rope_type']!r} changes with the length read or is unknown; "
                "mplus keeps positions fixed"
            )
    return kinds


def _limits(kinds: list[Mapping[str, Any]]) -> list[int]:
    """Positions up to which nothing changes: longrope goes from its short factors to its long ones
    behind them, and Ministral 3 scales its queries.
    """
    changing = [
        kind
        for kind in kinds
        if kind["rope_type"] == "longrope" or kind.get("llama_4_scaling_beta")
    ]
    return [int(kind["original_max_position_embeddings"]) for kind in changing]


def _tables(config: Any, rotary: Any) -> tuple[Tensor, float, tuple[int, ...]]:
    """RoPE's frequencies [R,r/2], its scaling, and which layer has which of them."""
    if hasattr(rotary, "inv_freq"):
        frequencies, scaling = rotary.inv_freq.float()[None], float(rotary.attention_scaling)
        turned = getattr(config, "no_rope_layers", None)
        if not turned or all(turned):
            return frequencies, scaling, ()
        # Frequencies of 0: layers that know of no positions.
        still = torch.cat([frequencies, torch.zeros_like(frequencies)])
        return still, scaling, tuple(0 if each else 1 for each in turned)
    kinds = sorted(set(config.layer_types))
    scalings = {float(getattr(rotary, f"{kind}_attention_scaling")) for kind in kinds}
    if len(scalings) > 1:
        raise ModelError(
            "the layers' positions are scaled in several ways, which mplus is not made for"
        )
    tables = torch.stack([getattr(rotary, f"{kind}_inv_freq").float() for kind in kinds])
    return tables, scalings.pop(), tuple(kinds.index(kind) for kind in config.layer_types)


def _window(config: Any) -> int:
    """The least number of rows that some layer sees; 0: all see all."""
    kinds = getattr(config, "layer_types", None)
    unknown = set(kinds or ()) - set(_LAYERS)
    if unknown:
        raise ModelError(f"the model has layers of type {min(unknown)!r}, which mplus does not run")
    slides = kinds is None or "sliding_attention" in kinds
    return int(getattr(config, "sliding_window", None) or 0) if slides else 0


def check_tensors(source: Source, base: Base, whole: bool) -> None:
    """Raise `ModelError` where the checkpoint lacks a tensor of its base or has one of another
    shape.

    whole: it must hold nothing else either (a checkpoint with M+ parts holds these).
    """
    tied = base.config.tie_word_embeddings
    expected = dict(base.shapes)
    if tied:
        expected.pop("lm_head.weight", None)
    for name, shape in expected.items():
        stem, _, kind = name.rpartition(".")
        found = source.checkpoint.shape(name) or source.checkpoint.shape(
            f"{stem}.base_layer.{kind}"
        )
        if found is None:
            raise ModelError(f"the checkpoint {source.name} lacks the tensor {name}")
        if found != shape:
            raise ModelError(
                f"the tensor {name} of {source.name} is {found}; config.json says {shape}"
            )
    known = base.shapes.keys()
    others = [
        name
        for name in source.checkpoint.names()
        if name not in known and not name.endswith("rotary_emb.inv_freq")
    ]
    if whole and others:
        raise ModelError(
            f"the checkpoint {source.name} has the tensor {min(others)}, and a "
            f"{base.config.model_type!r} model has none of this name"
        )
