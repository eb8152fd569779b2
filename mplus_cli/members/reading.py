"""The passages that several memories found, read where they lie until one is surely one to answer
from.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import cast

from mplus_cli.asking.found import LOOKED_AT
from mplus_cli.asking.how import How
from mplus_cli.asking.said import whole
from mplus_cli.errors import StoppedError
from mplus_cli.members.fusing import Candidate
from mplus_cli.members.member import Member
from mplus_cli.results.answers import Absent, Alternative, Answer, Passage
from store.errors import MplusError

READ = 3
"""Passages that are read, of all memories together, before the least doubtful one answers."""


@dataclass(frozen=True)
class Group:
    """What one memory has among the best passages: those to read, and those beside them. read:
    none where its model reads no single passages; top: of how many of them the answers are wanted;
    may_answer: else its answers are further ones.
    """

    member: Member
    read: Sequence[Passage]
    beside: Sequence[Passage]
    top: int
    may_answer: bool

    def asked(self, how: How, if_sure: bool) -> How:
        """How this memory is asked."""
        if not self.read:
            return cast(How, {**how, "if_sure": if_sure})
        places = [
            [(each.document, each.chunk) for each in some] for some in (self.read, self.beside)
        ]
        given = {"passages": places[0], "beside": places[1], "if_sure": if_sure, "top": self.top}
        return cast(How, {**how, **given})

    def named(self, answer: Answer) -> Answer:
        return self.member.named(answer, [*self.read, *self.beside])


def groups(
    order: Sequence[Candidate], members: Sequence[Member], heard: Sequence[int], top: int
) -> list[Group]:
    """The memories to ask, that with the best passage first. heard: numbers of those that were
    searched, of which the first is asked where nothing was found; top: of how many passages the
    answers are wanted.
    """
    best = order[: max(READ, top, LOOKED_AT)]
    found = []
    for number in dict.fromkeys(each.member for each in best[: max(READ, top)]) or heard[:1]:
        own = [(at, each.passage) for at, each in enumerate(best) if each.member == number]
        wanted = sum(at < top for at, _ in own)
        first = sum(at < READ for at, _ in own)
        read = [passage for _, passage in own][: first or wanted]
        beside = [passage for _, passage in own][first or wanted :]
        if all(each.score is None for each in read):  # vectors are read there, and no passages
            read, beside = [], []
        found.append(Group(members[number], read, beside, max(wanted, 1), first > 0 or not own))
    return found


class Reading:
    """One question on its way through the memories that may answer it. `away`: those that can't."""

    def __init__(self, question: str, how: How, groups: Sequence[Group]) -> None:
        self._question, self._how, self._groups = question, how, groups
        self._errors = list[MplusError]()
        self.away = list[Absent]()
        self.all_away = False  # and nothing was said

    def answered(self) -> Generator[str, None, tuple[Group, Answer]]:
        """Pieces of the answer; gives it, and whose it is: of the first memory that has a passage
        which is surely one to answer from, else of the one that doubts least.

        Raises the first one's error where no memory can answer.
        """
        doubts = list[tuple[float, int]]()
        may_answer = [group for group in self._groups if group.may_answer]
        alone = len(may_answer) == 1
        for number, group in enumerate(may_answer):
            answer = yield from self._tried(group, if_sure=not alone)
            if answer is not None and (alone or answer.text or not answer.declined):
                return group, answer
            if answer is not None:
                doubts.append((answer.doubt or 0.0, number))
        for _, number in sorted(doubts):
            group = may_answer[number]
            if (answer := (yield from self._tried(group, if_sure=False))) is not None:
                return group, answer
        self.all_away = True
        raise self._errors[0]

    def _tried(self, group: Group, if_sure: bool) -> Generator[str, None, Answer | None]:
        """What one memory answers; None where it can't, and has said nothing yet."""
        begun = False
        try:
            how = group.asked(self._how, if_sure)
            response = group.member.memory.stream(self._question, **how)
            for piece in response:
                begun = True
                yield piece
            return group.named(response.answer)
        except StoppedError:
            raise
        except MplusError as error:
            if begun:
                raise
            self._errors.append(error)
            self.away.append(Absent(group.member.name, error.message))
            return None

    def alternatives(self, own: Group, answer: Answer) -> list[Alternative]:
        """What the other passages answer, where that is wanted."""
        found = list(answer.alternatives)
        for group in self._groups if self._how.get("top", 1) > 1 else ():
            if group is own:
                continue
            other = whole(self._tried(group, if_sure=False))
            if other is not None and other.sources:
                source = other.sources[0]
                found.append(Alternative(other.text, other.declined, other.confidence, source))
                found += other.alternatives
        return found
