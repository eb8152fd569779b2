"""How the vectors and keys of a chunk lie on the disk: chosen once, by the spec (`layout_of`)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from store.kinds.cell import GATES, row_width
from store.spec import Spec

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from store.segments.quantized import Rows

# A type as torch names it -> as safetensors does, and its bytes.
_TYPES = {"bfloat16": "BF16", "float16": "F16", "float32": "F32", "int8": "I8", "uint8": "U8"}
SHARING = 32  # numbers of a hidden state in 8 bits that share a scale
MATRICES = 1  # F of an LM2 memory
_LONGEST = 1.01  # squared, of a key of length 1 in float16
_BYTES = {"BF16": 2, "F16": 2, "F32": 4, "I8": 1, "U8": 1}

Form = tuple[list[int], str]
"""Shape of a tensor, and its type as safetensors names it."""


class KeyFile(NamedTuple):
    """A file of keys as segments hold them: its suffix, numbers in a row, their type as torch names
    it.
    """

    suffix: str
    width: int
    dtype: str

    @property
    def row_bytes(self) -> int:
        return self.width * _BYTES[_TYPES[self.dtype]]


@dataclass(frozen=True)
class Layout(ABC):
    """What segments hold: vectors [L,K,w] and, with a selector, keys [F,K,h]; K ≤ `most_vectors`.

    Equal layouts have files of equal form.
    """

    layers: int  # L
    key_layers: int  # F: layers that have keys
    selector: int  # h
    width: int  # w
    dtype: str  # of vectors as they are read
    most_vectors: int  # T
    keeps_kv: ClassVar[bool]  # what reading makes of a vector, in its place

    def count(self, found: Mapping[str, Form]) -> int | None:
        """K of a segment of which these are the tensors; None where no such segment has them."""
        shape, _ = found.get("vectors", ([], ""))
        count = shape[1] if len(shape) == 3 else 0
        fits = 0 < count <= self.most_vectors and found == self.tensors(count)
        return count if fits else None

    def is_sound(self, tensor: Callable[[str], Any]) -> bool:
        """Whether the numbers of a segment that `count` has found fit can be used. tensor: gives
        one by its name.
        """
        return True

    def bytes(self, count: int) -> int:
        """Bytes of the tensors of a segment of K = `count` vectors."""
        return sum(math.prod(shape) * _BYTES[kind] for shape, kind in self.tensors(count).values())

    @abstractmethod
    def scales(self, name: str) -> int:
        """How many scales a row of "vectors" or "keys" has, in 8 bits; 0: it is in `dtype`."""

    def tensors(self, count: int) -> dict[str, Form]:
        """Names and forms of the tensors of a segment of K = `count` vectors."""
        shapes = {"vectors": [self.layers, count, self.width]}
        if self.selector:
            shapes["keys"] = [self.key_layers, count, self.selector]
        forms: dict[str, Form] = {}
        for name, shape in shapes.items():
            forms[name] = shape, "I8" if self.scales(name) else _TYPES[self.dtype]
            if self.scales(name):
                forms[f"{name}_scales"] = [*shape[:2], self.scales(name)], "F16"
        return forms

    def pack(self, vectors: Tensor, keys: Tensor | None) -> dict[str, Tensor]:
        """The tensors of the file of a segment: vectors [L,K,w], keys [F,K,h]."""
        found = {"vectors": vectors} if keys is None else {"vectors": vectors, "keys": keys}
        # Where they are: a GPU packs a hundred times quicker than it takes to bring them here.
        rows = {name: self._rows(name, tensor) for name, tensor in found.items()}
        scales = {
            f"{name}_scales": each.scales.cpu()
            for name, each in rows.items()
            if each.scales is not None
        }
        return {name: each.numbers.cpu().contiguous() for name, each in rows.items()} | scales

    def rows(self, found: Mapping[str, Tensor], name: str) -> Rows | None:
        """What the tensors of a file say of "vectors" [L,K,w] or "keys" [F,K,h], if anything."""
        from store.segments.quantized import Rows

        return Rows(found[name], found.get(f"{name}_scales")) if name in found else None

    def as_kept(self, vectors: Tensor) -> Tensor:
        """Vectors [L,K,w] as they will be read again, where they are."""
        return self._rows("vectors", vectors).unpacked(vectors.dtype)

    def _rows(self, name: str, tensor: Tensor) -> Rows:
        import torch

        from store.segments.quantized import Rows, packed

        if self.scales(name):
            return packed(tensor, self.scales(name))
        # Whatever it was computed in.
        return Rows(tensor.to(getattr(torch, self.dtype)), None)

    @property
    def key_files(self) -> tuple[KeyFile, ...]:
        """In which files the keys of one layer are packed."""
        if self.scales("keys"):
            return KeyFile("rows", self.selector, "int8"), KeyFile("scales", 1, "float16")
        return (KeyFile("rows", self.selector, self.dtype),)

    @abstractmethod
    def as_read(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors [R,w] as reading's attention takes them: hidden states [A,d] that it projects,
        and keys and values [B,2·G·e] that it takes as they are; A + B = R.
        """


class HiddenStates(Layout):
    """Vectors are hidden states in the memory's own type (w = d); they serve writing, too."""

    keeps_kv = False

    def scales(self, name: str) -> int:
        return 0

    def as_read(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        return vectors, vectors[:0]


class EightBitStates(HiddenStates):
    """Hidden states in 8 bits, with a scale for every `SHARING` numbers that follow one another: a
    few of a state's numbers are ten times as large as the others, and would leave all of these few
    steps. Retriever keys are as they were, for rounding swaps which vectors are found.
    """

    def scales(self, name: str) -> int:
        return self.width // math.gcd(self.width, SHARING) if name == "vectors" else 0


class KeysAndValues(Layout):
    """Vectors are what reading's attention makes of hidden states: keys before RoPE, then values
    (w = 2·G·e), in 8 bits with a scale for either. Retriever keys are in 8 bits, too.
    """

    keeps_kv = True

    def scales(self, name: str) -> int:
        return 2 if name == "vectors" else 1

    def as_read(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        return vectors[:0], vectors


@dataclass(frozen=True)
class WriteRows(HiddenStates):
    """Vectors are the rows [F,R,w] that a chunk writes into the slots of an LM2 memory, R ≥ 1: each
    a key and another one [a], a value [m], and three gates (`store.kinds.cell`). There are no keys.
    """

    tag: int  # a

    def is_sound(self, tensor: Callable[[str], Any]) -> bool:
        """Whether what is held stays bounded: keys no longer than 1, gates within [0,1]."""
        import numpy as np

        rows: NDArray[Any] = np.asarray(tensor("vectors"), dtype=np.float32)
        keys, gates = rows[..., : 2 * self.tag], rows[..., -GATES:]
        lengths = np.square(keys.reshape(-1, self.tag)).sum(axis=1)
        return bool(
            np.isfinite(rows).all()
            and (lengths <= _LONGEST).all()
            and ((gates >= 0) & (gates <= 1)).all()
        )


def layout_of(spec: Spec) -> Layout:
    """The layout of a memory's segments.

    How chunks are found does not tell it: the default model's memories of format 1 hold hidden
    states.
    """
    if spec.recurrent:
        return WriteRows(
            layers=MATRICES,
            key_layers=0,
            selector=0,
            width=row_width(spec.tag, spec.slot_value),
            dtype="float16",
            most_vectors=spec.num_tokens,
            tag=spec.tag,
        )
    states = EightBitStates if spec.eight_bit_states else HiddenStates
    kind, width = (KeysAndValues, spec.kv_width) if spec.kv_width else (states, spec.hidden)
    return kind(
        layers=spec.layers,
        key_layers=len(spec.retrieval_layers) or spec.layers,
        selector=spec.selector,
        width=width,
        dtype=spec.dtype,
        most_vectors=spec.num_tokens,
    )
