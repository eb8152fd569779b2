"""Which words stories are told with for one base: single tokens, and some held out for judging."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING
from zlib import crc32

from training.stories import pools, wording

if TYPE_CHECKING:
    from tokenizers import Tokenizer

HELD_OUT = 15  # percent of the words, which training never sees
_OWN = 0.5  # share of stories told with bAbI's own names, places and things
_NOUNS = 0.15  # share of the others whose places and things are any nouns

# bAbI's own words always belong to training.
BABI_NAMES = ("Mary", "John", "Daniel", "Sandra", "Bill", "Fred", "Jeff", "Julie", "Jason")
BABI_NAMES += ("Antoine",)
BABI_PLACES = ("bathroom", "bedroom", "garden", "hallway", "kitchen", "office")
BABI_MORE_PLACES = ("park", "school", "cinema")
BABI_THINGS = ("football", "milk", "apple")


@dataclass(frozen=True)
class Cast:
    """Who and what one story is about, each in random order; own: bAbI's own words."""

    names: tuple[str, ...]
    places: tuple[str, ...]
    things: tuple[str, ...]
    own: bool


@dataclass(frozen=True)
class Words:
    """Pools of words. unseen: the held-out part, of which no bAbI word is one.

    nouns: any other nouns, to be used as places and as things; never: words of the other part.
    """

    names: tuple[str, ...]
    places: tuple[str, ...]
    things: tuple[str, ...]
    nouns: tuple[str, ...]
    never: frozenset[str]
    unseen: bool

    @classmethod
    def of(cls, tokens: Tokenizer, unseen: bool = False, nouns: Sequence[str] = ()) -> Words:
        """The words that are one token behind a space in the base's tokenizer, and bAbI's.

        Raises:
            ValueError: the tokenizer has too few of them to tell stories with.
        """
        own = {*BABI_NAMES, *BABI_PLACES, *BABI_MORE_PLACES, *BABI_THINGS}
        lists = (pools.NAMES, pools.PLACES, pools.THINGS, nouns)
        fit, never = [], set[str]()
        for words in lists:
            single = [each for each in words if each in own or _single(tokens, each)]
            fit.append(tuple(each for each in single if is_held_out(each) == unseen))
            never |= {each for each in single if is_held_out(each) != unseen}
        if min(map(len, fit[:3])) < 20:
            raise ValueError(f"too few words are single tokens: {[*map(len, fit)]}")
        return cls(fit[0], fit[1], fit[2], fit[3], frozenset(never), unseen)

    def allowed(self, sentences: Iterable[str]) -> tuple[str, ...]:
        """The sentences without words of the other part."""
        return tuple(each for each in sentences if self.never.isdisjoint(_words(each)))

    def cast(self, rng: Random) -> Cast:
        """Up to 5 names, 9 places and 9 things for a story."""
        own = not self.unseen and rng.random() < _OWN
        if own:
            places = (*BABI_PLACES, *(BABI_MORE_PLACES if rng.random() < 0.3 else ()))
            names, things = BABI_NAMES, BABI_THINGS
        elif len(self.nouns) > 50 and rng.random() < _NOUNS:
            mixed = rng.sample(self.nouns, 18)
            names, places, things = self.names, tuple(mixed[:9]), tuple(mixed[9:])
        else:
            names, places, things = self.names, self.places, self.things
        return Cast(
            tuple(rng.sample(names, 5)),
            tuple(rng.sample(places, min(9, len(places)))),
            tuple(rng.sample(things, min(9, len(things)))),
            own,
        )


def is_held_out(word: str) -> bool:
    """Whether a word is for judging alone: by its hash, so that lists may grow.

    bAbI's own words and those that sentences are worded with are not.
    """
    return crc32(word.encode()) % 100 < HELD_OUT and word not in _common()


def _common() -> frozenset[str]:
    return _COMMON


def _words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]+", text))


def _single(tokens: Tokenizer, word: str) -> bool:
    return len(tokens.encode(f" {word}", add_special_tokens=False).ids) == 1


_COMMON = frozenset(
    {*BABI_NAMES, *BABI_PLACES, *BABI_MORE_PLACES, *BABI_THINGS}.union(
        *(
            _words(each)
            for table in (wording.FACTS, wording.WIDE_FACTS, wording.WIDE_QUESTIONS)
            for each in table.values()
            for each in each
        )
    )
)
