"""What a line of a conversation leads to, for the screen to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mplus_cli.results.answers import Answer, Growing, Passage
    from mplus_cli.results.upkeep import Forgotten


@dataclass(frozen=True)
class Answering:
    """An answer that begins to be given. heard: takes it once it is whole."""

    response: Growing
    heard: Callable[[Answer], None]


@dataclass(frozen=True)
class Help:
    """Commands, each with what it does."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Sources:
    """The sources of an answer, whole."""

    answer: Answer


@dataclass(frozen=True)
class Found:
    """Passages, best first."""

    passages: Sequence[Passage]


@dataclass(frozen=True)
class Opened:
    """A document that the system opens."""

    path: str
    place: str


@dataclass(frozen=True)
class Shown:
    """A passage in place of its document."""

    path: str
    place: str
    text: str


@dataclass(frozen=True)
class Asks:
    """Something that is done only if the user agrees; `about`: paths, where
    it is about several."""

    question: str
    about: Sequence[str]
    then: Callable[[], Told]


@dataclass(frozen=True)
class Forgot:
    """Documents that left."""

    found: Forgotten


@dataclass(frozen=True)
class Which:
    """A line that was asked for."""

    text: str


@dataclass(frozen=True)
class Said:
    """A line about what was done, or what is so."""

    text: str


@dataclass(frozen=True)
class Ended:
    """The conversation is over."""


Told = Answering | Help | Sources | Found | Opened | Shown | Asks | Forgot | Which | Said | Ended
