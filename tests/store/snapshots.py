"""Snapshots as tests write, read, take apart and put together again."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zstandard

from store.change import change
from store.home import Home
from store.snapshots.archive import writing
from store.snapshots.export import export
from store.snapshots.manifest import MANIFEST, sealed
from store.snapshots.restore import Imported, import_snapshot
from store.spec import Spec
from tests.store.made import SPEC, add, forget

Files = dict[str, bytes]


def write(
    memory: Path, since: int | None = None, text: bool = True, vectors: bool = False
) -> bytes:
    out = io.BytesIO()
    export(Home(memory), out, since, text, lambda done, of: None, vectors)
    return out.getvalue()


def read(snapshot: bytes, memory: Path, budget_bytes: int | None = None) -> Imported:
    content, quiet = io.BytesIO(snapshot), lambda done, of: None
    return import_snapshot(memory, content, 1, quiet, lambda home, spec: budget_bytes)


def fill(memory: Path, *documents: int, spec: Spec = SPEC) -> None:
    for document in documents:
        with change(memory, "inject", 1, create=spec) as opened:
            add(opened, document, (6, document))
            opened.commit()


def drop(memory: Path, document: int) -> None:
    with change(memory, "forget", 1) as opened:
        forget(opened, document)
        opened.commit()


def unpacked(snapshot: bytes) -> Files:
    content = zstandard.ZstdDecompressor().stream_reader(snapshot).read()
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        return {member.name: opened.extractfile(member).read() for member in opened}  # type: ignore[union-attr]


def packed(files: Files | list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with writing(out) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.add(name, len(content), io.BytesIO(content), lambda block: None)
    return out.getvalue()


def told(files: Files, change_it: Callable[[dict[str, Any]], object]) -> bytes:
    """The snapshot with a manifest that says something else."""
    manifest = json.loads(files[MANIFEST])
    change_it(manifest)
    return packed(files | {MANIFEST: sealed(manifest)})
