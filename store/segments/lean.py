"""Segments whose vectors are derived: their ids and packed keys lie in packs, and the model can
write their vectors again.

The packs of a model are a folder with numbered folders (`store.segments.packs` says what is in
one): that with the greatest number that has records counts. Removing segments is to write the next
one.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from store.disk import sync_folder
from store.errors import RESTORE, DamagedError, MplusError
from store.home import Home
from store.kinds.layout import layout_of
from store.records import SegmentFile
from store.segments import Segment, segment_key
from store.segments.key_forms import TwoBits, columns_of, key_form_of
from store.segments.packs import Column, OpenPack, Pack, Packed
from store.segments.vector_cache import vector_cache_of
from store.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor

    from store.segments.carried import Carried
    from store.segments.quantized import Rows

Ids = Sequence[int]
Make = Callable[[Sequence[Ids]], Sequence["Tensor"]]
"""Writes chunks by the model: ids of each -> vectors [L,K,w]."""

RECORDS = "records"
MOST_MADE = 16  # segments whose vectors stay in memory, where the disk has no room for them
_OTHER_IDS = "its ids are not those that it is named by"
_TOKENS_AT_ONCE = 4096  # are brought to the disk together: what a kill may lose


class LeanSegments:
    """See `store.segments.Segments`.

    Set `make` to what writes chunks before vectors are asked for that are not there, and the
    budget of `cache` to what they may take on the disk.
    """

    def __init__(self, home: Home, spec: Spec) -> None:
        self.spec = spec
        self.make: Make | None = None
        self._layout = layout_of(spec)
        self.form, self.columns = _form_of(spec)
        self._token_bytes = sum(each.row_bytes for each in self.columns if not each.per_segment)
        self.folder = home.packs(spec.identity)
        self.cache = vector_cache_of(home, spec)
        self._packs = Pack(newest(self.folder), RECORDS, self.columns)
        self._made: OrderedDict[str, Rows] = OrderedDict()
        self._lock = RLock()

    @property
    def pack(self) -> Pack:
        """The one that counts now."""
        folder = newest(self.folder)
        if self._packs.folder != folder:
            self._packs = Pack(folder, RECORDS, self.columns)
        return self._packs

    @property
    def keys(self) -> PackedKeys:
        return PackedKeys(self)

    def there(self, keys: Sequence[str]) -> list[bool]:
        while True:
            pack = self.pack
            numbers = pack.records().numbers(keys)
            found: list[bool] = ((numbers >= 0) & (numbers < pack.whole())).tolist()
            if pack is self.pack:  # else it was written anew meanwhile
                return found

    def find(self, key: str, known: SegmentFile | None) -> SegmentFile | None:
        with suppress(DamagedError):
            found = self.sound(self.packed(key))
            return found if known in (None, found) else None
        return None

    def sound(self, packed: Packed) -> SegmentFile | None:
        """What the index is to say of a segment; None for one that is damaged, as far as that can
        be told without the index.
        """
        found = file_of(packed)
        return None if self.wrong_with(packed, found) else found

    def packed(self, key: str) -> Packed:
        """All that is kept of a segment. Raises `DamagedError` where it is missing."""
        with self.pack.opened(()) as opened:
            number = opened.number(key)
            if number < 0:
                raise DamagedError(
                    f"the segment {key} is missing in {self.folder}",
                    "see what mends it: mplus verify",
                )
            return opened.packed(number)

    def wrong_with(self, packed: Packed, known: SegmentFile) -> str:
        """What is wrong with a segment of which the index says `known`; empty if nothing is."""
        if file_of(packed) != known:
            return "its bytes do not match their SHA-256"
        if not self._is_named(packed):
            return _OTHER_IDS
        *keys, _ = packed.rows
        means = map(self.form.means, keys[::2])
        return "" if list(means) == keys[1::2] else "the means of its keys are not theirs"

    def _is_named(self, packed: Packed) -> bool:
        return segment_key(self.spec.identity, None, self._ids(packed)) == packed.key

    def _ids(self, packed: Packed) -> list[int]:
        return as_ids(packed.rows[-1], self.spec.id_bytes)

    def count(self, size_bytes: int) -> int:
        """K of a segment of which the index says that it has so many bytes."""
        return size_bytes // self._token_bytes

    def correct(self, sizes: Sequence[tuple[str, int]]) -> None:
        """Let the packs say what K segments have of which the index says that they have so many
        bytes; for who writes.
        """
        known = [(key, self.count(size)) for key, size in sizes if size % self._token_bytes == 0]
        self.pack.correct([key for key, _ in known], np.array([n for _, n in known], np.int64))

    def packed_of(self, segments: Mapping[str, Segment]) -> list[Packed]:
        """What is kept of segments that were just written, one at least."""
        return packed_of(self.spec, segments)

    def fits(self, packed: Packed) -> bool:
        """Whether it is a segment of this memory, as far as it tells itself."""
        widths = (
            each.row_bytes * (1 if each.per_segment else packed.count) for each in self.columns
        )
        has_rows = list(map(len, packed.rows)) == list(widths)
        most = self._layout.most_vectors
        return 0 < packed.count <= most and has_rows and self.sound(packed) is not None

    def append(self, segments: Sequence[Packed]) -> None:
        """Bring segments to the disk; those that are there are mended."""
        pack = self.pack
        if not pack.folder.exists():
            pack.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in pack.folder.parents[:3]:
                sync_folder(folder)
        there = pack.records().numbers([each.key for each in segments])
        whole = pack.whole()
        for number, each in zip(there, segments, strict=True):
            if 0 <= number < whole:
                pack.mend(each)
        new = [each for at, each in zip(there, segments, strict=True) if not 0 <= at < whole]
        pack.append(list({each.key: each for each in new}.values()))

    # Vectors

    def vectors(self, key: str) -> Rows:
        with self._lock:
            found = self._at_hand(key)
            return self._written_again([key])[0] if found is None else found

    def ready(self, keys: Sequence[str]) -> None:
        with self._lock:
            missing = [key for key in dict.fromkeys(keys) if self._at_hand(key) is None]
            if missing:
                self._written_again(missing)

    def _at_hand(self, key: str) -> Rows | None:
        """A segment's vectors, where they are in a file or were just made."""
        return self._made[key] if key in self._made else self.cache.get(key)

    def _written_again(self, keys: Sequence[str]) -> list[Rows]:
        if self.make is None:
            raise MplusError(f"the vectors of segment {keys[0]} are not kept", RESTORE)
        ids = [self._ids_of(key) for key in keys]
        found = [self.rows_of(vectors) for vectors in self.make(ids)]
        for key, rows in zip(keys, found, strict=True):
            if not self.cache.put(key, rows):
                self._made[key] = rows
        while len(self._made) > max(MOST_MADE, len(keys)):
            self._made.popitem(last=False)
        return found

    def _ids_of(self, key: str) -> list[int]:
        packed = self.packed(key)
        if not self._is_named(packed):  # another text would be read in its place
            raise DamagedError(
                f"the segment {key} in {self.folder} is damaged: {_OTHER_IDS}",
                "see what mends it: mplus verify --read-data",
            )
        return self._ids(packed)

    def rows_of(self, vectors: Tensor) -> Rows:
        """Vectors [L,K,w] as they are read."""
        rows = self._layout.rows(self._layout.pack(vectors, None), "vectors")
        assert rows is not None
        return rows

    def arriving(self) -> ArrivingPacked:
        return ArrivingPacked(self)


class PackedKeys:
    """See `store.segments.keys.Keys`: all are packed."""

    def __init__(self, segments: LeanSegments) -> None:
        self._segments = segments

    def opened(self, journal: Sequence[str]) -> AbstractContextManager[OpenPack]:
        return self._segments.pack.opened(journal)

    def readable(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        return places >= 0

    def own(self, segment: str, place: int) -> list[Tensor]:
        self._segments.packed(segment)  # says what is wrong
        raise DamagedError(f"the segment {segment} came while it was looked for", "try again")

    def grow(self, journal: Sequence[str]) -> None:
        """They have."""


class ArrivingPacked:
    """See `store.segments.Arriving`."""

    def __init__(self, segments: LeanSegments) -> None:
        self._segments = segments
        self._writer = ThreadPoolExecutor(1, "segments")
        self._coming: Future[None] | None = None
        self._waiting: list[tuple[Packed, Rows | None]] = []
        self._files: dict[str, SegmentFile] = {}
        self._expected_tokens = 0

    def expect(self, tokens: int) -> None:
        self._expected_tokens = tokens

    def put(self, segments: Mapping[str, Segment]) -> None:
        # Packed here: PyTorch in two threads would fight for the cores.
        packed = self._segments.packed_of(segments)
        kept = self._segments.cache.keeps(self._expected_tokens)
        # One by one: a chunk's vectors stay in the processor's cache meanwhile.
        rows = (
            self._segments.rows_of(each.vectors) if kept else None for each in segments.values()
        )
        self._take(packed, rows)

    def take(self, segments: Sequence[Carried]) -> None:
        packed = [Packed(each.key, each.vectors, each.parts) for each in segments]
        for each, one in zip(segments, packed, strict=True):
            if not (each.is_whole() and self._segments.fits(one)):
                raise DamagedError(f"what came as the segment {each.key} is none")
        self._take(packed, repeat(None, len(packed)))

    def _take(self, packed: Sequence[Packed], rows: Iterable[Rows | None]) -> None:
        self._waiting += zip(packed, rows, strict=True)
        self._files |= {each.key: file_of(each) for each in packed}
        if sum(packed.count for packed, _ in self._waiting) >= _TOKENS_AT_ONCE:
            self._send()

    def _send(self) -> None:
        """Let go what waits, when what went before has come."""
        self._come()
        if self._waiting:
            some, self._waiting = self._waiting, []
            self._coming = self._writer.submit(self._write, some)

    def _come(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.result()

    def _write(self, some: Sequence[tuple[Packed, Rows | None]]) -> None:
        self._segments.append([packed for packed, _ in some])
        for packed, rows in some:
            if rows is not None:
                self._segments.cache.put(packed.key, rows)

    def __contains__(self, key: object) -> bool:
        return key in self._files

    def vectors(self, key: str) -> int:
        return self._files[key].vectors

    def wait_for(self, key: str) -> None:
        self._send()
        self._come()

    def all(self) -> dict[str, SegmentFile]:
        self._send()
        self._come()
        self._segments.cache.keep_budget()
        files, self._files = self._files, {}
        return files

    def close(self) -> None:
        """What waits is brought to the disk where it can be: it need not be computed again."""
        with suppress(OSError, MplusError):
            self._send()
            self._come()
        self._writer.shutdown()


def _form_of(spec: Spec) -> tuple[TwoBits, list[Column]]:
    """How keys are kept, and the columns of all that is."""
    layout = layout_of(spec)
    form = key_form_of(spec, layout)
    assert isinstance(form, TwoBits)  # whole chunks are found
    return form, [*columns_of(form, layout.key_layers), Column("ids", spec.id_bytes)]


def packed_of(spec: Spec, segments: Mapping[str, Segment]) -> list[Packed]:
    """What a lean memory keeps of segments that were just written, one at least."""
    from store.segments.keys import packed_keys
    from store.segments.quantized import Rows

    form, columns = _form_of(spec)
    some = segments.values()
    keys = [Rows(each.keys.cpu(), None) for each in some if each.keys is not None]
    ids = as_bytes([token for each in some for token in each.ids], spec.id_bytes)
    own = columns[-1].cut(ids, [len(each.ids) for each in some])
    packed = packed_keys(form, list(segments), keys)
    return [replace(each, rows=[*each.rows, ids]) for each, ids in zip(packed, own, strict=True)]


def newest(folder: Path) -> Path:
    """The numbered folder that counts; the first one where there is none yet."""
    numbers = (int(each.name) for each in folder.glob("[0-9]*") if (each / RECORDS).exists())
    return folder / str(max(numbers, default=1))


def file_of(packed: Packed) -> SegmentFile:
    """What the index keeps of a segment: SHA-256 and bytes of its ids and of its codes, from which
    the means of its keys follow.
    """
    content = kept_bytes(packed)
    digest = hashlib.sha256(content).hexdigest()
    return SegmentFile(packed.key, digest, len(content), packed.count)


def kept_bytes(packed: Packed) -> bytes:
    """What must be kept of a segment: its ids, and the codes of one layer after the other."""
    *keys, ids = packed.rows
    return b"".join([ids, *keys[::2]])


def as_bytes(ids: Ids, id_bytes: int) -> bytes:
    """Token ids, each in so many bytes, the lowest first."""
    return np.array(ids, "<u4").view(np.uint8).reshape(-1, 4)[:, :id_bytes].tobytes()


def as_ids(content: bytes, id_bytes: int) -> list[int]:
    """The token ids in bytes."""
    some = np.frombuffer(content, np.uint8).reshape(-1, id_bytes)
    found: list[int] = np.pad(some, ((0, 0), (0, 4 - id_bytes))).view("<u4")[:, 0].tolist()
    return found
