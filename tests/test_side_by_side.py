"""Many threads read one memory while another process changes it; `make soak` does for minutes."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mplus_cli import Memory, MplusError
from tests import soak

ROOT = Path(__file__).parent.parent


@pytest.fixture
def fresh(world: Path, toys: dict[str, Path], toy_cache: Path) -> Memory:
    return Memory(world / "m", model=str(toys["chunks"]), cache=toy_cache, lock_timeout_s=1)


@pytest.mark.timeout(120)
def test_no_wrong_answer_and_no_error_but_the_promised_ones(
    tmp_path: Path, toys: dict[str, Path], toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)  # the other process is a module of these tests
    seen = soak.run(tmp_path, str(toys["chunks"]), toy_cache, 2.0)
    assert not seen.wrong
    assert seen.counts["answers"] > 5
    assert seen.counts["passages"] > 5
    assert seen.counts["compared"] > 0
    assert seen.counts["generations"] > 2


def test_a_question_sees_one_generation(fresh: Memory, world: Path) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    fresh.inject("a.txt")
    alone = fresh.ask("What is the gate code?", max_tokens=8)
    response = fresh.stream("What is the gate code?", max_tokens=8)
    next(iter(response), None)
    (world / "b.txt").write_text("The gate code is 1111. " * 5)
    assert fresh.inject("b.txt").generation == 2
    fresh.forget("a.txt", erase=True)  # what was read stays with who has read it
    assert response.answer.generation == 1
    assert response.answer.text == alone.text
    assert response.answer.sources == alone.sources
    assert fresh.ask("What is the gate code?", max_tokens=2).generation == 3


def test_an_answer_that_was_ended_is_no_answer(fresh: Memory, world: Path) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    fresh.inject("a.txt")
    closed, wrong = fresh.stream("What?", max_tokens=8), fresh.at(99).stream("What?")
    next(iter(closed), None)
    closed.close()
    for response, said in ((closed, "not decoded to its end"), (wrong, "no generation 99")):
        with pytest.raises(MplusError, match=said):
            _ = response.answer
        with pytest.raises(MplusError, match="not decoded to its end"):
            _ = response.answer


def test_threads_share_a_response_and_one_closes_while_others_ask(
    fresh: Memory, world: Path
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    fresh.inject("a.txt")
    response = fresh.stream("What is the gate code?", max_tokens=8)
    next(iter(response), None)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: response.answer.text, range(4)))
        assert len(set(answers)) == 1
        asked = [pool.submit(fresh.ask, "What is the gate code?", max_tokens=4) for _ in range(8)]
        fresh.close()
        assert len({each.result().text for each in asked}) == 1


def test_a_memory_made_anew_in_its_place_is_the_one_that_answers(
    fresh: Memory, world: Path
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    (world / "b.txt").write_text("The pump draws 450 watts. " * 5)
    fresh.inject("a.txt")
    fresh.ask("What is the gate code?", max_tokens=2)
    shutil.rmtree(fresh.path)
    with pytest.raises(MplusError, match="there is no memory"):
        fresh.ask("What is the gate code?")
    fresh.inject("b.txt")
    answer = fresh.ask("What is the gate code?", max_tokens=2)
    assert [Path(source.path).name for source in answer.sources] == ["b.txt"]


def test_threads_make_a_memory_together(fresh: Memory, world: Path) -> None:
    texts = [(f"Note {number} is about door {number}. ".encode() * 4, None) for number in range(8)]
    patient = Memory.of(fresh._settings._replace(lock_timeout_s=60.0))
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda text: patient.inject(texts=[text]), texts))
    assert sum(len(report.added) for report in reports) == 8
    assert patient.verify(read_data=True, replay=True).whole
