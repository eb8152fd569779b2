"""The household-and-office set: files that are read, questions that they answer, verdicts."""

from collections import Counter
from pathlib import Path

import pytest

from bench.household.__main__ import HERE, questions
from bench.verdicts import by_kind, judged
from mplus_cli.readers import read_document
from training.data import Question

FILES = sorted(path for path in (HERE / "files").rglob("*") if path.is_file())
PUT_TOGETHER = {"two parts", "relative date", "list"}  # their answers stand there in parts
FORMATS = "csv docx eml epub html ipynb json md ods odt pdf pptx py rtf toml txt xlsx"


def text(document: str) -> str:
    path: Path = HERE / "files" / document
    return " ".join(read_document(path.name, path.read_bytes()).text.split())


def test_the_set_is_large_and_of_many_formats_and_kinds() -> None:
    kinds = Counter(question.kind for question, _ in questions())
    assert len(FILES) >= 20
    assert {path.suffix.removeprefix(".") for path in FILES} == set(FORMATS.split())
    assert sum(kinds.values()) >= 100
    assert min(kinds.values()) >= 4
    assert sum(path.stat().st_size for path in FILES) < 300_000


def test_every_answer_stands_in_its_document() -> None:
    texts = {path.relative_to(HERE / "files").as_posix(): "" for path in FILES}
    for question, document in questions():
        assert bool(question.answers) == (document is not None)
        if document and question.kind not in PUT_TOGETHER:
            texts[document] = texts[document] or text(document)
            assert any(answer in texts[document] for answer in question.answers), question


@pytest.mark.parametrize(
    ("answer", "declined", "verdict"),
    [
        ("Start and Eco", False, "right"),
        ("press Start and Eco together for five seconds", False, "right"),
        ("Start", False, "partly"),
        ("the door", False, "wrong"),
        ("I don't know.", True, "declined"),
    ],
)
def test_an_answer_has_a_verdict(answer: str, declined: bool, verdict: str) -> None:
    wanted = Question("Which keys lock the door?", ("Start and Eco",), "list")
    assert judged(wanted, answer, declined).verdict == verdict


def test_verdicts_are_counted_by_kind_and_those_without_an_answer_apart() -> None:
    answers = [
        judged(Question("What is it?", ("a cold frame",), "fact"), "a cold frame", False),
        judged(Question("And the other?", ("sheep's wool",), "fact"), "slugs", False),
        judged(Question("Which is missing?", (), "fact"), "I don't know.", True),
        judged(Question("What is next to it?", (), "near miss"), "a gate", False),
    ]
    found = by_kind(answers)
    assert found["fact"] == {
        "questions": 2, "right": 1, "partly": 0, "wrong": 1, "declined": 0, "f1": 0.5
    }  # fmt: skip
    assert found["fact, not answered"]["declined"] == 1
    assert found["near miss"]["wrong"] == 1
    assert found["all answered"]["questions"] == found["all not"]["questions"] == 2
