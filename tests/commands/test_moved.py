"""A project that moves with its memory: its documents are found where they are now."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from store.home import Home
from store.index.reader import Index
from tests.commands.test_update import ATTIC, GARDEN, KITCHEN, listed, names, write
from tests.conftest import Run
from tests.store.made import findings


@pytest.fixture
def project(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a memory, documents and a copy of one; another document lies elsewhere."""
    monkeypatch.delenv("MPLUS_MEMORY")
    project = world / "proj"
    write(project / "docs", garden=GARDEN, kitchen=KITCHEN, copy=GARDEN)
    write(world / "other", attic=ATTIC)
    monkeypatch.chdir(project)
    outside = str(world / "other/attic.txt")
    assert mplus("inject", "docs", outside, "-M", ".mplus").code == 0
    return project


def paths(mplus: Run) -> dict[str, list[str]]:
    """Path -> its copies."""
    return {each["path"]: each["copies"] for each in mplus("ls", "--json").json}


def move(project: Path, monkeypatch: pytest.MonkeyPatch, to: str = "moved") -> Path:
    moved = project.parent / to
    moved.parent.mkdir(parents=True, exist_ok=True)
    project.rename(moved)
    monkeypatch.chdir(moved)
    return moved


@pytest.mark.parametrize("to", ["moved", "a/b/proj", "proj2"])
def test_a_project_that_moves(
    mplus: Run, project: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    outside = str(project.parent / "other/attic.txt")
    moved = move(project, monkeypatch, to)
    files = moved / ".mplus"
    before = {file: file.read_bytes() for file in files.rglob("*") if file.is_file()}
    expected = {
        str(moved / "docs/copy.txt"): [str(moved / "docs/garden.txt")],
        str(moved / "docs/kitchen.txt"): [],
        outside: [],
    }
    assert paths(mplus) == expected
    asked = mplus("ask", "What is the gate code?", "--json", "--in", "docs").json
    assert {each["path"] for each in asked["sources"]} <= expected.keys()
    assert asked["within"] == {"documents": 2, "of": 3}
    assert mplus("log", "--json").json[0]["added"] == list(expected)
    assert mplus("verify").code == 0
    now = {file: file.read_bytes() for file in files.rglob("*") if file.is_file()}
    changed = {file.name for file in now if now[file] != before.get(file)}
    assert not changed & {"index.db", "memory.json"}  # asking writes nothing down
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["unchanged"], ran.json["generation"]) == (0, 4, 1)
    assert (ran.json["removed"], ran.json["gone"], ran.json["away"]) == ([], [], [])
    assert paths(mplus) == expected
    assert findings(files) == []
    write(moved / "docs", new=ATTIC[::-1])
    assert names(mplus("update", "--json").json["added"]) == ["new.txt"]
    assert mplus("forget", "docs/kitchen.txt").code == 0
    assert mplus("rollback", "1").code == 0
    assert paths(mplus) == expected


def test_a_copy_and_its_original_go_their_own_ways(
    mplus: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(project, project.parent / "copy")
    monkeypatch.chdir(project.parent / "copy")
    write(project.parent / "copy/docs", kitchen=KITCHEN.replace("forty", "fifty"))
    ran = mplus("update", "--json")
    assert ran.json["changed"] == [str(project.parent / "copy/docs/kitchen.txt")]
    monkeypatch.chdir(project)
    assert mplus("update", "--json").json["unchanged"] == 4
    assert str(project / "docs/kitchen.txt") in paths(mplus)


def test_a_memory_that_moves_alone(
    mplus: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = paths(mplus)
    (project.parent / "alone").mkdir()
    (project / ".mplus").rename(project.parent / "alone/.mplus")
    monkeypatch.chdir(project.parent / "alone")
    assert paths(mplus) == before
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["unchanged"], ran.json["removed"]) == (0, 4, [])
    assert paths(mplus) == before


def test_documents_that_follow_later(
    mplus: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = project.parent / "moved"
    moved.mkdir()
    (project / ".mplus").rename(moved / ".mplus")
    (project / "docs").rename(project.parent / "on its way")
    monkeypatch.chdir(moved)
    assert mplus("update", "--prune", "--json").json["removed"] == []
    (project.parent / "on its way").rename(moved / "docs")
    assert mplus("update", "--prune", "--json").json["unchanged"] == 4
    assert str(moved / "docs/kitchen.txt") in paths(mplus)


def test_a_snapshot_of_a_moved_memory_and_what_was_erased(
    mplus: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = move(project, monkeypatch)
    assert mplus("export", "before").code == 0
    assert mplus("update").code == 0
    assert mplus("export", "after").code == 0
    for name in ("before", "after"):
        assert mplus("import", name, "-M", f"../{name}").code == 0
        assert findings(moved.parent / name) == []
    assert listed(mplus) == ["attic.txt", "copy.txt", "kitchen.txt"]
    assert mplus("forget", "docs/kitchen.txt", "--erase").code == 0
    with closing(Index.open(Home(moved / ".mplus"))) as index:
        assert not any("kitchen" in path for each in index.generations() for path in each.added)
    assert b"kitchen" not in (moved / ".mplus/index.db").read_bytes()


def test_a_memory_beside_its_project(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world / "proj/docs", garden=GARDEN)
    monkeypatch.chdir(world / "proj")
    assert mplus("inject", ".", "-M", "data/deep/memory").code == 0
    monkeypatch.chdir(world)
    moved = move(world / "proj", monkeypatch)
    ran = mplus("update", "--json", "-M", "data/deep/memory")
    assert (ran.code, ran.json["unchanged"]) == (0, 1)
    [document] = mplus("ls", "--json", "-M", "data/deep/memory").json
    assert document["path"] == str(moved / "docs/garden.txt")
