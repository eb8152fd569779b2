"""Rankings of several memories as one."""

from dataclasses import replace
from pathlib import Path

import pytest

from mplus_cli.errors import UsageError
from mplus_cli.members.fusing import Candidate, by_ranks, fused
from mplus_cli.members.names import names_of
from mplus_cli.members.otherwise import otherwise
from mplus_cli.results.answers import Answer, Passage


def passage(document: int, score: float | None, text_rank: int | None = None) -> Passage:
    return Passage(
        path=f"{document}.txt",
        document=document,
        chunk=0,
        place="",
        unit="line",
        numbers=None,
        section="",
        text="",
        score=score,
        text_rank=text_rank,
    )


def test_what_other_memories_say_otherwise_is_told() -> None:
    said = "The gate code of the south yard is"
    own = replace(passage(1, 0.5), text=f"{said} 4417.", memory="mine", path="rules.txt")
    other = replace(own, text=f"{said} 9921.", memory="team", document=7)
    answer = Answer("4417", False, False, (), 1, None, {}, {})
    [found] = otherwise("What is the gate code?", answer, own, [other])
    assert (found.text, found.source.memory, found.source.document) == ("9921", "team", 7)
    same = replace(other, text=own.text)
    about_another = replace(other, text="The pump draws 450 watts.")
    assert otherwise("What is the gate code?", answer, own, [same, about_another]) == []
    for nothing in (replace(answer, declined=True), replace(answer, text="oak")):
        assert otherwise("What is the gate code?", nothing, own, [other]) == []


def placed(order: list[Candidate]) -> list[tuple[int, int]]:
    return [(each.member, each.passage.document) for each in order]


def test_scores_of_one_model_are_compared_whichever_memory_they_are_in() -> None:
    found = fused([[passage(1, 0.9), passage(2, 0.5)], [passage(1, 0.8)], [passage(1, 0.4)]], "mmm")
    assert placed(found) == [(0, 1), (1, 1), (0, 2), (2, 1)]


def test_text_decides_where_scores_are_alike() -> None:
    found = fused([[passage(1, 0.60)], [passage(1, 0.59, text_rank=1)]], "mm")
    assert placed(found) == [(1, 1), (0, 1)]


def test_what_several_models_find_is_fused_by_ranks() -> None:
    found = fused([[passage(1, 0.3), passage(2, 0.2)], [passage(1, 9.0), passage(2, 8.0)]], "mn")
    assert placed(found) == [(0, 1), (1, 1), (0, 2), (1, 2)]


def test_without_scores_ranks_by_text_tell() -> None:
    found = fused([[passage(1, None, 2)], [passage(1, None, 1)]], "mm")
    assert placed(found) == [(1, 1), (0, 1)]


def test_nothing_is_found_by_nobody() -> None:
    assert fused([[], []], "mm") == []
    assert fused([[], [passage(1, 0.5)]], "mn") == [Candidate(1, passage(1, 0.5))]


def test_a_weight_counts() -> None:
    first, second = Candidate(0, passage(1, 0.5)), Candidate(1, passage(1, 0.5))
    assert by_ranks([(1, [first, second]), (2, [second, first])]) == [second, first]


def test_names_are_as_short_as_they_tell_apart() -> None:
    named = names_of(
        ["/a/team/.mplus", "/b/notes", "/c/notes", "https://mill.example:8321", "http://other:1/"]
    )
    assert named == ["team", "b/notes", "c/notes", "mill.example", "other"]
    assert names_of(["http://one:1", "http://one:2"]) == ["one:1", "one:2"]
    assert names_of(["http://one:1", "https://one:1"]) == ["http://one:1", "https://one:1"]
    assert names_of(["/notes", "/a/notes"])[1] == "a/notes"


def test_one_memory_is_named_once() -> None:
    with pytest.raises(UsageError, match="is named twice"):
        names_of(["/a/notes", "/b", "/a/notes"])


def test_one_that_is_named_twice_by_other_ways_is_found(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "notes")
    for other in (tmp_path / "link", tmp_path / "notes" / ".." / "notes"):
        with pytest.raises(UsageError, match="is named twice"):
            names_of([str(tmp_path / "notes"), str(other)])
