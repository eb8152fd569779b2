"""Whether a memory is whole, and making room in it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from mplus_cli.results import Collected, Extent, Finding, Progress, Verified
from store.home import Home, reading


def verify(
    path: Path, timeout_s: float, read_data: bool, replay: bool, progress: Progress
) -> Verified:
    """Look whether a memory is whole. Reads only; raises `NoMemoryError`, `LockedError`."""
    from store.verify import Verifier

    home = Home(path)
    with reading(path, timeout_s):
        verifier = Verifier(home, read_data, replay, progress)
        looked = verifier.run()
    findings = tuple(Finding(**asdict(each)) for each in verifier.findings)
    return Verified(not findings, Extent(**asdict(looked)), findings)


def gc(
    path: Path, timeout_s: float, keep_last: int | None, dry_run: bool, progress: Progress
) -> Collected:
    """Remove what no generation refers to, and old generations, if asked."""
    from store.change import change
    from store.collect import collect, garbage

    with change(path, "gc", timeout_s, alone=True) as opened:
        found = garbage(opened.home, opened.index, keep_last)
        if not dry_run:
            collect(opened, found, progress)
            if found.generations:
                opened.index.compact()
    return Collected(
        tuple(found.generations),
        tuple(document.path for document in found.documents),
        len(found.files),
        found.bytes,
        dry_run,
    )
