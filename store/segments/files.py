"""Segments as immutable files, each with the vectors and the keys of a chunk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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
from store.segments import Segment
from store.spec import Spec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from store.segments.carried import Carried
    from store.segments.keys import DerivedKeys
    from store.segments.quantized import Rows

# More than the long-term memory of a published checkpoint comes from (150k vectors, T = 256).
MOST_MAPPED = 1024
# Written segments wait in memory for the disk; more than these are not held. They are brought there
# side by side: a file system lets those that wait for it at the same time wait once.
ON_THE_WAY, WRITERS = 8, 4


@dataclass(frozen=True)
class StoredSegment:
    """A segment as it lies in its file, mapped."""

    vectors: Rows
    keys: Rows | None


class FileSegments:
    """See `store.segments.Segments`. The last opened files stay mapped."""

    def __init__(self, home: Home, spec: Spec) -> None:
        self.spec = spec
        self._home, self._layout = home, layout_of(spec)
        # Bound to no method: the cache would keep this object, and its files, alive.
        self._mapped = lru_cache(MOST_MAPPED)(partial(_segment_of, home, self._layout))

    @cached_property
    def keys(self) -> DerivedKeys:
        from store.segments.key_forms import key_form_of
        from store.segments.keys import DerivedKeys

        folder, layout = self._home.packed_keys(self.spec.identity), self._layout
        layers = layout.key_layers if layout.selector else 0
        return DerivedKeys(folder, key_form_of(self.spec, layout), layers, self._keys)

    def _keys(self, key: str) -> Rows:
        keys = self._mapped(key).keys
        assert keys is not None
        return keys

    def there(self, keys: Sequence[str]) -> list[bool]:
        return [self._home.segment(key).exists() for key in keys]

    def find(self, key: str, known: SegmentFile | None) -> SegmentFile | None:
        if known is not None:  # to read it again would take long
            return known
        file = self._home.segment(key)
        try:
            vectors = count_vectors(file, self._layout)
        except DamagedError:
            return None
        return SegmentFile(key, file_digest(file), file.stat().st_size, vectors)

    def vectors(self, key: str) -> Rows:
        return self._mapped(key).vectors

    def numbers(self, key: str) -> NDArray[Any]:
        """The tensor "vectors" of a segment as it lies there, without torch; not kept open.

        Raises as `vectors` does.
        """
        file = self._home.segment(key)
        with _opened(file, "np") as opened:
            _check(self._layout, opened, file)
            found: NDArray[Any] = opened.get_tensor("vectors")
        return found

    def ready(self, keys: Sequence[str]) -> None:
        """They are."""

    def arriving(self) -> ArrivingFiles:
        return ArrivingFiles(self._home, self._layout)


class ArrivingFiles:
    """See `store.segments.Arriving`."""

    def __init__(self, home: Home, layout: Layout) -> None:
        self._home, self._layout = home, layout
        self._writer = ThreadPoolExecutor(WRITERS, "segments")
        # Key -> K, and what will be written.
        self._coming: dict[str, tuple[int, Future[SegmentFile]]] = {}
        self._come: dict[str, SegmentFile] = {}

    def expect(self, tokens: int) -> None:
        """All are kept, however many come."""

    def put(self, segments: Mapping[str, Segment]) -> None:
        for key, segment in segments.items():
            self._put(key, segment)

    def _put(self, key: str, segment: Segment) -> None:
        # Packed here: PyTorch in two threads would fight for the cores.
        self._send(key, content_of(self._layout, segment), segment.vectors.shape[1])

    def take(self, segments: Sequence[Carried]) -> None:
        for each in segments:
            fits = len(each.parts) == 1 and each.is_whole()
            if not fits or _count(self._layout, each.parts[0]) != each.vectors:
                raise DamagedError(f"what came as the segment {each.key} is none")
            self._send(each.key, each.parts[0], each.vectors)

    def _send(self, key: str, content: bytes, vectors: int) -> None:
        if len(self._coming) >= ON_THE_WAY:
            self.wait_for(next(iter(self._coming)))
        self._coming[key] = vectors, self._writer.submit(self._write, key, content, vectors)

    def _write(self, key: str, content: bytes, vectors: int) -> SegmentFile:
        """Bring a segment of K = `vectors` to the disk, whole or not at all."""
        atomic_write(self._home.segment(key), content)
        return SegmentFile(key, hashlib.sha256(content).hexdigest(), len(content), vectors)

    def __contains__(self, key: object) -> bool:
        return key in self._coming or key in self._come

    def vectors(self, key: str) -> int:
        return self._coming[key][0] if key in self._coming else self._come[key].vectors

    def wait_for(self, key: str) -> None:
        if key in self._coming:
            self._come[key] = self._coming.pop(key)[1].result()

    def all(self) -> dict[str, SegmentFile]:
        for key in list(self._coming):
            self.wait_for(key)
        come, self._come = self._come, {}
        return come

    def close(self) -> None:
        self._writer.shutdown(cancel_futures=True)


def _segment_of(home: Home, layout: Layout, key: str) -> StoredSegment:
    return read_segment(home.segment(key), layout)


def content_of(layout: Layout, segment: Segment) -> bytes:
    """The bytes of a segment's file."""
    from safetensors.torch import save

    return save(layout.pack(segment.vectors, segment.keys))


def _count(layout: Layout, content: bytes) -> int | None:
    """K of a segment from the bytes of its file; None where they are those of none."""
    from safetensors import SafetensorError, deserialize

    try:
        found = deserialize(content)  # type: ignore[no-untyped-call]
    except SafetensorError:
        return None
    count = layout.count({name: (each["shape"], each["dtype"]) for name, each in found})
    return count if count is not None and layout.is_sound(_loaded(content)) else None


def _loaded(content: bytes) -> Callable[[str], Any]:
    """What gives the tensors in the bytes of a file."""
    from safetensors.numpy import load

    return lambda name: load(content)[name]


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
    """Vectors per layer (K) of a segment file, mostly from its header, without torch. Raises as
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
    """Compare names, shapes, types and bounds with those of the memory; gives K."""
    found = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
    count = layout.count(
        {name: (each.get_shape(), each.get_dtype()) for name, each in found.items()}
    )
    if count is None:
        raise DamagedError(
            f"the segment {file} is damaged: its shapes or types are not those of this memory"
        )
    if not layout.is_sound(opened.get_tensor):
        raise DamagedError(f"the segment {file} is damaged: it has numbers out of bounds")
    return count
