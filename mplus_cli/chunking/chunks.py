"""Cut a document into chunks of token ids that a model can write one at a time."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import NamedTuple, Protocol

from mplus_cli.errors import ReadError
from mplus_cli.readers.document import BETWEEN_HEADINGS, Document, Place

CHUNKER_VERSION = 3
"""Goes up whenever the same text and ids may be cut elsewhere."""

_FORM_FEED = re.compile(r"\f")
_BLANK = re.compile(r"\s*+")
_WORD = re.compile(r"\w+")
_SPEAKER = r"[^\W\d_a-z][\w.’'-]{0,30}(?: [^\W\d_a-z][\w.’'-]{0,30}){0,2}: "  # noqa: RUF001
_TURN = re.compile(_SPEAKER)
# Boundaries inside a section, strongest first; each lies where its match ends.
_BOUNDARIES = (
    re.compile(r"(?<=\n)(?:[^\S\n]*+\n)++"),  # blank line
    re.compile(rf"(?<=\n)(?={_SPEAKER})"),  # turn of a dialogue
    re.compile(r"[.!?…][\"'”’)\]]*+(?:[^\S\n]*+\n|(?=\s))|[。！？][”’」』）]*+"),  # sentence  # noqa: RUF001
    re.compile(r"\n"),
    re.compile(r"(?=\s)|(?<=\s)"),
)
# In code, what stands at the margin after a blank line begins something; what closes a block does
# not.
_CODE_BOUNDARIES = (
    re.compile(r"(?<=\n)(?:[^\S\n]*+\n)++(?=[^\s)\]}])"),
    _BOUNDARIES[0],
    *_BOUNDARIES[3:],
)

_WITHIN_SENTENCES = 1  # the last boundary: of words

_MAX_CONTEXT_SHARE = 1 / 3
_LONGEST_TURN = 4000  # characters
_BEGINNING = 400  # characters of a chunk that may say its title


@dataclass(frozen=True)
class Chunk:
    """A stretch of a document: its token ids [n], its place, and text = document.text[start:end].

    The ids of its context come first: what the document is called, headings, and the names of
    columns.
    """

    ordinal: int
    start: int
    end: int
    ids: tuple[int, ...]
    place: Place
    context: str
    text: str


class Encoder(Protocol):
    """A tokenizer without special tokens."""

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids and, for each id, its characters in the text, half-open and in order."""
        ...


def cut(
    document: Document,
    encoder: Encoder,
    max_tokens: int,
    min_tokens: int = 16,
    whole_sentences: bool = False,
) -> list[Chunk]:
    """The chunks of a document, in order: all its ids, `min_tokens` to `max_tokens` in each.

    A chunk ends at the strongest boundary in its second half: section or page, paragraph, turn of a
    dialogue, sentence, line, word; in code: top-level block, blank line, line. It begins with the
    ids of the document's title and of the headings over it, so far as its own text does not say
    them; amid a table those of the columns' names follow, amid a turn who speaks. A document of
    fewer than `min_tokens` ids becomes one chunk that repeats them. Where
    max_tokens < 2 * min_tokens - 1, both limits can't always hold: `max_tokens` is kept then, and
    a chunk may be as short as half of it. whole_sentences: what would be cut within a sentence ends
    before it, where `min_tokens` are before it. Raises `ReadError` for a text without any ids.
    """
    if max_tokens < 1:
        raise ValueError(f"max_tokens is {max_tokens}, must be at least 1")
    ids, offsets = encoder.encode(document.text)
    if not ids:
        raise ReadError("empty: there is no text in it", "leave it out")
    least = min(min_tokens, max_tokens)
    contexts = _Contexts(document, encoder, int(max_tokens * _MAX_CONTEXT_SHARE))
    if len(ids) < least:
        context = contexts.before(0)
        if len(context.ids) + len(ids) > max_tokens:
            context = _Context("", [])
        repeated = islice(cycle(ids), max(len(ids), least - len(context.ids)))
        whole = (0, len(document.text))
        return [_chunk(document, 0, whole, context.text, [*context.ids, *repeated])]
    tokens = _Tokens(document, offsets)
    return [
        _chunk(
            document,
            ordinal,
            tokens.characters(first, stop),
            context.text,
            [*context.ids, *ids[first:stop]],
        )
        for ordinal, (context, first, stop) in enumerate(
            _stretches(tokens, contexts, max_tokens, min_tokens, whole_sentences)
        )
    ]


def _chunk(
    document: Document,
    ordinal: int,
    characters: tuple[int, int],
    context: str,
    ids: Iterable[int],
) -> Chunk:
    start, end = characters
    place, text = document.place(start, end), document.text[start:end]
    return Chunk(ordinal, start, end, tuple(ids), place, context, text)


def _stretches(
    tokens: _Tokens, contexts: _Contexts, max_tokens: int, min_tokens: int, whole_sentences: bool
) -> Iterator[tuple[_Context, int, int]]:
    """Of each chunk its context, its first token and the one after its last."""
    first = 0
    while first < tokens.count:
        context = contexts.before(tokens.start(first))
        room = max_tokens - len(context.ids)
        stop = tokens.count
        if stop - first > room:
            half = (room + 1) // 2
            tail = min(min_tokens, half)
            least = first + (min(min_tokens, half) if whole_sentences else half)
            stop = tokens.best_cut(first + half, min(first + room, tokens.count - tail), least)
        yield context, first, stop
        first = stop


class _Context(NamedTuple):
    """What a chunk needs to be told before its text."""

    text: str
    ids: list[int]


class _Contexts:
    """The contexts of a document's chunks, in at most some tokens each."""

    def __init__(self, document: Document, encoder: Encoder, max_tokens: int) -> None:
        self._document = document
        self._encoder = encoder
        self._max_tokens = max_tokens
        self._title = _parts(document.title)
        self._made: dict[tuple[str, str, str], _Context] = {}

    def before(self, position: int) -> _Context:
        """What a chunk begins with whose first token begins at a position."""
        text = self._document.text
        blank = _BLANK.match(text, position)
        position = blank.end() if blank else position
        span = self._document.span_at(position)
        section = _parts(span.section)
        if span.heading and _BLANK.fullmatch(text, span.start, position):
            section = section[:-1]  # it says its heading itself
        begins = text[position : position + _BEGINNING].split("\n")
        title = [part for part in self._title if not _is_said(part, begins)]
        section = [part for part in section if not _is_said(part, self._title)]
        joined = BETWEEN_HEADINGS.join
        needed = (joined(title), joined(section), span.header or self._speaker(position))
        if needed not in self._made:
            self._made[needed] = self._encoded(*needed)
        return self._made[needed]

    def _speaker(self, position: int) -> str:
        """Whose turn of a dialogue goes on at a position: "Anna:"; "" where a line begins there."""
        text = self._document.text
        line = text.rfind("\n", max(position - _LONGEST_TURN, 0), position) + 1
        turn = _TURN.match(text, line, position) if line or position < _LONGEST_TURN else None
        return turn[0].rstrip() if turn else ""

    def _encoded(self, title: str, section: str, header: str) -> _Context:
        """All of it, else what fits: the last heading, the columns alone, nothing."""
        last = section.rpartition(BETWEEN_HEADINGS)[2]
        for parts, names in (
            ((title, section), header),
            ((title, last), header),
            ((last,), header),
            ((last,), ""),
            ((), header),
            ((title,), ""),
        ):
            heading = BETWEEN_HEADINGS.join(filter(None, parts))
            text = (f"{heading}\n\n" if heading else "") + (f"{names}\n" if names else "")
            ids = self._encoder.encode(text)[0] if text else []
            if len(ids) <= self._max_tokens:
                return _Context(text, ids)
        return _Context("", [])


def _parts(path: str) -> list[str]:
    return path.split(BETWEEN_HEADINGS) if path else []


def _is_said(heading: str, lines: list[str]) -> bool:
    """Whether one of some lines begins with all the words of a heading, or nearly so."""
    words = _WORD.findall(heading.casefold())
    beginnings = (_WORD.findall(line.casefold())[: 2 * len(words) + 2] for line in lines)
    return bool(words) and any(set(words) <= set(beginning) for beginning in beginnings)


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
        self._patterns = _CODE_BOUNDARIES if document.reader == "code" else _BOUNDARIES
        # How many of them part sentences or lines.
        self._sentence = len(self._patterns) - _WITHIN_SENTENCES

    def start(self, token: int) -> int:
        return self._starts[token]

    def characters(self, first: int, stop: int) -> tuple[int, int]:
        """The stretch of text under the tokens from `first` up to `stop`."""
        return self._starts[first], self._ends[stop - 1]

    def best_cut(self, low: int, high: int, least: int) -> int:
        """The last cut from `low` to `high` at the strongest boundary there is among them; before a
        sentence is cut, the last one from `least` on where none is.
        """
        found = self._last_cut(low, high, self._patterns[: self._sentence])
        if found is None and least < low:
            found = self._last_cut(least, low, self._patterns[: self._sentence])
        if found is None:
            found = self._last_cut(low, high, self._patterns[self._sentence :], sections=False)
        if found is not None:
            return found
        return next((at for at in range(high, low - 1, -1) if self._parts_characters(at)), high)

    def _last_cut(
        self, low: int, high: int, patterns: Sequence[re.Pattern[str]], sections: bool = True
    ) -> int | None:
        left, right = self._ends[low - 1], self._starts[high]
        for positions in self._boundaries(left, right, patterns, sections):
            for position in reversed(positions):
                for at in self._cuts_near(position):
                    if low <= at <= high:
                        return at
        return None

    def _boundaries(
        self, left: int, right: int, patterns: Sequence[re.Pattern[str]], sections: bool
    ) -> Iterator[list[int]]:
        """The positions of all boundaries from `left` to `right`, the strongest kind first."""
        if sections:
            yield self._sections[
                bisect_left(self._sections, left) : bisect_right(self._sections, right)
            ]
        for boundary in patterns:
            # One character more, for what a boundary must be followed by.
            yield [match.end() for match in boundary.finditer(self._text, left, right + 1)]

    def _cuts_near(self, position: int) -> Iterator[int]:
        """The cuts that nothing but white space, if anything, parts from a position."""
        after = bisect_left(self._starts, position)
        for at in (after, after - 1):
            if 0 < at < self.count and self._parts_characters(at):
                left, right = min(position, self._starts[at]), max(position, self._ends[at - 1])
                if _BLANK.fullmatch(self._text, left, right):
                    yield at

    def _parts_characters(self, at: int) -> bool:
        return self._starts[at] >= self._ends[at - 1]


def _sections(document: Document) -> list[int]:
    """Where pages, sections and the like begin."""
    return sorted(
        [*document.section_starts(), *(match.end() for match in _FORM_FEED.finditer(document.text))]
    )
