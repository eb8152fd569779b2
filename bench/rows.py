"""What the index takes for each token, by table: documents, chunks, texts, words, history.

    python -m bench.rows --data FILE [--documents 20000] [--tokens 60] [--json FILE]

So many files of passages are injected as `mplus inject` does it, with the default model's
tokenizer. Where the model would write, short vectors are drawn, for they are not in the index.
Where the passages end they begin again in the midst of a file, so no two files are the same.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.bulk import FILES_A_FOLDER, drawn_vectors
from bench.machine import LOCK_TIMEOUT_S, keep, machine, timed
from mplus_cli.engine import Engine
from mplus_cli.injecting.named import Named
from mplus_cli.injecting.run import Run
from mplus_cli.kinds import passes
from mplus_cli.settings import load_settings
from store.home import Home

WORDS_A_TOKEN, WORDS_A_NAME = 0.58, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="passages (bench/README.md)")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--tokens", type=int, default=60, help="of a document")
    parser.add_argument("--folder", type=Path, help="work in a folder that has room")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        make_files(folder / "notes", chosen.data, chosen.documents, chosen.tokens)
        keep({"machine": machine(), **filled(folder)}, chosen.json)


def make_files(folder: Path, data: Path, count: int, tokens: int) -> None:
    """Files of passages, named by their first words."""
    texts = islice(stretches(data, round(tokens * WORDS_A_TOKEN)), count)
    for number, words in enumerate(texts):
        called = "-".join(re.findall("[a-z]+", " ".join(words).lower())[:WORDS_A_NAME])
        file = folder / f"{number // FILES_A_FOLDER:04}" / f"{called}-{number:06}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(" ".join(words) + "\n")


def stretches(data: Path, count: int) -> Iterator[list[str]]:
    """So many words each time, without end."""
    with gzip.open(data, "rt") as file:
        words = [word for line in file for word in json.loads(line)["context"].split()]
    start = 0
    while True:
        for at in range(start, len(words) - count, count):
            yield words[at : at + count]
        start = (start + count // 3 + 1) % count


def filled(folder: Path) -> dict[str, Any]:
    """Bytes of the index's file, a token and by table, once all is injected."""
    engine = Engine(load_settings({"model": "smollm2"}), None)
    few = replace(engine.spec, layers=1, kv_width=2, selector=2, retrieval_layers=(0,))
    engine.__dict__["spec"] = few
    with patch.object(passes, "write_alone", drawn_vectors(few)):
        run = Run(engine, folder / "memory", LOCK_TIMEOUT_S, lambda event: None, lambda: False)
        seconds, report = timed(lambda: run.inject(Named.of([str(folder / "notes")])))
    index, documents = Home(folder / "memory").index, len(report.added)
    whole = sum(file.stat().st_size for file in index.parent.glob(f"{index.name}*"))
    return {
        "documents": documents,
        "tokens": report.tokens,
        "wall_s": round(seconds, 1),
        "bytes": whole,
        "bytes_a_document": round(whole / documents, 1),
        "bytes_a_token": round(whole / report.tokens, 2),
        "bytes_a_document_by_table": by_table(index, documents),
    }


def by_table(index: Path, documents: int) -> dict[str, float]:
    """Bytes that tables and their indexes take, for each document."""
    found: defaultdict[str, int] = defaultdict(int)
    with closing(sqlite3.connect(index)) as db:
        tables = dict(db.execute("SELECT name, tbl_name FROM sqlite_master"))
        for name, size in db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
            of = tables.get(name, name)
            found[name if name == of else f"{of}: {name}"] += size
        (pages,), (size,) = (
            db.execute(f"PRAGMA {asked}").fetchone() for asked in ("freelist_count", "page_size")
        )
    found["free"] = pages * size
    largest = sorted(found.items(), key=lambda each: -each[1])
    return {name: round(size / documents, 1) for name, size in largest}


if __name__ == "__main__":
    main()
