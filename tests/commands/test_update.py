"""`mplus update`, `--dry-run`, and what `inject` does with many files."""

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run

GARDEN = "The gate code is 4417. The pump stands behind the shed and runs each evening in July.\n"
KITCHEN = "The oven door hangs loose. Bread needs forty minutes at two hundred degrees.\n"
ATTIC = "The roof was mended in May. Two boxes of letters stand beside the chimney.\n"


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text)


def names(paths: list[str]) -> list[str]:
    return sorted(Path(path).name for path in paths)


def listed(mplus: Run) -> list[str]:
    return names([document["path"] for document in mplus("ls", "--json").json])


def digest(memory: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in memory.rglob("*") if file.is_file()}


# update


def test_update_reads_what_changed_and_what_is_new_in_a_folder(mplus: Run, world: Path) -> None:
    write(world / "notes", garden=GARDEN, kitchen=KITCHEN)
    mplus("inject", "notes")
    write(world / "notes", garden=GARDEN.replace("4417", "9008"), attic=ATTIC)
    ran = mplus("update", "--json")
    assert ran.code == 0, ran.err
    assert (names(ran.json["changed"]), names(ran.json["added"])) == (["garden.txt"], ["attic.txt"])
    assert ran.json["unchanged"] == 1
    assert mplus("log", "--json").json[0]["command"] == "update"


def test_update_keeps_the_options_of_a_root(mplus: Run, world: Path) -> None:
    write(world / "notes", garden=GARDEN)
    mplus("inject", "notes", "-e", ".MD,txt", "--ignore", "draft*")
    write(world / "notes", draft=ATTIC)
    (world / "notes/page.md").write_text(KITCHEN)
    (world / "notes/table.csv").write_text("a,b\n1,2\n" * 9)
    assert names(mplus("update", "--json").json["added"]) == ["page.md"]


def test_what_is_in_the_memory_is_read_again_whatever_later_options_and_patterns_say(
    mplus: Run, world: Path
) -> None:
    write(world / "notes", garden=GARDEN, kitchen=KITCHEN)
    mplus("inject", "notes")
    mplus("inject", "notes", "-e", "md")
    (world / "notes/.mplusignore").write_text("kitchen.txt\n")
    write(world / "notes", garden=GARDEN.replace("4417", "9008"), kitchen=ATTIC, new=KITCHEN)
    ran = mplus("update", "--prune", "--json")
    assert (names(ran.json["changed"]), ran.json["added"]) == (["garden.txt", "kitchen.txt"], [])


def test_unchanged_chunks_of_a_changed_file_are_not_computed(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"Line {number:03}: the code is {number * 37}.\n" for number in range(60)]
    write(world, long="".join(lines))
    mplus("inject", ".")
    before = len(list((world.parent / "memory/segments").rglob("*.safetensors")))
    write(world, long="".join([*lines, "One more line at the end of it all.\n"]))
    assert mplus("update").code == 0
    after = len(list((world.parent / "memory/segments").rglob("*.safetensors")))
    assert before < after <= before + 3


def test_update_without_prune_keeps_and_names_what_is_gone(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, kitchen=KITCHEN)
    mplus("inject", "garden.txt", "kitchen.txt")
    (world / "garden.txt").unlink()
    ran = mplus("update", "--json")
    assert (ran.code, names(ran.json["gone"]), ran.json["removed"]) == (0, ["garden.txt"], [])
    assert "mplus update --prune" in mplus("update").err
    assert listed(mplus) == ["garden.txt", "kitchen.txt"]


def test_prune_forgets_exactly_what_is_gone(
    mplus: Run, world: Path, no_network_after: Callable[[], None]
) -> None:
    write(world / "notes", garden=GARDEN, kitchen=KITCHEN)
    mplus("inject", "notes")
    (world / "notes/garden.txt").unlink()
    no_network_after()
    ran = mplus("update", "--prune", "--json")
    assert (names(ran.json["removed"]), listed(mplus)) == (["garden.txt"], ["kitchen.txt"])
    mplus("inject", "notes", "-M", world.parent / "fresh")
    fresh = mplus("status", "--json", "-M", world.parent / "fresh").json
    assert mplus("status", "--json").json["state_digest"] == fresh["state_digest"]
    assert mplus("update", "--prune", "--json").json["generation"] == ran.json["generation"]


def test_a_moved_file_is_pruned_and_read_under_its_new_path_without_the_network(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world / "notes", garden=GARDEN)
    mplus("inject", "notes")
    (world / "notes/old").mkdir()
    (world / "notes/garden.txt").rename(world / "notes/old/garden.txt")
    monkeypatch.setattr(
        "mplus_cli.model.prepared.load.load", lambda *_: pytest.fail("the network was loaded")
    )
    assert mplus("update", "--prune").code == 0
    assert listed(mplus) == ["garden.txt"]
    assert "old" in mplus("ls", "--json").json[0]["path"]


def test_what_was_forgotten_stays_out_until_it_is_injected_again(mplus: Run, world: Path) -> None:
    write(world / "notes", garden=GARDEN, kitchen=KITCHEN)
    mplus("inject", "notes")
    mplus("forget", "notes/garden.txt")
    write(world / "notes", garden=GARDEN.replace("4417", "9008"))
    ran = mplus("update", "--json")
    assert [(Path(each["path"]).name, each["reason"]) for each in ran.json["skipped"]] == [
        ("garden.txt", "forgotten")
    ]
    (world / "notes/garden.txt").unlink()
    write(world / "notes", yard=GARDEN)  # the forgotten text under a new name
    mplus("update")
    assert listed(mplus) == ["kitchen.txt"]
    (world / "notes/yard.txt").rename(world / "notes/garden.txt")
    mplus("inject", "notes")
    assert listed(mplus) == ["garden.txt", "kitchen.txt"]


def test_what_a_rollback_took_out_is_told_with_the_way_back(mplus: Run, world: Path) -> None:
    write(world / "notes", garden=GARDEN)
    mplus("inject", "notes")
    write(world / "notes", kitchen=KITCHEN, attic=ATTIC)
    mplus("update")
    mplus("forget", "notes/attic.txt")
    mplus("rollback", "1")
    reasons = {
        Path(each["path"]).name: (each["reason"], each["code"])
        for each in mplus("update", "--json").json["skipped"]
    }
    assert reasons == {
        "attic.txt": ("forgotten", "forgotten"),
        "kitchen.txt": ("rolled back", "rolled_back"),
    }
    said = mplus("update").err
    assert "kitchen.txt (rolled back)" in said
    assert "mplus inject notes/attic.txt notes/kitchen.txt" in said
    assert mplus("inject", "notes/kitchen.txt").code == 0
    assert listed(mplus) == ["garden.txt", "kitchen.txt"]
    write(world / "notes", kitchen=ATTIC[::-1])
    mplus("rollback", "1")
    assert "kitchen.txt (rolled back)" in mplus("update").err


def test_update_needs_a_memory_and_makes_none(mplus: Run, world: Path) -> None:
    assert mplus("update").code == 10
    assert not (world.parent / "memory").exists()


def test_a_memory_of_an_earlier_version_knows_its_documents_alone(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, kitchen=KITCHEN)
    mplus("inject", ".")
    with sqlite3.connect(world.parent / "memory/index.db") as index:
        index.executescript("DELETE FROM roots; DELETE FROM inputs")
    index.close()
    write(world, garden=ATTIC)
    (world / "kitchen.txt").unlink()
    ran = mplus("update", "--prune", "--json")
    assert (names(ran.json["changed"]), names(ran.json["removed"])) == (
        ["garden.txt"],
        ["kitchen.txt"],
    )


def test_a_glob_is_looked_at_again(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    mplus("inject", "*.txt")
    write(world, kitchen=KITCHEN)
    assert names(mplus("update", "--json").json["added"]) == ["kitchen.txt"]
    for file in world.iterdir():
        file.unlink()
    ran = mplus("update", "--json")
    assert (ran.code, ran.json["away"][0]["path"], ran.json["failed"]) == (3, str(world), [])


def test_a_file_that_could_not_be_read_is_no_root(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    assert mplus("inject", "garden.txt", "nowhere.txt", "nowhere/*.md").code == 3
    assert mplus("update").code == 0


# dry runs


def test_a_dry_run_tells_everything_and_writes_nothing(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world / "notes", garden=GARDEN, kitchen=KITCHEN, attic=ATTIC)
    mplus("inject", "notes")
    write(
        world / "notes",
        garden=GARDEN.replace("4417", "9008"),
        cellar="The cellar is dry all year.\n" * 9,
    )
    (world / "notes/attic.txt").unlink()
    (world / "notes/binary").write_bytes(bytes(range(256)))
    (world / "notes/.hidden").write_text(GARDEN)
    before = digest(world.parent / "memory")
    monkeypatch.setattr(
        "mplus_cli.model.prepared.load.load", lambda *_: pytest.fail("the network was loaded")
    )
    ran = mplus("update", "--prune", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    found = ran.json
    assert names([each["path"] for each in found["new"]]) == ["cellar.txt"]
    assert names([each["path"] for each in found["changed"]]) == ["garden.txt"]
    assert (names(found["removed"]), names(found["unchanged"])) == (["attic.txt"], ["kitchen.txt"])
    assert "not text" in found["skipped"][0]["reason"]
    assert [(Path(each["path"]).name, each["reason"]) for each in found["passed"]] == [
        (".hidden", "hidden")
    ]
    assert found["tokens"] >= found["tokens_to_compute"] > 0
    assert found["seconds_estimated"] == round(
        found["tokens_to_compute"] / found["tokens_per_second"], 1
    )
    said = mplus("update", "--prune", "--dry-run")
    assert "estimated" in said.out
    assert digest(world.parent / "memory") == before


def test_a_dry_run_counts_as_the_run_does(mplus: Run, world: Path) -> None:
    long = "".join(f"Line {number:03}: the code is {number * 37}.\n" for number in range(60))
    write(world, long=long, copy=long, kitchen=KITCHEN)
    planned = mplus("inject", ".", "--dry-run", "--json").json
    assert not (world.parent / "memory").exists()
    done = mplus("inject", ".", "--json").json
    assert planned["tokens"] == done["tokens"] >= planned["tokens_to_compute"] > 0
    assert [each["path"] for each in planned["new"]] == done["added"]
    again = mplus("inject", ".", "--dry-run", "--json").json
    assert (again["tokens"], len(again["unchanged"]), again["rate"]) == (
        0,
        3,
        "measured in this memory",
    )


# many files, sizes, events


def test_a_second_run_over_many_files_is_quick_and_loads_no_network(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1000):
        write(
            world / f"{number % 10}",
            **{str(number): f"Note {number}: the code is {number * 37}.\n"},
        )
    assert mplus("inject", ".").code == 0
    monkeypatch.setattr(
        "mplus_cli.model.prepared.load.load", lambda *_: pytest.fail("the network was loaded")
    )
    before = digest(world.parent / "memory")
    start = time.monotonic()
    assert mplus("inject", ".", "--json").json["unchanged"] == 1000
    assert time.monotonic() - start < 5
    assert digest(world.parent / "memory") == before


def test_large_files_are_skipped_in_folders_and_fail_when_named(mplus: Run, world: Path) -> None:
    write(world, small=GARDEN, large=KITCHEN * 30)
    found = mplus("inject", ".", "--max-bytes", "1kB", "--json")
    assert found.code == 0
    assert names(found.json["added"]) == ["small.txt"]
    assert "too large" in found.json["skipped"][0]["reason"]
    assert mplus("inject", "large.txt", "--max-bytes", "1kB").code == 3
    assert mplus("inject", "large.txt", "--max-bytes", "1MiB").code == 0


@pytest.mark.parametrize("size", ["", "many", "12XB", "1iB", "-3"])
def test_a_size_that_is_none(mplus: Run, world: Path, size: str) -> None:
    write(world, garden=GARDEN)
    ran = mplus("inject", ".", f"--max-bytes={size}", "--json")
    assert (ran.code, ran.error["code"]) == (2, "usage")


def test_json_lines(mplus: Run, world: Path) -> None:
    write(world / "notes", garden=GARDEN, copy=GARDEN)
    (world / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    ran = mplus("inject", "notes", "broken.pdf", "--json-lines")
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 3
    assert [each["event"] for each in told] == [
        "planned",
        "document",
        "unchanged",
        "skipped",
        "committed",
        "summary",
    ]
    assert told[1]["tokens"] > 0
    assert told[3]["harmless"] is False
    assert told[-1] | {"seconds": 0} == told[-1] | {
        "added": 1,
        "failed": 1,
        "unchanged": 1,
        "seconds": 0,
    }
    assert mplus("inject", "notes", "--json", "--json-lines").code == 2


def test_standard_input_with_a_name(mplus: Run, world: Path) -> None:
    assert mplus("inject", "-", "--name", "meeting/monday.md", stdin=GARDEN).code == 0
    ran = mplus("inject", "-", "--name", "meeting/monday.md", "--json", stdin=KITCHEN)
    assert ran.json["changed"] == ["meeting/monday.md"]
    assert mplus("update", "--prune").code == 0
    assert listed(mplus) == ["monday.md"]
    for name in ("/etc/passwd", "https://example.org/", "git:.@HEAD"):
        assert mplus("inject", "-", "--name", name, stdin=GARDEN).code == 2
    assert mplus("inject", ".", "--name", "x").code == 2
