"""Names that are empty, a memory from which all was forgotten, and going where one is."""

import os
import threading
from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def filled(mplus: Run, world: Path) -> Path:
    (world / "a.txt").write_text("The gate code is 4417. " * 10)
    assert mplus("inject", "a.txt").code == 0
    return world


@pytest.mark.parametrize("name", ["", " ", "\t\n"])
@pytest.mark.parametrize("command", ["inject", "read", "forget", "ask", "tag", "diff", "rollback"])
def test_an_empty_name_is_a_usage_error(mplus: Run, filled: Path, command: str, name: str) -> None:
    ran = mplus(command, name)
    assert ran.code == 2
    assert ran.err.startswith("error: ") and "\nhint: " in ran.err
    assert len(ran.err.splitlines()) == 2
    assert mplus("ls", "--json").json[0]["path"].endswith("a.txt")


def test_an_emptied_memory_is_no_missing_one(mplus: Run, filled: Path) -> None:
    assert mplus("forget", "a.txt").code == 0
    assert mplus("ls", "--json").json == []
    ran = mplus("ls")
    assert (ran.code, ran.out) == (0, "") and "mplus inject PATH" in ran.err
    ran = mplus("status")
    assert ran.code == 0 and "documents   0 " in ran.out
    ran = mplus("ask", "Which code?", "--json")
    assert (ran.code, ran.error["code"]) == (1, "empty")
    assert "mplus inject" in ran.error["hint"] and "mplus rollback" in ran.error["hint"]
    assert mplus("update").code == 0
    assert mplus("export", "all.mplus").code == 0
    assert mplus("verify").code == 0
    assert mplus("rollback", "1").code == 0
    assert mplus("ask", "Which code?", "--json", "-n", "2").code == 0


def test_going_where_one_is_changes_nothing(mplus: Run, filled: Path) -> None:
    for name in ("last", "1"):
        ran = mplus("rollback", name)
        assert ran.code == 0
        assert ran.out == "nothing to do: 1 is the newest generation; earlier ones: mplus log\n"
    assert mplus("rollback", "last", "--json").json["generation"] == 1
    assert len(mplus("log", "--json").json) == 1


def test_one_is_one(mplus: Run, filled: Path) -> None:
    said = [mplus(*command).out for command in (("status",), ("log",), ("verify",), ("gc",))]
    assert "1 document," in said[1] and "1 generation," in said[2]
    for words in said:
        for many in ("1 documents", "1 chunks", "1 generations", "1 segments", "1 files"):
            assert many not in words


def test_a_snapshot_comes_through_a_pipe(mplus: Run, filled: Path) -> None:
    assert mplus("export", "all.mplus").code == 0
    content = Path("all.mplus").read_bytes()
    for number, sent in enumerate((content, content[: len(content) // 2])):
        os.mkfifo(f"pipe-{number}")
        feeding = threading.Thread(target=Path(f"pipe-{number}").write_bytes, args=[sent])
        feeding.start()
        ran = mplus("import", f"pipe-{number}", "-M", f"memory-{number}")
        feeding.join()
        assert ran.code == (0 if sent == content else 20)
        assert Path(f"memory-{number}").exists() is (sent == content)
    assert mplus("import", ".", "-M", "memory-2").code == 2
