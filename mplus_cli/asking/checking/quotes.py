"""Sentences of the passages that were read: where an answer stands, or those that fit best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mplus_cli.asking.alike import stems
from mplus_cli.asking.checking.literal import TOGETHER, is_literal, parts
from mplus_cli.asking.ending import is_entry, is_row, sentences
from mplus_cli.asking.settling.bases import Bases
from mplus_cli.readers.document import Place
from mplus_cli.results.answers import Quote

if TYPE_CHECKING:
    from store.records import Located


def around(question: str, answer: str, passages: Sequence[Located]) -> tuple[Quote, ...]:
    """The sentences in which an answer stands, of an enumeration those of its parts; none, where it
    stands in no passage.
    """
    for said, most in (([answer], 1), (parts(answer), TOGETHER), ([answer], TOGETHER)):
        found = [_around(question, each, passages, most) for each in said]
        if said and all(found):
            return tuple(dict.fromkeys(quote for quote in found if quote))
    return ()


def best(question: str, passages: Sequence[Located]) -> tuple[Quote, ...]:
    """The sentence that fits a question best; a dated line, only where there is nothing else."""
    placed = [(each, sentences(each.chunk.text)) for each in passages]
    if not any(found for _, found in placed):
        return ()
    weights = Counter(stem for _, found in placed for each in found for stem in stems(each))
    fit = [
        (at not in dated, _fit(question, sentence, weights), located, found, at)
        for located, found in placed
        for dated in [_dated_lines(located, found)]
        for at, sentence in enumerate(found)
    ]
    *_, located, found, at = max(fit, key=lambda each: each[:2])
    return (_quote(located, found, at, at + 1),)


def _around(question: str, said: str, passages: Sequence[Located], most: int) -> Quote | None:
    """The fewest sentences that hold a text, of several the ones that fit the question best."""
    for count in range(1, most + 1):
        holding = [
            (at not in dated, _fit(question, found[at], Counter()), located, found, at)
            for located in passages
            for found in [sentences(located.chunk.text)]
            for dated in [_dated_lines(located, found)]
            for at in range(len(found) - count + 1)
            if is_literal(said, [" ".join(found[at : at + count])])
        ]
        if holding:
            *_, located, found, at = max(holding, key=lambda each: each[:2])
            return _quote(located, found, at, at + count)
    return None


def _dated_lines(located: Located, found: Sequence[str]) -> set[int]:
    """Which sentences of a passage are dated lines."""
    text, dated, stop = located.chunk.text, set[int](), 0
    bases = Bases(text, located.beginning, located.path)
    for at, sentence in enumerate(found):
        start = text.index(sentence, stop)
        stop = start + len(sentence)
        if bases.is_heading(start, stop):
            dated.add(at)
    return dated


def _fit(question: str, sentence: str, weights: Counter[str]) -> float:
    """How many words of a question a sentence has, each the less the more sentences have it."""
    return sum(1 / max(weights[stem], 1) for stem in stems(question) & stems(sentence))


def _quote(located: Located, found: Sequence[str], start: int, stop: int) -> Quote:
    """Sentences start..stop, with those without which they make no sense."""
    chosen = {*range(start, stop)}
    if found[stop - 1].endswith(":"):  # the entries of the list that it announces
        chosen |= {*range(stop, stop + _run(found[stop:], is_entry))}
    head = _head(located, found, start)
    chosen |= set() if head is None else {head}
    chunk = located.chunk
    place = Place(chunk.unit, chunk.first, chunk.last, chunk.section).label()
    text = "\n".join(" ".join(found[at].split()) for at in sorted(chosen))
    return Quote(text, located.path, located.document, located.ordinal, place)


def _head(located: Located, found: Sequence[str], at: int) -> int | None:
    """Which sentence announces an entry of a list, or names the columns of a row; None: none does,
    or it stands in the chunk before.
    """
    above = found[:at][::-1]
    if is_entry(found[at]):
        head = at - _run(above, is_entry) - 1
        return head if head >= 0 and found[head].endswith(":") else None
    head = at - _run(above, is_row)
    return head if is_row(found[at]) and (head > 0 or not located.ordinal) else None


def _run(found: Sequence[str], test: Callable[[str], bool]) -> int:
    """How many at the front pass a test."""
    return next((at for at, each in enumerate(found) if not test(each)), len(found))
