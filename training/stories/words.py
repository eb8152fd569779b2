"""Which words stories are told with for one base: single tokens, and some held out for judging."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from mplus_cli.errors import UsageError
from training.stories import pools, stream_wording, wording
from training.stories.world import OPPOSITE

if TYPE_CHECKING:
    from tokenizers import Tokenizer

HELD_OUT = 15  # percent of the words, which training never sees
_OWN = 0.5  # share of stories told with bAbI's own names, places and things
_NOUNS = 0.15  # share of the others whose places and things are any nouns
_FEWEST = 15  # words of a sort that stories need

# bAbI's own words always belong to training.
BABI_NAMES = pools.NAMES[:10]
BABI_PLACES = ("bathroom", "bedroom", "garden", "hallway", "kitchen", "office")
BABI_MORE_PLACES = ("park", "school", "cinema")
BABI_THINGS = ("football", "milk", "apple")
BABI = frozenset({*BABI_NAMES, *BABI_PLACES, *BABI_MORE_PLACES, *BABI_THINGS})


@dataclass(frozen=True)
class Cast:
    """Who and what one story is about, each in random order: 5 names, 6 to 9 places, 3 to 9 things,
    5 goods, 5 topics. own: names, places and things are bAbI's.
    """

    names: tuple[str, ...]
    places: tuple[str, ...]
    things: tuple[str, ...]
    goods: tuple[str, ...]
    topics: tuple[str, ...]
    own: bool


@dataclass(frozen=True)
class Words:
    """Pools of words. unseen: the held-out part, of which no bAbI word is one.

    nouns: any other nouns, to be used as places and as things; never: words that training must not
    see (none when judging).
    """

    names: tuple[str, ...]
    places: tuple[str, ...]
    things: tuple[str, ...]
    goods: tuple[str, ...]
    topics: tuple[str, ...]
    nouns: tuple[str, ...]
    never: frozenset[str]
    unseen: bool

    @classmethod
    def of(cls, tokens: Tokenizer, unseen: bool = False, nouns: Sequence[str] = ()) -> Words:
        """The words that are one token behind a space in the base's tokenizer, and bAbI's.

        Raises:
            UsageError: the tokenizer has too few of them to tell stories with.
        """
        fit, never = [], set[str]()
        for words in (pools.NAMES, pools.PLACES, pools.THINGS, pools.GOODS, pools.TOPICS, nouns):
            single = [each for each in words if each in BABI or _single(tokens, each)]
            fit.append(tuple(each for each in single if is_held_out(each) == unseen))
            never |= {each for each in single if is_held_out(each) and not unseen}
        fewest = min(map(len, fit[:3]))
        if fewest < _FEWEST or not (len(fit[3]) > 4 and len(fit[4]) > 4):
            raise UsageError(
                "this base's tokenizer has too few words of one token to tell stories with",
                f"take a base whose tokenizer has more of training/stories/pools.py than {fewest}",
            )
        names, places, things, goods, topics, others = fit
        others = tuple(each for each in others if each not in OPPOSITE)
        return cls(names, places, things, goods, topics, others, frozenset(never), unseen)

    @property
    def all(self) -> frozenset[str]:
        """Every word that a story can be about."""
        pools = (self.names, self.places, self.things, self.goods, self.topics, self.nouns)
        return frozenset().union(*pools)

    def allowed(self, sentences: Iterable[str]) -> tuple[str, ...]:
        """The sentences without words that training must not see."""
        return tuple(each for each in sentences if self.never.isdisjoint(_words(each)))

    def cast(self, rng: Random) -> Cast:
        """Who and what a story is about."""
        own = not self.unseen and rng.random() < _OWN
        names, places, things = self.names, self.places, self.things
        if own:
            places = (*BABI_PLACES, *(BABI_MORE_PLACES if rng.random() < 0.3 else ()))
            names, things = BABI_NAMES, BABI_THINGS
        elif len(self.nouns) > 50 and rng.random() < _NOUNS:
            mixed = tuple(rng.sample(self.nouns, 18))
            places, things = mixed[:9], mixed[9:]
        return Cast(
            tuple(rng.sample(names, 5)),
            tuple(rng.sample(places, min(9, len(places)))),
            tuple(rng.sample(things, min(9, len(things)))),
            tuple(rng.sample(self.goods, 5)),
            tuple(rng.sample(self.topics, 5)),
            own,
        )


def is_held_out(word: str) -> bool:
    """Whether a word is for judging alone: by its hash, so that lists may grow.

    bAbI's own words and those that sentences are worded with are not.
    """
    return crc32(word.encode()) % 100 < HELD_OUT and word not in _common()


@cache
def _common() -> frozenset[str]:
    """bAbI's words and those of all wordings."""
    tables = (wording.FACTS, wording.WIDE_FACTS, wording.WIDE_QUESTIONS, stream_wording.STATES)
    texts = [text for table in tables for texts in table.values() for text in texts]
    texts += [*wording.QUESTIONS.values(), *wording.ASIDES]
    texts += [text for asides in stream_wording.ASIDES.values() for text in asides]
    for form in (form for forms in stream_wording.STREAMS.values() for form in forms):
        texts += [*form.facts, *form.notes, *form.questions]
    for words in ("WHAT_HAS", "IS_IT", "UNITS", "METERS", "GATHERINGS", "MONTHS", "MACHINES"):
        texts += getattr(stream_wording, words)
    return BABI.union(*map(_words, texts), ("parcel", "meter", "door", "ticket"))


def _words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]+", text))


def _single(tokens: Tokenizer, word: str) -> bool:
    return len(tokens.encode(f" {word}", add_special_tokens=False).ids) == 1
