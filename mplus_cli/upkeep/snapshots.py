"""A memory as one file: writing it whole or not at all, and taking one in."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import IO

from mplus_cli.budget import BudgetRule
from mplus_cli.errors import UsageError
from mplus_cli.results import Progress
from mplus_cli.results.upkeep import Exported, Imported
from mplus_cli.upkeep.generations import find_generation
from store.home import Home
from store.index.reader import Index
from store.locks import read_lock
from store.whole_file import PRIVATE, is_stream, whole_file


def export(
    path: Path,
    timeout_s: float,
    target: Path | IO[bytes],
    *,
    since: str | int | None,
    text: bool,
    vectors: bool,
    force: bool,
    progress: Progress,
) -> Exported:
    """Write a snapshot to a file, which is there when it is whole, or to a stream.

    Raises `UsageError` where the file is there and `force` is not given.
    """
    from store.snapshots.export import export as write

    file = target if isinstance(target, Path) and not is_stream(target) else None
    if file is not None and file.exists() and not force:
        raise UsageError(
            f"{file} is there already", "name another file, or write over it with --force"
        )
    home, start = Home(path), time.perf_counter()
    with read_lock(path, timeout_s):
        number = None
        if since is not None:
            with closing(Index.open(home)) as index:
                number = find_generation(index, since).id
        with _output(target) as out:
            done = write(home, out, number, text, progress, vectors)
    return Exported(
        **asdict(done),
        file=str(file) if file else None,
        file_bytes=file.stat().st_size if file else None,
        seconds=round(time.perf_counter() - start, 3),
    )


def import_(
    path: Path,
    timeout_s: float,
    source: Path | IO[bytes],
    *,
    rule: BudgetRule,
    progress: Progress,
) -> Imported:
    """Take a snapshot in, all or nothing; derived vectors as far as the rule has room for them.

    Raises `UsageError` where there is no such file.
    """
    from store.snapshots.restore import import_snapshot

    start = time.perf_counter()
    with _input(source) as opened:
        done = import_snapshot(
            path,
            opened,
            timeout_s,
            progress,
            lambda home, spec: rule.budget(home, spec).bytes,
        )
    found = asdict(done) | {"documents": tuple(done.documents)}
    return Imported(**found, memory=str(path), seconds=round(time.perf_counter() - start, 3))


def _output(target: Path | IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    return whole_file(target, PRIVATE) if isinstance(target, Path) else nullcontext(target)


def _input(source: Path | IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    if not isinstance(source, Path):
        return nullcontext(source)
    # A pipe will do, as <(…) or /dev/stdin name it: a snapshot is read once, from its beginning.
    if not source.exists() or source.is_dir():
        raise UsageError(f"{source} is no file", "name a snapshot that mplus export wrote")
    return source.open("rb")
