"""Questions come from files of passages, and from files that only name the passages."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("name", "kind", "counts"),
    [("documents", "invented", (660, 75)), ("manuals", "manual", (1800, 77))],
)
def test_what_was_written_holds_its_answers(name: str, kind: str, counts: tuple[int, int]) -> None:
    folder = Path(__file__).parents[2] / "training" / "written"
    trained, kept = load(folder / f"{name}.jsonl.gz"), load(folder / f"{name}-dev.jsonl.gz")
    asked, measured = (
        {question.text for one in some for question in one.questions} for some in (trained, kept)
    )
    assert (len(trained), len(kept)) == counts
    assert not asked & measured
    for one in trained + kept:
        assert one.kind == kind
        assert any(question.answers for question in one.questions)
        for question in one.questions:
            assert all(
                answer in one.text and len(answer.split()) <= 8 for answer in question.answers
            )
