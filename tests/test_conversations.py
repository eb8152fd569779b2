"""The conversations that follow-up questions are measured on."""

from collections import Counter

import pytest

from bench.followups import HERE, KINDS, SETS, turns
from mplus_cli.readers import read_document


@pytest.mark.parametrize(("name", "least"), [("household", (100, 60)), ("village", (60, 40))])
def test_the_sets_have_follow_ups_and_changes_of_topic(name: str, least: tuple[int, int]) -> None:
    kinds = Counter(turn.kind for turn in turns(HERE / name / "followups.jsonl"))
    assert set(kinds) == set(KINDS)
    assert all(kinds[kind] >= count for kind, count in zip(KINDS, least, strict=True))


@pytest.mark.parametrize("name", SETS)
def test_every_document_that_answers_is_there(name: str) -> None:
    for turn in turns(HERE / name / "followups.jsonl"):
        assert not turn.document or (HERE / name / "files" / turn.document).is_file()


def test_every_answer_of_the_village_stands_in_its_document() -> None:
    texts = dict[str, str]()
    for turn in turns(HERE / "village" / "followups.jsonl"):
        if turn.document not in texts:
            file = HERE / "village" / "files" / turn.document
            read = read_document(file.name, file.read_bytes())
            texts[turn.document] = " ".join(read.text.split()).lower()
        assert any(answer.lower() in texts[turn.document] for answer in turn.answers), turn
