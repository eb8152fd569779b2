"""The container of a GGUF file: its metadata, and its tensors one at a time.

Layout (github.com/ggml-org/ggml, docs/gguf.md): magic, version, counts; metadata as key, kind,
value; of each tensor name, sizes, type, offset; the tensors themselves. All of it is untrusted: a
length is compared with what is left of the file before anything is made of it.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import gguf
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mplus_cli.errors import ModelError, reason_of

_MAX_HEADER_BYTES = 1 << 28  # a vocabulary of 262,144 with its merges takes 16 MB
_MAX_ITEMS = 1 << 23  # of all arrays together
_MAX_ENTRIES = 1 << 16  # keys; tensors
_MAX_SIZES = 4  # axes of a tensor
_SLAB_NUMBERS = 1 << 24  # dequantized at a time, for the package makes several copies
_TEXT, _ARRAY, _BOOL = 8, 9, 7
_NUMBERS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", _BOOL: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies. `shape`: as PyTorch has it, the longest step first."""

    kind: gguf.GGMLQuantizationType
    shape: tuple[int, ...]
    start: int  # in the file
    size_bytes: int


class GgufFile:
    """A GGUF file whose header has been read and found whole. Raises `ModelError`.

    metadata: key -> number, text, truth value or list of these; tensors: name -> where it lies.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as opened:
                content = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # an empty file can't be mapped
            raise ModelError(f"{path} can't be read: {reason_of(error)}") from error
        with content:
            header = _Header(path, content)
            self.metadata, self.tensors = header.metadata, header.tensors

    def damaged(self, what: str) -> ModelError:
        return _damaged(self.path, what)

    def get(self, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """A value of the metadata. Raises `ModelError` where it is of another kind."""
        found = self.metadata.get(key, default)
        fits = isinstance(found, kind) and (kind is bool or not isinstance(found, bool))
        if key in self.metadata and not fits:
            raise self.damaged(f"{key} is {str(found)[:40]!r}")
        return found

    def tensor(self, name: str, row: int | None = None) -> Tensor:
        """A tensor that is there: float32, or in the file's own 16 bits. `row`: of the first axis,
        and nothing else is read.
        """
        entry = self.tensors[name]
        *_, width = entry.shape
        rows = math.prod(entry.shape[:-1])
        raw: NDArray[np.uint8] = np.memmap(
            self.path, np.uint8, "r", entry.start, (rows, entry.size_bytes // rows)
        )
        shape = entry.shape
        if row is not None and len(shape) > 1:
            each = rows // shape[0]
            raw, shape, row = raw[row * each : (row + 1) * each], shape[1:], None
        found = _numbers(raw, width, entry.kind).view(shape)
        return found if row is None else found[row]


def _numbers(raw: NDArray[np.uint8], width: int, kind: gguf.GGMLQuantizationType) -> Tensor:
    """Rows of a tensor as the file has them -> [rows,width], a slab at a time."""
    plain = _PLAIN.get(kind)
    if plain is not None:
        return torch.from_numpy(np.array(raw)).view(plain)
    out = torch.empty(len(raw), width)
    slab = max(1, _SLAB_NUMBERS // width)
    for at in range(0, len(raw), slab):
        out[at : at + slab] = torch.from_numpy(gguf.dequantize(raw[at : at + slab], kind))
    return out


_PLAIN = {
    gguf.GGMLQuantizationType.F32: torch.float32,
    gguf.GGMLQuantizationType.F16: torch.float16,
    gguf.GGMLQuantizationType.BF16: torch.bfloat16,
}


class _Header:
    """Reads a header from its first byte to its last."""

    _MAGIC: ClassVar = b"GGUF"
    _VERSIONS: ClassVar = (2, 3)

    def __init__(self, path: Path, content: mmap.mmap) -> None:
        self._path, self._content, self._at, self._items = path, content, 0, 0
        if content[:4] != self._MAGIC:
            raise self._damaged("it does not begin with GGUF")
        self._at = 4
        version = self._number("I")
        if version not in self._VERSIONS:
            swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
            if swapped in self._VERSIONS:
                raise self._damaged("it is for big-endian machines")
            raise self._damaged(f"it is of version {version}, known: 2 and 3")
        tensors, keys = self._number("Q"), self._number("Q")
        if max(tensors, keys) > _MAX_ENTRIES:
            raise self._damaged(f"it claims {keys} keys and {tensors} tensors")
        self.metadata: dict[str, Any] = self._named(keys, self._value)
        found: dict[str, tuple[int, tuple[int, ...], int]] = self._named(tensors, self._place)
        start = self._data_start()
        self.tensors = {name: self._entry(name, start, *place) for name, place in found.items()}

    def _named(self, count: int, read: Callable[[], Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(count):
            name = self._text()
            if name in found:
                raise self._damaged(f"{name!r} is there twice")
            found[name] = read()
        return found

    def _take(self, size_bytes: int) -> bytes:
        end = self._at + size_bytes
        if end > len(self._content):
            raise self._damaged("it is cut off in its header")
        if end > _MAX_HEADER_BYTES:
            raise self._damaged("its header is longer than that of any model")
        taken = self._content[self._at : end]
        self._at = end
        return taken

    def _number(self, code: str) -> Any:
        return struct.unpack(f"<{code}", self._take(struct.calcsize(f"<{code}")))[0]

    def _text(self) -> str:
        try:
            return self._take(self._number("Q")).decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._damaged(f"a text in its header is not UTF-8: {error.reason}") from None

    def _value(self) -> Any:
        kind = self._number("I")
        if kind == _TEXT:
            return self._text()
        if kind == _ARRAY:
            return self._array()
        return self._number(self._code(kind))

    def _array(self) -> list[Any]:
        kind, count = self._number("I"), self._number("Q")
        self._items += count
        if self._items > _MAX_ITEMS:
            raise self._damaged(f"it claims lists of {self._items} values")
        if kind == _TEXT:
            return [self._text() for _ in range(count)]
        code = f"{count}{self._code(kind)}"
        return list(struct.unpack(f"<{code}", self._take(struct.calcsize(f"<{code}"))))

    def _code(self, kind: int) -> str:
        if kind not in _NUMBERS:
            raise self._damaged(f"a value in its header is of the unknown kind {kind}")
        return _NUMBERS[kind]

    def _place(self) -> tuple[int, tuple[int, ...], int]:
        axes = self._number("I")
        if not 0 < axes <= _MAX_SIZES:
            raise self._damaged(f"a tensor has {axes} axes")
        sizes = tuple(self._number("Q") for _ in range(axes))
        return self._number("I"), tuple(reversed(sizes)), self._number("Q")

    def _data_start(self) -> int:
        step = self.metadata.get("general.alignment", 32)
        if not isinstance(step, int) or not 0 < step <= 1 << 20 or step & (step - 1):
            raise self._damaged(f"its tensors are aligned to {str(step)[:40]!r}")
        return -(-self._at // step) * step

    def _entry(
        self, name: str, start: int, number: int, shape: tuple[int, ...], offset: int
    ) -> Entry:
        kind = self._kind(name, number)
        block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        if not all(shape) or shape[-1] % block:
            raise self._damaged(f"{name} of type {kind.name} has the shape {list(shape)}")
        size_bytes = math.prod(shape) // block * block_bytes
        if start + offset + size_bytes > len(self._content):
            raise self._damaged(f"it is cut off, or {name} lies beyond its end")
        return Entry(kind, shape, start + offset, size_bytes)

    def _kind(self, name: str, number: int) -> gguf.GGMLQuantizationType:
        kind = _readable(number)
        if kind is None:
            raise ModelError(
                f"{self._path}: {name} is of the tensor type {_called(number)}, which can't be "
                f"read here",
                "take the model in another quantization, such as Q8_0 or Q4_K_M",
            )
        return kind

    def _damaged(self, what: str) -> ModelError:
        return _damaged(self._path, what)


@cache
def _readable(number: int) -> gguf.GGMLQuantizationType | None:
    """A tensor type, if the package turns a block of it into numbers."""
    try:
        kind = gguf.GGMLQuantizationType(number)
        gguf.dequantize(np.zeros(gguf.GGML_QUANT_SIZES[kind][1], np.uint8), kind)
    except (ValueError, NotImplementedError):
        return None
    return kind


def _called(number: int) -> str:
    try:
        return str(gguf.GGMLQuantizationType(number).name)
    except ValueError:
        return str(number)


def _damaged(path: Path, what: str) -> ModelError:
    return ModelError(f"{path} is not a whole GGUF file: {what}", "fetch the file again")
