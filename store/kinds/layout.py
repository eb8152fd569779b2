"""How the vectors and keys of a chunk lie on the disk: chosen once, by the spec (`layout_of`)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from store.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor

    from store.segments.quantized import Rows

# A type as torch names it -> as safetensors does, and its bytes.
_TYPES = {"bfloat16": "BF16", "float16": "F16", "float32": "F32", "int8": "I8", "uint8": "U8"}
_PARTS = {"vectors": 2, "keys": 1}  # of a row of 8-bit numbers, that have a scale each
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

    def bytes(self, count: int) -> int:
        """Bytes of the tensors of a segment of K = `count` vectors."""
        return sum(math.prod(shape) * _BYTES[kind] for shape, kind in self.tensors(count).values())

    def _shapes(self, count: int) -> dict[str, list[int]]:
        shapes = {"vectors": [self.layers, count, self.width]}
        if self.selector:
            shapes["keys"] = [self.key_layers, count, self.selector]
        return shapes

    @abstractmethod
    def tensors(self, count: int) -> dict[str, Form]:
        """Names and forms of the tensors of a segment of K = `count` vectors."""

    @abstractmethod
    def pack(self, vectors: Tensor, keys: Tensor | None) -> dict[str, Tensor]:
        """The tensors of the file of a segment: vectors [L,K,w], keys [F,K,h]."""

    @abstractmethod
    def rows(self, found: Mapping[str, Tensor], name: str) -> Rows | None:
        """What the tensors of a file say of "vectors" [L,K,w] or "keys" [F,K,h], if anything."""

    @property
    @abstractmethod
    def key_files(self) -> tuple[KeyFile, ...]:
        """In which files the keys of one layer are packed."""

    @abstractmethod
    def as_read(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors [R,w] as reading's attention takes them: hidden states [A,d] that it projects,
        and keys and values [B,2·G·e] that it takes as they are; A + B = R.
        """


class HiddenStates(Layout):
    """Vectors are hidden states in the memory's own type (w = d); they serve writing, too."""

    keeps_kv = False

    def tensors(self, count: int) -> dict[str, Form]:
        return {name: (shape, _TYPES[self.dtype]) for name, shape in self._shapes(count).items()}

    def pack(self, vectors: Tensor, keys: Tensor | None) -> dict[str, Tensor]:
        found = {"vectors": vectors} if keys is None else {"vectors": vectors, "keys": keys}
        return {name: tensor.cpu().contiguous() for name, tensor in found.items()}

    def rows(self, found: Mapping[str, Tensor], name: str) -> Rows | None:
        from store.segments.quantized import Rows

        return Rows(found[name], None) if name in found else None

    @property
    def key_files(self) -> tuple[KeyFile, ...]:
        return (KeyFile("rows", self.selector, self.dtype),)

    def as_read(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        return vectors, vectors[:0]


class KeysAndValues(Layout):
    """Vectors are what reading's attention makes of hidden states: keys before RoPE, then values
    (w = 2·G·e), in 8 bits with a scale for either. Retriever keys are in 8 bits, too.
    """

    keeps_kv = True

    def tensors(self, count: int) -> dict[str, Form]:
        shapes = self._shapes(count)
        forms: dict[str, Form] = {name: (shape, "I8") for name, shape in shapes.items()}
        for name, shape in shapes.items():
            forms[f"{name}_scales"] = [*shape[:2], _PARTS[name]], "F16"
        return forms

    def pack(self, vectors: Tensor, keys: Tensor | None) -> dict[str, Tensor]:
        from store.segments.quantized import packed

        found = {"vectors": vectors} if keys is None else {"vectors": vectors, "keys": keys}
        # Where they are: a GPU packs a hundred times quicker than it takes to bring them here.
        rows = {name: packed(tensor, _PARTS[name]) for name, tensor in found.items()}
        scales = {
            f"{name}_scales": each.scales.cpu()
            for name, each in rows.items()
            if each.scales is not None
        }
        return {name: each.numbers.cpu().contiguous() for name, each in rows.items()} | scales

    def rows(self, found: Mapping[str, Tensor], name: str) -> Rows | None:
        from store.segments.quantized import Rows

        return Rows(found[name], found[f"{name}_scales"]) if name in found else None

    @property
    def key_files(self) -> tuple[KeyFile, ...]:
        return KeyFile("rows", self.selector, "int8"), KeyFile("scales", 1, "float16")

    def as_read(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        return vectors[:0], vectors


def layout_of(spec: Spec) -> Layout:
    """The layout of a memory's segments.

    How chunks are found does not tell it: the default model's memories of format 1 hold hidden
    states.
    """
    kind, width = (KeysAndValues, spec.kv_width) if spec.kv_width else (HiddenStates, spec.hidden)
    return kind(
        layers=spec.layers,
        key_layers=len(spec.retrieval_layers) or spec.layers,
        selector=spec.selector,
        width=width,
        dtype=spec.dtype,
        most_vectors=spec.num_tokens,
    )
