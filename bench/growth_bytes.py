"""What a memory's files take, by part."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from store.home import Home

_TEXT_INDEX = "chunks_fts"


def bytes_by_part(memory: Path) -> dict[str, int]:
    """Bytes of a memory's files: of packs by column, of the index by table, largest first."""
    home, found = Home(memory), defaultdict[str, int](int)
    for file in (each for each in memory.rglob("*") if each.is_file()):
        top = file.relative_to(memory).parts[0]
        if top == "packs":
            found[f"packs: {file.name.rpartition('.')[2]}"] += file.stat().st_size
        elif not file.name.startswith(home.index.name):
            found[f"other: {top}"] += file.stat().st_size
    with closing(sqlite3.connect(home.index)) as db:
        tables = dict(db.execute("SELECT name, tbl_name FROM sqlite_master"))
        for name, size in db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            table = tables.get(name, name)
            found[f"index: {_TEXT_INDEX if table.startswith(_TEXT_INDEX) else table}"] += size
    files = sum(file.stat().st_size for file in home.index.parent.glob(f"{home.index.name}*"))
    known = sum(size for name, size in found.items() if name.startswith("index: "))
    found["index: free, log"] = files - known
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def bytes_a_token(memory: Path, tokens: int) -> dict[str, float]:
    """The same for each token, parts above a thousandth of a byte; `sum`: of all."""
    parts = bytes_by_part(memory)
    told = {name: round(size / tokens, 3) for name, size in parts.items()}
    return {"sum": round(sum(parts.values()) / tokens, 2)} | {
        name: size for name, size in told.items() if size
    }
