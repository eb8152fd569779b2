"""A memory that is a matrix of slots, through the commands."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from mplus_cli import Memory, MplusError
from mplus_cli.engine import open_engine
from mplus_cli.kinds.lm2 import SlotMemory
from mplus_cli.kinds.slots import no_rows
from mplus_cli.model.prepared import catalog
from mplus_cli.settings import load_settings
from store.kinds import kind_of
from tests.conftest import Run
from tests.toy import make_checkpoint

TEXTS = {
    "a.txt": "Mary went to the kitchen. John took the football there.\n",
    "b.txt": "Sandra moved to the garden. Mary went back to the office.\n",
    "c.txt": "John gave the football to Sandra.\n",
}
QUESTION = ("ask", "Where is Mary?", "-n", "5")


@pytest.fixture
def files(
    world: Path, toys: dict[str, Path], toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["lm2"]))
    monkeypatch.setattr("mplus_cli.api.user_cache", lambda: toy_cache)
    for name, text in TEXTS.items():
        (world / name).write_text(text)
    return world


@pytest.fixture
def filled(mplus: Run, files: Path) -> Path:
    assert mplus("inject", *TEXTS).code == 0
    return files


def test_what_it_holds_is_told_in_slots(mplus: Run, filled: Path) -> None:
    status = mplus("status", "--json").json
    assert (status["documents"], status["slots"], status["pool_vectors"]) == (3, 8, 0)
    assert 0 < status["slots_used"] <= 8
    assert f"{status['slots_used']} of 8 are in use" in mplus("status").out
    held = [each["slots"] for each in mplus("ls", "--json").json]
    assert len(held) == 3 and 0 < sum(held) <= 8
    assert "slots" in mplus("ls").out
    assert mplus("status", "--html", "page.html").code == 0
    assert "of 8 are in use" in (filled / "page.html").read_text()
    for command in (("status",), ("ls",), ("log",), ("diff", "1")):
        assert "pool" not in mplus(*command).out


def test_a_preview_tells_what_would_be_read(mplus: Run, files: Path) -> None:
    ran = mplus("inject", "a.txt", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    assert not (files.parent / "memory").exists()


def test_sources_are_approximate(mplus: Run, filled: Path) -> None:
    found = mplus(*QUESTION, "--json").json
    assert {each["kind"] for each in found["sources"]} == {"approximate"}
    assert 0 < sum(each["weight"] for each in found["sources"]) <= 1.001
    assert any(note.startswith("approximate: what was copied") for note in found["notes"])
    assert found["literal"] is not False  # another chunk may have the words
    assert found["unsupported"] == []
    used = mplus("status", "--json").json["slots_used"]
    assert 0 < used <= found["usage"]["memory_vectors"] <= 8
    shown = mplus(*QUESTION).err
    assert "approximate" in shown and "[1] " in shown
    quiet = mplus(*QUESTION, "--no-sources", "--json").json
    assert quiet["sources"] == quiet["notes"] == []


def test_a_model_may_name_no_sources(
    mplus: Run, files: Path, tmp_path: Path, toy_cache: Path
) -> None:
    silent = {"system": "", "sources": False}
    model = make_checkpoint(tmp_path / "silent", "lm2", answering=silent)
    catalog.pull(str(model), toy_cache, None, False, lambda done, of: None)
    assert mplus("inject", *TEXTS, "-m", model).code == 0
    found = mplus(*QUESTION, "-m", model, "--json").json
    assert found["sources"] == [] and found["literal"] is None
    assert [note[:27] for note in found["notes"]] == ["this model names no sources"]
    shown = mplus(*QUESTION, "-m", model).err
    assert "no sources: the answer" not in shown
    assert "this model names no sources" in shown


@pytest.fixture
def declining(
    files: Path, tmp_path: Path, toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any]], Path]:
    """Takes a model that says so of its answers, and injects into a memory of it."""

    def made(answering: dict[str, Any]) -> Path:
        model = make_checkpoint(tmp_path / "declining", "lm2", answering=answering)
        catalog.pull(str(model), toy_cache, None, False, lambda done, of: None)
        monkeypatch.setenv("MPLUS_MODEL", str(model))
        return files

    return made


def test_what_was_never_told_is_declined(mplus: Run, declining: Callable[..., Path]) -> None:
    declining({"system": ""})
    assert mplus("inject", *TEXTS).code == 0
    found = mplus(*QUESTION, "--json").json  # random keys are not like each other
    assert found["doubt"] >= 0.5
    assert (found["answer"], found["declined"]) == ("I don't know.", True)
    assert found["sources"] == found["notes"] == []
    assert found["usage"]["answer_tokens"] == 0
    ran = mplus(*QUESTION)
    assert (ran.code, ran.out) == (0, "I don't know.\n")
    assert "nothing like what was asked for" in ran.err


def test_what_is_found_well_enough_is_said(mplus: Run, declining: Callable[..., Path]) -> None:
    declining({"system": "", "likely": 1.0})
    assert mplus("inject", *TEXTS).code == 0
    found = mplus(*QUESTION, "--json").json
    assert 0 < found["doubt"] < 1
    assert not found["declined"] and found["sources"]


def test_another_memory_answers_where_this_one_declines(
    mplus: Run,
    declining: Callable[..., Path],
    toys: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = declining({"system": ""})
    assert mplus("inject", "c.txt").code == 0
    (world / "d.txt").write_text("The boiler was serviced in March by Olga. " * 3)
    other = world.parent / "chunks"
    assert mplus("inject", "d.txt", "-M", other, "-m", toys["chunks"]).code == 0
    monkeypatch.delenv("MPLUS_MODEL")
    ran = mplus("ask", "Why?", "-n", "3", "-M", world.parent / "memory", "-M", other, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["away"] == []
    assert ran.json["answer"] != "I don't know." or ran.json["sources"]


def test_the_order_of_reading_counts(mplus: Run, files: Path) -> None:
    (files / "long.txt").write_text("".join(TEXTS.values()))

    def slots(name: str, *documents: str) -> str:
        memory = ("-M", files.parent / name)
        for each in documents:
            assert mplus("inject", each, *memory).code == 0
        return str(mplus("status", *memory, "--json").json["state_digest"])

    assert slots("there", *TEXTS) != slots("back", *reversed(TEXTS))
    assert slots("again", *TEXTS) == slots("there")
    mplus("inject", "long.txt", "-M", files.parent / "one")
    (document,) = mplus("ls", "-M", files.parent / "one", "--json").json
    assert document["chunks"] > 1
    assert mplus(*QUESTION, "-M", files.parent / "one").code == 0


def test_forgotten_is_as_if_it_had_never_been_read(mplus: Run, filled: Path) -> None:
    assert mplus("forget", "b.txt").code == 0
    other = ("-M", filled.parent / "other")
    for each in ("a.txt", "c.txt"):
        assert mplus("inject", each, *other).code == 0
    answers = [mplus(*QUESTION, *each, "--no-sources").out for each in ((), other)]
    assert answers[0] == answers[1]
    digests = [mplus("status", *each, "--json").json["state_digest"] for each in ((), other)]
    assert digests[0] == digests[1]
    assert mplus("verify", "--replay").code == 0


def test_a_memory_without_anything_in_it_is_refused_as_others_are(mplus: Run, files: Path) -> None:
    assert mplus(*QUESTION, "--json").error["code"] == "no_memory"
    mplus("inject", "a.txt")
    mplus("forget", "a.txt")
    ran = mplus(*QUESTION, "--json")
    assert (ran.code, ran.error["code"]) == (1, "empty")
    assert mplus("rollback", "1").code == 0
    assert mplus(*QUESTION, "--json").code == 0


def test_before_the_first_write_the_base_answers(
    files: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    engine = open_engine(load_settings({"model": str(toys["lm2"])}))
    state = kind_of(engine.spec).initial()
    ids = engine.tokenizer.prompt("Where is Mary?", None)
    assert engine.tokenizer.decode(ids) == "Question: Where is Mary?\nAnswer:"
    (reading,) = engine.kind.readings(ids, SlotMemory(state.matrices[0]), [], 4)
    assert torch.equal(reading.logits, engine.network.read(ids, no_rows, 4)[1])
    assert not reading.trace.segments()
    assert not reading.trace.drawn()


@pytest.mark.parametrize("option", [("--in", "a.txt"), ("--since", "1d"), ("--quote",)])
def test_what_one_matrix_can_not_do_is_refused(
    mplus: Run, filled: Path, option: tuple[str, ...]
) -> None:
    ran = mplus(*QUESTION, *option, "--json")
    assert ran.code == 2
    assert "matrix" in ran.error["message"]
    assert option[0] in ran.error["hint"] and "mplus search" in ran.error["hint"]


def test_further_answers_there_are_none(mplus: Run, filled: Path) -> None:
    found = mplus(*QUESTION, "--top", "3", "--json").json
    assert found["alternatives"] == []
    assert any("no passages one at a time" in note for note in found["notes"])


def test_passages_are_found_by_their_text(mplus: Run, filled: Path) -> None:
    found = mplus("search", "football", "--json").json["passages"]
    assert {Path(each["path"]).name for each in found} == {"a.txt", "c.txt"}
    assert {each["score"] for each in found} == {None}
    inside = mplus("search", "football", "--in", "a.txt", "--json").json["passages"]
    assert {Path(each["path"]).name for each in inside} == {"a.txt"}


def test_a_batch_and_a_conversation(mplus: Run, filled: Path) -> None:
    ran = mplus("ask", "--batch", "-", "-n", "3", stdin='"Where is Mary?"\n"Who has it?"\n')
    assert ran.code == 0, ran.err
    assert len(ran.out.splitlines()) == 2
    line = json.dumps({"question": "Where is Mary?", "in": "a.txt"})
    assert "matrix" in mplus("ask", "--batch", "-", stdin=line).out
    ran = mplus("chat", "-n", "3", stdin="Where is Mary?\nand John?\n/sources\n")
    assert ran.code == 0, ran.err
    assert ran.out.strip()


def test_another_models_memory_is_refused(mplus: Run, filled: Path, toys: dict[str, Path]) -> None:
    for command in (("ask", "Who?"), ("inject", "a.txt")):
        ran = mplus(*command, "-m", toys["chunks"], "--json")
        assert (ran.code, ran.error["code"]) == (21, "other_model")
        assert "mplus rebuild" in ran.error["hint"] or "--model" in ran.error["hint"]
    for kind in ("chunks", "mplus"):
        other = ("-M", filled.parent / kind)
        assert mplus("inject", "a.txt", *other, "-m", toys[kind]).code == 0
        ran = mplus(*QUESTION, *other, "-m", toys["lm2"], "--json")
        assert (ran.code, ran.error["code"]) == (21, "other_model")


def test_a_memory_is_written_anew_for_it_and_from_it(
    mplus: Run, filled: Path, toys: dict[str, Path]
) -> None:
    before = mplus("status", "--json").json["state_digest"]
    assert mplus("rebuild", "-m", toys["chunks"], "--yes").code == 0
    assert mplus(*QUESTION, "-m", toys["chunks"]).code == 0
    assert mplus("rebuild", "-m", toys["lm2"], "--yes").code == 0
    assert mplus("status", "--json").json["state_digest"] == before
    assert mplus(*QUESTION).code == 0


def test_quantized_weights_are_refused(mplus: Run, filled: Path) -> None:
    for command in (QUESTION, ("inject", "a.txt")):
        ran = mplus(*command, "--quantize", "int8", "--json")
        assert ran.code == 2
        assert "never measured" in ran.error["message"]
    assert mplus(*QUESTION, "--quantize", "none").code == 0


@pytest.fixture
def several(mplus: Run, filled: Path, toys: dict[str, Path]) -> Iterator[tuple[str, ...]]:
    """Options that name an LM2 memory and one of chunks."""
    (filled / "d.txt").write_text("The boiler was serviced in March by Olga. " * 3)
    other = filled.parent / "chunks"
    assert mplus("inject", "d.txt", "-M", other, "-m", toys["chunks"]).code == 0
    yield "-M", str(filled.parent / "memory"), "-M", str(other)


def test_several_memories_are_asked_with_one_of_slots(
    mplus: Run, several: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MPLUS_MODEL")
    ran = mplus(*QUESTION, *several, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["away"] == []
    found = mplus("search", "football", *several, "--json").json
    assert found["passages"] and found["away"] == []


def test_a_program_asks_as_the_commands_do(
    mplus: Run, filled: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    with Memory(filled.parent / "memory", model=str(toys["lm2"]), cache=toy_cache) as memory:
        answer = memory.ask("Where is Mary?", max_tokens=5)
        assert answer.text == mplus(*QUESTION, "--json").json["answer"]
        assert not memory.reads_pool
        with pytest.raises(MplusError, match="matrix"):
            memory.ask("Where is Mary?", among="a.txt")
        with pytest.raises(MplusError, match="no single passages"):
            memory.ask("Where is Mary?", passages=[(1, 0)])
        assert memory.search("football")
