"""`mplus ask` knows its limits: what stands in no passage, other passages, sentences themselves."""

from pathlib import Path
from typing import Any

import pytest

from mplus_cli.kinds import passes
from mplus_cli.model.prepared import catalog
from tests.conftest import Run
from tests.toy import make_checkpoint

WEIGHTS = {"bias": 0.0, "doubt": -0.1, "likelihood": 1.0, "literal": 1.0, "beside": 1.0}
NOTES = {
    "gate.md": "# Gate\n\nThe gate code is 4417. It is kept by Ida Ferrante.\n",
    "pump.md": "# Pump\n\nThe pump stands behind the shed. It runs each evening in July.\n",
    "bees.md": "# Bees\n\nThe bees make honey. Bring:\n\n- gloves\n- a brush\n",
    "roof.md": "# Roof\n\nThe roof has 1,250 tiles. Twelve of them are broken.\n",
}
QUESTION = "What is the gate code?"


@pytest.fixture
def literal(
    world: Path, tmp_path: Path, toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """A model for short literal answers, whose chances were measured."""
    answering = {"literal": True, "confidence": WEIGHTS}
    folder = make_checkpoint(tmp_path / "literal", "chunks", answering=answering)
    catalog.pull(str(folder), toy_cache, None, False, lambda done, of: None)
    monkeypatch.setenv("MPLUS_MODEL", str(folder))
    return answering


def fill(mplus: Run, world: Path) -> None:
    for name, text in NOTES.items():
        (world / name).write_text(text)
    assert mplus("inject", ".").code == 0


def test_an_answer_stands_in_its_passage_or_is_marked(
    literal: dict[str, Any], mplus: Run, world: Path
) -> None:
    fill(mplus, world)
    for question in (QUESTION, "Where is the pump?", "Who makes honey?", "How many tiles?"):
        ran = mplus("ask", question, "-n", "12", "--json")
        found = ran.json
        assert 0 <= found["confidence"] <= 1
        text = NOTES[Path(found["sources"][0]["path"]).name]
        if found["literal"]:
            assert found["answer"].lower() in " ".join(text.lower().split())
            assert found["unsupported"] == []
            quotes = " ".join(quote["text"] for quote in found["quote"])
            assert found["answer"].lower() in quotes.lower()
        else:
            assert found["literal"] is False
            assert found["unsupported"] == [found["answer"]]
            assert found["quote"] == []
            shown = mplus("ask", question, "-n", "12").err
            assert "not in the passage: " in shown


def test_what_a_chat_model_makes_up_is_marked_sentence_by_sentence(
    mplus: Run, world: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["plain"]))
    fill(mplus, world)
    found = mplus("ask", QUESTION, "-n", "30", "--json").json  # a toy says nothing that makes sense
    assert found["literal"] is False and found["unsupported"]
    assert all(sentence in found["answer"] for sentence in found["unsupported"])
    assert found["confidence"] is None


def test_further_passages_answer_as_they_do_alone(
    literal: dict[str, Any], mplus: Run, world: Path
) -> None:
    for number, what in enumerate(("gate code", "pump", "bee", "roof")):
        (world / f"{number}.txt").write_text(f"The {what} is {number}42.\n")  # of one chunk each
    assert mplus("inject", ".").code == 0
    one = mplus("ask", QUESTION, "-n", "8", "--json").json
    top = mplus("ask", QUESTION, "-n", "8", "--top", "4", "--json").json
    assert one["alternatives"] == []
    same = ("answer", "declined", "literal", "confidence", "quote")
    assert {name: top[name] for name in same} == {name: one[name] for name in same}
    paths = [each["source"]["path"] for each in top["alternatives"]]
    assert len({top["sources"][0]["path"], *paths}) == 4 == len(paths) + 1
    for other in top["alternatives"]:
        assert set(other) == {"answer", "declined", "confidence", "source"}
        place = Path(other["source"]["path"]).name
        alone = mplus("ask", QUESTION, "-n", "8", "--in", place, "--json").json
        assert (other["answer"], other["declined"]) == (alone["answer"], alone["declined"])
        assert other["source"]["chunk"] == alone["sources"][0]["chunk"]
    shown = mplus("ask", QUESTION, "-n", "8", "--top", "3").err
    assert "other passages answer:" in shown
    assert mplus("ask", QUESTION, "--top", "0", "--json").code == 2
    [line] = mplus("ask", "--batch", "-", "-n", "8", "--top", "4", stdin=f'"{QUESTION}"').out.split(
        "\n"
    )[:1]
    assert f'"{Path(paths[0]).name}' in line.replace(str(world) + "/", '"')


def test_no_more_is_read_than_the_answer_takes(
    literal: dict[str, Any], mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mplus, world)
    doubts, read = list[float](), passes.read_passage

    def counted(*given: Any) -> Any:
        found = read(*given)
        doubts.append(found[2])
        return found

    monkeypatch.setattr(passes, "read_passage", counted)
    mplus("ask", QUESTION, "-n", "2", "--json")
    sure = [doubt < 0.1 for doubt in doubts]
    assert True not in sure[:-1] and (sure[-1] or len(sure) == 2)  # K0/T of this toy
    doubts.clear()
    mplus("ask", QUESTION, "-n", "2", "--top", "4", "--json")
    assert len(doubts) == 4


@pytest.mark.parametrize("layout", ["literal", "plain", "mplus"])
def test_sentences_answer_themselves(
    literal: dict[str, Any],
    layout: str,
    mplus: Run,
    world: Path,
    toys: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if layout != "literal":
        monkeypatch.setenv("MPLUS_MODEL", str(toys[layout]))
    fill(mplus, world)
    found = mplus("ask", "Who keeps the gate code?", "-n", "8", "--quote", "--json").json
    assert found["answer"] == "\n".join(quote["text"] for quote in found["quote"])
    assert found["literal"] is True and found["unsupported"] == []
    for quote in found["quote"]:
        text = " ".join(Path(quote["path"]).read_text().split())
        assert all(line in text for line in quote["text"].split("\n"))
        assert quote["place"]
    if layout != "literal":
        assert found["usage"]["answer_tokens"] == 0  # nothing need be decoded
        everywhere = mplus("ask", "What has 1,250 tiles?", "--quote", "--in", "roof.md", "--json")
        assert everywhere.json["answer"] == "The roof has 1,250 tiles."
    shown = mplus("ask", "Who keeps the gate code?", "-n", "8", "--quote")
    assert shown.out.strip() == found["answer"]


def test_without_texts_nothing_can_be_quoted(
    literal: dict[str, Any], mplus: Run, world: Path, tmp_path: Path
) -> None:
    fill(mplus, world)
    assert mplus("export", tmp_path / "x.mplus", "--no-text").code == 0
    elsewhere = ("-M", tmp_path / "elsewhere")
    assert mplus("import", tmp_path / "x.mplus", *elsewhere).code == 0
    ran = mplus("ask", QUESTION, "-n", "4", "--quote", "--json", *elsewhere)
    assert (ran.code, "no texts" in ran.error["message"]) == (2, True)
    found = mplus("ask", QUESTION, "-n", "4", "--json", *elsewhere).json
    assert (found["literal"], found["quote"], found["unsupported"]) == (None, [], [])


def test_a_model_that_reads_no_passages_has_no_other_answers(
    mplus: Run, world: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["mplus"]))
    fill(mplus, world)
    found = mplus("ask", QUESTION, "-n", "4", "--top", "3", "--json").json
    assert found["alternatives"] == []
    assert "no passages" in found["notes"][0]
    assert isinstance(found["literal"], bool)


def test_weights_that_are_none_are_refused(tmp_path: Path, mplus: Run) -> None:
    wrongs = ({"bias": 1.0}, WEIGHTS | {"bias": "high"}, WEIGHTS | {"bias": float("nan")}, 3)
    for number, wrong in enumerate(wrongs):
        folder = tmp_path / str(number)
        make_checkpoint(folder, "chunks", answering={"confidence": wrong})
        ran = mplus("model", "pull", folder, "--json")
        assert (ran.code, "answering" in ran.error["message"]) == (1, True), wrong
