"""What is kept is asked onto the disk, in the order that a lost power supply leaves it whole."""

import os
import sqlite3
import stat
from functools import partial
from pathlib import Path

import pytest

from store.change import change
from store.disk import atomic_write, remove
from tests.store.made import SPEC


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was brought to the disk, and what got its name, in order."""
    found: list[str] = []
    replace = Path.replace

    def fsync(file: int) -> None:
        found.append("folder" if stat.S_ISDIR(os.fstat(file).st_mode) else "file")

    def named(path: Path, target: Path) -> Path:
        found.append("name")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", named)
    return found


def test_a_file_is_on_the_disk_before_its_name_is(tmp_path: Path, told: list[str]) -> None:
    atomic_write(tmp_path / "a", b"content")
    assert told == ["file", "name", "folder"]


def test_a_new_folder_is_on_the_disk_before_what_lies_in_it(
    tmp_path: Path, told: list[str]
) -> None:
    atomic_write(tmp_path / "new" / "a", b"content")
    assert told == ["folder", "file", "name", "folder"]


def test_a_removal_is_on_the_disk(tmp_path: Path, told: list[str]) -> None:
    (tmp_path / "a").touch()
    remove(tmp_path / "a")
    assert told == ["folder"]


def test_a_commit_of_the_index_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=sqlite3.Connection))
    with change(tmp_path / "m", "new", 1, create=SPEC) as opened:
        assert opened.index._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
