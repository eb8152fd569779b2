"""Questions as people type them, and what `ask` makes of them."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.toy import make_checkpoint

LETTER = (
    "Dear Ms Okafor, Mr Lindqvist will repair the boiler on Tuesday. The rent stays as it is.\n"
)
NOTICE = (
    "Die Heizung im Vereinshaus wurde am 12. Oktober 2024 gewartet. Der Kessel steht im Keller.\n"
)


@pytest.fixture
def letter(toys: dict[str, Path], mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    (world / "letter.txt").write_text(LETTER)
    assert mplus("inject", "letter.txt").code == 0
    return world


def test_the_model_is_asked_in_the_normal_form_and_that_can_be_seen(
    letter: Path, mplus: Run
) -> None:
    ran = mplus(
        "ask", "WHEN DOES LINDKVIST REPAIR THE BOILER?", "--json", "--show-prompt", "-n", "2"
    )
    assert "When does Lindqvist repair the boiler?" in ran.json["prompt"]["text"]
    assert '"LINDKVIST" was read as "Lindqvist"' in ran.json["notes"]
    assert ran.json["sources"][0]["path"].endswith("letter.txt")


def test_a_batch_gives_back_what_was_typed(letter: Path, mplus: Run) -> None:
    (letter / "asked.jsonl").write_text(json.dumps("hi, RENT?? thanks") + "\n")
    ran = mplus("ask", "--batch", "asked.jsonl", "-n", "2")
    assert json.loads(ran.out)["question"] == "hi, RENT?? thanks"


def test_two_questions_in_one_have_an_answer_each(letter: Path, mplus: Run) -> None:
    whole = mplus("ask", "When is the rent paid and who is the boiler?", "--json", "-n", "3").json
    parts = [
        mplus("ask", question, "--json", "-n", "3").json
        for question in ("When is the rent paid?", "Who is the boiler?")
    ]
    assert whole["answer"] == "\n".join(part["answer"] for part in parts)
    assert whole["usage"]["answer_tokens"] == sum(part["usage"]["answer_tokens"] for part in parts)


def test_a_chat_model_is_asked_what_was_typed(
    toys: dict[str, Path], mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["plain"]))
    (world / "letter.txt").write_text(LETTER)
    mplus("inject", "letter.txt")
    ran = mplus("ask", "hi, WHO IS LINDKVIST? thanks", "--json", "--show-prompt", "-n", "2")
    assert "hi, WHO IS LINDKVIST? thanks" in ran.json["prompt"]["text"]
    assert ran.json["notes"] == []


def test_a_strange_language_is_said(
    mplus: Run, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_checkpoint(tmp_path / "english", "chunks", answering={"languages": ["en"]})
    (world / "heizung.txt").write_text(NOTICE)
    monkeypatch.setenv("MPLUS_MODEL", str(model))
    assert mplus("model", "pull", str(model)).code == 0
    assert mplus("inject", "heizung.txt").code == 0
    english = mplus("ask", "When was the boiler of the house serviced?", "--json", "-n", "2").json
    assert english["notes"] == [
        "the passage seems to be in German; this model was made for English"
    ]
    german = mplus("ask", "Wann wurde die Heizung gewartet?", "--json", "-n", "2").json
    assert german["sources"][0]["path"].endswith("heizung.txt")
    assert "seem to be in German" in german["notes"][0]
