"""The parts of `bench.retention` that need no model."""

import hashlib
from pathlib import Path

import pytest

from bench.fillers import LEAST_CHARACTERS, Filler, together
from bench.retention import kept, score, searched, unrelated
from bench.retention_memory import Answered, Asked
from training.data import Passage, Question

ANSWERABLE = Asked(Question("Who sings?", ("Ada Lovelace",)), "passage-0/a.txt")
ABSENT = Asked(Question("Who dances?", ()), None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a guest @-@ starring role , in 2000 .", "a guest-starring role, in 2000."),
        ("80 to 85 ( 3 @.@ 1 in ) and 1 @,@ 000 %", "80 to 85 (3.1 in) and 1,000%"),
        ("Well, Prince, so it is.", "Well, Prince, so it is."),
    ],
)
def test_wikitext_is_put_together(line: str, expected: str) -> None:
    assert together(line) == expected


def test_a_plain_text_is_passages_of_whole_lines(tmp_path: Path) -> None:
    lines = [f"The gate number {number} is green." for number in range(100)]
    file = tmp_path / "gates.txt"
    file.write_text("\n".join(lines))
    filler = Filler(file)
    texts = [passage.text for passage in filler.passages()]
    assert "\n".join(texts).splitlines() == lines
    assert all(len(text) >= LEAST_CHARACTERS - 1 for text in texts[:-1])
    assert filler.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_fillers_come_behind_the_other_passages_file_by_file(tmp_path: Path) -> None:
    files = [tmp_path / "one.txt", tmp_path / "two.txt"]
    for file in files:
        file.write_text(file.stem)
    given = list(unrelated([Passage("first", "A title", ())], [Filler(file) for file in files]))
    assert [text for _, text in given] == ["first", "one", "two"]
    assert given[0][0] == "other-0/A title.txt"
    assert len({name for name, _ in given}) == 3


def test_scores_tell_lost_from_never_there() -> None:
    right = Answered(ANSWERABLE, "Ada Lovelace", True)
    wrong = Answered(ANSWERABLE, "I don't know.", False)
    absent = Answered(ABSENT, "I don't know.", False)
    found = score([right, wrong, absent], "I don't know.")
    assert found["f1"] == found["first_source_right"] == found["declined_wrongly"] == 0.5
    assert found["declined_rightly"] == 1
    assert searched([1, 3, 0, 1]) == {"among_candidates": 0.75, "first_by_search": 0.5}


def test_what_is_kept_is_a_share_of_the_passage_alone() -> None:
    steps = [{"tokens": at, "scores": {"mplus": {"f1": f1}}} for at, f1 in ((0, 0.8), (9, 0.6))]
    kept(steps)
    assert "f1_kept" not in steps[0]
    assert steps[1]["f1_kept"] == 0.75
    kept(steps[1:])  # without the passage alone there is nothing to compare with
