"""The same content at several paths."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.commands.test_update import GARDEN, KITCHEN, listed, names, write
from tests.conftest import Run


def test_copies_and_hard_links_go_in_once_and_are_all_known(
    mplus: Run, world: Path, no_network_after: Callable[[], None]
) -> None:
    write(world, garden=GARDEN, copy=GARDEN)
    os.link(world / "garden.txt", world / "link.txt")
    ran = mplus("inject", ".", "--json")
    assert (names(ran.json["added"]), ran.json["unchanged"]) == (["copy.txt"], 2)
    [document] = mplus("ls", "--json").json
    assert names(document["copies"]) == ["garden.txt", "link.txt"]
    assert "= garden.txt" in mplus("ls").out
    no_network_after()
    assert mplus("inject", ".", "--json").json["unchanged"] == 3


def test_a_copy_takes_the_place_of_a_file_that_changes_or_goes(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, copy=GARDEN)
    mplus("inject", ".")
    write(world, copy=KITCHEN)
    mplus("inject", "copy.txt")
    assert listed(mplus) == ["copy.txt", "garden.txt"]
    write(world, other=KITCHEN)
    mplus("update")
    (world / "copy.txt").unlink()
    mplus("update", "--prune")
    assert listed(mplus) == ["garden.txt", "other.txt"]


def test_a_copy_that_could_not_take_the_place_is_new_when_it_comes_back(
    mplus: Run, world: Path
) -> None:
    write(world / "notes", garden=GARDEN, copy=GARDEN)
    mplus("inject", "notes")
    write(world / "notes", copy=KITCHEN)
    (world / "notes/garden.txt").rename(world / "away.txt")
    mplus("inject", "notes/copy.txt")
    assert listed(mplus) == ["copy.txt"]
    (world / "away.txt").rename(world / "notes/garden.txt")
    assert names(mplus("update", "--json").json["added"]) == ["garden.txt"]
    mplus("forget", "notes/garden.txt")
    assert mplus("update", "--json").json["added"] == []


def test_forgetting_a_copy_forgets_the_content(mplus: Run, world: Path) -> None:
    write(world, a=GARDEN, b=GARDEN)
    mplus("inject", ".")
    assert mplus("forget", "b.txt").code == 0
    assert mplus("ls", "--json").json == []
    assert mplus("update", "--json").json["added"] == []
