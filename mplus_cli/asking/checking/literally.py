"""An answer in the words of its passage: decoding in which each token goes on with some stretch."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from mplus_cli.asking.checking.literal import Stretches, is_literal
from mplus_cli.asking.how import Asking
from mplus_cli.asking.said import Said, say, whole
from mplus_cli.engine import Engine
from mplus_cli.kinds.readings import Reading

if TYPE_CHECKING:
    from torch import Tensor

    from mplus_cli.model.net.tokenizer import Tokenizer

LIKELY = 0.5
"""How likely a literal answer is at least, of what was said first."""
CANDIDATES = 512
"""Tokens, the likeliest ones, of which one has to go on with the passage."""


class Literally:
    """Chooses the likeliest token that goes on with a stretch of a passage, or ends a whole one.

    Texts are compared, not ids: one text has many tokenizations. Where no candidate fits, the
    answer ends and `failed`.
    """

    def __init__(self, passage: str, tokenizer: Tokenizer, ends: Sequence[int]) -> None:
        self._stretches, self._decode, self._ends = Stretches(passage), tokenizer.decode, ends
        self._ids, self._text, self.failed = list[int](), "", False

    def __call__(self, logits: Tensor) -> int:
        is_one = self._stretches.is_one(self._text)
        for token in logits.topk(min(CANDIDATES, logits.shape[-1])).indices.tolist():
            if token in self._ends:
                if is_one:
                    return int(token)
            elif self._goes_on(token):
                return int(token)
        self.failed = not is_one
        return self._ends[0]

    def _goes_on(self, token: int) -> bool:
        ids = [*self._ids, token]
        text = self._decode(ids)
        part = text == f"{self._text}\N{REPLACEMENT CHARACTER}"  # of a character of several tokens
        if not (part or self._stretches.goes_on(text, self._text)):
            return False
        self._ids, self._text = ids, self._text if part else text
        return True


def answered(
    reading: Reading, passage: str, engine: Engine, how: Asking
) -> Generator[str, None, Said]:
    """Pieces of what a reading says; gives the whole.

    A model that was made for short answers in its passage's words is asked again where it gives
    other words, so its pieces wait for the whole. passage: all that may be quoted, empty where no
    text is kept.
    """
    if not (engine.config.answering.literal and passage):
        return (yield from say(reading, engine, how))
    begun = reading.cache.mark()
    said = whole(say(reading, engine, how))
    if not (said.declined or said.cut or is_literal(said.text, [passage])):
        reading.cache.back_to(begun)
        said = _literally(reading, passage, engine, how, said)
    if said.text:
        yield said.text
    return said


def _literally(reading: Reading, passage: str, engine: Engine, how: Asking, first: Said) -> Said:
    """The likeliest stretch of a passage as an answer; what was said first, where none is likely
    enough.
    """
    chooser = Literally(passage, engine.tokenizer, engine.config.special.eos_ids)
    said = whole(say(reading, engine, how, chooser))
    likely = not chooser.failed and said.likelihood >= LIKELY * first.likelihood
    return said if likely and said.text else first
