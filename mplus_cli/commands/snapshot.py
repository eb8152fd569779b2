"""`mplus export` and `import`: a memory as one file."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from mplus_cli.commands import options
from mplus_cli.commands.history import find_generation
from mplus_cli.errors import UsageError
from mplus_cli.screen import render
from mplus_cli.settings import load_settings


def export(
    file: Annotated[str, typer.Argument(help="The snapshot to write; - is standard output.")],
    memory: options.Memory = None,
    since: Annotated[
        str | None,
        typer.Option(
            help="Leave out what this generation has: only what is new.",
            metavar="GENERATION",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        bool,
        typer.Option(
            "--text/--no-text",
            help="Whether the stored passages go along (snippets, ranking by text).",
        ),
    ] = True,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Write over a file that is there.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Write the memory, with all its generations, into one file that vouches for itself."""
    settings = load_settings({"memory": memory})
    if json and file == "-":
        raise UsageError("--json and the snapshot can't both go to standard output", "name a file")
    if file != "-" and Path(file).exists() and not force:
        raise UsageError(
            f"{file} is there already", "name another file, or write over it with --force"
        )

    from store.home import Home
    from store.index import Index
    from store.locks import read_lock
    from store.snapshot import export as write

    home = Home(settings.memory)
    start = time.perf_counter()
    with (
        read_lock(settings.memory, settings.lock_timeout_s),
        render.steps("exporting", quiet=json) as progress,
    ):
        number = None
        if since is not None:
            index = Index.open(home)
            number = find_generation(index, since).id
            index.close()
        with _output(file) as out:
            done = write(home, out, number, text, progress)
    seconds = round(time.perf_counter() - start, 3)
    if json:
        size = Path(file).stat().st_size
        render.as_json(render.plain(done) | {"file": file, "file_bytes": size, "seconds": seconds})
        return
    to = "standard output" if file == "-" else f"{file} ({render.size(Path(file).stat().st_size)})"
    render.note(
        f"generation {done.generation}, {done.documents:,} documents, "
        f"{render.size(done.bytes)} to {to} "
        f"in {seconds:.1f} s; content {done.digest[:16]}"
    )


def import_(
    file: Annotated[str, typer.Argument(help="A snapshot; - is standard input.")],
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Take a snapshot in: as a new memory, or into the one that is there. Everything is checked
    first.

    A memory that the snapshot goes on from goes on with it; to any other one the snapshot's
    documents are appended, those that are there already left out. Files that are damaged or missing
    are mended from the snapshot.
    """
    settings = load_settings({"memory": memory})

    from store.restore import import_snapshot

    start = time.perf_counter()
    with _input(file) as opened, render.steps("importing", quiet=json) as progress:
        done = import_snapshot(settings.memory, opened, settings.lock_timeout_s, progress)
    if json:
        seconds = round(time.perf_counter() - start, 3)
        render.as_json(render.plain(done) | {"memory": str(settings.memory), "seconds": seconds})
        return
    render.imported(done)


@contextmanager
def _output(file: str) -> Iterator[IO[bytes]]:
    """Where to write: a file is there when it is whole."""
    if file == "-":
        yield sys.stdout.buffer
        return
    target = Path(file)
    descriptor, name = tempfile.mkstemp(dir=target.absolute().parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _input(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    if not Path(file).is_file():
        raise UsageError(f"{file} is no file", "name a snapshot that mplus export wrote")
    with Path(file).open("rb") as opened:
        yield opened
