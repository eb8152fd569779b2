"""`mplus push` and `pull`, as two people use them."""

from pathlib import Path

import pytest

from mplus_cli import Memory
from tests.conftest import Run


@pytest.fixture
def lean(mplus: Run, world: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    (world / "gate.txt").write_text("The gate code is 4417. " * 9)
    (world / "pump.txt").write_text("The pump draws 450 watts. " * 9)
    assert mplus("inject", "gate.txt").code == 0
    return mplus


def test_two_people_have_one_memory(lean: Run, world: Path) -> None:
    other = world / "other"
    ran = lean("push", "shared")
    assert (ran.code, "1 generation, 1 document to" in ran.out) == (0, True), ran.err
    ran = lean("pull", "shared", other)
    assert (ran.code, ran.out) == (0, "1 generation taken over, 1 document new; generation 1\n")
    assert "+ " in ran.err
    assert lean("inject", "pump.txt", "-M", other).code == 0
    assert lean("push", "shared", "-M", other).code == 0
    lean("forget", "gate.txt")
    ran = lean("push", "shared")
    assert ran.code == 12
    assert "has pushed to" in ran.err
    assert "mplus pull" in ran.err
    assert lean("push", "shared", "--json").code == 12
    ran = lean("pull", "shared")
    assert ran.out.startswith("1 generation with what both sides did, 1 document new")
    assert lean("push", "shared").code == 0
    assert "1 document gone" in lean("pull", "shared", "-M", other).out
    state = lean("status", "--json", "-M", other).json["state_digest"]
    assert lean("status", "--json").json["state_digest"] == state
    assert lean("verify", "--read-data", "--replay", "-M", other).code == 0
    assert lean("push", "shared").out.startswith("nothing new to")
    assert lean("pull", "shared").out == "nothing new; generation 3\n"
    assert "pump" in lean("search", "pump", "-M", other).out


def test_what_was_erased_is_told_and_removed(lean: Run, world: Path) -> None:
    lean("push", "shared")
    lean("inject", "pump.txt")
    lean("forget", "gate.txt", "--erase")
    ran = lean("push", "shared")
    assert "it still holds what no generation here has: 1 document" in ran.err
    assert "gate.txt" in ran.err
    ran = lean("push", "shared", "--erase-remote")
    assert "erased there: 1 document" in ran.out
    assert lean("push", "shared", "--json").json["held"] == 0


def test_in_json(lean: Run, world: Path) -> None:
    told = lean("push", "shared", "--json").json
    assert (told["number"], told["generations"], told["documents"]) == (1, 1, 1)
    assert (told["held"], told["held_paths"], told["address"]) == (0, [], str(world / "shared"))
    told = lean("pull", f"file://{world}/shared", world / "other", "--no-text").code
    assert told == 2  # there is no such option
    told = lean("pull", f"file://{world}/shared", world / "other", "--json").json
    assert told["documents"] == [str(world / "gate.txt")]
    assert (told["generation"], told["merged"], told["memory"]) == (1, False, str(world / "other"))


def test_what_goes_wrong_is_said(lean: Run, world: Path) -> None:
    ran = lean("pull", "nowhere", world / "other")
    assert (ran.code, "nothing at" in ran.err) == (1, True)
    assert not (world / "other").exists()
    ran = lean("push", "shared", "-M", world / "other")
    assert ran.code == 10
    assert lean("pull", "shared", "a", "-M", "b").code == 2
    assert lean("push", "ftp://host/x").code == 1


def test_without_texts_it_is_said(lean: Run, world: Path) -> None:
    lean("push", "shared", "--no-text")
    ran = lean("pull", "shared", world / "other")
    assert "without texts" in ran.err
    assert b"gate code" not in b"".join(
        file.read_bytes() for file in (world / "shared").rglob("*") if file.is_file()
    )


def test_in_python(lean: Run, world: Path) -> None:
    here, there = Memory(world.parent / "memory"), Memory(world / "other")
    told: list[tuple[int, int]] = []
    done = here.push(world / "shared", progress=lambda done, of: told.append((done, of)))
    assert (done.generations, done.documents) == (1, 1)
    assert told[-1][0] <= told[-1][1]
    assert there.pull(world / "shared").documents == (str(world / "gate.txt"),)
    assert there.documents()[0].path == str(world / "gate.txt")


def test_a_memory_is_no_place_for_a_repository(lean: Run, world: Path) -> None:
    lean("inject", "pump.txt", "-M", "other")
    before = sorted((world / "other").rglob("*"))
    for ran in (lean("push", "other"), lean("pull", "other")):
        assert (ran.code, "is a memory and no repository" in ran.err) == (1, True)
        assert f"mplus push URL -M {world / 'other'}" in ran.err
    assert sorted((world / "other").rglob("*")) == before


def test_an_empty_address_is_not_the_folder_that_one_is_in(lean: Run, world: Path) -> None:
    ran = lean("push", "")
    assert (ran.code, "an empty name is no address" in ran.err) == (1, True)
    assert not (world / "mplus.json").exists()
    ran = lean("push", "gate.txt")
    assert (ran.code, "gate.txt is not a directory" in ran.err) == (1, True)


def test_texts_that_came_are_not_said_to_be_missing(lean: Run, world: Path) -> None:
    """A push without texts that brings nothing new but a generation."""
    lean("inject", "pump.txt")
    lean("push", "shared")
    lean("forget", "pump.txt")
    lean("push", "shared", "--no-text")
    assert "without texts" not in lean("pull", "shared", world / "other").err


def test_who_breaks_off_is_told_how_to_go_on(
    lean: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as once:
        once.setattr("store.repository.push.packs_of", cut)
        ran = lean("push", "shared")
    assert (ran.code, ran.out) == (130, "")
    assert "the same command goes on" in ran.err
    assert lean("push", "shared").code == 0
