"""Threads give way to other programs, and come back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from mplus_cli.model.machine import threads
from mplus_cli.model.machine.threads import Threads, running_elsewhere


@pytest.fixture(autouse=True)
def four_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    monkeypatch.setattr(threads, "LOOK_EVERY_S", 0.0)
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def settled(others: list[int]) -> list[int]:
    """Threads after each look; the first look is made when the model is loaded."""
    looks = iter(others)
    chosen = Threads(lambda: next(looks))
    found = []
    for _ in others[1:]:
        chosen.settle()
        found.append(torch.get_num_threads())
    return found


def test_a_busy_machine_gets_cores_back_and_gives_them() -> None:
    assert settled([0, 0, 1, 1, 3, 9, 9, 9, 0]) == [4, 4, 3, 3, 1, 1, 1, 4]


def test_one_moment_is_no_reason() -> None:
    assert settled([0, 3, 0, 3, 0]) == [4, 4, 4, 4]


def test_what_the_user_chose_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    assert settled([3, 3, 3]) == [4, 4]


def test_a_choice_made_meanwhile_is_never_exceeded() -> None:
    looks = iter([0, 3, 3, 0, 0])
    chosen = Threads(lambda: next(looks))
    torch.set_num_threads(2)
    for expected in (2, 1, 2, 2):
        chosen.settle()
        assert torch.get_num_threads() == expected


def test_a_system_that_does_not_tell_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(threads, "_LOAD", tmp_path / "nothing")
    assert running_elsewhere() == 0
