"""A checkpoint's config.json -> the description that the prepared form keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from mplus_cli.errors import ModelError
from mplus_cli.model.config import (
    Answering,
    Architecture,
    MemoryLayout,
    ModelConfig,
    Provenance,
    SpecialTokens,
    answering_from,
)
from mplus_cli.model.prepared.base import Base
from mplus_cli.model.prepared.checkpoint import Source
from mplus_cli.model.prepared.families import Family, family_of
from mplus_cli.model.prepared.fused import origin_sizes, selector_width
from mplus_cli.model.prepared.layout import (
    is_plain,
    is_recurrent,
    layout_of,
    plain_fields,
    slots_layout,
)

# The paper ran in bfloat16, so a large checkpoint in float32 gains nothing by it and would take
# twice the space.
LARGE_FLOAT32_BYTES = 4_000_000_000


def with_memory(source: Source, base: Base) -> Source:
    """The checkpoint with a memory: its own, or that of a plain chat model."""
    if not is_plain(source.config):
        return source
    directions = min(base.config.num_key_value_heads * base.head_dim, base.config.hidden_size)
    fields = plain_fields(base.config.num_hidden_layers, directions)
    return replace(source, config=fields | source.config)


def describe(source: Source, base: Base) -> ModelConfig:
    """Of a checkpoint and its base; its files come later.

    Raises `ModelError` for what no part of the network or of the memory computes.
    """
    memory = _memory(source, base)
    return ModelConfig(
        architecture=_architecture(source, base),
        memory=memory,
        special=_special(source, base),
        answering=_answering(source, memory.can_decline),
        provenance=Provenance(source.name, revision=source.revision),
    )


def _architecture(source: Source, base: Base) -> Architecture:
    given, dtype, family = base.config, _dtype(source), family_of(source.config)
    return Architecture(
        dtype=dtype,
        layers=given.num_hidden_layers,
        hidden=given.hidden_size,
        heads=given.num_attention_heads,
        kv_heads=given.num_key_value_heads,
        head_dim=base.head_dim,
        vocabulary=given.vocab_size,
        rms_eps=given.rms_norm_eps,
        activation=base.activation,
        # All layers are run with full attention, which up to its window is what a layer does.
        max_positions=min(base.positions, base.window or base.positions),
        rope_scaling=base.rope_scaling,
        norms=family.norms,
        head_norms=family.head_norms,
        score_scale=_score_scale(given),
        score_cap=float(getattr(given, "attn_logit_softcapping", None) or 0),
        logits_cap=float(getattr(given, "final_logit_softcapping", None) or 0),
        logits_scale=1 / float(getattr(given, "logits_scaling", 1)),
        embedding_scale=_embedding_scale(given, family, dtype),
        residual_scale=float(getattr(given, "residual_multiplier", 1)),
        rope_tables=base.rope_tables,
        window=base.window,
    )


def _score_scale(given: Any) -> float | None:
    """Gemma's query scale and Granite's attention multiplier; None: 1/sqrt(e)."""
    under_root = getattr(given, "query_pre_attn_scalar", None)
    if under_root:
        return float(under_root**-0.5)
    found = getattr(given, "attention_multiplier", None)
    return None if found is None else float(found)


def _embedding_scale(given: Any, family: Family, dtype: str) -> float:
    if family.scales_embedding:
        return float(torch.tensor(given.hidden_size**0.5, dtype=getattr(torch, dtype)))
    return float(getattr(given, "embedding_multiplier", 1))


def _memory(source: Source, base: Base) -> MemoryLayout:
    given, layers = source.config, base.config.num_hidden_layers
    if is_recurrent(given):
        return slots_layout(given, layers)
    pool = (given["num_blocks"] - given.get("num_ltm_blocks", 0)) * given["num_tokens"]
    return layout_of(
        given,
        selector_width(source),
        origin_sizes(source.checkpoint, layers, pool, base.config.hidden_size),
        pool_full=source.checkpoint.shape("memory") is not None,
    )


def _special(source: Source, base: Base) -> SpecialTokens:
    tokenizer = source.tokenizer
    bos = (tokenizer.bos_token or "") if tokenizer is not None else ""
    prints_eos = tokenizer is not None and "eos_token" in str(tokenizer.chat_template)
    eos = (tokenizer.eos_token or "") if prints_eos else ""
    return SpecialTokens(
        bos, tuple(sorted({*as_ids(base.config.eos_token_id), *source.eos_ids})), eos
    )


def _answering(source: Source, can_decline: bool) -> Answering:
    try:
        return answering_from(source.config.get("answering") or {}, can_decline)
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"the answering section of config.json is unknown here: {error}"
        ) from error


def _dtype(source: Source) -> str:
    """What weights and vectors are kept and computed in."""
    given = str(source.config.get("torch_dtype") or source.config.get("dtype") or "float32")
    size_bytes = sum(path.stat().st_size for path in source.checkpoint.files.values())
    return "bfloat16" if given == "float32" and size_bytes > LARGE_FLOAT32_BYTES else given


def as_ids(value: int | list[int] | None) -> tuple[int, ...]:
    """Token ids as config.json has them: none, one or several."""
    if value is None:
        return ()
    return (value,) if isinstance(value, int) else tuple(value)
