"""The answer to give: what was said and checked, set against all passages that were found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from mplus_cli.asking.checking.checked import Checked
from mplus_cli.asking.checking.literal import is_literal
from mplus_cli.asking.checking.quotes import around
from mplus_cli.asking.found import Found
from mplus_cli.asking.said import Said
from mplus_cli.asking.settling.disagree import Otherwise, disagreeing, newest
from mplus_cli.asking.settling.other_times import is_of_another_time
from mplus_cli.asking.settling.scene import Scene
from mplus_cli.asking.settling.settle import Given, Settled, settle
from mplus_cli.asking.sources import passage_source, passage_words
from mplus_cli.results.answers import Alternative, AnswerDate, Source

DOUBTFUL = 0.4
"""How likely what only stands beside an answer is right, at most: so that it is said to be unsure.
"""


@dataclass(frozen=True)
class ToGive:
    """An answer; the fields are those of `Answer`."""

    checked: Checked
    declined: bool
    dates: tuple[AnswerDate, ...] = ()
    disagrees: tuple[Alternative, ...] = ()


def to_give(found: Found, first: Checked, others: Iterable[Said], declines: str) -> ToGive:
    """others: what further readings say, decoded when they are taken; declines: what is said where
    there is no answer.
    """
    said = first.said
    given = list(_given(found, [said]))
    if not given:
        return ToGive(first, said.declined)
    more = chain(given, _given(found, others))
    settled = settle(found.question, more, list(found.scenes.values()))
    if settled.text is None:
        return _none(first, declines)
    if said.declined and settled.text == said.text:
        return ToGive(first, True)
    checked = _checked(found, first, settled)
    if settled.place is None:
        return ToGive(checked, False, settled.dates)
    return _held_against_others(found, checked, settled) or _none(first, declines)


def _none(first: Checked, declines: str) -> ToGive:
    none = replace(first, text=declines, literal=None, quote=(), unsupported=())
    return ToGive(replace(none, confidence=None), True)


def _given(found: Found, said: Iterable[Said]) -> Iterator[Given]:
    for one in said:
        number = one.reading.number
        if number is not None and number in found.scenes:
            scene = found.scenes[number]
            yield Given(one.text, one.declined, one.doubt, one.likelihood, scene)


def _checked(found: Found, first: Checked, settled: Settled) -> Checked:
    """What was said first, with what became of it."""
    number = first.said.reading.number
    same = number is not None and settled.scenes == (found.scenes[number],)
    if same and settled.words == first.text:
        return replace(first, text=settled.text or "")
    words = settled.words
    sources = tuple(_source(found, scene, words) for scene in settled.scenes)
    chunks = found.chunks(sources)
    texts = [passage_words(chunk) for chunk in chunks]
    return replace(
        first,
        text=settled.text or "",
        sources=first.sources if same else sources,
        literal=all(is_literal(part, texts) for part in words.split(", ")) if words else None,
        quote=around(found.question, words, chunks) if words else (),
        unsupported=(),
        confidence=_confidence(first, settled) if same else None,
    )


def _confidence(first: Checked, settled: Settled) -> float | None:
    if first.confidence is None or not settled.doubtful:
        return first.confidence
    return min(first.confidence, DOUBTFUL)


def _held_against_others(found: Found, checked: Checked, settled: Settled) -> ToGive | None:
    """An answer beside what other documents say; the newer one is given, or that of the date which
    is asked for; None where it is of another date and none is of this one.
    """
    (own,), question = settled.scenes, found.question
    assert settled.place is not None
    others = [scene for scene in found.scenes.values() if scene is not own]
    otherwise = disagreeing(question, own, *settled.place, others)
    better = newest(question, own, otherwise)
    disagrees = [_alternative(found, each) for each in otherwise if each is not better]
    if better is None:
        if is_of_another_time(question, own, *settled.place):
            return None
        return ToGive(checked, False, settled.dates, tuple(disagrees))
    sources = (_source(found, better.scene, better.text),)
    mine = Alternative(checked.text, False, checked.confidence, checked.sources[0])
    quote = around(question, better.text, found.chunks(sources))
    instead = replace(checked, text=better.text, sources=sources, literal=True, quote=quote)
    return ToGive(instead, False, (), (mine, *disagrees))


def _alternative(found: Found, other: Otherwise) -> Alternative:
    return Alternative(other.text, False, None, _source(found, other.scene, other.text))


def _source(found: Found, scene: Scene, words: str) -> Source:
    number = next(number for number, each in found.scenes.items() if each is scene)
    return passage_source(found.located[number], found.question, words)
