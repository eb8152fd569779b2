"""`mplus forget --erase`, `verify` and `gc`; locks, and folders that can't be written."""

import json
import os
import resource
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from mplus_cli.commands import upkeep
from mplus_cli.screen import terminal
from store.locks import read_lock, write_lock
from store.spec import FORMAT_VERSION
from tests.archive.make import taken_out
from tests.commands.test_memory import fill
from tests.conftest import Run

SECRET = "The vault of Oriel opens with the word zanthoxylum-7741."


def every_byte(memory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in memory.rglob("*") if path.is_file()}


def test_erasing_leaves_no_trace(mplus: Run, world: Path) -> None:
    """A planted text, its words in the text index, its name, and its vectors are in no file
    afterwards.
    """
    memory = world.parent / "memory"
    fill(world, "a.txt", "c.txt")
    mplus("inject", "a.txt", "c.txt")
    kept = {path.name for path in memory.glob("segments/*/*")}
    (world / "oriel-plans.txt").write_text(SECRET * 3)
    mplus("inject", "oriel-plans.txt")
    mplus("tag", "old", "2")
    (world / "oriel-plans.txt").write_text(SECRET * 3 + " And Bertil knows it.")
    mplus("inject", "oriel-plans.txt")
    planted = [
        load_file(path)["vectors"] for path in memory.glob("segments/*/*") if path.name not in kept
    ]
    assert len(planted) > 2
    traces = [
        b"zanthoxylum",
        b"Bertil",
        b"oriel-plans",
        *(vectors[-1, -1].tobytes() for vectors in planted),
    ]
    before = every_byte(memory)
    assert all(
        any(trace.lower() in content.lower() for content in before.values()) for trace in traces
    )

    ran = mplus("forget", "oriel-plans.txt", "--erase", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["erased_generations"] == [2, 3]
    for path, content in every_byte(memory).items():
        for trace in traces:
            assert trace.lower() not in content.lower(), (path, trace)
    assert mplus("verify", "--read-data", "--replay").code == 0
    assert [Path(row["path"]).name for row in mplus("ls", "--json").json] == ["a.txt", "c.txt"]
    answer = mplus("ask", "What is the text of a?", "-n", "6", "--json").json
    fresh = world.parent / "fresh"
    mplus("inject", "a.txt", "-M", fresh)
    mplus("inject", "c.txt", "-M", fresh)
    assert (
        mplus("ask", "What is the text of a?", "-n", "6", "--json", "-M", fresh).json["answer"]
        == answer["answer"]
    )


def test_what_was_forgotten_before_can_be_erased_later(mplus: Run, world: Path) -> None:
    fill(world, "a.txt")
    (world / "s.txt").write_text(SECRET)
    mplus("inject", ".")
    mplus("forget", "s.txt")
    assert any(
        b"zanthoxylum" in content for content in every_byte(world.parent / "memory").values()
    )
    assert mplus("forget", "s.txt").code == 2
    assert mplus("forget", "s.txt", "--erase").code == 0
    assert not any(
        b"zanthoxylum" in content for content in every_byte(world.parent / "memory").values()
    )


def test_patterns_and_dry_runs(mplus: Run, world: Path) -> None:
    fill(world, "a.log", "b.log", "c.txt")
    mplus("inject", ".")
    ran = mplus("forget", "*.log", "--dry-run", "--json")
    assert [Path(path).name for path in ran.json["would_forget"]] == ["a.log", "b.log"]
    assert "would forget a.log" in mplus("forget", "*.log", "-n").out
    assert mplus("status", "--json").json["generation"] == 1
    assert mplus("forget", "*.log").code == 0
    assert [Path(row["path"]).name for row in mplus("ls", "--json").json] == ["c.txt"]
    assert mplus("forget", "*.log").code == 2


def test_verify_says_what_where_and_what_mends_it(mplus: Run, world: Path) -> None:
    fill(world, "a.txt", "b.txt")
    mplus("inject", ".")
    assert mplus("verify").out.endswith("all whole\n")
    segment = sorted((world.parent / "memory").glob("segments/*/*"))[0]
    segment.write_bytes(segment.read_bytes()[:-1] + b"?")
    assert mplus("verify").code == 0  # sizes and headers are right
    ran = mplus("verify", "--read-data", "--json")
    assert ran.code == 20
    assert not ran.json["whole"]
    assert ran.json["findings"][0]["where"] == str(segment)
    printed = mplus("verify", "--read-data").out
    assert "SHA-256" in printed
    assert "mend: remove that file" in printed


def test_what_verify_names_mends_the_memory(mplus: Run, world: Path) -> None:
    fill(world, "a.txt", "b.txt")
    mplus("inject", ".")
    before = mplus("status", "--json").json
    segment = sorted((world.parent / "memory").glob("segments/*/*"))[0]
    segment.unlink()
    finding = mplus("verify", "--json").json["findings"][0]
    document = finding["mend"].split("mplus inject ")[1].split(",")[0]
    ran = mplus("inject", document)
    assert ran.code == 0, ran.err
    assert mplus("verify", "--read-data", "--replay").code == 0
    assert mplus("status", "--json").json["state_digest"] == before["state_digest"]


def test_gc_keeps_the_last_and_the_named(mplus: Run, world: Path) -> None:
    fill(world, "a.txt", "b.txt", "c.txt")
    for name in ("a.txt", "b.txt", "c.txt"):
        mplus("inject", name)
    mplus("forget", "a.txt")
    mplus("tag", "ab", "2")
    (world.parent / "memory" / "cache" / "derived").write_bytes(b"x" * 100)
    (world.parent / "memory" / "segments" / ".new-1").write_bytes(b"x")
    state, files = (
        mplus("status", "--json").json["state_digest"],
        len(list((world.parent / "memory").glob("s*/*/*"))),
    )
    dry = mplus("gc", "--keep-last", "1", "--dry-run", "--json").json
    assert dry["generations"] == [1, 3]
    assert len(list((world.parent / "memory").glob("s*/*/*"))) == files
    done = mplus("gc", "--keep-last", "1", "--json").json
    assert done == dry | {"dry_run": False}
    assert [entry["id"] for entry in mplus("log", "--json").json] == [4, 2]
    assert mplus("status", "--json").json["state_digest"] == state
    assert mplus("verify", "--read-data", "--replay").code == 0
    assert mplus("rollback", "ab").code == 0
    assert mplus("gc", "--json").json["files"] == 0


def test_gc_waits_for_readers_and_readers_for_gc(mplus: Run, world: Path) -> None:
    fill(world, "a.txt")
    mplus("inject", ".")
    memory = world.parent / "memory"
    with read_lock(memory, 1):
        assert mplus("gc", "--json").error["code"] == "locked"
        assert mplus("verify").code == 0
        assert mplus("tag", "x").code == 0
    with write_lock(memory, 1, "gc", alone=True):
        ran = mplus("verify", "--json")
        assert (ran.code, ran.error["code"]) == (11, "locked")
        assert "mplus gc (process" in ran.error["message"]
        assert mplus("ask", "Why?", "--json").code == 11
    assert mplus("gc").code == 0


def test_a_lock_that_nobody_holds_is_no_lock(mplus: Run, world: Path) -> None:
    fill(world, "a.txt")
    mplus("inject", ".")
    (world.parent / "memory" / "writer.json").write_text(
        '{"command": "inject", "pid": 1, "author": "a@b"}'
    )
    assert mplus("tag", "x").code == 0
    assert not (world.parent / "memory" / "writer.json").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_memory_can_be_read_and_not_changed(mplus: Run, world: Path) -> None:
    fill(world, "a.txt")
    mplus("inject", ".")
    memory = world.parent / "memory"
    for path in (memory, *(each for each in memory.rglob("*") if each.is_dir())):
        path.chmod(0o500)
    try:
        assert mplus("verify", "--read-data").code == 0
        ran = mplus("forget", "a.txt", "--json")
        assert ran.code == 1
        assert "denied" in ran.error["message"]
    finally:
        for path in (memory, *(each for each in memory.rglob("*") if each.is_dir())):
            path.chmod(0o700)
    assert mplus("status", "--json").json["generation"] == 1


def test_too_few_file_descriptors_are_an_error_and_harm_nothing(mplus: Run, world: Path) -> None:
    fill(world, "a.txt", "b.txt")
    mplus("inject", "a.txt")
    _, hard = soft = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)  # the limit is one of numbers, and higher ones may be taken
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 2, hard))
    try:
        ran = mplus("forget", "a.txt")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, soft)
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert mplus("verify", "--read-data", "--replay").code == 0
    assert mplus("status", "--json").json["generation"] == 1


@pytest.mark.parametrize("version", [1, 2])
def test_a_memory_of_an_older_mplus_is_brought_up_to_date(
    version: int, mplus: Run, world: Path
) -> None:
    memory = taken_out(version, world.parent)
    assert "mplus gc" in mplus("status").err
    assert mplus("gc").code == 0
    described = json.loads((memory / "memory.json").read_text())
    assert described["format"] == FORMAT_VERSION
    assert described["digest"]
    assert mplus("verify", "--read-data", "--replay").code == 0
    assert mplus("status", "--json").json["documents"] == 2


def test_tags_that_go_with_what_is_erased_are_named(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, "a.txt", "b.txt")
    mplus("inject", "a.txt")
    mplus("inject", "b.txt")
    mplus("tag", "with-b", "2")
    dry = mplus("forget", "b.txt", "--erase", "--dry-run", "--json").json
    assert (dry["erased_generations"], dry["erased_tags"]) == ([2], ["with-b"])
    asked: list[str] = []
    monkeypatch.setattr(upkeep, "at_a_terminal", lambda: True)
    monkeypatch.setattr(terminal, "agreed", lambda question: asked.extend([question]))
    ran = mplus("forget", "b.txt", "--erase")
    assert (ran.code, asked) == (130, ["erase 1 document, and drop these tags?"])
    assert "tags that go with what is erased: with-b" in ran.err
    assert mplus("forget", "a.txt", "--json").json["generation"] == 3  # machines are not asked
    mplus("rollback", "2")
    assert mplus("status", "--json").json["documents"] == 2
    assert mplus("forget", "a.txt").code == 0  # of little nobody is asked
    ran = mplus("forget", "b.txt", "--erase", "--yes", "--json")
    assert (ran.code, ran.json["erased_tags"], len(asked)) == (0, ["with-b"], 1)


def test_most_of_a_memory_is_forgotten_after_a_question(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, *(f"n{number}.txt" for number in range(7)))
    mplus("inject", ".")
    answers = iter([False, True])
    monkeypatch.setattr(terminal, "agreed", lambda question: next(answers))
    assert mplus("forget", "*").code == 0  # nobody is asked where nobody sits
    mplus("rollback", "1")
    monkeypatch.setattr(upkeep, "at_a_terminal", lambda: True)
    assert mplus("forget", "*").code == 130
    assert mplus("status", "--json").json["documents"] == 7
    assert mplus("forget", "*").code == 0
    assert mplus("ls", "--json").json == []
