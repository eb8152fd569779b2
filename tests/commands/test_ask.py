"""`mplus ask`: answers, their sources, and what may not be asked."""

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.readers.golden import CORPUS
from tests.readers.pdf_maker import make_pdf

TEXT = "The gate code is 4417. The pump stands behind the shed and runs each evening in July.\n"
KINDS = {"memoryllm": ("pool",), "lm2": ("approximate",)}  # of sources
ANSWER = {
    "answer",
    "declined",
    "cut",
    "sources",
    "generation",
    "within",
    "usage",
    "timings_ms",
    "prompt",
    "literal",
    "quote",
    "unsupported",
    "confidence",
    "alternatives",
    "disagrees",
    "dates",
    "doubt",
    "away",
    "searched",
    "notes",
}


@pytest.fixture(params=["mplus", "memoryllm", "input", "chunks", "plain", "lm2"])
def layout(
    request: pytest.FixtureRequest,
    world: Path,
    toys: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    monkeypatch.setenv("MPLUS_MODEL", str(toys[request.param]))
    return str(request.param)


def test_an_answer_has_sources_and_figures(mplus: Run, world: Path, layout: str) -> None:
    for number in range(4):
        (world / f"{number}.txt").write_text(f"Note {number}. {TEXT * 4}")
    assert mplus("inject", ".").code == 0
    before = mplus("status", "--json").json
    ran = mplus("ask", "What is the gate code?", "-n", "6", "--json")
    assert ran.code == 0, ran.err
    found = ran.json
    assert set(found) == ANSWER
    assert found["within"] is None
    assert found["generation"] == 1
    assert 0 < found["usage"]["answer_tokens"] <= 6
    assert found["usage"]["memory_vectors"] > 0
    weights = [source["weight"] for source in found["sources"]]
    assert weights == sorted(weights, reverse=True)
    assert 0 < sum(weights) <= 1.001
    for source in found["sources"]:
        assert Path(source["path"]).parent == world
        assert source["kind"] in KINDS.get(layout, ("retrieved", "pool"))
        assert (source["score"] is not None) == (source["retrieved_vectors"] > 0)
        assert source["lines"][0] >= 1
        assert source["snippet"]
    if layout not in KINDS:
        assert any(source["retrieved_vectors"] for source in found["sources"])
    assert mplus("status", "--json").json == before


def test_the_only_document_has_all_the_weight(mplus: Run, world: Path) -> None:
    (world / "bees.pdf").write_bytes(
        make_pdf(["Bees fly.", "Bees also make honey in the hive behind the house."])
    )
    mplus("inject", "bees.pdf")
    sources = mplus("ask", "Who makes honey?", "-n", "4", "--json").json["sources"]
    assert sum(source["weight"] for source in sources) == pytest.approx(1, abs=0.001)
    assert {source["page"][0] for source in sources} <= {1, 2}


def test_seeds_matter_with_a_temperature_only(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")

    def ask(*flags: str) -> str:
        return str(mplus("ask", "What?", "-n", "12", "--no-sources", *flags).out)

    assert ask() == ask("--seed", "1")
    hot = ("--temperature", "2.0")
    assert ask(*hot, "--seed", "1") == ask(*hot, "--seed", "1")
    assert len({ask(*hot, "--seed", str(seed)) for seed in range(4)}) > 1


def test_answer_on_stdout_sources_on_stderr(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")
    with_sources = mplus("ask", "What?", "-n", "5")
    assert "a.txt" in with_sources.err
    assert "a.txt" not in with_sources.out
    assert "a.txt" not in mplus("ask", "What?", "-n", "5", "--no-sources").err


def test_question_from_argument_and_pipe_joined(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")

    def tokens(*arguments: str, stdin: str = "") -> int:
        return int(
            mplus("ask", *arguments, "-n", "1", "--json", stdin=stdin).json["usage"][
                "prompt_tokens"
            ]
        )

    assert tokens(stdin="Why?") == tokens("Why?")
    assert tokens("Why?", stdin="This.\n") == tokens("Why?\n\nThis.")
    assert tokens("Why?", "-s", "Be short.") != tokens("Why?")


def test_questions_that_cannot_be_asked(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")
    assert mplus("ask", "--json").code == 2
    long = mplus("ask", "why " * 1000, "--json")
    assert long.code == 2
    assert "too long" in long.error["message"]
    assert "4,0" in long.error["message"]


def test_an_answer_may_be_as_long_as_the_positions_allow(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")
    long = mplus("ask", "Why?", "-n", "5000", "--json")
    assert (long.code, "an answer of 5,000 tokens is too long" in long.error["message"]) == (
        2,
        True,
    )
    most = long.error["hint"].rpartition(" ")[2]
    assert mplus("ask", "Why?", "-n", str(int(most) + 1), "--json").error["hint"].endswith(most)
    assert mplus("ask", "Why?", "-n", most, "--json").json["usage"]["answer_tokens"] <= int(most)


def test_an_answer_ends_before_a_stop_text(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")
    whole = mplus("ask", "Why?", "-n", "30", "--json").json
    assert whole["cut"] == (whole["usage"]["answer_tokens"] == 30)
    stop = whole["answer"][len(whole["answer"]) // 2 :][:3]
    found = mplus("ask", "Why?", "-n", "30", "--json", "--stop", "never said", "--stop", stop).json
    assert found["answer"] == whole["answer"].partition(stop)[0].strip()
    assert found["usage"]["answer_tokens"] < whole["usage"]["answer_tokens"]
    assert not found["cut"]
    batch = mplus("ask", "--batch", "-", "-n", "30", "--stop", stop, stdin='"Why?"')
    assert lines(batch.out)[0]["answer"] == found["answer"]
    assert mplus("ask", "Why?", "--stop", "", "--json").code == 2


def test_an_answer_that_grew_on_a_terminal_shows_that_it_was_cut(
    mplus: Run, world: Path, start: Callable[..., "subprocess.Popen[str]"]
) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")
    assert mplus("ask", "Why?", "-n", "2", "--json").json["cut"]
    ours, theirs = pty.openpty()
    running = start("ask", "Why?", "-n", "2", "--no-sources", stdout=theirs)
    err = running.communicate(timeout=60)[1]
    os.close(theirs)
    assert os.read(ours, 100_000).decode().rstrip().endswith(" …")
    os.close(ours)
    assert "-n NUMBER" in err


def test_the_memory_brings_its_model_along(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")
    monkeypatch.delenv("MPLUS_MODEL")
    assert mplus("ask", "What?", "-n", "2").code == 0


def test_a_pool_that_overflows_moves_vectors_to_long_term_memory(mplus: Run, world: Path) -> None:
    (world / "long.txt").write_text(
        "".join(f"Line {number} of the long text.\n" for number in range(40))
    )
    mplus("inject", "long.txt")
    status = mplus("status", "--json").json
    assert status["pool_vectors"] == status["pool_capacity"]
    assert status["ltm_vectors"] == status["tokens"] - status["pool_vectors"] > 0


def test_sources_say_where_in_a_document_they_are(mplus: Run, world: Path) -> None:
    (world / "guide.md").write_text(f"# Guide\n\n## Gate\n\n{TEXT * 3}")
    mplus("inject", "guide.md")
    [source, *_] = mplus("ask", "What?", "-n", "2", "--json").json["sources"]
    assert source["section"].startswith("Guide")
    assert (source["unit"], source["page"]) == ("line", None)
    assert source["numbers"] == source["lines"]
    assert source["place"].startswith(f"{source['section']}, line")
    assert source["place"] in mplus("ask", "What?", "-n", "2").err


@pytest.mark.parametrize(
    ("name", "label"), [("winter.pptx", "slide"), ("people.csv", "row"), ("film.srt", "0:0")]
)
def test_places_of_other_units(mplus: Run, world: Path, name: str, label: str) -> None:
    (world / name).write_bytes((CORPUS / name).read_bytes())
    assert mplus("inject", ".").code == 0
    [source, *_] = mplus("ask", "Who?", "-n", "2", "--json").json["sources"]
    assert label in source["place"]
    assert source["page"] is None and source["lines"] is None


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "timings_ms"}


def lines(out: str) -> list[Any]:
    return [json.loads(line) for line in out.splitlines()]


QUESTIONS = [
    "What is the gate code?",
    "Where is the pump?",
    "When does it run?",
    "What is the gate code?",
]


def test_a_batch_answers_as_single_questions_do(mplus: Run, world: Path, layout: str) -> None:
    for number in range(4):
        (world / f"{number}.txt").write_text(f"Note {number}. {TEXT * 4}")
    mplus("inject", ".")
    before = mplus("status", "--json").json
    singles = [untimed(mplus("ask", question, "-n", "5", "--json").json) for question in QUESTIONS]
    asked = [
        {"id": f"q{number}", "question": question} for number, question in enumerate(QUESTIONS)
    ]
    (world.parent / "questions.jsonl").write_text("\n".join(map(json.dumps, asked)))
    ran = mplus("ask", "--batch", world.parent / "questions.jsonl", "-n", "5")
    assert (ran.code, ran.err) == (0, "")
    found = lines(ran.out)
    assert [set(each) - set(single) for each, single in zip(found, singles, strict=True)] == [
        {"id", "question", "timings_ms"} for _ in QUESTIONS
    ]
    assert list(map(untimed, found)) == [
        given | single for given, single in zip(asked, singles, strict=True)
    ]
    assert set(found[0]["timings_ms"]) == {"load", "read", "decode", "sources"}
    assert mplus("status", "--json").json == before


def test_a_batch_from_standard_input(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")
    asked = f'"{QUESTIONS[0]}"\n\n{{"question": "{QUESTIONS[1]}", "id": [7], "more": 1}}\n'
    first, second = lines(
        mplus("ask", "--batch", "-", "-n", "3", "--no-sources", "--json", stdin=asked).out
    )
    assert (first["question"], "id" in first, first["sources"]) == (QUESTIONS[0], False, [])
    assert (second["question"], second["id"], "more" in second) == (QUESTIONS[1], [7], False)
    assert mplus("ask", "--batch", "-", stdin="").out == ""


def test_lines_that_cannot_be_answered_do_not_stop_a_batch(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")
    wrong = [
        b"{",
        b"[" * 100_000,
        b"\xff",
        b'"\\ud800"',
        b'{"id": NaN, "question": "Why?"}',
        b'" "',
        b"5",
        b'{"id": 3}',
        b'{"id": 4, "question": 5}',
    ]
    long = json.dumps({"id": "long", "question": "why " * 1000}).encode()
    ran = mplus("ask", "--batch", "-", "-n", "2", stdin=b"\n".join([*wrong, long, b'"Why?"']))
    assert (ran.code, ran.err) == (3, "")
    *failed, last = lines(ran.out)
    assert len(failed) == len(wrong) + 1
    for each in failed:
        assert set(each) - {"id"} == {"question", "error"}
        assert set(each["error"]) == {"code", "message", "hint"}
        assert each["error"]["code"] == "usage"
    assert [each["error"]["message"].split()[1] for each in failed[: len(wrong)]] == [*"123456789"]
    assert [each.get("id") for each in failed[-3:]] == [3, 4, "long"]
    assert "too long" in failed[-1]["error"]["message"]
    assert last["question"] == "Why?" and "answer" in last


def test_what_a_batch_may_not_be(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text(TEXT)
    assert mplus("ask", "--batch", "-", "--json", stdin='"Why?"').code == 10
    mplus("inject", "a.txt")
    both = mplus("ask", "Why?", "--batch", "-", "--json")
    assert (both.code, "--batch" in both.error["message"]) == (2, True)
    missing = mplus("ask", "--batch", "none.jsonl", "--json")
    assert (missing.code, "none.jsonl" in missing.error["message"]) == (2, True)


def test_a_batch_has_its_bar_on_the_terminal_and_its_answers_on_stdout(
    mplus: Run,
    world: Path,
    start: Callable[..., "subprocess.Popen[str]"],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    (world / "a.txt").write_text(TEXT)
    mplus("inject", "a.txt")
    (world.parent / "questions.jsonl").write_text("\n".join(map(json.dumps, QUESTIONS)))
    ours, theirs = pty.openpty()
    running = start("ask", "--batch", world.parent / "questions.jsonl", "-n", "2", stderr=theirs)
    out = running.communicate(timeout=60)[0]
    os.close(theirs)
    assert [each["question"] for each in lines(out)] == QUESTIONS
    shown = os.read(ours, 100_000)
    os.close(ours)
    assert b"answering" in shown
    assert b"gate" not in shown
