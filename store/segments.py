"""Segments: immutable files of vectors and their keys, named by what they were written from."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.disk import atomic_write
from store.errors import DamagedError
from store.home import Home
from store.records import SegmentFile
from store.spec import Spec

# A type as torch names it -> as safetensors does.
_TYPES = {"bfloat16": "BF16", "float16": "F16", "float32": "F32"}
WIDTHS = {"BF16": 2, "F16": 2, "F32": 4, "I8": 1}  # bytes
# Parts of a row of 8-bit numbers that have a scale each: of a vector its keys and its values.
_PARTS = {"vectors": 2, "keys": 1}

if TYPE_CHECKING:
    from torch import Tensor

    from store.keys import PackedKeys
    from store.quantized import Rows


def segment_key(identity: str, previous: str | None, ids: Sequence[int]) -> str:
    """Name of what one chunk writes: SHA-256 over the model, the segment it was written after, and
    its ids.

    Known before anything is computed, and the same on every machine. `previous` is None for a
    document's first chunk and where the model writes every chunk by itself.
    """
    digest = hashlib.sha256(f"mplus segment\n{identity}\n{previous or '-'}\n".encode())
    digest.update(struct.pack(f"<{len(ids)}I", *ids))
    return digest.hexdigest()


@dataclass(frozen=True)
class Segment:
    """What a chunk wrote: vectors [L,K,w] and, where the model has a retriever, keys [F,K,h] of the
    layers with keys.

    w is d (hidden states) or the memory's `kv_width` (keys and values of reading's attention).
    """

    vectors: Tensor
    keys: Tensor | None


@dataclass(frozen=True)
class StoredSegment:
    """A segment as it lies in its file, mapped."""

    vectors: Rows
    keys: Rows | None


class Segments:
    """The segment files of one memory. Opened ones stay mapped; nothing is read before it is
    used.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._mapped: dict[str, StoredSegment] = {}

    @cached_property
    def packed(self) -> PackedKeys:
        """The keys of all segments, for searching."""
        from store.keys import PackedKeys

        return PackedKeys(self._home, self)

    def content(self, segment: Segment) -> bytes:
        """The bytes of a segment's file."""
        from safetensors.torch import save

        return save(_arrays(self._home.spec, segment))

    def put(self, key: str, content: bytes, vectors: int) -> SegmentFile:
        """Write a segment of K = `vectors` to the disk, whole or not at all."""
        atomic_write(self._home.segment(key), content)
        return SegmentFile(key, hashlib.sha256(content).hexdigest(), len(content), vectors)

    def find(self, key: str) -> SegmentFile | None:
        """A segment that lies there already, whether or not a generation refers to it."""
        file = self._home.segment(key)
        if not file.exists():
            return None
        return SegmentFile(
            key, file_digest(file), file.stat().st_size, count_vectors(file, self._home.spec)
        )

    def open(self, key: str) -> StoredSegment:
        """The segment's tensors, mapped. Raises `DamagedError` where it is missing or is no
        segment.
        """
        if key not in self._mapped:
            self._mapped[key] = read_segment(self._home.segment(key), self._home.spec)
        return self._mapped[key]


def _arrays(spec: Spec, segment: Segment) -> dict[str, Tensor]:
    """The tensors of a segment's file."""
    found = {"vectors": segment.vectors.cpu()}
    if segment.keys is not None:
        found["keys"] = segment.keys.cpu()
    if not spec.kv_width:
        return {name: tensor.contiguous() for name, tensor in found.items()}
    from store.quantized import packed

    rows = {name: packed(tensor, _PARTS[name]) for name, tensor in found.items()}
    scales = {
        f"{name}_scales": each.scales for name, each in rows.items() if each.scales is not None
    }
    return {name: each.numbers.contiguous() for name, each in rows.items()} | scales


def read_segment(file: Path, spec: Spec) -> StoredSegment:
    """A segment file's tensors, mapped. Raises `DamagedError` where it is missing or no segment of
    such a memory.
    """
    from store.quantized import Rows

    with _opened(file, "pt") as opened:
        _check(spec, opened, file)
        found = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    rows = {
        name: Rows(found[name], found.get(f"{name}_scales"))
        for name in ("vectors", "keys")
        if name in found
    }
    return StoredSegment(rows["vectors"], rows.get("keys"))


def count_vectors(file: Path, spec: Spec) -> int:
    """Vectors per layer (K) of a segment file, from its header, without torch. Raises as
    `read_segment` does.
    """
    with _opened(file, "np") as opened:
        return _check(spec, opened, file)


def file_digest(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@contextmanager
def _opened(file: Path, framework: str) -> Iterator[Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework=framework) as opened:
            yield opened
    except (SafetensorError, OSError) as error:
        message = f"the segment {file} is missing or damaged: {error}"
        raise DamagedError(message, "see what mends it: mplus verify") from error


def _check(spec: Spec, opened: Any, file: Path) -> int:
    """Compare names, shapes and types with those of the memory; gives K."""
    found = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
    shape = found["vectors"].get_shape() if "vectors" in found else []
    count = shape[1] if len(shape) == 3 else 0
    expected = tensors(spec, count)
    if not 0 < count <= spec.num_tokens or expected != {
        name: (each.get_shape(), each.get_dtype()) for name, each in found.items()
    }:
        raise DamagedError(
            f"the segment {file} is damaged: its shapes or types are not those of this memory"
        )
    return int(count)


def tensors(spec: Spec, count: int) -> dict[str, tuple[list[int], str]]:
    """Shape and type, as safetensors names it, of the tensors of a segment of K = `count`
    vectors.
    """
    shapes = {"vectors": [spec.layers, count, spec.kv_width or spec.hidden]}
    if spec.selector:
        shapes["keys"] = [spec.key_layers, count, spec.selector]
    if not spec.kv_width:
        return {name: (shape, _TYPES[spec.dtype]) for name, shape in shapes.items()}
    scales = {
        f"{name}_scales": ([*shape[:2], _PARTS[name]], "F16") for name, shape in shapes.items()
    }
    return {name: (shape, "I8") for name, shape in shapes.items()} | scales
