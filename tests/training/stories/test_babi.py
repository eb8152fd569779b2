"""The real bAbI files: what they say is understood, spread over segments and scored."""

import gzip
import re
from pathlib import Path
from random import Random

import pytest

from mplus_cli.errors import ReadError
from tests.training.stories.naive import answered
from training.stories import Stories
from training.stories.babi import labels_of, read, scored, spread
from training.stories.background import BUILT_IN

DATA = Path(__file__).parents[3] / "shared" / "data" / "babi"  # of a clone that has them
# Questions whose answer is another than the latest gift: both things went from one to the other.
OF_AN_EARLIER_GIFT = {"qa5": 20}

SAMPLE = """\
1 Sandra moved to the office.
2 Bill got the milk there.
3 Where is Sandra? \toffice\t1
4 Bill journeyed to the park.
5 Where is the milk?\tpark\t2 4
1 Bill went to the garden.
2 Where is Bill? \tgarden\t1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "qa2_sample.txt.gz"
    path.write_bytes(gzip.compress(SAMPLE.encode()))
    return path


def test_questions_come_with_the_facts_before_them(file: Path, tmp_path: Path) -> None:
    first, second = read(file)
    (tmp_path / "qa2.txt").write_text(SAMPLE)
    assert read(tmp_path / "qa2.txt") == [first, second]
    questions = list(first.questions())
    assert [len(facts) for facts, _ in questions] == [2, 3]
    facts, asked = questions[1]
    assert facts[-1] == "Bill journeyed to the park."
    assert (asked.kind, asked.question, asked.answers) == ("qa2", "Where is the milk?", ("park",))
    assert [asked.answers for _, asked in second.questions()] == [("garden",)]
    assert labels_of([first, second]) == {"office", "park", "garden"}


@pytest.mark.parametrize("line", ["Where is Bill?", "2", "2 Where is Bill?\tpark", "x y z"])
def test_what_is_none_of_babis_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "qa1_train.txt"
    path.write_text(f"1 Bill went to the park.\n{line}\n")
    with pytest.raises(ReadError, match="line 2 is none of bAbI's"):
        read(path)
    with pytest.raises(ReadError, match="its task"):
        read(path.rename(tmp_path / "train.txt"))


def test_a_damaged_file_is_named(file: Path, tmp_path: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])
    for path in (file, tmp_path / "qa1_none.txt"):
        with pytest.raises(ReadError, match=f"{path.name}: can't be read"):
            read(path)


@pytest.mark.parametrize("segments", [1, 2, 8])
def test_a_story_lies_in_order_between_background(
    stories: Stories, file: Path, segments: int
) -> None:
    told = read(file)
    made = list(spread(stories, Random(1), told, segments))
    asked = [(facts, asked) for each in told for facts, asked in each.questions()]
    assert len(made) == len(asked) == 3
    for story, (facts, question) in zip(made, asked, strict=True):
        text = " ".join(each.text for each in story.segments)
        places = [text.index(fact) for fact in facts]
        assert places == sorted(places)
        assert len(story.segments) == segments
        assert all(0 < len(each.ids) <= 48 for each in story.segments)
        assert [each.asked for each in story.segments] == [()] * (segments - 1) + [(question,)]
        assert any(each in text for each in BUILT_IN)


def test_a_long_story_takes_the_segments_that_it_needs(stories: Stories, tmp_path: Path) -> None:
    path = tmp_path / "qa1.txt"
    facts = [f"{('Bill', 'John', 'Mary')[at % 3]} went back to the park." for at in range(60)]
    lines = [f"{at} {fact}" for at, fact in enumerate([*facts, "Where is Bill?\tpark\t1"], 1)]
    path.write_text("\n".join(lines))
    assert not list(spread(stories, Random(1), read(path), 9))  # 420 tokens, 6 sentences each
    for segments in (10, 12, 40):
        (story,) = spread(stories, Random(1), read(path), segments)
        told = " ".join(each.text for each in story.segments)
        names = re.findall(r"(\w+) went back to the park\.", told)
        assert names == [fact.split()[0] for fact in facts]
        assert all(len(each.ids) <= 48 for each in story.segments)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("office", True),
        (" The Office.", True),
        ("office. Before that the park", True),
        ("office\nQuestion: Where is the park?", True),
        ("the garden, no, the office", True),  # the garden is in the question
        ("office or park", False),
        ("offices", False),
        ("garden", False),
        ("", False),
    ],
)
def test_the_target_is_the_only_label_that_is_not_in_the_question(answer: str, right: bool) -> None:
    question = "Where was the milk before the garden?"
    assert scored(question, answer, "office", ["office", "park", "garden"]) is right


def test_a_list_needs_all_its_parts() -> None:
    labels = ["football", "milk", "apple", "nothing"]
    question = "What is Mary carrying?"
    assert scored(question, "milk and football", "football,milk", labels)
    assert not scored(question, "milk", "football,milk", labels)
    assert not scored(question, "milk, apple, football", "football,milk", labels)


@pytest.mark.parametrize("task", [1, 2, 4, 5, 6, 7, 8, 9, 10])
def test_the_real_files_are_understood(task: int) -> None:
    """Then bAbI's sentences mean what the made-up stories mean by them, which are read alike."""
    path = DATA / f"qa{task}_train.txt.gz"
    if not path.exists():
        pytest.skip(f"no {path.name} here")
    wrong = total = 0
    for told in read(path):
        for facts, asked in told.questions():
            total += 1
            wrong += answered(asked.question, list(facts)) != asked.answers[0]
    assert total == 10_000
    assert wrong == OF_AN_EARLIER_GIFT.get(f"qa{task}", 0)
