"""`mplus rebuild`: a memory written anew is the one that the other model would have written."""

from pathlib import Path

import pytest

from mplus_cli import MplusError
from store.home import Home
from store.index.reader import Index
from tests.conftest import Run
from tests.injecting.conftest import LAYOUTS, TEXTS, opened
from tests.store.made import findings


@pytest.mark.parametrize(
    ("old", "new"),
    [("input", other) for other in LAYOUTS if other != "input"]
    + [
        ("mplus", "chunks"),
        ("mplus", "memoryllm"),
        ("chunks", "mplus"),
        ("other", "input"),
        ("plain", "chunks"),
        ("mplus", "plain"),
    ],
)
def test_it_equals_a_memory_that_the_other_model_wrote(
    old: str, new: str, files: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    with opened(files / ".m", toys[old], toy_cache) as memory:
        memory.inject(*TEXTS)
        memory.forget("d.txt")
        before = memory.documents()
        done = memory.rebuild(str(toys[new]))
        assert (done.documents, done.interrupted, done.read_again) == (3, False, ())
        after = memory.documents()
        kept = [(each.id, each.path, each.sha256, each.added_at) for each in before]
        assert [(each.id, each.path, each.sha256, each.added_at) for each in after] == kept
        answer = memory.ask("What is the gate code?", max_tokens=6)
        status = memory.status()
    with opened(files / ".fresh", toys[new], toy_cache) as fresh:
        fresh.inject("a.txt", "b.md", "c.csv")
        expected = fresh.ask("What is the gate code?", max_tokens=6)
        assert (answer.text, answer.sources) == (expected.text, expected.sources)
        assert status.state_digest == fresh.status().state_digest
        assert (status.identity, status.tokens) == (fresh.status().identity, fresh.status().tokens)
    assert findings(files / ".m") == []


def test_the_next_update_reads_nothing_anew(mplus: Run, files: Path, toys: dict[str, Path]) -> None:
    mplus("inject", *TEXTS, "--links")
    mplus("inject", "a.txt")  # with other options: one of each
    assert mplus("rebuild", "-m", toys["chunks"], "--yes").code == 0
    ran = mplus("update", "--json", "-m", toys["chunks"])
    assert (ran.json["unchanged"], ran.json["changed"], ran.json["added"]) == (4, [], []), ran.err
    (files / "a.txt").write_text("Another text. " * 9)
    ran = mplus("update", "--json", "-m", toys["chunks"])
    assert [Path(path).name for path in ran.json["changed"]] == ["a.txt"]


def test_ids_tags_roots_and_dates_stay(mplus: Run, files: Path, toys: dict[str, Path]) -> None:
    mplus("inject", "a.txt", "d.txt", "b.md")
    mplus("tag", "first", "1")
    mplus("forget", "d.txt")
    mplus("tag", "now")
    before = {row["id"]: row["path"] for row in mplus("ls", "--json").json}
    ran = mplus("rebuild", "-m", toys["mplus"], "--json")
    assert ran.code == 0, ran.err
    assert ran.json["generation"] == 3
    assert {row["id"]: row["path"] for row in mplus("ls", "--json").json} == before
    log = mplus("log", "--json").json
    assert [(row["id"], row["command"], row["tags"]) for row in log] == [
        (3, "rebuild", []),
        (2, "forget", ["now"]),
        (1, "inject", ["first"]),
    ]
    assert [row["switched"] for row in log] == [True, False, False]
    assert mplus("forget", "3").code == 0  # b.md, as before
    assert [Path(row["path"]).name for row in mplus("ls", "--json").json] == ["a.txt"]
    assert findings(files.parent / "memory") == []


def test_going_back_and_forth(mplus: Run, files: Path, toys: dict[str, Path]) -> None:
    mplus("inject", "a.txt", "b.md")
    old = mplus("ask", "What is the gate code?", "-n", "6", "--json").json["answer"]
    ids = [row["id"] for row in mplus("ls", "--json").json]
    mplus("rebuild", "-m", toys["chunks"], "--yes")
    chunks = ("-m", toys["chunks"])
    new = mplus("ask", "What is the gate code?", "-n", "6", "--json", *chunks).json["answer"]
    # Generation 1 needs its own model, which need not be the memory's any more.
    ran = mplus("ask", "What?", "-n", "6", "--at", "1", "--json", *chunks)
    assert (ran.code, "--model" in ran.error["hint"]) == (21, True)
    ran = mplus("ask", "What is the gate code?", "-n", "6", "--at", "1", "--json")
    assert (ran.code, ran.json["answer"]) == (0, old)
    ran = mplus("rollback", "1")
    assert f"{toys['input']} answers now" in ran.out
    assert [row["id"] for row in mplus("ls", "--json").json] == ids
    assert mplus("ask", "What is the gate code?", "-n", "6", "--json").json["answer"] == old
    assert mplus("ask", "What?", "-n", "6", "--json", *chunks).error["code"] == "other_model"
    mplus("rollback", "2")
    ran = mplus("ask", "What is the gate code?", "-n", "6", "--json", *chunks)
    assert ran.json["answer"] == new
    assert mplus("diff", "1", "2").code == 0
    assert findings(files.parent / "memory") == []


def test_gc_removes_what_only_the_old_model_needed(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    memory = files.parent / "memory"
    mplus("inject", "a.txt", "b.md")
    old = {path.name for path in memory.glob("segments/*/*")}
    mplus("rebuild", "-m", toys["other"], "--yes")
    assert old < {path.name for path in memory.glob("segments/*/*")}
    assert mplus("gc", "--keep-last", "1").code == 0
    assert not old & {path.name for path in memory.glob("segments/*/*")}
    index = Index.open(Home(memory))
    assert list(index.specs()) == [Home(memory).spec.identity]
    index.close()
    assert findings(memory) == []


def test_erasing_works_across_models(mplus: Run, files: Path, toys: dict[str, Path]) -> None:
    memory = files.parent / "memory"
    mplus("inject", "a.txt")
    mplus("inject", "d.txt")
    mplus("rebuild", "-m", toys["mplus"], "--yes")
    ran = mplus("forget", "d.txt", "--erase", "--json")
    assert ran.json["erased_generations"] == [2, 3]
    assert findings(memory) == []
    for path in memory.rglob("*"):
        assert not path.is_file() or b"ferry" not in path.read_bytes()
    assert mplus("rollback", "1").code == 0


def test_a_snapshot_carries_generations_of_several_models(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    mplus("inject", "a.txt", "b.md")
    old = mplus("ask", "What is the gate code?", "-n", "6", "--json").json["answer"]
    mplus("export", "before.mplus")
    mplus("rebuild", "-m", toys["mplus"], "--yes")
    mplus("inject", "d.txt", "-m", toys["mplus"])
    ids = {row["id"]: row["path"] for row in mplus("ls", "--json").json}
    mplus("export", "after.mplus")
    mplus("export", "part.mplus", "--since", "1")
    for first in (None, "before.mplus"):  # as a new memory, and as one that goes on
        for second in ("after.mplus", "part.mplus") if first else ("after.mplus",):
            copy = files / f".copy-{first}-{second}"
            if first:
                assert mplus("import", first, "-M", copy).code == 0
            ran = mplus("import", second, "-M", copy, "--json")
            assert ran.code == 0, ran.err
            assert ran.json["generation"] == 3
            assert {row["id"]: row["path"] for row in mplus("ls", "--json", "-M", copy).json} == ids
            assert findings(copy) == []
            ran = mplus(
                "ask", "What is the gate code?", "-n", "6", "--at", "1", "-M", copy, "--json"
            )
            assert ran.code == 0, ran.err
            assert ran.json["answer"] == old
            assert mplus("ask", "What?", "-n", "6", "-M", copy, "-m", toys["mplus"]).code == 0
            mplus("export", "again.mplus", "--force", "-M", copy)
            assert (files / "again.mplus").read_bytes() == (files / "after.mplus").read_bytes()
    # What went on as another model's can't be merged with one that stayed.
    mplus("inject", "c.csv", "-M", files / ".own")
    ran = mplus("import", "after.mplus", "-M", files / ".own", "--json")
    assert ran.error["code"] == "other_model"


def test_what_was_exported_without_text_is_refused_by_name(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    mplus("inject", "a.txt", "b.md")
    mplus("export", "bare.mplus", "--no-text")
    mplus("import", "bare.mplus", "-M", ".bare")
    mplus("inject", "d.txt", "-M", ".bare")
    ran = mplus("rebuild", "-m", toys["mplus"], "-M", ".bare", "--json")
    assert ran.code == 1
    assert "a.txt" in ran.error["message"] and "b.md" in ran.error["message"]
    assert "d.txt" not in ran.error["message"]
    assert "mplus forget 1 2" in ran.error["hint"]
    assert mplus("status", "-M", ".bare", "--json").json["generation"] == 2


def test_stopped_and_called_again_it_goes_on(
    files: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    with opened(files / ".m", toys["input"], toy_cache) as memory:
        memory.inject(*TEXTS)
        said = memory.status()
        seen: list[object] = []
        done = memory.rebuild(str(toys["other"]), watch=seen.append, stopped=lambda: len(seen) > 9)
        assert done.interrupted
        assert memory.status().state_digest == said.state_digest
        assert memory.ask("What?", max_tokens=2).generation == 1
        left = memory.preview_rebuild(str(toys["other"]))
        assert 0 < left.tokens_to_compute < left.tokens
        assert not memory.rebuild(str(toys["other"])).interrupted
        assert memory.preview_rebuild(str(toys["other"])).needless
        again = memory.rebuild(str(toys["other"]))
        assert (again.needless, again.generation, again.documents) == (True, 2, 0)
    assert findings(files / ".m") == []


@pytest.mark.parametrize("other", ["chunks", "mplus"])  # one has vectors of its own
def test_a_memory_of_nothing_can_be_written_anew(
    other: str, mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    mplus("inject", "a.txt")
    mplus("forget", "a.txt")
    assert mplus("rebuild", "-m", toys[other], "--yes").code == 0
    assert mplus("status", "--json").json["model"] == str(toys[other])
    assert mplus("inject", "a.txt", "-m", toys[other]).code == 0
    assert findings(files.parent / "memory") == []


def test_it_says_what_will_be_and_changes_nothing_before_it_is_told_to(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    mplus("inject", "a.txt", "b.md")
    ran = mplus("rebuild", "-m", toys["mplus"], "--dry-run")
    assert "2 documents" in ran.out and "an estimated" in ran.out
    assert "mplus gc --keep-last 1" in ran.err
    found = mplus("rebuild", "-m", toys["mplus"], "--dry-run", "--json").json
    assert (found["documents"], found["generations"], found["dry_run"]) == (2, 1, True)
    assert found["tokens"] == found["tokens_to_compute"] > 0
    assert mplus("status", "--json").json["generation"] == 1
    assert "nothing to do" in mplus("rebuild").out
    assert mplus("inject", "a.txt", "-m", toys["mplus"], "--json").error["hint"].count("rebuild")


def test_no_memory_is_made(mplus: Run, files: Path) -> None:
    assert mplus("rebuild", "--json").error["code"] == "no_memory"
    assert not (files.parent / "memory").exists()


def test_a_program_that_has_the_memory_open_goes_on_with_the_new_model(
    files: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    with opened(files / ".m", toys["input"], toy_cache) as memory:
        memory.inject("a.txt")
    with (
        opened(files / ".m", None, toy_cache) as reader,
        opened(files / ".m", toys["input"], toy_cache) as bound,
        opened(files / ".m", None, toy_cache) as writer,
    ):
        first = reader.stream("What is the gate code?", max_tokens=8)
        begun = next(iter(first))
        bound.ask("What?", max_tokens=2)
        writer.rebuild(str(toys["mplus"]))
        assert first.answer.text.startswith(begun.strip())
        assert first.answer.generation == 1
        assert reader.ask("What?", max_tokens=2).generation == 2
        assert reader.status().model == str(toys["mplus"])
        with pytest.raises(MplusError) as refused:
            bound.ask("What?", max_tokens=2)
        assert refused.value.exit_code == 21
        assert bound.at(1).ask("What?", max_tokens=2).generation == 1


@pytest.mark.parametrize("version", [1, 2])
def test_a_memory_of_an_older_format_is_written_anew(
    version: int, world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    from tests.archive.make import taken_out

    path = taken_out(version, world)
    with opened(path, None, toy_cache) as memory:
        done = memory.rebuild(str(toys["input"]))
        assert (done.documents, done.before) == (2, "toy")
        assert len(done.read_again) == 2  # nobody knows how these were read
        assert memory.search("document 3 chunk 2", k=1)[0].text
        memory.rollback(4)
        assert memory.status().model == "toy"
    assert findings(path) == []
