"""Several memories as one to ask.

    with Memories(["notes.mplus", "team/.mplus", "https://host:7375"], tokens=…) as memories:
        print(memories.ask("Which optimizer did they use?").sources[0].memory)

All are searched side by side (`side_by_side.py`). What they find becomes one order (`fusing.py`),
whose first passages are read where they lie (`reading.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self, Unpack, cast

from mplus_cli.asking.found import FRONT, LOOKED_AT
from mplus_cli.asking.how import Asking, How, Search
from mplus_cli.asking.response import Response
from mplus_cli.asking.shared import Engines
from mplus_cli.errors import UsageError
from mplus_cli.members.fusing import Candidate, by_ranks, fused
from mplus_cli.members.member import Member
from mplus_cli.members.names import names_of
from mplus_cli.members.otherwise import otherwise
from mplus_cli.members.reading import Group, Reading, groups
from mplus_cli.members.side_by_side import side_by_side
from mplus_cli.results.answers import Absent, Alternative, Answer, Passage, Source
from mplus_cli.settings import is_server
from store.errors import MplusError

if TYPE_CHECKING:
    from mplus_cli.api import Memory
    from mplus_cli.asking.batch import Asked
    from mplus_cli.results.contents import DocumentText

EACH = 16
"""Passages that each memory is asked for."""

Rankings = list[list[Passage]]


@dataclass(frozen=True)
class Searched:
    """Passages of several memories, best first, and which of these did not take part."""

    passages: list[Passage]
    away: tuple[Absent, ...]


@dataclass(frozen=True)
class _Pooled:
    """What all memories found, best first; heard: the numbers of those that answered."""

    order: list[Candidate]
    heard: list[int]
    away: tuple[Absent, ...]

    def without(self, away: Sequence[Absent], members: Sequence[Member]) -> _Pooled:
        """The same of those memories that have not gone away since."""
        gone = {each.memory for each in away}
        order = [each for each in self.order if members[each.member].name not in gone]
        heard = [number for number in self.heard if members[number].name not in gone]
        return _Pooled(order, heard, (*self.away, *away))


class Memories:
    """Memories that are asked together; nothing in them is changed. For any number of threads.

    Errors are those of `Memory`. One that can't be asked is named in `Answer.away`, as long as
    another one can.
    """

    def __init__(
        self,
        members: Sequence[Memory | str | Path],
        *,
        tokens: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        """members: memories, folders, addresses of servers; tokens: address -> the token that lets
        in there; options: as `Memory` takes them, for the folders.

        Those of one model have it in common. Raises `UsageError`.
        """
        from mplus_cli.api import Memory

        if not members:
            raise UsageError("no memory is named to be asked", "name one, or several")
        engines, opened, self._own = Engines(), list[Memory](), list[Memory]()
        for each in members:
            if isinstance(each, str | Path):
                is_far = is_server(str(each))
                given = {"token": (tokens or {}).get(str(each))} if is_far else options
                self._own.append(Memory(each, **given))
                opened.append(self._own[-1])
            else:
                opened.append(each)
            opened[-1].share(engines)
        places = [memory.place for memory in opened]
        named = zip(names_of(places), opened, places, strict=True)
        self.members = [Member(name, memory, is_server(place)) for name, memory, place in named]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the memories that were named, not of those that were given."""
        for memory in self._own:
            memory.close()

    def ask(self, question: str, **how: Unpack[How]) -> Answer:
        """Answer a question. See `Memory.ask`; `generation`, `within`, `usage` and `prompt` are
        those of the memory that answers.
        """
        return self.stream(question, **how).answer

    def stream(self, question: str, **how: Unpack[How]) -> Response:
        """The answer as it grows. Nothing is said before it is clear which memory answers."""
        Asking(**how)
        return Response(self._pieces(question, how))

    def ask_all(self, lines: Sequence[bytes], **how: Unpack[How]) -> Iterator[Asked]:
        """Answer questions, each a line of JSON. See `Memory.ask_all`."""
        from mplus_cli.asking.batch import ask_all

        return ask_all(lines, partial(self.ask, **how))

    def search(self, words: str, k: int = 5, **how: Unpack[Search]) -> list[Passage]:
        """The k passages of all memories that fit some words best, best first."""
        return self.searched(words, k, **how).passages

    def searched(self, words: str, k: int = 5, **how: Unpack[Search]) -> Searched:
        """The same, with the memories that did not take part."""

        def found(memory: Memory) -> Rankings:
            if how.get("after"):
                return memory.rankings(words, max(k, EACH), **how)
            return [memory.search(words, max(k, EACH), **how)]

        pooled = self._pooled(found, how, lambda: False)
        return Searched([self._named(each) for each in pooled.order[:k]], pooled.away)

    def at(self, generation: str | int) -> NoReturn:
        """Raises `UsageError`: each memory has generations of its own."""
        raise UsageError(
            f"generation {generation} is one of a single memory, and several are asked",
            "ask them as they are now, or that memory alone",
        )

    def text(self, found: Source | Passage) -> DocumentText:
        """What the document of a source or a passage says. Raises `UnknownError` where it is gone,
        `UsageError` where no memory has that name.
        """
        for member in self.members:
            if member.name == found.memory:
                return member.memory.text(found.document)
        raise UsageError(
            f"no memory is called {found.memory!r}",
            "take a source or a passage that came from here",
        )

    def _pooled(
        self, ask: Callable[[Memory], Rankings], how: Search, stopped: Callable[[], bool]
    ) -> _Pooled:
        """What all memories find, in one order. Raises the first one's error where none answers."""

        def found(member: Member) -> tuple[str, Rankings]:
            return member.model, ask(member.memory)

        calls = [member.call(partial(found, member)) for member in self.members]
        came = side_by_side(calls, stopped)
        answers = {at: each for at, each in enumerate(came) if not isinstance(each, MplusError)}
        errors = {at: each for at, each in enumerate(came) if isinstance(each, MplusError)}
        if not answers:
            raise errors[0]
        # One that has none of the documents to be asked has nothing to say, and is not away.
        narrowed = how.get("among") is not None or how.get("since") is not None
        away = tuple(
            Absent(self.members[at].name, error.message)
            for at, error in errors.items()
            if not (narrowed and isinstance(error, UsageError))
        )
        return _Pooled(_in_order(answers), list(answers), away)

    def _pieces(self, question: str, how: How) -> Generator[str, None, Answer]:
        began = time.perf_counter()
        searching = cast(Search, {name: each for name, each in how.items() if name in _SEARCHING})

        def found(memory: Memory) -> Rankings:
            return memory.rankings(question, EACH, **searching)

        pooled = self._pooled(found, searching, how.get("stopped", lambda: False))
        searched_ms = round((time.perf_counter() - began) * 1000, 1)
        top = how.get("top", 1)
        pooled, reading, group, answer = yield from self._answered(question, how, pooled)
        return replace(
            answer,
            alternatives=tuple(
                self._sorted(reading.alternatives(group, answer), pooled)[: top - 1]
            ),
            disagrees=(*answer.disagrees, *self._otherwise(question, answer, pooled)),
            timings_ms={"search": searched_ms, **answer.timings_ms},
            away=(*pooled.away, *reading.away),
        )

    def _answered(
        self, question: str, how: How, pooled: _Pooled
    ) -> Generator[str, None, tuple[_Pooled, Reading, Group, Answer]]:
        """Have the memories with the best passages asked; where none of them can answer any more,
        those with the next ones.
        """
        while True:
            best = groups(pooled.order, self.members, pooled.heard, how.get("top", 1))
            reading = Reading(question, how, best)
            try:
                group, answer = yield from reading.answered()
            except MplusError:
                left = pooled.without(reading.away, self.members)
                if not reading.all_away or not left.heard:
                    raise
                pooled = left
            else:
                return pooled, reading, group, answer

    def _sorted(self, found: Sequence[Alternative], pooled: _Pooled) -> list[Alternative]:
        """What passages answer, in the order of these."""
        places = {_place(self._named(each)): at for at, each in enumerate(pooled.order)}
        return sorted(found, key=lambda each: places.get(_place(each.source), len(places)))

    def _otherwise(self, question: str, answer: Answer, pooled: _Pooled) -> list[Alternative]:
        """What the passages of other memories have in the place of the answer."""
        passages = [self._named(each) for each in pooled.order]
        own = {_place(source) for source in answer.sources[:1]}
        for passage in passages:
            if _place(passage) in own:
                others = [each for each in passages[:LOOKED_AT] if each.memory != passage.memory]
                return otherwise(question, answer, passage, others)
        return []

    def _named(self, candidate: Candidate) -> Passage:
        return replace(candidate.passage, memory=self.members[candidate.member].name)


_SEARCHING = Search.__annotations__


def _place(one: Source | Passage) -> tuple[str, int, int]:
    return one.memory, one.document, one.chunk


def _in_order(answers: Mapping[int, tuple[str, Rankings]]) -> list[Candidate]:
    """The passages of the memories by their numbers, best first.

    A question that goes on with others has two rankings in each, fused as those of one memory are.
    """
    numbers, models = list(answers), [model for model, _ in answers.values()]
    found = [rankings for _, rankings in answers.values()]
    alone = fused([rankings[0] for rankings in found], models)
    order = alone
    if any(len(rankings) > 1 for rankings in found):
        order = by_ranks([(1, alone), (FRONT, fused([each[-1] for each in found], models))])
    return [Candidate(numbers[each.member], each.passage) for each in order]
