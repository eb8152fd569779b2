"""`mplus search`: passages, and no answer."""

from pathlib import Path

import pytest

from mplus_cli.results.answers import Passage
from mplus_cli.screen import answers
from tests.conftest import Run

GATE = "The gate code is 4417. " * 5


@pytest.fixture
def memory(world: Path, toys: dict[str, Path], mplus: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    (world / "gate.md").write_text(f"# Garden\n\n## Gate\n\n{GATE}\n")
    (world / "pump.txt").write_text("The pump was built in 1961 by Ida Ferrante.\n" * 12)
    mplus("inject", "gate.md", "pump.txt")
    return world


def test_passages_are_shown_with_place_score_and_text(memory: Path, mplus: Run) -> None:
    found = mplus("search", "gate", "code", "-k", "1")
    assert found.code == 0 and not found.err
    first, *text = found.out.splitlines()
    assert first.startswith("[1] gate.md Garden > Gate, line") and "score" in first
    assert text and all(line.startswith("    ") and line.strip() in GATE for line in text)
    assert mplus("search", "gate code", "-k1").out == found.out


def test_json_has_each_passage_whole(memory: Path, mplus: Run) -> None:
    found = mplus("search", "gate code", "--json").json["passages"]
    assert len(found) == 5 and "gate code" in " ".join(each["text"] for each in found)
    assert {"document", "chunk", "place", "score", "stale", "text"} <= found[0].keys()
    only = mplus("search", "gate code", "--json", "--in", "pump.txt").json["passages"]
    assert {Path(each["path"]).name for each in only} == {"pump.txt"}
    assert mplus("search", "--json", stdin="gate code").json["passages"] == found


def test_a_terminal_shows_the_first_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, line = "\n\n".join(map(str, range(9))), "word " * 200
    found = [Passage("a.txt", 1, 0, "", "line", None, "", text, 0.5) for text in (lines, line)]
    answers.passages(found)
    assert capsys.readouterr().out.count("word") == 200
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    answers.passages(found)
    shown = capsys.readouterr().out
    assert "    4 …" in shown and "5" not in shown.partition("[2]")[0].partition("\n")[2]
    assert shown.count("word") == 80 and shown.endswith("word …\n")


def test_what_is_wrong_is_said(memory: Path, mplus: Run) -> None:
    assert mplus("search").code == 2
    unknown = mplus("search", "gate", "--json", "--in", "nowhere.txt")
    assert (unknown.code, unknown.error["code"]) == (2, "usage")
    assert mplus("search", "gate", "-M", "elsewhere", "--json").error["code"] == "no_memory"
