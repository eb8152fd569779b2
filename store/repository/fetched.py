"""Entries of packs on their way into a memory: fetched in runs, several at once, each looked at
before it is kept; kept in the memory's cache until the pull is done, so that the next try goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from store.backends import Backend, damaged
from store.disk import OnProgress, atomic_write, remove_each
from store.errors import DamagedError
from store.repository.layout import PACKS
from store.repository.packs import PACK_BYTES, Place, cut
from store.repository.travel import side_by_side

_GAP_BYTES = 1 << 16  # a request takes as long as so many bytes


class _Run(NamedTuple):
    """Entries of one pack that lie close together: its bytes start..stop-1."""

    pack: str
    start: int
    stop: int
    places: Sequence[Place]


class Fetched:
    """The entries that a pull has fetched. `bytes`: those that travelled."""

    def __init__(self, backend: Backend, folder: Path, progress: OnProgress) -> None:
        self._backend, self._folder, self._progress = backend, folder, progress
        self._runs: dict[Place, _Run] = {}
        self.bytes = self._done_bytes = self._total_bytes = 0

    def fetch(self, places: Iterable[Place]) -> None:
        """Have some entries at hand. Raises `MissingObjectError` where a pack is gone."""
        runs = list(_runs_of(set(places)))
        self._total_bytes += sum(run.stop - run.start for run in runs)
        work = ((run.stop - run.start, partial(self._bring, run)) for run in runs)
        for run, travelled in zip(runs, side_by_side(work), strict=True):
            self._runs |= dict.fromkeys(run.places, run)
            self.bytes += travelled
            self._done_bytes += run.stop - run.start
            self._progress(self._done_bytes, self._total_bytes)

    def read(self, place: Place) -> bytes:
        """One that is at hand."""
        run = self._runs[place]
        with self._file(run).open("rb") as file:
            file.seek(place.start - run.start)
            return self._cut(file.read(place.size), place.start, place)

    def forget(self) -> None:
        """Remove what was kept: it has joined the memory."""
        for _ in remove_each(self._folder.glob("*.part")):
            pass

    def _bring(self, run: _Run) -> int:
        """How many bytes travelled."""
        file = self._file(run)
        if file.exists():
            with suppress(DamagedError):  # spoilt here: it comes once more
                self._check(file.read_bytes(), run)
                return 0
        content = self._backend.get(PACKS + run.pack, run.stop - run.start, run.start, run.stop)
        self._check(content, run)
        atomic_write(file, content)
        return len(content)

    def _check(self, content: bytes, run: _Run) -> None:
        for place in run.places:
            self._cut(content, run.start, place)

    def _cut(self, content: bytes, start: int, place: Place) -> bytes:
        try:
            return cut(content, start, place)
        except ValueError as error:
            raise damaged(self._backend.address, PACKS + place.pack, str(error)) from error

    def _file(self, run: _Run) -> Path:
        return self._folder / f"{run.pack}-{run.start}-{run.stop}.part"


def _runs_of(places: Iterable[Place]) -> Iterable[_Run]:
    for pack, some in groupby(sorted(places), attrgetter("pack")):
        run = list[Place]()
        for place in some:
            start, stop = (run[0].start, run[-1].start + run[-1].size) if run else (0, 0)
            near = place.start - stop <= _GAP_BYTES
            if run and not (near and place.start + place.size - start <= PACK_BYTES):
                yield _Run(pack, start, stop, run)
                run = []
            run.append(place)
        yield _Run(pack, run[0].start, run[-1].start + run[-1].size, run)
