"""Stories that a memory must carry: their answers follow from their sentences."""

import re
from collections import Counter
from random import Random

import pytest
from tokenizers import Tokenizer, models

from mplus_cli.errors import UsageError
from tests.training.stories.naive import answered, is_fact
from training.stories import Segment, Stories, Story, Words, stream_wording
from training.stories.background import BUILT_IN
from training.stories.house import ACTS
from training.stories.telling import KINDS, TOKENS
from training.stories.wording import ASIDES, FACTS, QUESTIONS, WIDE_FACTS, WIDE_QUESTIONS

BABI = tuple(ACTS)
STREAMS = tuple(kind for kind in KINDS if kind not in ACTS)


def facts_of(segment: Segment) -> list[str]:
    """The sentences that tell something."""
    return [each.text for each in segment.sentences if each.writes]


def some(stories: Stories, kind: str, count: int = 30, segments: int = 5) -> list[Story]:
    rng = Random(kind)
    return [stories.story(rng, kind, segments, 0.8) for _ in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_segments_are_whole_sentences_of_at_most_48_tokens(
    stories: Stories, tokens: Tokenizer, kind: str
) -> None:
    for story in some(stories, kind, 10):
        assert story.kind == kind
        assert len(story.segments) == 5
        for segment in story.segments:
            assert 0 < len(segment.ids) <= TOKENS
            assert segment.text[0].isupper() or segment.text[0].isdigit()
            assert segment.text.endswith(".")
            encoded = tokens.encode(f" {segment.text}", add_special_tokens=False)
            assert segment.ids == tuple(encoded.ids)


@pytest.mark.parametrize("kind", BABI)
def test_answers_follow_from_the_sentences(stories: Stories, kind: str) -> None:
    """Where all is worded as bAbI does it, a reading by patterns alone says the same."""
    asked = Counter[str]()
    for story in some(stories, kind, 80):
        facts: list[str] = []
        for segment in story.segments:
            facts += facts_of(segment)
            if not all(map(is_fact, facts)):
                break
            for each in segment.asked:
                if answer := answered(each.question, facts):
                    assert answer == each.answers[0], (facts, each)
                    asked[each.kind] += 1
    assert asked[kind] > 50


@pytest.mark.parametrize("kind", KINDS)
def test_some_stories_name_what_they_are_about_without_telling_of_it(
    stories: Stories, kind: str
) -> None:
    told = some(stories, kind, 60)
    others = [
        [each.text for segment in story.segments for each in segment.sentences if not each.writes]
        for story in told
    ]
    about = [any(each not in BUILT_IN for each in story) for story in others]
    assert 0.1 < sum(about) / len(about) < 0.5
    wordings = ASIDES if kind in ACTS else stream_wording.ASIDES[kind]
    patterns = [re.sub(r"\\{\w\\}", ".+", re.escape(each)) for each in wordings]
    for text in {each for story in others for each in story if each not in BUILT_IN}:
        assert any(re.fullmatch(each, text) for each in patterns), text


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_makes_the_same_story_again(stories: Stories, tokens: Tokenizer, kind: str) -> None:
    again = Stories(tokens, Words.of(tokens), BUILT_IN)
    assert some(stories, kind, 3) == some(again, kind, 3)
    assert stories.story(Random(1), kind, 3, 2) != stories.story(Random(2), kind, 3, 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("segments", "bearing"), [(1, 1), (2, 1), (4, 4), (16, 3)])
def test_some_segments_tell_facts_and_the_end_can_be_asked(
    stories: Stories, kind: str, segments: int, bearing: int
) -> None:
    story = stories.story(Random(7), kind, segments, bearing)
    assert sum(bool(facts_of(each)) for each in story.segments) <= bearing
    assert any(each.kind == kind for each in story.segments[-1].asked)


def test_a_story_without_room_for_its_facts_is_refused(stories: Stories, tokens: Tokenizer) -> None:
    with pytest.raises(UsageError, match="no story of qa1"):
        stories.story(Random(1), "qa1", 3, 0)
    with pytest.raises(UsageError, match="no stories of qa11"):
        stories.story(Random(1), "qa11", 3, 1)
    with pytest.raises(UsageError, match="with 0 segments"):
        stories.story(Random(1), "qa1", 0, 1)
    with pytest.raises(UsageError, match="background"):
        Stories(tokens, Words.of(tokens), ["It was very long. " * 20])


def test_some_stories_are_dense_and_some_are_sparse(stories: Stories) -> None:
    counts = Counter(
        len(facts_of(segment)) for story in some(stories, "qa1", 60) for segment in story.segments
    )
    assert counts[0] > 30
    assert counts[1] > 30
    assert counts[4] + counts[5] + counts[6] > 10


@pytest.mark.parametrize("kind", ["qa6", "qa9", "qa10"])
def test_yes_and_no_are_balanced(stories: Stories, kind: str) -> None:
    answers = Counter(
        each.answers[0]
        for story in some(stories, kind, 60)
        for segment in story.segments
        for each in segment.asked
        if each.kind == kind
    )
    assert set(answers) == {"yes", "no"} | ({"maybe"} if kind == "qa10" else set())
    assert min(answers.values()) > 0.15 * answers.total()


def test_pools_are_large_and_of_single_tokens(tokens: Tokenizer) -> None:
    seen, unseen = Words.of(tokens), Words.of(tokens, unseen=True)
    for pool, least in (("names", 400), ("places", 200), ("things", 300)):
        words = (*getattr(seen, pool), *getattr(unseen, pool))
        assert len(words) == len(set(words)) >= least
        assert 0.05 < len(getattr(unseen, pool)) / len(words) < 0.25
        assert not set(getattr(seen, pool)) & set(getattr(unseen, pool))
    assert {"Mary", "Antoine", "hallway", "cinema", "football"} <= {
        *seen.names,
        *seen.places,
        *seen.things,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_training_never_sees_words_that_are_held_out(
    tokens: Tokenizer, stories: Stories, unseen: Stories, kind: str
) -> None:
    held_out = Words.of(tokens).never
    told = {
        word
        for story in some(stories, kind, 40)
        for segment in story.segments
        for text in (segment.text, *(each.question for each in segment.asked))
        for word in re.findall(r"[A-Za-z]+", text)
    }
    assert len(held_out) > 100
    assert not told & held_out
    judged = " ".join(segment.text for story in some(unseen, kind, 5) for segment in story.segments)
    assert set(re.findall(r"[A-Za-z]+", judged)) & held_out or kind in ("status", "meter")


def test_a_base_with_other_tokens_is_refused() -> None:
    with pytest.raises(UsageError, match="too few words"):
        Words.of(Tokenizer(models.BPE()))


def test_there_are_many_wordings_and_each_says_all() -> None:
    for act, templates in WIDE_FACTS.items():
        letters = {letter for letter in "abc" if f"{{{letter}}}" in FACTS[act][0]}
        assert len(set(templates)) >= 12
        for each in templates:
            assert all(f"{{{letter}}}" in each for letter in letters), each
    for form, questions in WIDE_QUESTIONS.items():
        letters = {letter for letter in "abd" if f"{{{letter}}}" in QUESTIONS[form]}
        assert len(set(questions)) >= 4
        for each in questions:
            assert all(f"{{{letter}}}" in each for letter in letters), each
