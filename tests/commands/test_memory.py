"""`mplus status`, `ls`, `log` and `forget`."""

import stat
from pathlib import Path

import pytest

from tests.conftest import Run


def fill(world: Path, *names: str) -> None:
    for name in names:
        (world / name).write_text(f"This is the text of {name}. " * 20)


def test_forgetting_leaves_the_memory_that_never_saw_the_document(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, "a.txt", "b.txt", "c.txt")
    mplus("inject", "a.txt", "b.txt", "c.txt")
    ran = mplus("forget", "b.txt", "--json")
    assert ran.code == 0, ran.err
    assert [Path(path).name for path in ran.json["forgotten"]] == ["b.txt"]
    answer = mplus("ask", "What?", "-n", "8", "--json").json
    monkeypatch.setenv("MPLUS_MEMORY", str(world.parent / "fresh"))
    mplus("inject", "a.txt", "c.txt")
    fresh = mplus("status", "--json").json
    assert fresh["state_digest"] == ran.json["state_digest"]
    fresh_answer = mplus("ask", "What?", "-n", "8", "--json").json
    assert answer["answer"] == fresh_answer["answer"]
    assert [s["weight"] for s in answer["sources"]] == [
        s["weight"] for s in fresh_answer["sources"]
    ]


def test_forget_by_id_and_everything(mplus: Run, world: Path) -> None:
    fill(world, "a.txt", "b.txt")
    mplus("inject", ".")
    ids = [str(document["id"]) for document in mplus("ls", "--json").json]
    assert mplus("forget", *ids).code == 0
    status = mplus("status", "--json").json
    assert (status["documents"], status["pool_vectors"], status["generation"]) == (0, 0, 2)
    assert mplus("ls", "--json").json == []


def test_forgetting_what_is_not_there_changes_nothing(mplus: Run, world: Path) -> None:
    fill(world, "a.txt")
    mplus("inject", ".")
    ran = mplus("forget", "a.txt", "nowhere.txt", "--json")
    assert ran.code == 2
    assert "nowhere.txt" in ran.error["message"]
    assert mplus("status", "--json").json["generation"] == 1


def test_forget_needs_no_model(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world, "a.txt", "b.txt")
    mplus("inject", ".")
    monkeypatch.setenv("MPLUS_CACHE", str(world / "no-models-here"))
    assert mplus("forget", "a.txt").code == 0


def test_log_tells_what_each_generation_changed(mplus: Run, world: Path) -> None:
    fill(world, "a.txt", "b.txt")
    mplus("inject", "a.txt")
    mplus("inject", "b.txt")
    mplus("forget", "a.txt")
    log = mplus("log", "--json").json
    assert [entry["id"] for entry in log] == [3, 2, 1]
    assert [entry["command"] for entry in log] == ["forget", "inject", "inject"]
    assert [entry["parent"] for entry in log] == [2, 1, None]
    assert [Path(path).name for path in log[0]["removed"]] == ["a.txt"]
    assert log[0]["tokens"] < log[1]["tokens"]
    printed = mplus("log").out
    assert "- a.txt" in printed
    assert "+ b.txt" in printed


def test_people_see_the_same_figures(mplus: Run, world: Path) -> None:
    fill(world, "a.txt", "b.txt")
    mplus("inject", ".")
    found = mplus("status", "--json").json
    printed = mplus("status").out
    assert f"{found['tokens']:,} tokens" in printed
    assert found["identity"][:12] in printed
    listed = mplus("ls").out
    assert "a.txt" in listed
    assert "b.txt" in listed


def test_the_memory_is_private_and_its_bytes_are_counted(mplus: Run, world: Path) -> None:
    fill(world, "a.txt")
    mplus("inject", ".")
    memory = world.parent / "memory"
    assert stat.S_IMODE(memory.stat().st_mode) == 0o700
    files = sum(
        file.stat().st_size
        for file in memory.rglob("*")
        if file.is_file() and "cache" not in file.parts
    )
    assert mplus("status", "--json").json["bytes"] == files


def test_which_memory(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world, "a.txt")
    flagged, nearest = world.parent / "flagged", world / ".mplus"
    mplus("inject", "a.txt", "-M", flagged)
    assert mplus("status", "-M", flagged, "--json").json["memory"] == str(flagged)
    monkeypatch.delenv("MPLUS_MEMORY")
    mplus("inject", "a.txt", "-M", nearest)
    (world / "below").mkdir()
    monkeypatch.chdir(world / "below")
    assert mplus("status", "--json").json["memory"] == str(nearest)
    monkeypatch.chdir(world.parent)
    monkeypatch.setenv("XDG_DATA_HOME", str(world / "data"))
    monkeypatch.setenv("HOME", str(world / "home"))
    assert mplus("status").code == 10
