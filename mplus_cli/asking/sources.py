"""Which chunks an answer drew on, as people see them: their places, and what they say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mplus_cli.asking.checking.literal import is_literal
from mplus_cli.asking.stale import staleness
from mplus_cli.readers.document import Place
from mplus_cli.results.answers import Numbers, Passage, Source
from store.records import Located

if TYPE_CHECKING:
    from mplus_cli.kinds.tracing import Drawn

SOURCES = 5
SNIPPET_CHARACTERS = 160


def find_sources(
    drawn: Sequence[Drawn], located: Mapping[int, Located], question: str, answer: str
) -> list[Source]:
    """The chunks that an answer drew on most, most first.

    drawn: in this order; located: their chunks, by number; question, answer: their words choose the
    snippets.
    """
    return [
        replace(
            _alone(located[each.number], _snippet(located[each.number], question, answer)),
            kind=each.kind,
            weight=round(each.weight, 4),
            score=None if each.score is None else round(each.score, 4),
            retrieved_vectors=each.vectors,
        )
        for each in drawn[:SOURCES]
    ]


def _snippet(located: Located, question: str, answer: str) -> str:
    return snippet(located.chunk.text, question, answer)


def passage_source(located: Located, question: str, answer: str) -> Source:
    """A chunk as the one source of an answer that was found in its text."""
    return _alone(located, _snippet(located, question, answer))


def _alone(located: Located, snippet: str) -> Source:
    """A chunk as the only source, of which no vector was weighed."""
    return _of_passage(passage(located, None, None), snippet)


def source_of(found: Passage, question: str, answer: str) -> Source:
    """A passage as the one source of an answer that was found in its text."""
    return _of_passage(found, snippet(found.text, question, answer))


def _of_passage(found: Passage, snippet: str) -> Source:
    return Source(
        path=found.path,
        document=found.document,
        chunk=found.chunk,
        place=found.place,
        unit=found.unit,
        numbers=found.numbers,
        section=found.section,
        page=found.numbers if found.unit == "page" else None,
        lines=found.numbers if found.unit == "line" else None,
        kind="retrieved",
        weight=1.0,
        score=found.score,
        retrieved_vectors=0,
        snippet=snippet,
        stale=found.stale,
        memory=found.memory,
    )


def passage(located: Located, score: float | None, text_rank: int | None) -> Passage:
    """A chunk that was found, as a person sees it."""
    place, numbers = _place(located)
    return Passage(
        path=located.path,
        document=located.document,
        chunk=located.ordinal,
        place=place.label(),
        unit=place.unit,
        numbers=numbers,
        section=place.section,
        text=located.chunk.text,
        score=None if score is None else round(score, 4),
        stale=staleness(located),
        text_rank=text_rank,
    )


def passage_words(located: Located) -> str:
    """All that an answer from a chunk may quote: its text, behind its headings, its title and its
    file's name; empty where no text is kept.
    """
    name, chunk = re.split(r"[/\\]", located.path)[-1], located.chunk
    return f"{name}\n{located.title}\n{chunk.section}\n{chunk.text}" if chunk.text else ""


def _place(located: Located) -> tuple[Place, Numbers | None]:
    chunk = located.chunk
    numbers = None if chunk.first is None or chunk.last is None else (chunk.first, chunk.last)
    return Place(chunk.unit, chunk.first, chunk.last, chunk.section), numbers


def snippet(text: str, question: str, answer: str) -> str:
    """The stretch of a chunk, at most 160 characters, in which the answer stands, or else that
    shares the most words with question and answer; it begins with a sentence where it can.
    """
    flat, words = " ".join(text.split()), set(_words(f"{question} {answer}"))
    starts = [match.start() for match in re.finditer(r"(?<=[.!?:;]) |\A", flat)]
    stretches = [_stretch(flat, start) for start in starts]
    holding = [stretch for stretch in stretches if is_literal(answer, [stretch])]
    if not holding and is_literal(answer, [flat]):  # amid a long sentence
        places = re.finditer(r" ", flat)
        behind = (_stretch(flat, place.start()) for place in places)
        holding = [stretch for stretch in behind if is_literal(answer, [stretch])]
        holding = holding[len(holding) // 2 :][:1]  # with words around it
    return max(holding or stretches, key=lambda stretch: len(words & set(_words(stretch))))


def _stretch(text: str, start: int) -> str:
    cut = text[start:].strip()
    if len(cut) > SNIPPET_CHARACTERS:
        cut = cut[:SNIPPET_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return cut


def _words(text: str) -> list[str]:
    return re.findall(r"\w{3,}", text.lower())
