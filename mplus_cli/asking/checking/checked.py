"""What is known of an answer when it was decoded: where it is from, and whether it stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.asking.checking.confidence import confidence, signs
from mplus_cli.asking.checking.literal import Stretches, is_literal
from mplus_cli.asking.checking.quotes import around, best
from mplus_cli.asking.checking.supported import unsupported
from mplus_cli.asking.found import Found
from mplus_cli.asking.said import Said
from mplus_cli.asking.sources import find_sources, passage_words
from mplus_cli.errors import UsageError
from mplus_cli.model.config import Answering
from mplus_cli.results.answers import APPROXIMATE, Alternative, Quote, Source

if TYPE_CHECKING:
    from store.records import Located


@dataclass(frozen=True)
class Checked:
    """Something said, and what is known of it; the fields are those of `Answer`, signs those of
    `asking.checking.confidence`, empty where nothing is to be told.
    """

    said: Said
    text: str
    sources: tuple[Source, ...]
    literal: bool | None
    quote: tuple[Quote, ...]
    unsupported: tuple[str, ...]
    confidence: float | None
    signs: Mapping[str, float]

    def as_alternative(self) -> Alternative:
        return Alternative(self.text, self.said.declined, self.confidence, self.sources[0])


def checked(found: Found, said: Said, answering: Answering, quoting: bool) -> Checked:
    """quoting: the text is the sentences that answer, in place of what was said. Raises
    `UsageError` where the memory keeps no texts to quote.
    """
    drawn = said.reading.trace.drawn()
    sources = tuple(find_sources(drawn, found.located, found.question, said.text))
    chunks = found.chunks(sources)
    if quoting and sources and not chunks:
        raise UsageError(
            "this memory keeps no texts, so there is nothing to quote",
            "ask without --quote",
        )
    if said.declined or not chunks:
        return Checked(said, said.text, sources, None, (), (), None, {})
    approximate = any(source.kind == APPROXIMATE for source in sources)
    literal, lacking = _standing(found.question, said, chunks, answering, approximate)
    quote = around(found.question, said.text, chunks) if literal else ()
    known = signs(found.question, said, literal, _text(quote))
    sure = confidence(answering.confidence, known)
    if not quoting:
        return Checked(said, said.text, sources, literal, quote, lacking, sure, known)
    quote = quote or best(found.question, chunks)
    return Checked(said, _text(quote), sources, True, quote, (), sure, known)


def _text(quotes: Sequence[Quote]) -> str:
    return "\n".join(quote.text for quote in quotes)


def _standing(
    question: str,
    said: Said,
    chunks: Sequence[Located],
    answering: Answering,
    approximate: bool,
) -> tuple[bool | None, tuple[str, ...]]:
    """Whether what was said stands in the chunks, and its sentences that they do not support; of a
    model for short literal answers its answer is the sentence.
    """
    if not said.text:
        return None, ()
    texts = [passage_words(chunk) for chunk in chunks]
    begun = said.cut and any(Stretches(text).goes_on(said.text) for text in texts)
    if begun or is_literal(said.text, texts):
        return True, ()
    if approximate:  # another chunk may have it
        return None, ()
    return False, (said.text,) if answering.literal else unsupported(said.text, question, texts)
