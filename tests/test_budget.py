"""How much of the disk derived vectors may take."""

import json
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from mplus_cli.budget import RECENT_BYTES, BudgetRule
from store.change import change
from store.home import Home
from tests.store.made import EIGHT

Usage = namedtuple("Usage", "total used free")
LARGE = replace(EIGHT, layers=32, hidden=4096, num_tokens=256)  # an 8B model


@pytest.fixture
def home(tmp_path: Path) -> Home:
    with change(tmp_path / "m", "new", 1, create=EIGHT):
        return Home(tmp_path / "m")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    return tmp_path / "pace.json"


def free(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, count))


def wrote(file: Path, tokens_per_second: float, identity: str = EIGHT.identity) -> None:
    told = {"identity": identity, "tokens": 5000, "tokens_per_second": tokens_per_second}
    file.write_text(json.dumps(told | {"seconds_to_start": 1, "seconds_per_chunk": 0.01}))


def test_what_is_set_counts(home: Home, machine: Path) -> None:
    said = [BudgetRule(wanted, machine).budget(home, LARGE) for wanted in ("all", "none", 5)]
    assert [each.bytes for each in said] == [None, 0, 5]
    assert all("set" in each.why for each in said)


def test_what_is_quickly_written_again_is_kept_a_while(
    home: Home, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = BudgetRule("auto", machine)
    free(monkeypatch, 10**12)
    assert auto.budget(home, EIGHT).bytes == RECENT_BYTES
    free(monkeypatch, 10**9)
    assert auto.budget(home, EIGHT).bytes == 10**8


def test_what_is_slow_is_kept_up_to_half_of_what_is_free(
    home: Home, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = BudgetRule("auto", machine)
    free(monkeypatch, 10**12)
    found = auto.budget(home, LARGE)
    assert found.bytes == 10**12 // 2
    assert "default model" in found.why


def test_what_was_measured_here_counts(
    home: Home, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auto = BudgetRule("auto", machine)
    free(monkeypatch, 10**12)
    wrote(machine, tokens_per_second=2560)  # on a GPU
    assert auto.budget(home, LARGE).bytes == RECENT_BYTES
    assert (
        auto.budget(home, LARGE).why
        == "a chunk is written again in 0.1 s (measured on this machine)"
    )
    home.pace.parent.mkdir(exist_ok=True)
    wrote(home.pace, tokens_per_second=100)
    found = auto.budget(home, LARGE)
    assert found.bytes == 10**12 // 2
    assert found.why == "a chunk is written again in 2.6 s (measured in this memory)"
    assert auto.budget(home, replace(LARGE, identity="1" * 64)).bytes == 10**12 // 2
