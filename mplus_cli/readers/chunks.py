"""Cut a document into chunks of token ids that a model can write one at a time."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Protocol

from mplus_cli.errors import ReadError
from mplus_cli.readers.document import Document, Place

CHUNKER_VERSION = 1
"""Goes up whenever the same text and ids may be cut elsewhere."""

# A fenced block first, so that a comment in code is not taken for a heading.
_FENCE_OR_HEADING = re.compile(
    r"^[ ]{0,3}(?P<fence>`{3,}+|~{3,}+)[^`\n]*$.*?(?:^[ ]{0,3}(?P=fence)|\Z)|^[ ]{0,3}#{1,6}[ \t]",
    re.MULTILINE | re.DOTALL,
)
_FORM_FEED = re.compile(r"\f")
_BLANK = re.compile(r"\s*+")
# Boundaries inside a section, strongest first; each lies where its match ends.
_BOUNDARIES = (
    re.compile(r"(?<=\n)(?:[^\S\n]*+\n)++"),  # blank line
    re.compile(r"[.!?…][\"'”’)\]]*+(?:[^\S\n]*+\n|(?=\s))|[。！？][”’」』）]*+"),  # sentence  # noqa: RUF001
    re.compile(r"\n"),
    re.compile(r"(?=\s)|(?<=\s)"),
)


@dataclass(frozen=True)
class Chunk:
    """A stretch of a document: its token ids, its place, and text = document.text[start:end]."""

    ordinal: int
    start: int
    end: int
    ids: tuple[int, ...]
    place: Place
    text: str


class Encoder(Protocol):
    """A tokenizer without special tokens."""

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids and, for each id, its characters in the text, half-open and in order."""
        ...


def cut(document: Document, encoder: Encoder, max_tokens: int, min_tokens: int = 16) -> list[Chunk]:
    """Cut a document into chunks of min_tokens to max_tokens ids, which together are all its ids.

    A chunk ends at the strongest boundary in its second half: section or page, paragraph, sentence,
    line, word. A document of fewer than min_tokens ids becomes one chunk that repeats them. Where
    max_tokens < 2 * min_tokens - 1 both limits cannot always hold: max_tokens is kept then, and a
    chunk may be as short as half of it. Raises ReadError for a text without any ids.
    """
    if max_tokens < 1:
        raise ValueError(f"max_tokens is {max_tokens}, must be at least 1")
    ids, offsets = encoder.encode(document.text)
    if not ids:
        raise ReadError(f"{document.name} is empty: there is no text in it", "Leave it out.")
    wanted = min(min_tokens, max_tokens)
    if len(ids) < wanted:
        return [_chunk(document, 0, (0, len(document.text)), islice(cycle(ids), wanted))]
    tokens = _Tokens(document, offsets)
    return [
        _chunk(document, ordinal, tokens.characters(first, stop), ids[first:stop])
        for ordinal, (first, stop) in enumerate(_pieces(tokens, max_tokens, min_tokens))
    ]


def _chunk(document: Document, ordinal: int, characters: tuple[int, int], ids: Iterable[int]) -> Chunk:
    start, end = characters
    return Chunk(ordinal, start, end, tuple(ids), document.place(start, end), document.text[start:end])


def _pieces(tokens: _Tokens, max_tokens: int, min_tokens: int) -> Iterator[tuple[int, int]]:
    """Yield the first and one past the last token of each chunk."""
    half = (max_tokens + 1) // 2
    tail = min(min_tokens, half)
    first = 0
    while tokens.count - first > max_tokens:
        stop = tokens.best_cut(first + half, min(first + max_tokens, tokens.count - tail))
        yield first, stop
        first = stop
    yield first, tokens.count


class _Tokens:
    """Where the tokens of a document lie, and where it may be cut between them.

    Cut i lies before token i.
    """

    def __init__(self, document: Document, offsets: list[tuple[int, int]]) -> None:
        self.count = len(offsets)
        self._text = document.text
        self._starts = [start for start, _ in offsets]
        self._ends = [end for _, end in offsets]
        self._sections = _sections(document)

    def characters(self, first: int, stop: int) -> tuple[int, int]:
        """Return the stretch of text under the tokens from first up to stop."""
        return self._starts[first], self._ends[stop - 1]

    def best_cut(self, low: int, high: int) -> int:
        """Return the last cut from low to high at the strongest boundary there is among them."""
        for positions in self._boundaries(self._ends[low - 1], self._starts[high]):
            for position in reversed(positions):
                for at in self._cuts_near(position):
                    if low <= at <= high:
                        return at
        return next((at for at in range(high, low - 1, -1) if self._parts_characters(at)), high)

    def _boundaries(self, left: int, right: int) -> Iterator[list[int]]:
        """Yield the positions of all boundaries from left to right, strongest kind first."""
        yield self._sections[bisect_left(self._sections, left) : bisect_right(self._sections, right)]
        for boundary in _BOUNDARIES:
            # One character more, for what a boundary must be followed by.
            yield [match.end() for match in boundary.finditer(self._text, left, right + 1)]

    def _cuts_near(self, position: int) -> Iterator[int]:
        """Yield the cuts that nothing but white space, if anything, parts from a position."""
        after = bisect_left(self._starts, position)
        for at in (after, after - 1):
            if 0 < at < self.count and self._parts_characters(at):
                left, right = min(position, self._starts[at]), max(position, self._ends[at - 1])
                if _BLANK.fullmatch(self._text, left, right):
                    yield at

    def _parts_characters(self, at: int) -> bool:
        return self._starts[at] >= self._ends[at - 1]


def _sections(document: Document) -> list[int]:
    """Return where pages and Markdown sections begin."""
    text = document.text
    starts = [span.start for span in document.spans if span.page is not None]
    starts += [match.end() for match in _FORM_FEED.finditer(text)]
    if document.reader == "markdown":
        headings = (match for match in _FENCE_OR_HEADING.finditer(text) if not match["fence"])
        starts += [match.start() for match in headings]
    return sorted(starts)
