"""Where an answer begins and ends: behind what was thought, before a stop text, with a sentence;
and where the sentences of documents end.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import pairwise

_THOUGHT, _THOUGHT_END = "<think>", "</think>"
# A sentence ends with its mark and what closes around it, in Chinese and Japanese without a space
# behind; a line ends what has no mark. The number of a list's entry is neither.
_SENTENCE_END = re.compile(
    r"^[ \t]*\d+[.)](?=\s|$)"
    r"|([.!?…]+[\"'”\u2019»)\]*_]*(?=\s|$)|[。\uff01\uff1f]+[」』\uff09]*|\n)",
    re.MULTILINE,
)

# What begins a line of its own: an entry of a list, a heading, a quotation, a row of a table.
_ENTRY = re.compile(r"[ \t]*(?:[-*+\u2022\u2023>#]|\d+[.)]|[a-z]\))[ \t]|[ \t]*\|")
_HEADING = re.compile(r"[ \t]*#")
_SHORT_FORM = re.compile(
    r"\b(?:[A-Z]|Dr|Mr|Mrs|Ms|Prof|St|No|Nr|Fig|vs|approx|ca|cf|incl|e\.g|i\.e|z\.B|bzw)\.$"
)
_NEXT = re.compile(r"[ \t]*(.?)")
SHORT = 8  # characters that the longest of them takes
WRAPPED = 60
"""Characters of a line from which on its end is taken for a wrapped one."""


def spoken(pieces: Iterable[str]) -> Iterator[str]:
    """An answer's pieces from its first letter on, without a block of thought in front.

    Some models think aloud though their template asks them not to: `<think>…</think>`. A thought
    that does not end is no answer.
    """
    begun, text = False, ""
    for piece in pieces:
        if begun:
            yield piece
            continue
        text = _after_thought(text + piece)
        # Only what may still become the mark of a thought, or lies in one, is held back.
        if text and not text.startswith(_THOUGHT) and not _THOUGHT.startswith(text):
            begun = True
            yield text
    if not begun and text and not text.startswith(_THOUGHT):
        yield text


def _after_thought(text: str) -> str:
    text = text.lstrip()
    while text.startswith(_THOUGHT) and _THOUGHT_END in text:
        text = text.partition(_THOUGHT_END)[2].lstrip()
    return text


def until(pieces: Iterable[str], stops: Sequence[str]) -> Generator[str, None, bool]:
    """Pieces of a text up to where the first of the stop texts begins; gives whether one did.

    No piece is taken after that. What may be the beginning of a stop text is held back until the
    next piece tells.
    """
    held = ""
    for piece in pieces:
        held += piece
        places = [place for stop in stops if (place := held.find(stop)) >= 0]
        if places:
            if min(places):
                yield held[: min(places)]
            return True
        sure = len(held) - max((_begun(held, stop) for stop in stops), default=0)
        if sure:
            yield held[:sure]
        held = held[sure:]
    if held:
        yield held
    return False


def _begun(text: str, stop: str) -> int:
    """How many characters at the text's end are a beginning of the stop text."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if stop.startswith(text[-size:])), 0)


def whole_sentences(text: str) -> str:
    """A text that was cut, up to the end of its last whole sentence or line; all of it, where there
    is none.
    """
    ends = [found.end() for found in _SENTENCE_END.finditer(text) if found.group(1)]
    return text[: ends[-1]].rstrip() if ends else text


def sentences(text: str) -> list[str]:
    """The sentences of a document's text, in order, as they stand there.

    A heading, an entry of a list and a row of a table are sentences of their own; a line's end
    within a paragraph is none.
    """
    ends = [end.end() for end in _SENTENCE_END.finditer(text) if end.group(1) and _ends(text, end)]
    found = (text[start:end].strip() for start, end in pairwise([0, *ends, len(text)]))
    return [sentence for sentence in found if sentence]


def is_entry(sentence: str) -> bool:
    """Whether a sentence is an entry of a list."""
    bare = not (is_row(sentence) or _HEADING.match(sentence))
    return bare and bool(_ENTRY.match(sentence))


def is_row(sentence: str) -> bool:
    """Whether a sentence is a row of a table, as readers write them."""
    return " | " in sentence or sentence.startswith("|")


def _ends(text: str, end: re.Match[str]) -> bool:
    """Whether a sentence ends where its mark, or a line's end, stands."""
    start, stop = text.rfind("\n", 0, end.start()) + 1, text.find("\n", end.start())
    line = text[start : stop if stop >= 0 else len(text)].strip()
    if end.group(1) != "\n":
        short = _SHORT_FORM.search(text[max(end.end() - SHORT, 0) : end.end()])
        goes_on = end.group(1) == "." and (short or _next(text, end.end()).islower())
        return not (is_row(line) or goes_on)
    stop = text.find("\n", end.end())
    after = text[end.end() : stop if stop >= 0 else len(text)]
    if not line or not after.strip() or _ENTRY.match(after) or _HEADING.match(line) or is_row(line):
        return True
    return len(line) < WRAPPED and not after.lstrip()[0].islower()


def _next(text: str, at: int) -> str:
    """The first character behind a place that is no space, of the same line; else empty."""
    found = _NEXT.match(text, at)
    return found[1] if found else ""
