"""What is missing at an update: gone for good, or away, as on a drive that is not mounted."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.commands.test_update import ATTIC, GARDEN, KITCHEN, listed, names, write
from tests.commands.test_watch import Lines
from tests.conftest import Run, Start

BOTH = ["garden.txt", "kitchen.txt"]
ONE_OF_MANY = 12


@pytest.fixture
def notes(mplus: Run, world: Path) -> Path:
    """A folder of two documents on what may be a drive; beside it a document that stays."""
    write(world / "drive/notes", garden=GARDEN, kitchen=KITCHEN)
    write(world, attic=ATTIC)
    assert mplus("inject", "drive/notes", "attic.txt").code == 0
    return world / "drive/notes"


def unmount(drive: Path, way: str) -> None:
    away = drive.with_name("elsewhere")
    drive.rename(away)
    if way == "empty":
        drive.mkdir()
    elif way == "link":
        drive.symlink_to("nowhere")
    elif way == "file":
        drive.write_text("")


@pytest.mark.parametrize("depth", [0, 1], ids=["root", "above"])
@pytest.mark.parametrize("way", ["missing", "empty", "link", "file"])
def test_a_root_that_is_away_is_named_and_kept(
    mplus: Run, notes: Path, way: str, depth: int
) -> None:
    drive = [notes, notes.parent][depth]
    unmount(drive, way)
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["removed"], ran.json["gone"]) == (3, [], [])
    [away] = ran.json["away"]
    assert (away["path"], away["documents"]) == (str(notes), 2)
    said = mplus("update", "--prune")
    assert said.code == 3
    assert "away: drive/notes" in said.err
    assert "--prune-missing-roots" in said.err
    assert "away" in mplus("update", "--prune", "--dry-run").err
    lines = mplus("update", "--prune", "--json-lines").out.splitlines()
    assert [each["path"] for each in map(json.loads, lines) if each["event"] == "away"] == [
        str(notes)
    ]
    if drive.is_dir():
        drive.rmdir()
    else:
        drive.unlink(missing_ok=True)
    drive.with_name("elsewhere").rename(drive)
    write(notes, new=ATTIC[::-1])
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["unchanged"], names(ran.json["added"])) == (0, 3, ["new.txt"])


def test_a_root_that_is_away_leaves_when_that_is_asked_for(mplus: Run, notes: Path) -> None:
    shutil.rmtree(notes)
    assert len(mplus("update", "--prune-missing-roots", "--dry-run", "--json").json["removed"]) == 2
    ran = mplus("update", "--prune-missing-roots", "--json")
    assert (ran.code, names(ran.json["removed"]), ran.json["away"]) == (0, BOTH, [])
    write(notes, garden=GARDEN)  # it is no root any more
    assert mplus("update", "--json").json["added"] == []


def test_a_folder_within_a_root_is_gone_where_it_is_deleted_and_away_where_it_is_empty(
    mplus: Run, world: Path
) -> None:
    write(world / "notes/sub/deep", garden=GARDEN, kitchen=KITCHEN)
    write(world / "notes", attic=ATTIC)
    mplus("inject", "notes")
    shutil.rmtree(world / "notes/sub/deep")
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["removed"]) == (3, [])
    assert ran.json["away"][0]["path"] == str(world / "notes/sub")
    (world / "notes/sub").rmdir()
    assert (
        "gone from the disk, still in the memory: notes/sub/ (2 documents)" in mplus("update").err
    )
    assert names(mplus("update", "--prune", "--json").json["removed"]) == BOTH


def test_a_named_file_is_gone_where_its_folder_is_there(mplus: Run, world: Path) -> None:
    write(world / "a", garden=GARDEN)
    write(world / "b", kitchen=KITCHEN, attic=ATTIC)
    mplus("inject", "a/garden.txt", "b/kitchen.txt", "b/attic.txt")
    for file in ("a/garden.txt", "b/kitchen.txt", "b/attic.txt"):
        (world / file).unlink()
    ran = mplus("update", "--prune", "--json")
    assert names(ran.json["removed"]) == ["garden.txt"]
    assert [(each["path"], each["documents"]) for each in ran.json["away"]] == [
        (str(world / "b"), 2)
    ]
    write(world / "a", garden=GARDEN)  # the root stays
    assert names(mplus("update", "--json").json["added"]) == ["garden.txt"]
    shutil.rmtree(world / "a")
    assert mplus("update", "--prune", "--json").json["removed"] == []


def test_a_file_with_a_folder_in_its_place_is_gone(mplus: Run, world: Path) -> None:
    write(world / "a", garden=GARDEN, kitchen=KITCHEN, shed=KITCHEN + GARDEN)
    mplus("inject", "a")
    (world / "a/garden.txt").unlink()
    write(world / "a/garden.txt", attic=ATTIC)
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, names(ran.json["removed"])) == (0, ["garden.txt"])
    assert names(ran.json["added"]) == ["attic.txt"]


def test_a_glob_whose_folder_is_away(mplus: Run, notes: Path, world: Path) -> None:
    mplus("forget", "drive")
    mplus("inject", "drive/*/*.txt")
    shutil.rmtree(world / "drive")
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["removed"]) == (3, [])
    assert ran.json["away"][0]["path"] == str(world / "drive")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
def test_what_must_not_be_looked_into_is_not_gone(mplus: Run, notes: Path) -> None:
    notes.chmod(0)
    try:
        ran = mplus("update", "--prune", "--json")
    finally:
        notes.chmod(0o700)
    assert (ran.code, ran.json["removed"]) == (3, [])


def test_a_drive_that_fails_is_not_gone(
    mplus: Run, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lstat, scandir = os.lstat, os.scandir

    def failing(function: object, path: object) -> object:
        if str(path).startswith(str(notes)):
            raise OSError(107, "Transport endpoint is not connected")
        return function(path)  # type: ignore[operator]

    monkeypatch.setattr(os, "lstat", lambda path, **_: failing(lstat, path))
    monkeypatch.setattr(os, "scandir", lambda path: failing(scandir, path))
    ran = mplus("update", "--prune", "--json")
    monkeypatch.undo()
    assert (ran.code, ran.json["removed"]) == (3, [])


def test_a_repository_that_is_away(mplus: Run, notes: Path, world: Path) -> None:
    for command in ("init -q", "add .", "-c user.name=a -c user.email=b commit -qm c"):
        assert os.system(f"cd '{notes}' && git {command}") == 0
    mplus("forget", "drive")
    assert mplus("inject", f"git:{notes}@HEAD").code == 0
    notes.rename(world / "moved")
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["removed"]) == (3, [])
    assert [each["path"] for each in ran.json["away"]] == [str(notes)]


def test_a_page_is_gone_where_its_server_says_so(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mplus_cli.errors import GoneError, ReadError
    from mplus_cli.inputs import web
    from mplus_cli.inputs.piece import Content

    answers: list[Exception | bytes] = [GARDEN.encode()]

    def fetch(address: str, max_bytes: int) -> Content:
        if isinstance(answers[0], bytes):
            return Content(answers[0], f"{address}.txt")
        raise answers[0]

    monkeypatch.setattr(web, "fetch", fetch)
    address = "https://example.org/garden"
    assert mplus("inject", address).code == 0
    answers[0] = ReadError("can't be fetched: no route to host")
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["removed"], len(ran.json["failed"])) == (3, [], 1)
    answers[0] = GoneError("answers 410 Gone")
    assert mplus("update", "--json").json["gone"] == [address]
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["removed"]) == (0, [address])


def test_inject_of_a_folder_that_became_empty_forgets_nothing(mplus: Run, notes: Path) -> None:
    for file in notes.iterdir():
        file.unlink()
    assert mplus("inject", "drive/notes").code == 0
    assert listed(mplus) == ["attic.txt", *BOTH]
    assert mplus("update", "--prune").code == 3
    assert listed(mplus) == ["attic.txt", *BOTH]


def test_another_drive_in_a_roots_place(mplus: Run, notes: Path, world: Path) -> None:
    """Its files are not read: the next update would take the folder for the one that was."""
    unmount(world / "drive", "empty")
    write(notes, other=GARDEN[::-1], another=KITCHEN[::-1])
    for _ in range(2):
        ran = mplus("update", "--prune", "--json")
        assert (ran.code, ran.json["removed"], ran.json["added"]) == (3, [], [])
        assert [(each["path"], each["documents"]) for each in ran.json["away"]] == [(str(notes), 2)]
    assert "another folder seems to be there" in mplus("update").err
    assert listed(mplus) == ["attic.txt", *BOTH]
    ran = mplus("update", "--prune-missing-roots", "--json")
    assert (names(ran.json["removed"]), names(ran.json["added"])) == (
        BOTH,
        ["another.txt", "other.txt"],
    )
    assert mplus("update", "--prune", "--json").json["unchanged"] == 3  # it is the root now


def test_files_that_all_have_new_names_are_no_other_drive(mplus: Run, notes: Path) -> None:
    (notes / "garden.txt").rename(notes / "yard.txt")
    (notes / "kitchen.txt").unlink()
    write(notes, new=ATTIC[::-1])
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, names(ran.json["removed"])) == (0, BOTH)
    assert listed(mplus) == ["attic.txt", "new.txt", "yard.txt"]


# most of a memory


@pytest.fixture
def many(mplus: Run, world: Path) -> Path:
    for number in range(ONE_OF_MANY):
        write(world / "many", **{f"n{number}": f"Note {number}: the code is {number * 37}.\n"})
    assert mplus("inject", "many").code == 0
    return world / "many"


def test_most_of_a_memory_leaves_when_that_is_agreed_to(mplus: Run, many: Path) -> None:
    for number in range(7):
        (many / f"n{number}.txt").unlink()
    write(many, new=KITCHEN)
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, ran.json["removed"], ran.json["withheld"]) == (1, [], 7)
    assert (len(ran.json["gone"]), names(ran.json["added"])) == (7, ["new.txt"])
    said = mplus("update", "--prune")
    assert said.code == 1
    assert "not forgotten: 7 documents, which is more than half of the memory" in said.err
    assert "update --prune --yes" in said.err
    assert mplus("update", "--prune", "--dry-run").code == 0
    assert len(listed(mplus)) == ONE_OF_MANY + 1
    ran = mplus("update", "--prune", "--yes", "--json")
    assert (ran.code, len(ran.json["removed"]), ran.json["withheld"]) == (0, 7, 0)


def test_a_user_at_a_terminal_is_asked(
    mplus: Run, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mplus_cli.screen import runs, terminal

    for number in range(7):
        (many / f"n{number}.txt").unlink()
    answers = iter([False, True])
    monkeypatch.setattr(terminal, "agreed", lambda question: next(answers))
    monkeypatch.setattr(runs, "at_terminal", lambda: True)
    assert mplus("update", "--prune").code == 1
    assert len(listed(mplus)) == ONE_OF_MANY
    assert mplus("update", "--prune").code == 0
    assert len(listed(mplus)) == ONE_OF_MANY - 7


def test_a_folder_that_has_a_new_name_is_no_loss(mplus: Run, many: Path, world: Path) -> None:
    (world / "all").mkdir()
    many.rename(world / "all/many")
    mplus("update", "--prune-missing-roots", "--yes")
    mplus("inject", "all")
    (world / "all/many").rename(world / "all/other")
    ran = mplus("update", "--prune", "--json")
    assert (ran.code, len(ran.json["removed"])) == (0, ONE_OF_MANY)
    assert len(listed(mplus)) == ONE_OF_MANY


def test_watch_keeps_what_is_away_and_names_what_is_gone_once(
    mplus: Run, start: Start, world: Path
) -> None:
    write(world / "notes", garden=GARDEN, kitchen=KITCHEN, attic=ATTIC)
    mplus("inject", "notes")
    process = start("update", "--watch", "--json-lines")
    lines = Lines(process)
    lines.until(lambda line: "watching" in line)
    (world / "notes/garden.txt").unlink()
    found = lines.until(lambda line: '"event": "gone"' in line)
    assert json.loads(found)["path"].endswith("garden.txt")
    lines.until(lambda line: '"event": "summary"' in line)
    (world / "notes/kitchen.txt").unlink()
    found = lines.until(lambda line: '"event": "gone"' in line)
    assert json.loads(found)["path"].endswith("kitchen.txt")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    process = start("update", "--watch", "--prune", "--json-lines")
    lines = Lines(process)
    lines.until(lambda line: "watching" in line)
    (world / "notes/attic.txt").unlink()
    lines.until(lambda line: '"event": "away"' in line)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert listed(mplus) == ["attic.txt"]


# what was shown and not kept


def test_lines_of_documents_that_were_not_kept_are_taken_back(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mplus_cli.injecting import ingest
    from store.change import Change

    monkeypatch.setattr(ingest, "COMMIT_EVERY_S", -1.0)  # a commit after every document
    long = "".join(f"Line {number:03}: the code is {number * 37}.\n" for number in range(90))
    write(world, a=long, b=long[::-1], c=ATTIC)
    commit, calls = Change.commit, []

    def failing(self: Change) -> object:
        calls.append(self)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return commit(self)

    monkeypatch.setattr(Change, "commit", failing)
    ran = mplus("inject", ".")
    kept = listed(mplus)
    shown = [line.split()[1] for line in ran.err.splitlines() if line.startswith("+ ")]
    [said] = [line for line in ran.err.splitlines() if line.startswith("not kept: ")]
    assert ran.code != 0
    assert kept
    assert sorted(kept + said.removeprefix("not kept: ").split(", ")) == sorted(shown)
    assert mplus("inject", ".").code == 0
    calls.clear()
    write(world, a=ATTIC[::-1], b=GARDEN, c=KITCHEN)
    told = [
        json.loads(line)["event"]
        for line in mplus("inject", ".", "--json-lines").out.split("\n")
        if line
    ]
    assert told.count("document") > told[: len(told) - 1].count("committed")
