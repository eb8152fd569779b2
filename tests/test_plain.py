"""Records as JSON, and back."""

import dataclasses
import json
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from mplus_cli import Memory, results
from mplus_cli.results.answers import Answer, Passage
from mplus_cli.results.plain import plain, record


@pytest.fixture
def memory(world: Path, toys: dict[str, Path], toy_cache: Path) -> Memory:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    return Memory(world / "own", model=str(toys["chunks"]), cache=toy_cache)


def _again(value: Any) -> Any:
    return record(type(value), json.loads(json.dumps(plain(value))))


def test_what_a_memory_gives_comes_back_from_json(memory: Memory, world: Path) -> None:
    report = memory.inject("a.txt", world / "nosuch.txt")
    answer = memory.ask("What is the gate code?", top=2, show_prompt=True, among="a.txt")
    given = [report, answer, memory.status(), *memory.generations(), *memory.documents()]
    given += [memory.verify(), memory.gc(dry_run=True), memory.forget("a.txt", dry_run=True)]
    given += memory.search("gate code")
    for each in given:
        assert _again(each) == each


def test_every_kind_can_be_made_again() -> None:
    for found in iter_modules(results.__path__):
        for kind in vars(import_module(f"mplus_cli.results.{found.name}")).values():
            if isinstance(kind, type) and dataclasses.is_dataclass(kind):
                wrong = {field.name: {"no": "such"} for field in dataclasses.fields(kind)}
                with pytest.raises(ValueError, match="where"):
                    record(kind, wrong)


@pytest.mark.parametrize(
    "wrong", [None, [], {}, {"answer": 1}, {"answer": "a", "declined": 0}, {"sources": {}}, "{}"]
)
def test_what_is_no_record_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"where|^no Answer"):
        record(Answer, wrong)


def test_fields_of_a_newer_program_are_left_out(memory: Memory) -> None:
    memory.inject("a.txt")
    [passage, *_] = memory.search("gate code")
    assert record(Passage, {**plain(passage), "colour": "red"}) == passage
