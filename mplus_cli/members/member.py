"""One of several memories that a question is put to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from mplus_cli.errors import UnreachableError
from mplus_cli.members.side_by_side import Call
from mplus_cli.results.answers import Alternative, Answer, Passage, Source

if TYPE_CHECKING:
    from mplus_cli.api import Memory

T = TypeVar("T")


def _still_silent() -> NoReturn:
    raise UnreachableError(
        "it has not answered the question before yet", "see whether the server is still there"
    )


@dataclass
class Member:
    """name: what its passages and sources say that they are in; far: a server has it."""

    name: str
    memory: Memory
    far: bool
    _last: Call[Any] | None = None

    def call(self, ask: Callable[[], T]) -> Call[T]:
        """Something to ask this memory. One that was given up waiting for is asked nothing more
        until it has answered that.
        """
        last = self._last
        if last is not None and last.left and last.result is None:
            return Call(_still_silent, self.far)
        self._last = call = Call(ask, self.far)
        return call

    @property
    def model(self) -> str:
        """Identity of the model that it is for. Raises what looking at a memory raises."""
        return self._there if self.far else self.memory.identity

    @cached_property
    def _there(self) -> str:
        return self.memory.identity  # a server has one model as long as it runs

    def named(self, answer: Answer, passages: Sequence[Passage]) -> Answer:
        """An answer that says of its sources that they are in this memory. passages: that were
        named to be read, with their scores.
        """
        scores = {(each.document, each.chunk): each.score for each in passages}

        def source(one: Source) -> Source:
            score = scores.get((one.document, one.chunk), one.score)
            return replace(one, memory=self.name, score=score)

        def alternative(one: Alternative) -> Alternative:
            return replace(one, source=source(one.source))

        return replace(
            answer,
            sources=tuple(map(source, answer.sources)),
            alternatives=tuple(map(alternative, answer.alternatives)),
            disagrees=tuple(map(alternative, answer.disagrees)),
        )
