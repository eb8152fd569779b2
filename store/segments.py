"""Segments: immutable files of vectors and their keys, named by what they were written from."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import DamagedError
from store.home import Home, Spec, atomic_write

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
        segment = self.open(key)
        return SegmentFile(key, file_digest(file), file.stat().st_size, segment.vectors.shape[1])

    def open(self, key: str) -> Segment:
        """The segment's tensors, mapped. Raises `DamagedError` where it is missing or is no segment."""
        if key not in self._mapped:
            self._mapped[key] = read_segment(self._home.segment(key), self._home.spec)
        return self._mapped[key]


def read_segment(file: Path, spec: Spec) -> Segment:
    """A segment file's tensors, mapped. Raises `DamagedError` where it is missing or no segment of such a memory."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as opened:
            names = set(opened.keys())
            vectors = opened.get_tensor("vectors")
            keys = opened.get_tensor("keys") if "keys" in names else None
    except (SafetensorError, OSError) as error:
        raise DamagedError(
            f"the segment {file} is missing or damaged: {error}", "see what mends it: mplus verify"
        ) from error
    segment = Segment(vectors, keys)
    _check_shape(spec, segment, str(file))
    return segment


def file_digest(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _check_shape(spec: Spec, segment: Segment, name: str) -> None:
    layers, count, hidden = segment.vectors.shape if segment.vectors.dim() == 3 else (0, 0, 0)
    keys = tuple(segment.keys.shape) if segment.keys is not None else None
    expected = (spec.key_layers, count, spec.selector) if spec.selector else None
    dtypes = {str(tensor.dtype) for tensor in (segment.vectors, segment.keys) if tensor is not None}
    if (layers, hidden) != (spec.layers, spec.hidden) or keys != expected or not 0 < count <= spec.num_tokens:
        raise DamagedError(f"the segment {name} is damaged: its shapes are not those of this memory")
    if dtypes != {f"torch.{spec.dtype}"}:
        raise DamagedError(f"the segment {name} is damaged: its type is not that of this memory")
