"""Segments: immutable files of vectors and their keys, named by what they were written from."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.disk import atomic_write
from store.errors import DamagedError
from store.home import Home
from store.kinds.layout import Layout, layout_of
from store.records import SegmentFile
from store.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor

    from store.keys import PackedKeys
    from store.quantized import Rows

# More than the long-term memory of a published checkpoint comes from (150k vectors, T = 256).
MOST_MAPPED = 1024


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
    layers with keys. `store.kinds.layout` says what w is.
    """

    vectors: Tensor
    keys: Tensor | None


@dataclass(frozen=True)
class StoredSegment:
    """A segment as it lies in its file, mapped."""

    vectors: Rows
    keys: Rows | None


class Segments:
    """The segment files that one memory has for `spec`, for any number of threads; nothing is read
    before it is used.

    The last opened ones stay mapped. What is mapped can be read on after its file was removed, so a
    new generation wants a new object: then what was erased is let go.
    """

    def __init__(self, home: Home, spec: Spec) -> None:
        self.spec = spec
        self._home, self._layout = home, layout_of(spec)
        # Bound to no method: the cache would keep this object, and its files, alive.
        self._mapped = lru_cache(MOST_MAPPED)(partial(_segment_of, home, self._layout))

    @cached_property
    def packed(self) -> PackedKeys:
        """The keys of all segments, for searching."""
        from store.key_forms import key_form_of
        from store.keys import PackedKeys

        folder, layout = self._home.packed_keys(self.spec.identity), self._layout
        layers = layout.key_layers if layout.selector else 0
        return PackedKeys(folder, key_form_of(self.spec, layout), layers, self._keys)

    def _keys(self, key: str) -> Rows:
        keys = self.open(key).keys
        assert keys is not None
        return keys

    def content(self, segment: Segment) -> bytes:
        """The bytes of a segment's file."""
        from safetensors.torch import save

        return save(self._layout.pack(segment.vectors, segment.keys))

    def put(self, key: str, content: bytes, vectors: int) -> SegmentFile:
        """Write a segment of K = `vectors` to the disk, whole or not at all."""
        atomic_write(self._home.segment(key), content)
        return SegmentFile(key, hashlib.sha256(content).hexdigest(), len(content), vectors)

    def find(self, key: str) -> SegmentFile | None:
        """A segment that lies there already, though the index may not know it; None where the file
        is none of this memory's: then it is written again.
        """
        file = self._home.segment(key)
        try:
            vectors = count_vectors(file, self._layout)
        except DamagedError:
            return None
        return SegmentFile(key, file_digest(file), file.stat().st_size, vectors)

    def open(self, key: str) -> StoredSegment:
        """The segment's tensors, mapped. Raises `DamagedError` where it is missing or is no
        segment.
        """
        return self._mapped(key)


def _segment_of(home: Home, layout: Layout, key: str) -> StoredSegment:
    return read_segment(home.segment(key), layout)


def read_segment(file: Path, layout: Layout) -> StoredSegment:
    """A segment file's tensors, mapped. Raises `DamagedError` where it is missing or no segment of
    such a memory.
    """
    with _opened(file, "pt") as opened:
        _check(layout, opened, file)
        found = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    vectors = layout.rows(found, "vectors")
    assert vectors is not None
    return StoredSegment(vectors, layout.rows(found, "keys"))


def count_vectors(file: Path, layout: Layout) -> int:
    """Vectors per layer (K) of a segment file, from its header, without torch. Raises as
    `read_segment` does.
    """
    with _opened(file, "np") as opened:
        return _check(layout, opened, file)


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


def _check(layout: Layout, opened: Any, file: Path) -> int:
    """Compare names, shapes and types with those of the memory; gives K."""
    found = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
    count = layout.count(
        {name: (each.get_shape(), each.get_dtype()) for name, each in found.items()}
    )
    if count is None:
        raise DamagedError(
            f"the segment {file} is damaged: its shapes or types are not those of this memory"
        )
    return count
