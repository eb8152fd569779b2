"""How long a run takes, as a dry run says."""

import json
import os
import time
from pathlib import Path

import pytest

from mplus_cli.injecting import pace
from mplus_cli.injecting.pace import DEFAULT_TOKENS_PER_S, Rate, expected, remembered
from store.home import Home
from tests.commands.test_update import write
from tests.conftest import Run
from tests.store.made import SPEC


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_small_documents_take_longer_than_their_tokens() -> None:
    rate = Rate(1000.0, seconds_to_start=2.0, seconds_per_chunk=0.1)
    assert rate.estimated(0, 0) == (0, 1000)
    assert rate.estimated(10_000, 40)[0] == pytest.approx(2 + 10 + 4)
    assert rate.estimated(10_000, 400)[0] == pytest.approx(2 + 10 + 40)


def test_a_busy_machine_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (6.0, 0.0, 0.0))
    assert pace.busy() == 4
    assert Rate(1000.0, 1.0, 0.0).estimated(1000, 1)[0] == pytest.approx(8)

    def unknown() -> None:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", unknown)
    assert pace.busy() == 1
    monkeypatch.delattr(os, "getloadavg")  # as on Windows
    assert pace.busy() == 1


def test_the_machine_remembers_for_a_new_memory(
    mplus: Run, world: Path, tmp_path: Path, toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "".join(f"Line {number:03}: the code is {number * 37}.\n" for number in range(90))
    write(world, long=long, other=long[::-1])
    monkeypatch.setenv("MPLUS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/models").symlink_to(toy_cache / "models")
    assert "default model" in mplus("inject", "long.txt", "--dry-run", "--json").json["rate"]
    assert mplus("inject", "long.txt").code == 0
    kept = json.loads((tmp_path / "cache/pace.json").read_text())
    assert kept.keys() == {
        "identity",
        "tokens",
        "tokens_per_second",
        "seconds_to_start",
        "seconds_per_chunk",
    }
    there = mplus("inject", "other.txt", "--dry-run", "--json").json
    assert there["rate"] == "measured in this memory"
    new = mplus("inject", "other.txt", "--dry-run", "--json", "-M", tmp_path / "new").json
    assert new["rate"] == "measured on this machine"
    assert new["seconds_estimated"] == there["seconds_estimated"] > 0
    (tmp_path / "cache/pace.json").write_text('{"identity": 1}')
    again = mplus("inject", "other.txt", "--dry-run", "--json", "-M", tmp_path / "new").json
    assert "default model" in again["rate"]


def run(tokens: int, seconds: float, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that computes so much in that time, and remembers it."""
    clock = iter([0.0, 2.0, 2.0 + seconds, 3.0 + seconds])
    home = Home.create(file.parent, SPEC)
    with monkeypatch.context() as patched:
        patched.setattr(time, "perf_counter", lambda: next(clock))
        measured = pace.Pace(home, "m", file)
        with measured.measured(tokens):
            pass
        measured.kept(10)
        measured.keep()


def test_runs_count_by_their_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pace.json"
    run(300, 1.0, file, monkeypatch)
    assert remembered(file, "m") is None  # a few tokens tell nothing
    run(9_700, 9.0, file, monkeypatch)
    assert remembered(file, "m") == Rate(1000.0, 2.0, 0.1)
    run(100, 10.0, file, monkeypatch)  # something was in its way
    found = remembered(file, "m")
    assert found is not None
    assert found.tokens_per_second == pytest.approx(10_100 / 20, 0.01)
    for _ in range(4):  # what is long ago is forgotten
        run(50_000, 25.0, file, monkeypatch)
    found = remembered(file, "m")
    assert found is not None
    assert found.tokens_per_second == pytest.approx(2000, 0.02)


def test_a_file_that_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pace.json"
    assert remembered(file, "m") is None
    for content in ("", "[]", '{"identity": "m", "tokens_per_second": 9}', "\0"):
        file.write_text(content)
        assert remembered(file, "m") is None
        assert expected(None, file, "m", 1.0)[0].tokens_per_second == DEFAULT_TOKENS_PER_S
