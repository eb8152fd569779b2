"""A line of questions in front of one model."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mplus_cli.errors import BusyError, StoppedError
from mplus_cli.serving.desk import Began, Desk, Done, Event, Failed, Job, Piece, listened
from mplus_cli.settings import Settings, load_settings


@pytest.fixture
def settings(world: Path, toys: dict[str, Path], toy_cache: Path) -> Settings:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    settings = load_settings({"memory": str(world / "m"), "model": str(toys["chunks"])}, {})
    settings = settings._replace(cache=toy_cache)
    desk = Desk(settings)
    desk.memory.inject("a.txt")
    desk.close()
    return settings


def _heard(desk: Desk, question: str) -> list[Event]:
    return list(listened(lambda tell: desk.ask(question, tell, max_tokens=8)))


def test_a_question_is_answered_piece_by_piece(settings: Settings) -> None:
    desk = Desk(settings)
    began, *pieces, done = _heard(desk, "What is the gate code?")
    assert isinstance(began, Began)
    assert isinstance(done, Done)
    assert "".join(each.text for each in pieces if isinstance(each, Piece)).strip()
    assert done.result == replace(
        desk.memory.ask("What is the gate code?", max_tokens=8), timings_ms=done.result.timings_ms
    )
    found = list(listened(lambda tell: desk.search("gate code", tell, k=3)))
    assert isinstance(found[-1], Done)
    assert found[-1].result[0].text.startswith("The gate code")
    desk.close()


def test_errors_are_told_and_the_next_one_is_served(settings: Settings) -> None:
    desk = Desk(settings)
    [*_, wrong] = _heard(desk, "?")
    assert isinstance(wrong, Failed)
    assert wrong.error.code == "usage"

    def wreck(job: Job) -> None:
        raise ZeroDivisionError

    [*_, failed] = listened(lambda tell: desk.run(wreck, tell))
    assert isinstance(failed, Failed)
    assert failed.error.code == "error"
    assert isinstance(_heard(desk, "What is the gate code?")[-1], Done)
    desk.close()


def test_the_line_has_an_end(settings: Settings) -> None:
    desk = Desk(settings, longest_line=2)
    began, go_on = threading.Event(), threading.Event()
    ends: list[Event] = []

    def wait(job: Job) -> str:
        began.set()
        go_on.wait(60)
        return "done"

    desk.run(wait, ends.append)
    began.wait(60)
    desk.run(wait, ends.append)
    desk.run(wait, ends.append)
    assert (desk.waiting, desk.busy) == (2, True)
    with pytest.raises(BusyError, match="2 questions are waiting") as busy:
        desk.run(wait, ends.append)
    assert busy.value.retry_after_s >= 1
    go_on.set()
    desk.close()  # who waits is refused, unless it was served meanwhile
    with pytest.raises(BusyError, match="about to end"):
        desk.run(wait, ends.append)
    assert len([end for end in ends if isinstance(end, Done | Failed)]) == 3


def test_who_leaves_frees_the_model(settings: Settings) -> None:
    desk = Desk(settings)
    steps = 0

    def endless(job: Job) -> None:
        nonlocal steps
        while not job.stopped():
            steps += 1
            time.sleep(0.001)
        raise StoppedError("stopped", "")

    events = listened(lambda tell: desk.run(endless, tell))
    assert isinstance(next(events), Began)
    events.close()  # type: ignore[attr-defined]
    assert isinstance(_heard(desk, "What is the gate code?")[-1], Done)
    assert steps
    desk.close()


def test_a_question_is_stopped_between_tokens_and_between_layers(settings: Settings) -> None:
    desk = Desk(settings)
    asked, tokens = 0, 40

    def stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    with pytest.raises(StoppedError, match="was stopped"):
        desk.memory.ask("What is the gate code?", max_tokens=tokens, stopped=stopped)
    assert asked == 5  # once for the passage, then token by token
    layers = 0
    jobs: list[Job] = []
    look = desk.memory._shared._reading
    assert look is not None

    def leave(done: int, of: int) -> None:
        nonlocal layers
        layers += 1
        jobs[0].cancel()
        look(done, of)

    desk.memory._shared._reading = leave
    desk.memory.close()
    ended = threading.Event()
    jobs.append(desk.ask("What is the gate code?", lambda end: ended.set()))
    desk.close()
    assert layers <= 2


def test_the_model_is_unloaded_while_nobody_asks(settings: Settings) -> None:
    desk = Desk(settings, idle_s=0.05)
    assert isinstance(_heard(desk, "What is the gate code?")[-1], Done)
    for _ in range(200):
        if desk.memory._shared._engine is None:
            break
        time.sleep(0.01)
    assert desk.memory._shared._engine is None
    assert isinstance(_heard(desk, "What is the gate code?")[-1], Done)
    desk.close()
