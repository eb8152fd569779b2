"""What the index keeps in fewer bytes than it says: digests, lists of paths, texts."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

import store.index.packed_texts
from store.change import change
from store.errors import DamagedError
from store.home import Home
from store.index.kept import kept_digest
from store.index.packed_texts import DICTIONARY_ID, packed, unpacked
from store.index.reader import Index
from store.records import Root
from store.texts import TextSpan, WholeText
from tests.store.made import SPEC, add, findings

NOTE = WholeText("The gate code is 4417.", (TextSpan(0, 22, 1, 1, "", False, ""),), "line")


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    path = tmp_path / "memory"
    with change(path, "inject", 1, create=SPEC) as opened:
        add(opened, 1, (6, 2))
        opened.note("1", "ab" * 32)
        opened.note("2", "no digest")
        opened.commit()
    return path


def changed(memory: Path, sql: str) -> None:
    with closing(sqlite3.connect(memory / "index.db")) as file, file:
        file.execute(sql)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("documents", "digest"),
        ("segments", "key"),
        ("segments", "sha256"),
        ("chunks", "segment"),
        ("generations", "state"),
        ("generations", "digest"),
    ],
)
def test_digests_take_their_bytes(table: str, column: str, memory: Path) -> None:
    with closing(sqlite3.connect(memory / "index.db")) as file:
        found = file.execute(f"SELECT typeof({column}), length({column}) FROM {table}")
        assert set(found) == {("blob", 32)}


def test_what_is_no_digest_stays_as_it_is(memory: Path) -> None:
    index = Index.open(Home(memory))
    assert index.inputs() == {"1": "ab" * 32, "2": "no digest"}
    index.close()
    for other in ("", "k", "ab" * 31, "AB" * 32, " ".join(["ab"] * 32), "ab" * 32 + "\n"):
        assert kept_digest(other) == other


def test_segments_are_known_by_their_keys(memory: Path) -> None:
    index = Index.open(Home(memory))
    files = index.segment_files()
    assert [index.segment_file(key) for key in files] == list(files.values())
    assert index.having(files) == index.having(list(files)[:1]) == ["1"]
    assert index.segment_file("ab" * 32) is None and index.having(["ab" * 32]) == []
    index.close()


@pytest.mark.parametrize("damage", ["x'00'", "substr(added, 1, 9)", "added || x'00'", "x''"])
def test_a_damaged_list_is_found(damage: str, memory: Path) -> None:
    changed(memory, f"UPDATE generations SET added = CAST({damage} AS BLOB)")
    index = Index.open(Home(memory))
    with pytest.raises(DamagedError):
        index.generation()
    index.close()
    assert findings(memory)


def test_a_short_text_takes_less_than_it_says() -> None:
    assert unpacked(packed(NOTE)) == NOTE
    assert len(packed(NOTE)) < 60
    assert zstandard.get_frame_parameters(packed(NOTE)).dict_id == DICTIONARY_ID


def test_the_dictionary_is_the_one_that_texts_name() -> None:
    content = Path(store.index.packed_texts.__file__).with_name("texts.zdict").read_bytes()
    expected = "29ccb2b22e9dce024ed1aab3ed4fc20b7ba1ec72d9f551fa353213711da935d2"
    assert hashlib.sha256(content).hexdigest() == expected
    assert zstandard.ZstdCompressionDict(content).dict_id() == DICTIONARY_ID


def test_a_text_of_another_dictionary_is_damaged() -> None:
    samples: list[bytes | bytearray | memoryview] = [
        f"a text of number {number}".encode() for number in range(500)
    ]
    other = zstandard.train_dictionary(1000, samples, dict_id=DICTIONARY_ID + 1)
    frame = zstandard.ZstdCompressor(dict_data=other).compress(b"{}")
    for wrong in (frame, b"", b"text", packed(NOTE)[:-5]):
        with pytest.raises(ValueError):
            unpacked(wrong)


def test_a_memory_that_others_read_keeps_no_large_log(memory: Path) -> None:
    reader = Index.open(Home(memory))
    assert reader.generation()
    with change(memory, "inject", 1) as opened:
        opened.name_roots([Root("/large", {"ignore": ["x" * (6 << 20)]})])
        log = memory / "index.db-wal"
        assert log.stat().st_size > 6 << 20
        opened.name_roots([Root("/small", {})])
        opened.name_roots([Root("/smaller", {})])
        assert log.stat().st_size <= 4 << 20
    reader.close()
    assert not log.exists()
