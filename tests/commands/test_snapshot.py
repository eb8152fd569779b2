"""`mplus export` and `import`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_memory import fill
from tests.conftest import Run, Start


@pytest.fixture
def carried(mplus: Run, world: Path) -> Run:
    fill(world, "a.txt", "b.txt")
    mplus("inject", "a.txt")
    mplus("inject", "b.txt")
    assert mplus("export", "m.snapshot").code == 0
    return mplus


def test_the_imported_memory_answers_the_same(carried: Run, world: Path) -> None:
    asked = ("ask", "What is the text of a?", "-n", "8", "--json")
    answer = carried(*asked).json
    other = world.parent / "other"
    ran = carried("import", "m.snapshot", "-M", other, "--json")
    assert ran.code == 0, ran.err
    assert (ran.json["generation"], ran.json["generations"], len(ran.json["documents"])) == (
        2,
        2,
        2,
    )
    again = carried(*asked, "-M", other).json
    for found in (answer, again):
        del found["timings_ms"]
    assert again == answer
    assert [row["tags"] for row in carried("log", "--json", "-M", other).json] == [[], []]


def test_through_pipes(carried: Run, world: Path, start: Start) -> None:
    out = start("export", "-", text=False)
    snapshot: Any  # bytes, for text=False
    said: Any
    snapshot, said = out.communicate(timeout=60)
    assert out.returncode == 0
    assert b"generation 2" in said
    assert snapshot == (world / "m.snapshot").read_bytes()
    assert carried("import", "-", "-M", world.parent / "other", stdin=snapshot).code == 0
    assert carried("verify", "--read-data", "-M", world.parent / "other").code == 0


def test_an_export_does_not_write_over_a_file_unless_told(carried: Run, world: Path) -> None:
    (world / "m.snapshot").write_text("precious")
    assert carried("export", "m.snapshot", "--json").error["code"] == "usage"
    assert (world / "m.snapshot").read_text() == "precious"
    found = carried("export", "m.snapshot", "--force", "--json").json
    assert found["file_bytes"] == (world / "m.snapshot").stat().st_size
    assert carried("import", "m.snapshot", "-M", world.parent / "other").code == 0


def test_an_export_that_fails_leaves_no_file(carried: Run, world: Path) -> None:
    segment = sorted((world.parent / "memory").glob("segments/*/*"))[0]
    segment.write_bytes(segment.read_bytes()[:-1] + b"?")
    ran = carried("export", "x.snapshot", "--json")
    assert (ran.code, ran.error["code"]) == (20, "damaged")
    assert not [path for path in world.iterdir() if "x.snapshot" in path.name]


def test_a_part_goes_on_from_a_generation(carried: Run, world: Path) -> None:
    other = world.parent / "other"
    carried("import", "m.snapshot", "-M", other)
    fill(world, "c.txt")
    carried("inject", "c.txt")
    carried("export", "part.snapshot", "--since", "2")
    assert (world / "part.snapshot").stat().st_size < (world / "m.snapshot").stat().st_size
    ran = carried("import", "part.snapshot", "-M", world.parent / "empty", "--json")
    assert ran.code == 1
    assert "since generation 2" in ran.error["message"]
    assert carried("import", "part.snapshot", "-M", other).code == 0
    assert carried("status", "--json", "-M", other).json["documents"] == 3


def test_without_text_there_are_no_snippets(carried: Run, world: Path) -> None:
    carried("export", "bare.snapshot", "--no-text")
    other = world.parent / "other"
    assert carried("import", "bare.snapshot", "-M", other).code == 0
    found = carried("ask", "What is the text of a?", "-n", "4", "--json", "-M", other)
    assert found.code == 0, found.err
    assert {source["snippet"] for source in found.json["sources"]} == {""}


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_what_is_no_file_is_a_usage_error(carried: Run, world: Path, name: str) -> None:
    assert carried("import", name, "--json").error["code"] == "usage"


def test_an_empty_memory_has_no_snapshot(mplus: Run, world: Path) -> None:
    assert mplus("export", "x").code == 10
    assert not (world / "x").exists()


def test_what_a_killed_export_left_goes_with_the_next_one(carried: Run, world: Path) -> None:
    """And nothing that a living one writes, nor a file that only looks like it."""
    folder = world / "out"
    folder.mkdir()
    (folder / ".m.snapshot-notes").write_text("precious")
    writes = (
        "import sys; from pathlib import Path; from store.whole_file import PRIVATE, whole_file\n"
        "with whole_file(Path(sys.argv[1]), PRIVATE) as out:\n"
        "    out.write(bytes(100)), out.flush(), print('begun', flush=True), sys.stdin.read()"
    )
    command = [sys.executable, "-c", writes, str(folder / "m.snapshot")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    killed, living = (subprocess.Popen(command, **pipes) for _ in range(2))  # type: ignore[call-overload]
    for process in (killed, living):
        assert process.stdout.readline() == b"begun\n"
    killed.kill()
    killed.communicate()
    assert len(list(folder.iterdir())) == 3
    assert carried("export", "out/other.snapshot").code == 0
    left = sorted(path.name for path in folder.iterdir())
    assert (left[0], left[2:]) == (".m.snapshot-notes", ["other.snapshot"])
    living.communicate()
    assert living.returncode == 0
    assert (folder / "m.snapshot").read_bytes() == bytes(100)
    assert len(list(folder.iterdir())) == 3


def test_documents_and_their_versions_are_told_apart(carried: Run, world: Path) -> None:
    (world / "a.txt").write_text("What stood there before is another text now. " * 3)
    carried("inject", "a.txt")
    ran = carried("export", "versions.snapshot", "--json").json
    assert (ran["documents"], ran["versions"]) == (2, 3)
    assert "2 documents, 3 versions, " in carried("export", "again.snapshot").err
    ran = carried("import", "versions.snapshot", "-M", world.parent / "other", "--json").json
    assert ([Path(path).name for path in ran["documents"]], ran["versions"]) == (
        ["b.txt", "a.txt"],
        3,
    )
    ran = carried("import", "versions.snapshot", "-M", world.parent / "other", "--json").json
    assert (ran["documents"], ran["versions"], ran["unchanged"]) == ([], 0, 2)
    said = carried("import", "versions.snapshot", "-M", world.parent / "third").out
    assert "2 documents new, 3 versions of documents; generation 3" in said


def test_an_export_through_a_link_leaves_the_link(carried: Run, world: Path) -> None:
    (world / "link").symlink_to("linked.snapshot")
    assert carried("export", "link").code == 0
    assert (world / "link").is_symlink()
    assert (world / "linked.snapshot").read_bytes() == (world / "m.snapshot").read_bytes()
