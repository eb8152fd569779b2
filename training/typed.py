"""Questions as people type them: in small letters without a mark, in capitals, with slips."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")  # the keys beside each other are hit by mistake
NEXT = {
    key: row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    for row in ROWS
    for at, key in enumerate(row)
}
WORD = re.compile(r"\b[a-z]{4,}\b")  # no names, numbers or codes: they are what is asked about
MARKS = 0.5  # share of questions in capitals and with slips that keep their mark


def typed(question: str, rng: Random) -> str:
    """A question as somebody might type it: half of them in small letters, as into a search box."""
    way = rng.random()
    if way < 0.5:
        return _bare(question).lower()
    kept = question if rng.random() < MARKS else _bare(question)
    if way < 0.65:
        return kept.upper()
    slipped = with_slips(kept, rng, rng.choice((1, 1, 2)))
    return slipped.lower() if rng.random() < 0.5 else slipped


def with_slips(question: str, rng: Random, count: int) -> str:
    """The question with slips in so many of its plain words, or in all of them."""
    words = list(WORD.finditer(question))
    for word in sorted(rng.sample(words, min(count, len(words))), key=lambda each: -each.start()):
        question = question[: word.start()] + _slip(word[0], rng) + question[word.end() :]
    return question


def _slip(word: str, rng: Random) -> str:
    """A word with two letters in the wrong order, one left out, doubled, or its neighbour's key."""
    at = rng.randrange(1, len(word) - 1)
    before, here, behind = word[:at], word[at], word[at + 1 :]
    ways: tuple[Callable[[], str], ...] = (
        lambda: before + behind[0] + here + behind[1:],
        lambda: before + behind,
        lambda: before + here * 2 + behind,
        lambda: before + rng.choice(NEXT[here]) + behind,
    )
    return rng.choice(ways)()


def _bare(question: str) -> str:
    return question.rstrip("?!. ")
