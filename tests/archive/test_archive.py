"""Memories and snapshots that earlier versions made: every later one must take them."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store.change import change
from store.errors import DamagedError
from store.home import Home
from store.index.reader import Index
from store.snapshots.manifest import sealed
from store.spec import FORMAT_VERSION
from tests.archive.make import HERE, taken_out, unpacked_to, vectors_digest
from tests.store.made import add, findings, last_state, what_it_says
from tests.store.snapshots import packed, read, unpacked

VERSIONS = [int(file.stem[-1]) for file in sorted(HERE.glob("memory-format-*.json"))]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_memory_of_each_format_can_be_opened_read_and_changed(
    version: int, tmp_path: Path
) -> None:
    expected = json.loads((HERE / f"memory-format-{version}.json").read_text())
    memory = taken_out(version, tmp_path)
    with change(memory, "look", 1) as opened:  # brings the index up to date
        assert [document.path for document in opened.documents] == ["1", "3"]
    assert json.loads((memory / "memory.json").read_text())["format"] == FORMAT_VERSION
    assert findings(memory) == []
    assert last_state(memory).digest == expected["state"]
    assert vectors_digest(memory) == expected["vectors"]
    index = Index.open(Home(memory))
    assert [(each.id, each.command, each.documents) for each in index.generations()] == [
        (4, "forget", 2),
        (3, "inject", 3),
        (2, "inject", 2),
        (1, "inject", 1),
    ]
    assert index.tags() == {"three": 3}
    assert index.ranked_by_text(4, "document 3 chunk 2")[0] == 6
    index.close()
    with change(memory, "rollback", 1) as opened:
        goal = opened.index.generation(3)
        assert goal is not None
        opened.roll_back(goal)
        opened.commit()
    with change(memory, "inject", 1, create=Home(memory).spec) as opened:
        add(opened, 4, (2,))
        opened.commit()
        assert [document.path for document in opened.documents] == ["1", "2", "3", "4"]
    assert findings(memory) == []


@pytest.mark.parametrize("name", ["memory-format-3", "memory-m008"])  # before m009_small
def test_an_index_of_an_older_mplus_becomes_small_and_says_the_same(
    name: str, tmp_path: Path
) -> None:
    memory = unpacked_to(tmp_path, name)
    asked = "SELECT digest FROM documents UNION ALL SELECT digest FROM generations"
    with closing(sqlite3.connect(memory / "index.db")) as file:
        before = [digest for (digest,) in file.execute(asked)]
        contents = [text for (text,) in file.execute("SELECT content FROM texts")]
    with change(memory, "look", 1):
        pass
    assert findings(memory) == []
    with closing(sqlite3.connect(memory / "index.db")) as file:
        assert [digest.hex() for (digest,) in file.execute(asked)] == before
        assert file.execute("PRAGMA freelist_count").fetchone() == (0,)
        small = [text for (text,) in file.execute("SELECT content FROM texts")]
    assert all(len(now) < len(old) for now, old in zip(small, contents, strict=True))


def ranks(memory: Path, question: str) -> list[int]:
    """The chunks of the last generation by BM25, asked of the file itself."""
    with sqlite3.connect(memory / "index.db") as file:
        rows = file.execute(
            "SELECT rowid FROM chunks_fts WHERE chunks_fts MATCH ? ORDER BY rank, rowid", [question]
        )
        return [number for (number,) in rows]


@pytest.mark.parametrize("question", ["document", "3 OR 2", "chunks AND 0"])
def test_a_search_finds_what_it_found_before(question: str, tmp_path: Path) -> None:
    memory = taken_out(2, tmp_path)
    before = ranks(memory, question)
    with change(memory, "look", 1):
        pass
    assert sorted(ranks(memory, question)) == sorted(before) != []


def test_a_snapshot_of_version_2_says_what_its_memory_says_today(tmp_path: Path) -> None:
    snapshot = (HERE / "snapshot-2.mplus").read_bytes()
    memory, other = taken_out(2, tmp_path), tmp_path / "other"
    with change(memory, "look", 1):
        pass
    read(snapshot, other)
    assert findings(other) == []
    assert what_it_says(other) == what_it_says(memory)
    done = read(snapshot, memory)
    assert (done.generations, done.documents, done.unchanged) == (0, [], 2)


def test_a_snapshot_of_version_2_that_lies_is_refused(tmp_path: Path) -> None:
    files = unpacked((HERE / "snapshot-2.mplus").read_bytes())
    lines = files["documents.jsonl"]
    for lie in (lines.replace(b"chunk 0", b"chunk 9"), lines.replace(b'"end":', b'"and":')):
        manifest = json.loads(files["manifest.json"])
        manifest["members"][0]["sha256"] = hashlib.sha256(lie).hexdigest()
        bad = packed(files | {"manifest.json": sealed(manifest), "documents.jsonl": lie})
        with pytest.raises(DamagedError, match=r"documents\.jsonl is damaged"):
            read(bad, tmp_path / "new")
    assert not (tmp_path / "new").exists()
