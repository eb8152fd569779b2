"""Whether a memory is whole, and making room in it."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.errors import UsageError
from mplus_cli.results import Progress
from mplus_cli.results.upkeep import Collected, Verified
from store.errors import FullDiskError
from store.home import Home
from store.index.reader import Index
from store.locks import read_lock

if TYPE_CHECKING:
    from store.collect import Garbage


def verify(
    path: Path, timeout_s: float, read_data: bool, replay: bool, progress: Progress
) -> Verified:
    """Look whether a memory is whole. Reads only; raises `NoMemoryError`, `LockedError`."""
    from store.verify import Verifier

    home = Home(path)
    with read_lock(path, timeout_s):
        verifier = Verifier(home, read_data, replay, progress)
        looked = verifier.run()
    return Verified(not verifier.findings, looked, tuple(verifier.findings))


def gc(
    path: Path, timeout_s: float, keep_last: int | None, dry_run: bool, progress: Progress
) -> Collected:
    """Remove what no generation refers to, and old generations, if asked.

    Raises `UsageError` where no generation would be kept.
    """
    if keep_last is not None and keep_last < 1:
        raise UsageError(f"--keep-last is {keep_last}", "keep one generation at least")
    from store.collect import garbage

    if dry_run:
        home = Home(path)
        with read_lock(path, timeout_s), closing(Index.open(home)) as index, index.snapshot():
            found = garbage(home, index, keep_last)
    else:
        found = _collect(path, timeout_s, keep_last, progress)
    return Collected(
        tuple(found.generations),
        tuple(document.path for document in found.documents),
        found.segments,
        len(found.files),
        found.bytes,
        dry_run,
    )


def _collect(path: Path, timeout_s: float, keep_last: int | None, progress: Progress) -> Garbage:
    from store.change import change
    from store.collect import collect, garbage
    from store.state_files import mend_states

    with change(path, "gc", timeout_s, alone=True) as opened:
        found = garbage(opened.home, opened.index, keep_last)
        collect(opened, found, progress)
        mend_states(opened.home, opened.index)
        if found.generations:
            with suppress(FullDiskError):  # what is free within the file is used again
                opened.index.compact()
    return found
