"""`mplus log`, `diff`, `rollback` and `tag`."""

from pathlib import Path

import pytest

from tests.commands.test_memory import fill
from tests.conftest import Run


@pytest.fixture
def three(mplus: Run, world: Path) -> Run:
    """Generations: a; a and b; b."""
    fill(world, "a.txt", "b.txt")
    mplus("inject", "a.txt")
    mplus("inject", "b.txt")
    mplus("forget", "a.txt")
    return mplus


def test_rollback_gives_the_memory_that_was(three: Run) -> None:
    log = {entry["id"]: entry for entry in three("log", "--json").json}
    answer = three("ask", "What?", "-n", "6", "--json").json
    ran = three("rollback", "2", "--json")
    assert ran.code == 0, ran.err
    assert ran.json == {"rolled_back_to": 2, "generation": 4, "state_digest": log[2]["state"]}
    assert [row["path"].rpartition("/")[2] for row in three("ls", "--json").json] == [
        "a.txt",
        "b.txt",
    ]
    three("rollback", "3")
    again = three("ask", "What?", "-n", "6", "--json").json
    assert (again["answer"], again["generation"]) == (answer["answer"], 5)


def test_rollback_to_what_is_there_makes_no_generation(three: Run) -> None:
    assert three("rollback", "last", "--json").json["generation"] == 3
    assert len(three("log", "--json").json) == 3


def test_a_tag_names_a_generation_and_can_go(three: Run) -> None:
    assert three("tag", "both", "2").out == "both names generation 2\n"
    assert three("tag", "now", "--json").json == {"tag": "now", "generation": 3}
    assert [entry["tags"] for entry in three("log", "--json").json] == [["now"], ["both"], []]
    assert "(both)" in three("log").out
    assert three("rollback", "both", "--json").json["rolled_back_to"] == 2
    assert three("tag", "both", "--delete").code == 0
    assert three("rollback", "both").code == 2


@pytest.mark.parametrize(
    "arguments",
    [("tag", "7"), ("tag", "last"), ("tag", "x/y"), ("tag", "x", "9"), ("tag", "-d", "x")],
)
def test_bad_tags_are_usage_errors(three: Run, arguments: tuple[str, ...]) -> None:
    assert three(*arguments, "--json").error["code"] == "usage"


@pytest.mark.parametrize("name", ["0", "99", "nothing", "-1", "²"])
def test_unknown_generations_are_usage_errors(three: Run, name: str) -> None:
    for command in (("rollback", "--json", "--", name), ("diff", "--json", "--", name)):
        assert three(*command).code == 2
    assert len(three("log", "--json").json) == 3


def test_diff_tells_documents_and_their_shares(three: Run) -> None:
    found = three("diff", "1", "2", "--json").json
    changes = {row["path"].rpartition("/")[2]: row for row in found["documents"]}
    assert {name: row["change"] for name, row in changes.items()} == {
        "a.txt": "same",
        "b.txt": "added",
    }
    assert changes["b.txt"]["tokens"][0] == 0
    for side in (0, 1):
        assert sum(row["pool_vectors"][side] for row in changes.values()) == pytest.approx(
            found["pool_vectors"][side]
        )
        assert sum(row["ltm_vectors"][side] for row in changes.values()) == pytest.approx(
            found["ltm_vectors"][side]
        )
    printed = three("diff", "1").out
    assert "generation 1 → 3" in printed
    assert "+  b.txt" in printed
    assert "-  a.txt" in printed


def test_log_says_who_and_how_many_vectors(three: Run) -> None:
    log = {entry["id"]: entry for entry in three("log", "--json").json}
    assert all("@" in entry["author"] for entry in log.values())
    assert log[2]["vectors_in"] > 0
    assert {entry["piece"] for entry in log.values()} == {"vector"}
    assert "a layer in, 0 out" in three("log").out
    assert (log[3]["vectors_in"], log[3]["vectors_out"]) == (0, log[1]["vectors_in"])
