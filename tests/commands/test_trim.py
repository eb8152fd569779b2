"""`mplus trim`, and what `status` says of derived vectors."""

from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def chunks(world: Path, mplus: Run, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The program in a memory whose vectors are derived."""
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    assert mplus("inject", "a.txt").code == 0
    return mplus


def told(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("vectors"))


def test_status_tells_what_vectors_take_and_why(
    chunks: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = chunks("status", "--json").json
    assert facts["vectors"]["chunks"] == facts["chunks"] > 0 < facts["vectors"]["bytes"]
    assert facts["vectors"]["bytes"] < facts["vectors"]["budget_bytes"]
    line = told(chunks("status").out)
    assert f"for {facts['chunks']} of {facts['chunks']} chunks; a chunk is written again in" in line
    assert chunks("status", "--html", "page.html").code == 0
    assert "Derived vectors" in Path("page.html").read_text()
    monkeypatch.setenv("MPLUS_VECTORS", "200MB")
    assert "of at most 200.0 MB" in told(chunks("status").out)
    monkeypatch.setenv("MPLUS_VECTORS", "all")
    assert chunks("status", "--json").json["vectors"]["budget_bytes"] is None
    assert "all are kept" in told(chunks("status").out)


def test_trim_makes_room_down_to_a_size(chunks: Run) -> None:
    before = chunks("status", "--json").json["vectors"]["bytes"]
    assert chunks("trim", "1GB", "--json").json == {
        "files": 0,
        "bytes": 0,
        "left_bytes": before,
        "chunks": 0,
    }
    ran = chunks("trim")
    assert ran.code == 0 and "0 B of derived vectors are left" in ran.out
    assert chunks("status", "--json").json["vectors"]["bytes"] == 0
    assert chunks("ask", "What is the gate code?", "-n", "3").code == 0
    assert chunks("status", "--json").json["vectors"]["bytes"] > 0


@pytest.mark.parametrize("size", ["some", "-1", "2XB", ""])
def test_a_size_that_is_none(chunks: Run, size: str) -> None:
    ran = chunks("trim", "--json", "--", size)
    if size:
        assert (ran.code, ran.error["code"]) == (2, "usage")


def test_none_are_written_where_none_are_wanted(
    world: Path, mplus: Run, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_VECTORS", "none")
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    assert mplus("inject", "a.txt", "-m", toys["chunks"]).code == 0
    assert mplus("status", "--json").json["vectors"]["chunks"] == 0
    assert not list(world.parent.rglob("vectors-*/*/*"))


def test_vectors_that_are_the_memory_are_no_room(world: Path, mplus: Run) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    mplus("inject", "a.txt")
    assert mplus("status", "--json").json["vectors"] is None
    ran = mplus("trim", "--json")
    assert ran.code == 1
    assert "can't be made again" in ran.error["message"]
    assert "mplus gc" in ran.error["hint"]


def test_an_older_memory_is_told_of_and_made_lean(
    world: Path, mplus: Run, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    with monkeypatch.context() as patch:
        patch.setattr("mplus_cli.engine._lean", lambda config: {})
        mplus("inject", "a.txt", "-m", toys["chunks"])
    assert "mplus trim" in told(mplus("status").out)
    ran = mplus("trim")
    assert ran.code == 0 and "chunks are made when they are read now" in ran.err
    assert "of at most" in told(mplus("status").out)
