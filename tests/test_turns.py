"""Turns at the model: in the order of coming, and short ones before a long one."""

import threading
import time

import pytest

from mplus_cli import turns
from mplus_cli.turns import Turns


def test_who_waits_comes_before_who_was_there_last() -> None:
    turn, taken, wanted = Turns(), list[str](), threading.Event()

    def wait() -> None:
        wanted.set()
        with turn:
            taken.append("other")

    with turn:
        other = threading.Thread(target=wait)
        other.start()
        wanted.wait(60)
        while not turn._next.locked():  # it stands in line
            time.sleep(0.001)
        with turn:  # may be taken again
            taken.append("first")
    with turn:
        taken.append("first again")
    other.join()
    assert taken == ["first", "other", "first again"]


def test_a_long_turn_waits_for_short_ones_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PAUSE_S", 10.0)
    turn, done = Turns(), threading.Event()
    with turn.long():  # nobody else is there
        pass
    with turn.short():
        pass

    def work() -> None:
        with turn.long():
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert not done.wait(0.1)
    turn._short_until = 0.0  # as after ten seconds
    assert done.wait(60)
    thread.join()
    monkeypatch.setattr(turns, "PATIENCE_S", 0.01)
    with turn.short():
        pass
    work()  # somebody goes on and on
