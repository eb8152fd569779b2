"""A conversation: what was asked so far, of which documents, and what was found last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from mplus_cli.asking.how import Askable, How
from mplus_cli.errors import UsageError
from mplus_cli.serving.warm.anywhere import Anywhere
from mplus_cli.settings import Settings

if TYPE_CHECKING:
    from mplus_cli.api import Memory
    from mplus_cli.members.together import Memories
    from mplus_cli.results.answers import Answer, Growing, Passage, Source
    from mplus_cli.results.contents import DocumentText

Stopped = Callable[[], bool]
MOST_REMEMBERED = 8
"""Questions that a conversation keeps."""


class Conversation:
    """What is asked, and the questions that were put to it since the last `begin`: one memory at a
    time, or several together.

    open_: opens a memory by settings; questions: how each question is answered; begin_with: what is
    asked at first, where that is not the memory of the settings.
    """

    def __init__(
        self,
        settings: Settings,
        open_: Callable[[Settings], Memory],
        questions: How,
        begin_with: Memory | Memories | None = None,
    ) -> None:
        self.settings, self._open, self._how = settings, open_, questions
        self._warms = begin_with is None
        self.asked_of: Memory | Memories = begin_with or open_(settings)
        self.among: str | None = None
        self.answer: Answer | None = None
        self.listed: Sequence[Source | Passage] = ()
        self._asked: list[str] = []

    @property
    def memory(self) -> Memory:
        """The one that is asked. Raises `UsageError` where several are."""
        if self.names:
            raise UsageError(
                "several memories are asked, and this is done to one", "go to one: /memory PATH"
            )
        return cast("Memory", self.asked_of)

    @property
    def names(self) -> list[str]:
        """Those of the memories that are asked together; none where it is one."""
        return [each.name for each in getattr(self.asked_of, "members", ())]

    def text(self, found: Source | Passage) -> DocumentText:
        """What the document of a source or a passage says."""
        if self.names:
            return cast("Memories", self.asked_of).text(found)
        return self.memory.text(found.document)

    def ask(self, question: str, stopped: Stopped) -> Growing:
        """Begin to answer, as what goes on with the questions before; at a server that has the
        memory open, if there is one. Raises what asking raises.
        """
        how: How = {**self._how, "after": tuple(self._asked), "stopped": stopped}
        how["among"] = self.among
        return self._anywhere.stream(question, **how)

    @property
    def _anywhere(self) -> Askable:
        return Anywhere(self.settings, self.asked_of) if self._warms else self.asked_of

    def heard(self, question: str, answer: Answer) -> None:
        """A question was answered: what comes next may go on with it."""
        self._asked = [*self._asked, question][-MOST_REMEMBERED:]
        self.answer, self.listed = answer, answer.sources

    def search(self, words: str) -> Sequence[Passage]:
        """The passages that fit some words best; `numbered` counts them from now on."""
        found = self._anywhere.search(words, among=self.among)
        self.listed = found
        return found

    def numbered(self, number: str) -> Source | Passage:
        """A source or a passage that was listed last, counted from 1. Raises `UsageError`."""
        if not self.listed:
            raise UsageError("there is no source yet", "ask something first, or: /search WORDS")
        if not (number.isascii() and number.isdigit() and 0 < int(number) <= len(self.listed)):
            raise UsageError(
                f"there is no source {number}", f"take a number from 1 to {len(self.listed)}"
            )
        return self.listed[int(number) - 1]

    def narrow(self, pattern: str | None) -> None:
        """Ask some documents alone; None: all. Raises `UsageError` where a pattern means none."""
        if pattern is not None:
            self._anywhere.search("what", 1, among=pattern)
        self.among = pattern

    def begin(self) -> None:
        """Begin anew: nothing was asked before."""
        self._asked, self.answer, self.listed = [], None, ()

    def turn_to(self, settings: Settings, *, check: Callable[[Memory], object]) -> None:
        """Go on with another memory or model, if it can be asked: a new conversation."""
        opened = self._open(settings)
        try:
            check(opened)
        except BaseException:
            opened.close()
            raise
        self.close()
        self.settings, self.asked_of, self.among, self._warms = settings, opened, None, True
        self.begin()

    def turn_to_memory(self, path: str) -> None:
        """Raises `NoMemoryError` where there is none."""
        from pathlib import Path

        found = self.settings._replace(memory=Path(path).expanduser().absolute())
        self.turn_to(found, check=lambda memory: memory.status())

    def turn_to_model(self, name: str) -> None:
        """Raises `ModelError`, and `OtherModelError` where the memory is another model's."""
        found = self.settings._replace(model=name, memory=self.memory.path)
        self.turn_to(found, check=lambda memory: memory.search("what", 1))

    def model(self) -> str:
        """The name of the one that answers. Raises `NoMemoryError` where nothing tells it."""
        return self.settings.model or self.memory.status().model

    def close(self) -> None:
        """Let go of the memory."""
        self.asked_of.close()
