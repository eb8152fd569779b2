"""Stories, cut into segments: facts in their order, background at random places between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from mplus_cli.errors import UsageError
from training.stories.house import ACTS, House
from training.stories.parts import Asked, Segment, Sentence, Story, Write
from training.stories.stream_wording import STREAMS
from training.stories.streams import Stream
from training.stories.words import Words

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENS = 48  # of a segment, at most
KINDS = (*ACTS, *STREAMS)
_TRIES = 100
_MOST = 12  # facts of a short story, as in bAbI
_ASIDE = 0.0, 0.0, 0.25  # shares of a story's other sentences that are about what it tells of


class Teller(Protocol):
    """One story's state: facts are proposed, those told count, questions come of them."""

    def propose(self, rng: Random) -> tuple[Any, str]: ...
    def writes(self, fact: Any) -> tuple[Write, ...]: ...
    def tell(self, fact: Any) -> None: ...
    def aside(self, rng: Random) -> str: ...
    def asked(self, rng: Random) -> tuple[Asked, ...]: ...


class Stories:
    """Tells stories for one base.

    Args:
        tokens: the base's tokenizer.
        words: what the stories are told with.
        background: sentences that say nothing of them.
    """

    def __init__(self, tokens: Tokenizer, words: Words, background: Sequence[str]) -> None:
        self._tokens, self.words = tokens, words
        self._ids = lru_cache(maxsize=1 << 16)(self._encoded)
        fitting = (each for each in words.allowed(background) if len(self._ids(each)) <= TOKENS)
        self.background = tuple(fitting)
        if not self.background:
            raise UsageError("stories need background sentences", "see training.stories.background")

    def _encoded(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokens.encode(f" {text}", add_special_tokens=False).ids)

    def sentence(self, text: str) -> Sentence:
        """The sentence with its tokens."""
        return Sentence(text, self._ids(text))

    def story(self, rng: Random, kind: str, segments: int, facts: float | int) -> Story:
        """A story of a kind.

        Args:
            rng: the only source of chance.
            kind: one of `KINDS`.
            segments: how many.
            facts: the share of the segments that tell facts (float), and some stories have many
                there, some few; or how many do (int), at most 12 facts in all, and then something
                of this kind can be asked at the end.

        Raises:
            UsageError: no such kind, or nothing that can be asked fits so few segments.
        """
        if kind not in KINDS or segments < 1:
            raise UsageError(
                f"no stories of {kind} with {segments} segments", f"kinds: {', '.join(KINDS)}"
            )
        for _ in range(_TRIES):
            cast = self.words.cast(rng)
            teller = House(rng, kind, cast) if kind in ACTS else Stream(rng, kind, cast)
            quotas = _quotas(rng, segments, facts)
            told = Story(kind, tuple(self._segments(rng, teller, quotas)))
            if isinstance(facts, float) or any(
                each.kind == kind for each in told.segments[-1].asked
            ):
                return told
        raise UsageError(f"no story of {kind} fits {facts} segments", "give it more segments")

    def _segments(self, rng: Random, teller: Teller, quotas: list[int]) -> list[Segment]:
        made: list[Segment] = []
        waiting = None
        dense = rng.random() < 0.5
        about = rng.choice(_ASIDE)

        def other() -> str:
            aside = rng.random() < about
            return teller.aside(rng) if aside else rng.choice(self.background)

        for quota in quotas:
            sentences: list[Sentence] = []
            left = TOKENS
            for _ in range(quota):
                fact, text = waiting or teller.propose(rng)
                sentence = replace(self.sentence(text), tells=True, writes=teller.writes(fact))
                if len(sentence.ids) > left:
                    waiting = fact, text
                    break
                waiting = None
                teller.tell(fact)
                sentences.append(sentence)
                left -= len(sentence.ids)
            if not (dense and quota > 3):
                self.fill(rng, sentences, other)
            made.append(segment(sentences, teller.asked(rng)))
        return made

    def spread(
        self, rng: Random, facts: Sequence[str], asked: Asked, segments: int
    ) -> Story | None:
        """A given story over some segments, asked at their end; None: it doesn't fit.

        Its facts stay in their order and lie anywhere between background sentences.
        """
        sentences = [replace(self.sentence(each), tells=True) for each in facts]
        places = _places(rng, [len(each.ids) for each in sentences], segments)
        if places is None:
            return None
        parts: list[list[Sentence]] = [[] for _ in range(segments)]
        for place, sentence in zip(places, sentences, strict=True):
            parts[place].append(sentence)
        for part in parts:
            self.fill(rng, part)
        last = segment(parts.pop(), (asked,))
        return Story(asked.kind, (*(segment(part, ()) for part in parts), last))

    def fill(
        self, rng: Random, sentences: list[Sentence], other: Callable[[], str] | None = None
    ) -> None:
        """Puts background, or other sentences, at random places between some until no more fits,
        in place.
        """
        other = other or partial(rng.choice, self.background)
        left = TOKENS - sum(len(each.ids) for each in sentences)
        misses = 0
        while misses < 3 and left >= 5:
            sentence = self.sentence(other())
            if len(sentence.ids) > left:
                misses += bool(sentences)
                continue
            sentences.insert(rng.randint(0, len(sentences)), sentence)
            left -= len(sentence.ids)


def segment(sentences: Sequence[Sentence], asked: tuple[Asked, ...]) -> Segment:
    """The segment of some sentences."""
    ids = tuple(token for each in sentences for token in each.ids)
    return Segment(ids, " ".join(each.text for each in sentences), asked, tuple(sentences))


def _quotas(rng: Random, segments: int, facts: float | int) -> list[int]:
    """How many facts each segment tells."""
    if isinstance(facts, float):
        most = rng.choice((1, 2, 3, 6))
        least = 4 if most == 6 else 1
        return [rng.randint(least, most) * (rng.random() < facts) for _ in range(segments)]
    bearing = rng.sample(range(segments), min(facts, segments))
    more = rng.randint(0, max(0, min(_MOST, 5 * len(bearing)) - len(bearing)))
    counts = Counter([*bearing, *(rng.choice(bearing) for _ in range(more))])
    return [counts[place] for place in range(segments)]


def _places(rng: Random, sizes: Sequence[int], segments: int) -> list[int] | None:
    """A segment for each of some sentences in order, by their numbers of tokens: anywhere, but so
    that the later ones still fit; None: not all fit.
    """
    latest, free, last = [0] * len(sizes), TOKENS, segments - 1
    for each in reversed(range(len(sizes))):
        if sizes[each] > free:
            last, free = last - 1, TOKENS
        latest[each] = last
        free -= sizes[each]
    if last < 0 or max(sizes, default=0) > TOKENS:
        return None
    wished = sorted(rng.choices(range(segments), k=len(sizes)))
    places, place, free = [], 0, TOKENS
    for wish, end, size in zip(wished, latest, sizes, strict=True):
        at = min(max(wish, place), end)
        at += at == place and size > free
        free = (free if at == place else TOKENS) - size
        places.append(at)
        place = at
    return places
