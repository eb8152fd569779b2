"""Packs without the segments that no generation needs: written anew beside the old ones, which go
when all is on the disk. So a command that is killed leaves one of the two to count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from store.disk import remove, sync_folder
from store.home import Home
from store.kinds.pool import Ids
from store.segments.lean import LeanSegments, newest
from store.segments.packs import RECORD_BYTES, Pack, Records
from store.spec import Spec


@dataclass(frozen=True)
class Repack:
    """A pack, and what is to stay of it.

    records: as they should be, for a K that the disk has spoilt would move all rows behind it;
    numbers: where the segments stand in them that stay, ascending; gone: how many do not; lost:
    how many are needed of which the disk has lost rows.
    """

    pack: Pack
    records: Records
    numbers: Ids
    gone: int
    lost: int

    @cached_property
    def kept_bytes(self) -> int:
        """What is written."""
        return self._bytes(len(self.numbers), int(self.records.counts[self.numbers].sum()))

    @property
    def freed_bytes(self) -> int:
        """What goes."""
        return self._bytes(len(self.records), int(self.records.bounds[-1])) - self.kept_bytes

    def _bytes(self, segments: int, vectors: int) -> int:
        rows = (
            each.row_bytes * (segments if each.per_segment else vectors)
            for each in self.pack.columns
        )
        return segments * RECORD_BYTES + sum(rows)

    def carry_out(self) -> Iterator[int]:
        """Write the pack anew, and remove the old one. Gives the bytes of each step.

        Where it is cut short one of the two is whole, and it can be called again. For who keeps all
        readers out.
        """
        old = self.pack.folder
        if len(self.numbers) and newest(old.parent) == old:  # else it is written by now
            new = old.with_name(str(int(old.name) + 1))
            try:
                if new.exists():  # of a command that was killed
                    remove(new)
                new.mkdir(mode=0o700)
                sync_folder(new.parent)
                yield from self.pack.copy(self.records, self.numbers, new)
            except BaseException:
                if newest(old.parent) == old and new.exists():
                    remove(new)
                raise
        # Records first: what is left of a pack that is partly removed counts for nothing.
        self.pack.file.unlink(missing_ok=True)
        remove(old)


def repack_of(home: Home, spec: Spec, sizes: Mapping[str, int]) -> Repack | None:
    """What is to be done to the pack of a lean model so that it has the segments that are needed,
    and no others; None where it is so.

    sizes: key -> bytes of each that is needed, as the index has them.
    """
    segments = LeanSegments(home, spec)
    pack = segments.pack
    records = pack.records()
    if not len(records):
        return None
    needed = list(sizes)
    numbers = records.numbers(needed)
    counts = np.array([segments.count(size) for size in sizes.values()], np.int64)
    there = numbers >= 0
    right = records.corrected(numbers[there], counts[there])
    wanted = np.unique(numbers[there])
    stay = wanted[wanted < pack.whole(right)]
    gone = len(records) - len(wanted)
    if not gone and np.array_equal(right.counts, records.counts):
        return None
    return Repack(pack, right, stay, gone, len(wanted) - len(stay))


def leftover(home: Home, lean: Mapping[Path, Path]) -> Iterator[Path]:
    """Folders of packs that do not count. lean: the folder of each lean model's packs, and that
    which counts.
    """
    for folder in sorted({each.parent for each in home.packed()}):
        if folder not in lean:
            yield folder
        else:
            yield from (each for each in folder.iterdir() if each != lean[folder])
