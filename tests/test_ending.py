"""Where an answer begins and ends, whatever the pieces it comes in."""

from collections.abc import Iterator
from itertools import combinations, product

import pytest

from mplus_cli.asking.ending import spoken, until, whole_sentences


def in_pieces(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The code is 4711.", "The code is 4711."),
        ("\n\n The code.\n", "The code.\n"),
        ("<think>\n\n</think>\n\nThe code.", "The code."),
        (" <think>Is it <b>4711</b>?</think>4711", "4711"),
        ("<think>a</think> <think>b</think> c", "c"),
        ("<think>Let me see", ""),
        ("<thin ice>", "<thin ice>"),
        ("<thi", "<thi"),
        ("So <think>it</think> is.", "So <think>it</think> is."),
        ("", ""),
    ],
)
def test_a_thought_in_front_is_left_out(text: str, answer: str, size: int) -> None:
    assert "".join(spoken(in_pieces(text, size))) == answer


def test_an_answer_is_not_held_back() -> None:
    assert list(spoken(["The", " code", " is"])) == ["The", " code", " is"]
    assert list(until(["The", " code", " is"], ["\n"])) == ["The", " code", " is"]


def stopped(pieces: Iterator[str], stops: list[str]) -> tuple[str, bool]:
    found, taken = until(pieces, stops), ""
    while True:
        try:
            taken += next(found)
        except StopIteration as end:
            return taken, end.value


def words(longest: int) -> list[str]:
    return [
        "".join(letters) for size in range(longest + 1) for letters in product("ab", repeat=size)
    ]


def test_a_text_ends_where_a_stop_begins() -> None:
    for text, stops in product(words(5), combinations(words(3)[1:], 2)):
        whole, letters = (stopped(in_pieces(text, size), list(stops)) for size in (9, 1))
        places = [text.find(stop) for stop in stops if stop in text]
        assert whole == (text[: min(places)] if places else text, bool(places))
        # Letter by letter what is whole first counts, in one piece what begins first.
        ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
        first = text[: min(ends)] if ends else text
        starts = [len(first) - len(stop) for stop in stops if first.endswith(stop) and ends]
        assert letters == (text[: min(starts)] if starts else text, bool(ends))


def test_nothing_is_taken_behind_a_stop() -> None:
    pieces = iter(["one", "\n", "two"])
    assert stopped(pieces, ["\n"]) == ("one", True)
    assert list(pieces) == ["two"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("It is red. It was bl", "It is red."),
        ("It is red.", "It is red."),
        ("It costs 3.5 euros a", "It costs 3.5 euros a"),
        ('He said "No!" and th', 'He said "No!"'),
        ("1. Open it\n2. Close it\n3. Th", "1. Open it\n2. Close it"),
        ("Steps: 1. Open", "Steps: 1."),
        ("これは本です。それは", "これは本です。"),
        ("no end", "no end"),
        ("", ""),
    ],
)
def test_what_is_cut_ends_with_its_last_whole_sentence(text: str, whole: str) -> None:
    assert whole_sentences(text) == whole
