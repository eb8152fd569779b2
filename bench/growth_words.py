"""Made-up text in which words are as common as in real text, with its token ids.

Words of real text are drawn as often as they stand there: the project's own pages, the dialogues of
`bench.dialogues`, and Python's manual of the language, which every Python brings. One word in ten
is a rarer one that is made up, for a text a hundred times as long has words that a short one has
not: the probability of the word of rank r falls as r⁻² there (Ferrer i Cancho and Solé, Two regimes
in the frequency of words, 2001), so n words have some √n different ones. Stop words are in every
chunk, then, and the vocabulary grows without end, as in real text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import chain, pairwise
from pydoc_data.topics import topics
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.dialogues import DIALOGUES
from bench.machine import ROOT
from mplus_cli.model.net.tokenizer import Tokenizer

RARE = 0.1  # share of words that are made up
_WORD = re.compile(r"[A-Za-z][a-z]*(?:['-][a-z]+)*[.,;:?!]?")
_ONSETS, _VOWELS = "bdfghklmnprstvz", "aeiou"
_SYLLABLES = [onset + vowel for onset in _ONSETS for vowel in _VOWELS]


class Chunk(NamedTuple):
    text: str
    ids: list[int]


def real_text() -> str:
    pages = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])
    told = [json.loads(line)["context"] for line in DIALOGUES.read_text().splitlines()]
    return "\n".join([*(page.read_text() for page in pages), *told, *topics.values()])


class Words:
    """Draws words by their number: those of real text, then the rarer ones by their rank."""

    def __init__(self, tokenizer: Tokenizer, seed: int) -> None:
        self._tokenizer, self._random = tokenizer, np.random.default_rng(seed)
        counts = Counter(_WORD.findall(real_text()))
        self._real = list(counts)
        shares = np.array([counts[word] for word in self._real], dtype=float)
        self._below = np.cumsum(shares / shares.sum())
        self._known: dict[int, tuple[str, list[int]]] = {}  # form, and ids behind a space

    def chunks(self, count: int, tokens: int) -> list[Chunk]:
        """So many chunks of exactly so many tokens. A word belongs to the chunk that it begins
        in.
        """
        numbers = self._drawn(count * tokens)
        found, places = np.unique(numbers, return_inverse=True)
        words = [self._word(number) for number in found.tolist()]
        lengths = np.array([len(ids) for _, ids in words])
        flat = np.fromiter(chain.from_iterable(ids for _, ids in words), dtype=np.int64)
        # Where each drawn word's ids begin among all drawn ones, and among those of its kind.
        sizes = lengths[places]
        begins, own = np.cumsum(sizes) - sizes, (np.cumsum(lengths) - lengths)[places]
        ids = flat[np.arange(sizes.sum()) + np.repeat(own - begins, sizes)]
        forms = np.array([form for form, _ in words], dtype=object)[places]
        bounds = begins.searchsorted(np.arange(count + 1) * tokens).tolist()
        return [
            Chunk(" ".join(forms[first:last]), ids[at * tokens : (at + 1) * tokens].tolist())
            for at, (first, last) in enumerate(pairwise(bounds))
        ]

    def _drawn(self, tokens: int) -> NDArray[np.int64]:
        """Numbers of words that have at least so many tokens."""
        count = len(self._real)
        uniform = self._random.random(tokens)
        rare = count + np.minimum(count / (1 - self._random.random(tokens)) - count, 1e9)
        real = self._below.searchsorted(uniform, side="right").clip(max=count - 1)
        return np.where(self._random.random(tokens) < RARE, rare.astype(np.int64), real)

    def _word(self, number: int) -> tuple[str, list[int]]:
        if number not in self._known:
            real = number < len(self._real)
            form = self._real[number] if real else made_up(number)
            self._known[number] = form, self._tokenizer.encode(f" {form}")[0]
        return self._known[number]


def made_up(number: int) -> str:
    """A word that no other number has."""
    parts = list[str]()
    while number:
        number, at = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[at])
    return "".join(parts)
