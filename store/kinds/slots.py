"""A state of an LM2 memory: matrices of slots, a fold over the journal's write rows.

Its name is a digest of the journal alone, for the last bits of products differ between machines,
and the journal does not. So its file has a digest of its matrices, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from store.errors import RESTORE, DamagedError
from store.kinds.cell import SOURCES, Matrix, Numbers
from store.kinds.holdings import Faded, Held
from store.kinds.journal import KEY_BYTES, Entries, Journal
from store.kinds.pool import Ids
from store.spec import Spec

PARTS = ("slots", "usage", "sources", "shares")  # what a file has of a matrix
_WORD = b"mplus slots 1\n"  # the cell's version: another cell, another word
_USED = 0.5  # share of a slot's content from which on it is in use
_ROUNDING = 1e-4  # by which float32 may leave its bounds


@dataclass(frozen=True)
class SlotState:
    """`journal` names the S segments that entered the memory of the model `identity`, `sizes` [S]
    their rows; `matrices` [F] are what these have made.
    """

    identity: str
    journal: Journal
    sizes: Ids
    matrices: tuple[Matrix, ...]

    @property
    def slots(self) -> Numbers:
        """What a model reads: tags and values [F,N,a+m]."""
        return np.stack([each.slots for each in self.matrices])

    @cached_property
    def digest(self) -> str:
        """Equal journals have equal ones."""
        return name_of(self.identity, self.journal, self.sizes)

    def to_bytes(self) -> bytes:
        """The content of its file."""
        arrays = self._arrays()
        return bytes(save(arrays | {"sha256": _digest(self.digest, arrays)}))

    def to_first_bytes(self) -> bytes:
        """What its file was in the first days of format 5, when a digest of all else vouched for
        it.
        """
        arrays = self._arrays()
        digest = hashlib.sha256(save(arrays)).digest()
        return bytes(save(arrays | {"sha256": np.frombuffer(digest, dtype=np.uint8)}))

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {
            "journal": np.ascontiguousarray(self.journal.keys),
            "sizes": np.asarray(self.sizes, dtype=np.int64),
        }
        for name in PARTS:
            arrays[name] = np.stack([getattr(each, name) for each in self.matrices])
        return arrays


@dataclass(frozen=True)
class Slots:
    """What a question needs of a state."""

    matrices: tuple[Matrix, ...]


def name_of(identity: str, journal: Journal, sizes: Ids) -> str:
    """The name of the state that a journal leads to: SHA-256 over the model, the keys and the
    sizes.
    """
    digest = hashlib.sha256(_WORD + f"{identity}\n".encode())
    digest.update(np.ascontiguousarray(journal.keys).tobytes())
    digest.update(sizes.astype("<i8").tobytes())
    return digest.hexdigest()


def _digest(name: str, arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """What vouches for the matrices of the state of a name, which vouches for its journal: so a
    question can tell without that whether they are whole.
    """
    digest = hashlib.sha256(bytes.fromhex(name))
    for part in PARTS:
        digest.update(np.ascontiguousarray(arrays[part]).tobytes())
    return np.frombuffer(digest.digest(), dtype=np.uint8)


def joined(state: SlotState, entries: Entries, matrices: Sequence[Matrix]) -> SlotState:
    """The state when more has entered, and made this of the matrices."""
    sizes = np.concatenate([state.sizes, entries.sizes])
    return SlotState(state.identity, state.journal + entries.journal, sizes, tuple(matrices))


def parse_slots(spec: Spec, matrices: int, content: bytes, name: str, digest: str) -> SlotState:
    """Raises `DamagedError` where a file's content is not the state of such a memory that `digest`
    names.
    """
    try:
        arrays: dict[str, NDArray[Any]] = load(content)
        keys, sizes = arrays["journal"], arrays["sizes"]
        parts = [arrays[each] for each in PARTS]
        fits = (
            keys.dtype == np.uint8
            and keys.shape == (len(sizes), KEY_BYTES)
            and sizes.shape == (len(keys),)
            and _fit(spec, matrices, parts, len(sizes))
        )
    except (SafetensorError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DamagedError(f"the state file {name} is damaged: {error}") from error
    if not fits:
        raise DamagedError(
            f"the state file {name} is damaged: its shapes or numbers are not those of this memory"
        )
    found = tuple(Matrix(*each) for each in zip(*parts, strict=True))
    state = SlotState(spec.identity, Journal(keys), sizes.astype(np.int64), found)
    whole = content == state.to_bytes() or content == state.to_first_bytes()
    if state.digest != digest or not whole:
        raise DamagedError(f"the state file {name} is damaged: its content is not what was written")
    return state


def read_slots(spec: Spec, matrices: int, file: Path, digest: str) -> Slots:
    """The matrices of the state that `digest` names: of its file so much is read, however long the
    journal is; all of one from the first days of format 5. Raises `DamagedError` where they are not
    whole, and `OSError`.
    """
    try:
        with safe_open(file, framework="numpy") as opened:
            arrays = {each: opened.get_tensor(each) for each in (*PARTS, "sha256")}
            (segments,) = opened.get_slice("sizes").get_shape()
        parts = [arrays[each] for each in PARTS]
        whole = np.array_equal(arrays["sha256"], _digest(digest, arrays))
        fits = whole and _fit(spec, matrices, parts, segments)
    except (SafetensorError, ValueError, TypeError) as error:
        raise DamagedError(f"the state file {file} is damaged: {error}") from error
    if not fits:
        return Slots(parse_slots(spec, matrices, file.read_bytes(), str(file), digest).matrices)
    return Slots(tuple(Matrix(*each) for each in zip(*parts, strict=True)))


def _fit(spec: Spec, matrices: int, parts: Sequence[NDArray[Any]], segments: int) -> bool:
    """Whether slots, usage, sources and shares are such that a fold may have made them."""
    slots, usage, sources, shares = parts
    numbers, of_slot = (slots, usage, shares), (matrices, spec.slots)
    return (
        all(each.dtype == np.float32 for each in numbers)
        and slots.shape == (*of_slot, spec.tag + spec.slot_value)
        and usage.shape == of_slot
        and sources.dtype == np.int32
        and sources.shape == shares.shape == (*of_slot, SOURCES)
        # NaN is nowhere within.
        and all(bool((np.abs(each) <= 1 + _ROUNDING).all()) for each in numbers)
        and all(bool((each >= 0).all()) for each in (usage, sources, shares))
        and bool((sources <= segments).all())
        and bool((shares.sum(axis=-1) <= 1 + _ROUNDING).all())
    )


class SlotHoldings:
    """How many slots' content each document has written: `segments` [S], the sums of each one's
    shares, the mean over the matrices. What was copied from one slot to another counts for who
    copied it.
    """

    def __init__(self, state: SlotState, documents: Sequence[tuple[int, int]]) -> None:
        """documents: see `store.kinds.holdings.Holdings`. Raises `DamagedError` likewise."""
        counts = np.array([count for _, count in documents], dtype=np.int64)
        if counts.sum() != len(state.journal):
            raise DamagedError("the index is damaged: a journal is not its documents'", RESTORE)
        sources, shares = (
            np.stack([getattr(each, name) for each in state.matrices])
            for name in ("sources", "shares")
        )
        sums = np.bincount(sources.ravel(), shares.ravel(), minlength=len(state.journal) + 1)
        self.segments = sums[1:] / len(state.matrices)
        self._documents = [number for number, _ in documents]
        ends = np.concatenate([[0], np.cumsum(counts)])
        self._held = np.diff(np.concatenate([[0.0], np.cumsum(self.segments)])[ends])
        self._used = float((shares.sum(axis=-1) >= _USED).sum() / len(state.matrices))

    @property
    def slots(self) -> int:
        """Slots in use: of which at least half the content was written."""
        return round(self._used)

    def by_document(self) -> dict[int, Held]:
        """Document -> what it has, in journal order; 0 stands for the model, which has nothing."""
        held = [Held(0.0, 0.0, slots) for slots in self._held.tolist()]
        return {0: Held(0.0, 0.0), **dict(zip(self._documents, held, strict=True))}

    def faded(self) -> Faded:
        """What has no share of any slot that is remembered."""
        return Faded(int((self._held <= 0).sum()), int((self.segments <= 0).sum()))
