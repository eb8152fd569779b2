"""Questions that go to a server that has the memory open, while there is one, and else are answered
here: for programs that stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Unpack

from mplus_cli.serving.warm.client import Arriving, Served, Stopped, WarmError, questions

if TYPE_CHECKING:
    from mplus_cli.asking.how import Askable, How, Search
    from mplus_cli.results.answers import Answer, Growing, Passage
    from mplus_cli.settings import Settings


class Anywhere:
    """See `mplus_cli.asking.how.Askable`; a server is looked for anew with each question."""

    def __init__(
        self,
        settings: Settings,
        here: Askable,
        at: str | None = None,
        stopped: Stopped | None = None,
    ) -> None:
        """here: the memory as the generation `at` had it; stopped: of searches, see `How`."""
        self._settings, self._here, self._at, self._stopped = settings, here, at, stopped

    def stream(self, question: str, **how: Unpack[How]) -> Growing:
        here = partial(self._here.stream, question, **how)
        if (served := self._served()) is not None:
            with suppress(WarmError):  # it has gone just now
                return Surely(served.stream(question, **how), here)
        return here()

    def search(self, words: str, k: int = 5, **how: Unpack[Search]) -> list[Passage]:
        if (served := self._served()) is not None:
            with suppress(WarmError):
                return served.search(words, k, self._stopped, **how)
        return self._here.search(words, k, **how)

    def _served(self) -> Served | None:
        served = questions(self._settings)
        return served if served is None or self._at is None else served.at(self._at)


class Surely:
    """An answer of a server, or one that is made here, where none comes and nothing was shown."""

    def __init__(self, served: Arriving, here: Callable[[], Growing]) -> None:
        self._growing: Growing = served
        self._here = here

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self._growing
        except WarmError as error:
            self._turn_to_here(error)
            yield from self._growing

    @property
    def answer(self) -> Answer:
        """The whole answer. Raises what asking raises."""
        try:
            return self._growing.answer
        except WarmError as error:
            self._turn_to_here(error)
            return self._growing.answer

    def _turn_to_here(self, error: WarmError) -> None:
        if error.begun:
            raise error
        self._growing = self._here()
