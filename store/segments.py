"""Segments: immutable files of vectors and their keys, named by what they were written from."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.errors import DamagedError
from store.home import Home, Spec, atomic_write

# A type as torch names it -> as safetensors does.
_TYPES = {"bfloat16": "BF16", "float16": "F16", "float32": "F32"}

if TYPE_CHECKING:
    from torch import Tensor


def segment_key(identity: str, previous: str | None, ids: Sequence[int]) -> str:
    """Name of what one chunk writes: SHA-256 over the model, the segment it was written after, and its ids.

    Known before anything is computed, and the same on every machine. `previous` is None for a document's
    first chunk and where the model writes every chunk by itself.
    """
    digest = hashlib.sha256(f"mplus segment\n{identity}\n{previous or '-'}\n".encode())
    digest.update(struct.pack(f"<{len(ids)}I", *ids))
    return digest.hexdigest()


@dataclass(frozen=True)
class Segment:
    """Vectors [L,K,d] and, where the model has a retriever, their keys [F,K,h] of the layers that have keys."""

    vectors: Tensor
    keys: Tensor | None


@dataclass(frozen=True)
class SegmentFile:
    """What the index keeps of a segment: SHA-256 and size of its bytes, vectors per layer."""

    key: str
    sha256: str
    bytes: int
    vectors: int


class Segments:
    """The segment files of one memory. Opened ones stay mapped; nothing is read before it is used."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._mapped: dict[str, Segment] = {}

    def put(self, key: str, segment: Segment) -> SegmentFile:
        """Write a segment to the disk, whole or not at all."""
        from safetensors.torch import save

        arrays = {"vectors": segment.vectors.cpu().contiguous()}
        if segment.keys is not None:
            arrays["keys"] = segment.keys.cpu().contiguous()
        content = save(arrays)
        atomic_write(self._home.segment(key), content)
        return SegmentFile(key, hashlib.sha256(content).hexdigest(), len(content), segment.vectors.shape[1])

    def find(self, key: str) -> SegmentFile | None:
        """A segment that lies there already, whether or not a generation refers to it."""
        file = self._home.segment(key)
        if not file.exists():
            return None
        return SegmentFile(key, file_digest(file), file.stat().st_size, count_vectors(file, self._home.spec))

    def open(self, key: str) -> Segment:
        """The segment's tensors, mapped. Raises `DamagedError` where it is missing or is no segment."""
        if key not in self._mapped:
            self._mapped[key] = read_segment(self._home.segment(key), self._home.spec)
        return self._mapped[key]


def read_segment(file: Path, spec: Spec) -> Segment:
    """A segment file's tensors, mapped. Raises `DamagedError` where it is missing or no segment of such a memory."""
    with _opened(file, "pt") as opened:
        _check(spec, opened, file)
        return Segment(opened.get_tensor("vectors"), opened.get_tensor("keys") if spec.selector else None)


def count_vectors(file: Path, spec: Spec) -> int:
    """Vectors per layer (K) of a segment file, from its header, without torch. Raises as `read_segment` does."""
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
    count = found["vectors"].get_shape()[1:2] if "vectors" in found else []
    expected = {"vectors": [spec.layers, *count, spec.hidden]}
    if spec.selector:
        expected["keys"] = [spec.key_layers, *count, spec.selector]
    shapes = {name: part.get_shape() for name, part in found.items()}
    types = {part.get_dtype() for part in found.values()}
    if shapes != expected or types != {_TYPES[spec.dtype]} or not 0 < count[0] <= spec.num_tokens:
        raise DamagedError(f"the segment {file} is damaged: its shapes or types are not those of this memory")
    return int(count[0])
