"""What a reading says: decoding, one answer at a time."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mplus_cli.asking.ending import spoken, until, whole_sentences
from mplus_cli.asking.how import Asking
from mplus_cli.engine import Engine
from mplus_cli.kinds.readings import Reading

if TYPE_CHECKING:
    from mplus_cli.model.net.generate import Choose
    from mplus_cli.turns import Turns

T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """What one reading says.

    text: up to its last whole sentence where its limit of tokens `cut` it; doubt: the probability
    of declining before the first token; likelihood: the geometric mean of the probabilities of its
    tokens and of its end; tokens: how many there were.
    """

    reading: Reading
    text: str
    declined: bool
    cut: bool
    likelihood: float
    tokens: int

    @property
    def doubt(self) -> float:
        return self.reading.doubt


def say(
    reading: Reading, engine: Engine, how: Asking, chosen_by: Choose | None = None
) -> Generator[str, None, Said]:
    """Pieces of what a reading says, as they are decoded; gives the whole.

    chosen_by: chooses the tokens, None: as `how` says. Takes turns at the model, token by token.
    """
    from mplus_cli.model.net.generate import by_temperature, decode

    chosen_by = chosen_by or by_temperature(how.temperature, how.seed)
    following = decode(engine.network, reading.cache, reading.logits, how.max_tokens, chosen_by)
    tokens, logs = list[int](), list[float]()
    ends = engine.config.special.eos_ids
    noted = _noted(_in_turns(following, engine.turn, how), ends, tokens, logs)
    pieces = engine.tokenizer.stream(noted)
    text, stopped = yield from joined(until(spoken(pieces), how.stop))
    cut = len(tokens) == how.max_tokens and not stopped
    text = (whole_sentences(text) if cut else text).strip()
    likelihood = math.exp(sum(logs) / len(logs))
    return Said(reading, text, engine.kind.declined(text), cut, likelihood, len(tokens))


def unsaid(reading: Reading, engine: Engine) -> Said:
    """A reading of which nothing is decoded: whether it would be declined is known without."""
    answering = engine.config.answering
    declined = reading.doubt >= answering.likely and bool(answering.declines)
    text = answering.declines if declined else ""
    return Said(reading, text, declined, cut=False, likelihood=1.0, tokens=0)


def joined(pieces: Generator[str, None, T]) -> Generator[str, None, tuple[str, T]]:
    """The same pieces; gives all of them as one text, and what they give."""
    text = ""
    while True:
        try:
            piece = next(pieces)
        except StopIteration as end:
            return text, end.value
        text += piece
        yield piece


def whole(pieces: Generator[str, None, T]) -> T:
    """What they give, without the pieces."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            found: T = end.value
            return found


def _in_turns(items: Iterable[T], turn: Turns, how: Asking) -> Iterator[T]:
    """Items that are made one at a time, each in a turn of its own."""
    waiting = iter(items)
    while True:
        how.go_on()
        with turn.short():
            item = next(waiting, None)
        if item is None:
            return
        yield item


def _noted(
    decoded: Iterable[tuple[int, float]],
    ends: tuple[int, ...],
    tokens: list[int],
    logs: list[float],
) -> Iterator[int]:
    """Tokens of the text; each is noted, and log p of all, the end's among them."""
    for token, log in decoded:
        logs.append(log)
        if token not in ends:
            tokens.append(token)
            yield token
