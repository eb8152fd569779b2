"""What a memory is made for, and `memory.json`, which says so."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from store.errors import RESTORE, DamagedError, NewerError, OtherModelError
from store.typed import made

FORMAT_VERSION = 4
RECURRENT_FORMAT = 5
"""Of a memory that is a matrix of slots, so that versions that know of none refuse it by name."""
UNLIMITED = (1 << 63) - 1
"""Long-term vectors of a memory that has no limit: more than there are ids."""
_MOST_ID_BYTES = 4
_MOST_SLOT_NUMBERS = 1 << 24
_OF_SLOTS = ("slots", "tag", "slot_value")
_IDENTITY = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Spec:
    """What a memory is made for: one model's sizes and the seed of its draws (letters of
    docs/design.md).

    `origin_vectors` counts per layer the vectors that the checkpoint itself brings; `pool_full`
    says that the last N of them are the pool (else the pool starts empty and fills).
    `retrieval_layers` names the layers whose keys find whole chunks for all layers; with none,
    every layer finds single vectors for itself. `kv_width` is what segments keep of a vector: so
    many numbers, the keys and values of reading's attention, in 8 bits; 0: the vector itself, in
    `dtype`, or in 8 bits with `eight_bit_states`. `id_bytes`: of a token id in the packs of a lean
    memory; 0: it is not lean. `slots`: of the matrix that a memory of the kind LM2 is, each with a
    tag and a value of so many numbers; 0: it is none. T is the most rows that a chunk writes there.
    """

    model: str
    identity: str
    dtype: str
    quantize: str
    layers: int  # L
    hidden: int  # d
    num_tokens: int  # T
    pool_vectors: int  # N
    retrieved_vectors: int  # K0
    selector: int  # h, 0 without a retriever
    capacity_vectors: int  # long-term vectors kept per layer, 0 without a long-term memory
    drop_per_layer: bool
    origin_vectors: tuple[int, ...]  # [L]
    pool_full: bool
    retrieval_layers: tuple[int, ...] = ()
    seed: int = 0
    kv_width: int = 0  # 2·G·e; not there in format 1
    id_bytes: int = 0  # not there before format 4
    eight_bit_states: bool = False  # likewise
    slots: int = 0  # N of LM2; this and what follows is there in format 5 alone
    tag: int = 0  # a
    slot_value: int = 0  # m

    @property
    def unlimited(self) -> bool:
        """Whether nothing ever leaves the long-term memory."""
        return self.capacity_vectors == UNLIMITED

    @property
    def lean(self) -> bool:
        """Whether ids and packed keys are kept of a chunk, and no vectors (docs/disk-format.md).

        There is no pool then, and nothing is ever left out: a state is the journal alone.
        """
        return self.id_bytes > 0

    @property
    def recurrent(self) -> bool:
        """Whether the memory is a matrix of slots (LM2), and has no vectors that are found."""
        return self.slots > 0

    @property
    def piece(self) -> str:
        """What a chunk is written as, in words: some vectors, or rows of a matrix."""
        return "row" if self.recurrent else "vector"


def _finds_chunks_alone(spec: Spec) -> bool:
    """Whether whole chunks are found by keys, and there is neither a pool nor vectors of the
    checkpoint's own.
    """
    own = spec.pool_vectors or spec.pool_full or any(spec.origin_vectors)
    return bool(spec.retrieval_layers and spec.selector and not own)


def _is_matrix_alone(spec: Spec) -> bool:
    """Whether a memory is a matrix of slots of a size that can be, and nothing else."""
    width = spec.tag + spec.slot_value
    other = (spec.pool_vectors, spec.retrieved_vectors, spec.selector, spec.kv_width, spec.id_bytes)
    return (
        spec.recurrent
        and spec.tag > 0
        and spec.slot_value > 0
        and spec.slots * width <= _MOST_SLOT_NUMBERS
        and not (any(other) or any(spec.origin_vectors) or spec.retrieval_layers)
        and not (spec.pool_full or spec.eight_bit_states)
    )


def spec_from(found: dict[str, Any]) -> Spec:
    """A spec from its fields, as JSON gives them. Raises `DamagedError` where they are others."""
    try:
        spec = made(Spec, {name: value for name, value in found.items() if name != "format"})
        if not _IDENTITY.fullmatch(spec.identity):  # files are named after it
            raise ValueError("no identity")
        if not (spec.layers and spec.hidden and spec.num_tokens):
            raise ValueError("a model without a size")
        if spec.eight_bit_states and spec.kv_width:
            raise ValueError("hidden states where there are none")
        if spec.lean and not (spec.id_bytes <= _MOST_ID_BYTES and _finds_chunks_alone(spec)):
            raise ValueError("no lean memory")
        if (spec.slots or spec.tag or spec.slot_value) and not _is_matrix_alone(spec):
            raise ValueError("no matrix of slots")
        return spec
    except (TypeError, ValueError) as error:
        raise DamagedError(
            "the fields of this memory are not those of its format", RESTORE
        ) from error


def need_known(found: dict[str, Any], what: str) -> None:
    """Raise `NewerError` where a spec whose content is vouched for has fields of a kind of memory
    that came later. what: whose they are, in words.
    """
    unknown = found.keys() - {"format", *(each.name for each in fields(Spec))}
    if unknown:
        raise NewerError(what, f"of {', '.join(sorted(unknown))} this one knows nothing")


def fields_of(spec: Spec) -> dict[str, Any]:
    """The fields of a spec as JSON has them: those of slots where there are some."""
    found = asdict(spec)
    return found if spec.recurrent else {k: v for k, v in found.items() if k not in _OF_SLOTS}


def format_of(spec: Spec) -> int:
    """The format in which a memory is described that is made for this."""
    return RECURRENT_FORMAT if spec.recurrent else FORMAT_VERSION


def described(spec: Spec) -> bytes:
    """The content of `memory.json`."""
    told = {"format": format_of(spec)} | fields_of(spec)
    told["digest"] = _digest(told)
    return (json.dumps(told, indent=1) + "\n").encode()


def parse_spec(content: bytes, file: Path) -> tuple[Spec, bool]:
    """A spec from the content of `memory.json`, and whether it is described as today: in the newest
    format, with a digest.

    Raises `DamagedError` where it is none, `NewerError` where its format or its kind is unknown.
    """
    try:
        found: Any = json.loads(content.decode())
    except ValueError as error:
        raise DamagedError(f"{file} is damaged: {error}", RESTORE) from error
    if not isinstance(found, dict) or "format" not in found:
        raise DamagedError(f"{file} is damaged: it names no format", RESTORE)
    if found["format"] not in range(1, RECURRENT_FORMAT + 1):
        raise NewerError(
            f"the memory at {file.parent}",
            f"it has format {found['format']!r}, this one reads up to format {RECURRENT_FORMAT}",
        )
    digest = found.pop("digest", None)  # mplus 0.1.0 wrote none
    if digest is not None and digest != _digest(found):
        raise DamagedError(f"{file} is damaged: its content does not match its digest", RESTORE)
    if digest is not None:
        need_known(found, f"the memory at {file.parent}")
    spec = spec_from(found)
    return spec, digest is not None and found["format"] == format_of(spec)


def check_model(spec: Spec, model: Spec) -> None:
    """Raises `OtherModelError` where a memory was written by another model, and as `check_sizes`
    does.
    """
    if spec.identity != model.identity:
        again = f"write it anew for that model with: mplus rebuild -m {model.model}"
        if spec.model == model.model and spec.quantize != model.quantize:
            again += f" --quantize {model.quantize}"
        way = _way_to(spec, model)
        raise OtherModelError(
            f"this memory was written by {_named(spec)}, not by {_named(model)}",
            f"use {way}, or {again}" if way else again,
        )
    check_sizes(spec, model)


def check_sizes(spec: Spec, model: Spec) -> None:
    """Raises `DamagedError` where a memory says of a model what that is not.

    Its identity stands for all that is said here but its name, the draws' seed, what segments keep
    of a vector, which is the vector itself since format 1 and may be that in 8 bits, and, where
    whole chunks are found, after how many of them the oldest leave: older memories keep the limit
    that they were made with, and the pool, where they are not lean.
    """
    told = replace(
        spec,
        model=model.model,
        seed=model.seed,
        kv_width=model.kv_width,
        eight_bit_states=model.eight_bit_states,
    )
    if spec.lean != model.lean:
        told, model = _without_pool(told), _without_pool(model)
    if spec.retrieval_layers:
        told = replace(told, capacity_vectors=model.capacity_vectors)
    if told != model or spec.kv_width not in (0, model.kv_width):
        raise DamagedError(
            f"the memory is damaged: what it says of {_named(spec)} is not what that model is",
            RESTORE,
        )


def _without_pool(spec: Spec) -> Spec:
    """The same but for what being lean decides."""
    return replace(spec, id_bytes=0, pool_vectors=0, pool_full=False, capacity_vectors=0)


def check_generation(generation: int, spec: Spec, model: Spec) -> None:
    """Raises `OtherModelError` where a generation that was asked for is another model's, and as
    `check_sizes` does.
    """
    if spec.identity != model.identity:
        way = _way_to(spec, model)
        raise OtherModelError(
            f"generation {generation} was written by {_named(spec)}, not by {_named(model)}",
            f"ask that model: {way}" if way else "that form of the model is needed to ask it",
        )
    check_sizes(spec, model)


def _way_to(spec: Spec, model: Spec) -> str:
    """The option that names the model of `spec` instead of another; empty for one that changed."""
    if spec.model != model.model:
        return f"--model {spec.model}"
    return f"--quantize {spec.quantize}" if spec.quantize != model.quantize else ""


def _named(spec: Spec) -> str:
    return f"{spec.model} ({spec.identity[:12]}, {spec.dtype})"


def _digest(described: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
