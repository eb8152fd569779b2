"""A passage as people speak and date in it: sentences, who says them, and on which date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from mplus_cli.asking.alike import stems
from mplus_cli.asking.settling.bases import Bases
from mplus_cli.asking.settling.turns import Turn, sentences, speakers, turns
from store.records import Located

_FIRST = re.compile(r"\b(?:I|[Mm]y|me|mine|[Ww]e|[Oo]ur|us|myself)\b")
_SECOND = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_WHEN = re.compile(
    r"\W*(?:and\s+)?(?:since\s+|until\s+)?(?:when|(?:(?:on|in)\s+)?(?:what|which)\s+"
    r"(?:date|day|month|year))\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\?[\"')*_\s]*$")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage: its characters, half-open, the turn that it is of, and all that is
    said there.
    """

    start: int
    end: int
    text: str
    turn: Turn
    said: str

    @property
    def speaker(self) -> str:
        return self.turn.speaker

    @cached_property
    def stems(self) -> set[str]:
        return stems(self.text)

    @property
    def first_person(self) -> bool:
        return bool(_FIRST.search(self.text))

    @property
    def second_person(self) -> bool:
        return bool(_SECOND.search(self.text))

    @property
    def to_other(self) -> bool:
        """Whether the one spoken to is meant: here, or in the rest of what is said."""
        if self.first_person or self.second_person:
            return self.second_person
        return bool(_SECOND.search(self.said)) and not _FIRST.search(self.said)

    @property
    def asks(self) -> bool:
        return bool(_ASKS.search(self.text))


@dataclass(frozen=True)
class Scene:
    """A passage text[start:end] with what stands in front of it in its document.

    head: how the document begins; path: its name.
    """

    text: str
    start: int
    end: int
    head: str
    path: str

    @cached_property
    def speakers(self) -> frozenset[str]:
        return speakers(self.text)

    @cached_property
    def sentences(self) -> list[Sentence]:
        """The sentences of the passage, in order."""
        shown = self.text[: self.end]
        # A turn that began before the passage goes on in it.
        begin = max(0, shown.rfind("\n\n", 0, self.start))
        found = []
        for turn in turns(shown[begin:], self.speakers):
            moved = Turn(turn.speaker, turn.start + begin, turn.said + begin, turn.end + begin)
            said = self.text[moved.said : moved.end]
            for start, end in sentences(self.text, max(moved.said, self.start), moved.end):
                if not self.bases.is_heading(start, end):
                    found.append(Sentence(start, end, self.text[start:end], moved, said))
        return found

    @cached_property
    def bases(self) -> Bases:
        return Bases(self.text, self.head, self.path)


def asks_when(question: str) -> bool:
    return bool(_WHEN.match(question))


def scene_of(located: Located) -> Scene:
    """The scene of a passage that was found."""
    text, start = located.before + located.chunk.text, len(located.before)
    return Scene(text, start, len(text), located.beginning, located.path)
