"""The façade, as a Python program sees it."""

import dataclasses
import inspect
import io
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import mplus_cli
from mplus_cli import Memory, MplusError, api, models, results
from mplus_cli.injecting.events import DocumentDone, Event
from mplus_cli.main import COMMANDS


@pytest.fixture
def memory(world: Path, toys: dict[str, Path], toy_cache: Path) -> Memory:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    (world / "b.md").write_text("# Pump\n\n" + "It draws 450 watts. " * 5)
    return Memory(world / "own", model=str(toys["chunks"]), cache=toy_cache, lock_timeout_s=0.2)


def test_importing_it_loads_neither_torch_nor_the_command_line() -> None:
    code = "import sys; from mplus_cli import Memory, Answer, MplusError; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "typer", "rich", "numpy", "transformers", "sqlite_utils", "tokenizers"}
    assert not heavy & set(done.stdout.split())


def test_what_is_named_is_there() -> None:
    for name in mplus_cli.__all__:
        assert getattr(mplus_cli, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'Notes'"):
        _ = mplus_cli.Notes
    assert (Path(mplus_cli.__file__).parent / "py.typed").exists()


def test_it_can_do_all_that_the_commands_can() -> None:
    called = {
        **{name: name for name in COMMANDS},
        "ls": "documents",
        "log": "generations",
        "import": "import_",
    }
    for command in COMMANDS.keys() - {"model", "doctor", "read", "serve", "mcp", "chat"}:
        assert callable(getattr(Memory, called[command]))
    assert callable(models.pull)
    assert callable(models.survey)
    assert callable(mplus_cli.read)


def test_results_are_frozen_and_methods_are_typed() -> None:
    rooms = [
        import_module(f"mplus_cli.results.{found.name}")
        for found in pkgutil.iter_modules(results.__path__)
    ]
    kinds: list[Any] = [
        kind for room in rooms for _, kind in inspect.getmembers(room, dataclasses.is_dataclass)
    ]
    assert len(kinds) > 15
    for kind in kinds:
        assert kind.__dataclass_params__.frozen, kind
    for name, method in inspect.getmembers(Memory, inspect.isfunction):
        if not name.startswith("_"):
            assert "return" in method.__annotations__, name
            assert method.__doc__, name


def test_the_first_inject_makes_the_folder(memory: Memory, world: Path) -> None:
    for look in (memory.status, memory.documents, memory.generations, lambda: memory.ask("Why?")):
        with pytest.raises(MplusError) as error:
            look()
        assert error.value.code == "no_memory"
        assert error.value.advice == "make one with: memory.inject()"
    with pytest.raises(MplusError):
        memory.update()
    assert memory.preview_inject("a.txt").new[0].tokens > 0
    assert not memory.path.exists()
    assert memory.inject("a.txt").added == (str(world / "a.txt"),)
    assert memory.path.exists()


def test_the_environment_counts_for_nothing(
    memory: Memory, monkeypatch: pytest.MonkeyPatch, world: Path
) -> None:
    monkeypatch.setenv("MPLUS_MEMORY", str(world / "elsewhere"))
    monkeypatch.setenv("MPLUS_MODEL", "no-such-model")
    monkeypatch.setenv("MPLUS_CACHE", str(world / "no-cache"))
    monkeypatch.setenv("MPLUS_CONFIG", str(world))  # a folder: the command line would fail
    memory.inject("a.txt")
    assert memory.status().documents == 1
    assert not (world / "elsewhere").exists()


def test_a_report_names_what_could_not_be_read(memory: Memory, world: Path) -> None:
    (world / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    report = memory.inject("a.txt", "broken.pdf", "nowhere.txt")
    assert report.added == (str(world / "a.txt"),)
    assert {Path(each.path).name for each in report.failed} == {"broken.pdf", "nowhere.txt"}
    for problem in report.failed:
        assert problem.reason
        assert problem.path not in problem.reason


def test_texts_and_what_is_wanted_of_folders(memory: Memory, world: Path) -> None:
    report = memory.inject(world, texts=[(b"A note about doors. " * 4, "doors")], ext=["md"])
    assert [Path(path).name for path in report.added] == ["b.md", "doors"]
    with pytest.raises(MplusError, match="no name for standard input"):
        memory.inject(texts=[(b"x", "/absolute")])


def test_events_and_stopping(memory: Memory) -> None:
    events: list[Event] = []
    done = [DocumentDone]

    def stopped() -> bool:
        return any(isinstance(event, DocumentDone) for event in events)

    report = memory.inject("a.txt", "b.md", watch=events.append, stopped=stopped)
    assert report.interrupted
    assert sum(isinstance(event, done[0]) for event in events) == len(report.added) >= 1
    assert not memory.inject("a.txt", "b.md").interrupted
    assert memory.status().documents == 2


def test_an_answer_whole_and_in_pieces(memory: Memory) -> None:
    memory.inject("a.txt", "b.md")
    whole = memory.ask("What is the gate code?", max_tokens=6)
    response = memory.stream("What is the gate code?", max_tokens=6)
    text = "".join(response)
    assert text.strip() == whole.text == response.answer.text
    assert list(response) == []
    assert whole.sources == response.answer.sources
    assert whole.usage["answer_tokens"] <= 6
    left = memory.stream("What is the gate code?", max_tokens=6)
    next(iter(left), None)
    left.close()  # lets go of the memory: it can be collected
    memory.gc()


def test_a_generation_by_name(memory: Memory) -> None:
    memory.inject("a.txt")
    memory.tag("first")
    memory.inject("b.md")
    assert {each.path for each in memory.search("gate watts", k=9)} == {
        document.path for document in memory.documents()
    }
    assert {Path(each.path).name for each in memory.at("first").search("gate watts", k=9)} == {
        "a.txt"
    }
    assert memory.at(1).ask("Why?", max_tokens=2).generation == 1
    with pytest.raises(MplusError, match="there is no generation nowhere"):
        memory.at("nowhere").ask("Why?")
    assert memory.untag("first") == 1


def test_nothing_is_asked_of_a_memory_without_a_word(memory: Memory) -> None:
    memory.inject("a.txt")
    for ask in (memory.ask, memory.search):
        with pytest.raises(MplusError, match="there is no question"):
            ask("  ")
    for nothing in ("\U0001f642", "?", "..."):
        with pytest.raises(MplusError, match="there is no question"):
            memory.ask(nothing)


def test_gc_keeps_one_generation_at_least(memory: Memory) -> None:
    memory.inject("a.txt")
    for keep_last in (0, -1):
        with pytest.raises(MplusError, match="keep one generation"):
            memory.gc(keep_last=keep_last)
    assert memory.status().documents == 1


def test_a_generation_can_be_asked_and_nothing_else(memory: Memory) -> None:
    memory.inject("a.txt")
    past = memory.at(1)
    assert past.search("gate")[0].document == 1
    assert not hasattr(past, "status")
    assert not hasattr(past, "forget")


def test_forgetting_going_back_and_comparing(memory: Memory, world: Path) -> None:
    memory.inject("a.txt", "b.md")
    gone = memory.forget(Path("b.md"))
    assert [each.path for each in gone.documents] == [str(world / "b.md")]
    assert gone.generation.id == memory.status().generation == 2
    assert [each.change for each in memory.diff(1, 2).documents] == ["same", "removed"]
    assert memory.rollback(1)[0] == 1
    assert len(memory.documents()) == 2
    assert memory.forget("a.txt", erase=True).erased_generations == (1, 2, 3)
    assert memory.verify(read_data=True, replay=True).whole
    assert [generation.id for generation in memory.generations()] == [4]
    assert memory.forget("b.md", dry_run=True).generation.id == 4


def test_a_snapshot_through_a_stream(memory: Memory, toys: dict[str, Path], world: Path) -> None:
    memory.inject("a.txt")
    stream = io.BytesIO()
    exported = memory.export(stream)
    assert (exported.file, exported.file_bytes) == (None, None)
    stream.seek(0)
    copy = Memory(world / "copy")
    assert copy.import_(stream).documents == (str(world / "a.txt"),)
    assert copy.status().state_digest == memory.status().state_digest


def test_a_closed_memory_opens_again(memory: Memory) -> None:
    with memory:
        memory.inject("a.txt")
        first = memory.ask("Why?", max_tokens=2).text
    assert memory.ask("Why?", max_tokens=2).text == first


def test_wrong_words_are_told() -> None:
    with pytest.raises(MplusError, match="device is 'tpu'"):
        Memory("x", device="tpu")
    with pytest.raises(TypeError):
        Memory("x").ask("Why?", top_p=1)  # type: ignore[call-arg]
    assert api.Memory is Memory


@pytest.mark.parametrize(
    ("hint", "advice"),
    [
        ("see: mplus verify", "see: memory.verify()"),
        ("fill it with: mplus inject PATH", "fill it with: memory.inject()"),
        ("(mplus import FILE) or a backup", "(memory.import_()) or a backup"),
        ("then mplus gc --keep-last 1; or wait", "then memory.gc(); or wait"),
        ("raise --max-bytes", "raise max_bytes"),
        ("renew it: mplus model pull --again", "renew it: mplus_cli.models.pull()"),
    ],
)
def test_advice_does_not_speak_of_the_command_line(hint: str, advice: str) -> None:
    error = MplusError("it is so", hint)
    assert error.advice == advice
    assert str(error) == f"it is so ({advice})"
