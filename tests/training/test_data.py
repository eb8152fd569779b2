"""Questions come from files of passages, and from files that only name the passages."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from bench.household.__main__ import HERE
from mplus_cli.readers import read_document
from training import batches, data
from training.data import Question, load

TEXT = "Marta Lindqvist built the lighthouse in 1907."


def written(file: Path, *lines: dict[str, Any]) -> Path:
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)
    return file


def test_more_questions_join_the_passage_that_they_name(tmp_path: Path) -> None:
    first = {"question": "Who built the lighthouse?", "answers": ["Marta Lindqvist"]}
    second = {"question": "when was the lighthouse built ", "answers": ["1907"]}
    more = written(
        tmp_path / "more.jsonl.gz",
        {"passage": hashlib.sha256(TEXT.encode()).hexdigest()[:16], "qas": [second]},
        {"passage": "0123456789abcdef", "qas": [second]},
    )
    passages = written(
        tmp_path / "passages.jsonl", {"context": TEXT, "title": None, "source": "", "qas": [first]}
    )
    for order in ((passages, more), (more, passages)):
        (found,) = load(*order)
        assert found.text == TEXT
        assert found.questions == (
            Question("Who built the lighthouse?", ("Marta Lindqvist",)),
            Question("when was the lighthouse built", ("1907",)),
        )


WRITTEN = Path(__file__).parents[2] / "training" / "written"
SETS = {  # kind, passages to train on and to measure on, and the words of the longest answer
    "documents": ("invented", 660, 75, 8),
    "manuals": ("manual", 3184, 77, 20),
    "dialogues": ("dialogue", 27, 12, 20),
    "near-misses": ("near", 448, 20, 20),
    "kinds": ("kinds", 50, 15, 20),
}


@pytest.mark.parametrize("name", SETS)
def test_what_was_written_holds_its_answers(name: str) -> None:
    kind, trained, kept, longest = SETS[name]
    train, dev = load(WRITTEN / f"{name}.jsonl.gz"), load(WRITTEN / f"{name}-dev.jsonl.gz")
    assert (len(train), len(dev)) == (trained, kept)
    for one in train + dev:
        assert one.kind == kind
        assert any(question.answers for question in one.questions)
        assert len({question.text for question in one.questions}) == len(one.questions)
        for question in one.questions:
            assert not question.answers or question.answers[0] in one.text
            assert all(len(answer.split()) <= longest for answer in question.answers)


def test_what_stands_beside_what_a_passage_says_is_mostly_not_answered() -> None:
    with gzip.open(WRITTEN / "beside.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    assert len({line["passage"] for line in lines}) == len(lines)
    answered = [bool(qa["answers"]) for line in lines for qa in line["qas"]]
    assert len(answered) == 19_029
    assert 0.2 < sum(answered) / len(answered) < 0.4
    known = {
        hashlib.sha256(one.text.encode()).hexdigest()[:16]: one
        for name in ("documents", "manuals")
        for one in load(WRITTEN / f"{name}.jsonl.gz")
    }
    here = [(known[line["passage"]], line["qas"]) for line in lines if line["passage"] in known]
    assert all(qa["answers"][0] in one.text for one, qas in here for qa in qas if qa["answers"])


def test_no_question_to_train_on_is_one_to_measure_on() -> None:
    def asked(end: str) -> set[str]:
        sets = (load(WRITTEN / f"{name}{end}.jsonl.gz") for name in SETS)
        return {question.text for found in sets for one in found for question in one.questions}

    with gzip.open(WRITTEN / "beside.jsonl.gz", "rt", encoding="utf-8") as file:
        beside = {qa["question"] for line in file for qa in json.loads(line)["qas"]}
    assert not (asked("") | beside) & asked("-dev")


def test_each_kind_has_its_place_in_a_batch() -> None:
    assert set(batches.KINDS) == {"written", *data.KINDS.values()}


def stretches(text: str) -> set[tuple[str, ...]]:
    """All sequences of twelve words of a text."""
    words = text.split()
    return {tuple(words[at : at + 12]) for at in range(len(words) - 11)}


def test_no_text_to_measure_on_is_in_one_to_train_on() -> None:
    trained: set[tuple[str, ...]] = set()
    for name in SETS:
        trained.update(*(stretches(one.text) for one in load(WRITTEN / f"{name}.jsonl.gz")))
    kept = [one.text for name in SETS for one in load(WRITTEN / f"{name}-dev.jsonl.gz")]
    dialogues = HERE.parent / "dialogues.jsonl"
    kept += [json.loads(line)["context"] for line in dialogues.read_text("utf-8").splitlines()]
    files = (HERE / "files").rglob("*")
    kept += [read_document(f.name, f.read_bytes()).text for f in files if f.is_file()]
    shared = [text[:80] for text in kept if stretches(text) & trained]
    assert not shared


def test_near_misses_stand_beside_as_many_that_are_answered() -> None:
    for end, least in (("", 200), ("-dev", 150)):
        asked = [
            question
            for one in load(WRITTEN / f"near-misses{end}.jsonl.gz")
            for question in one.questions
        ]
        missed = sum(not question.answers for question in asked)
        assert missed >= least
        assert 0.4 < missed / len(asked) < 0.6
