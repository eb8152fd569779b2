"""How a question is to be answered, as the façade takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Unpack

from mplus_cli.asking.among import Name, Narrowing
from mplus_cli.errors import StoppedError, UsageError
from mplus_cli.results import never

if TYPE_CHECKING:
    from mplus_cli.results.answers import Growing, Passage

Chosen = Sequence[int]
"""A passage: its document's id, and its chunk there, from 0."""


class Search(Narrowing, total=False):
    """What passages to find.

    after: the questions before this one in the same conversation, oldest first; among, since: which
    documents to search, see `Narrowing`.
    """

    after: Sequence[str]


class How(Search, total=False):
    """How to answer: at most so many tokens (128), by a temperature (0: the best token each time).

    system: a system prompt in place of the model's own, "" for none; sources: whether to find where
    the answer is from; show_prompt: whether to give the prompt, see `Prompt`; stop: texts before
    which the answer ends; top: from how many passages to answer, see `Answer.alternatives`; quote:
    answer with sentences of the passage themselves; stopped: is asked before each passage and each
    token, and once true asking raises `StoppedError`; after, among, since: see `Search`.

    passages: read these and no others, in this order, each a document and a chunk as `Source` and
    `Passage` have them; beside: passages that were found, too, which are looked at as all that is
    found is, and read only where an answer wants more; if_sure: answer only where a passage is
    surely one to answer from, else nothing is said and `Answer.doubt` tells how doubtful it is.
    """

    max_tokens: int
    temperature: float
    system: str | None
    sources: bool
    show_prompt: bool
    stop: Sequence[str]
    top: int
    quote: bool
    stopped: Callable[[], bool]
    passages: Sequence[Chosen] | None
    beside: Sequence[Chosen]
    if_sure: bool


class Askable(Protocol):
    """What can be asked: a memory as one generation has it, here or at a server."""

    def stream(self, question: str, **how: Unpack[How]) -> Growing: ...

    def search(self, words: str, k: int = 5, **how: Unpack[Search]) -> list[Passage]: ...


@dataclass(frozen=True)
class Asking:
    """How to answer. Temperature 0 is greedy. system: None is the checkpoint's own, "" none.

    stop: texts before which an answer ends; after: questions before this one; among, since, here:
    which documents to ask, see `Narrowing`; passages, beside, if_sure: see `How`.
    """

    max_tokens: int = 128
    temperature: float = 0.0
    seed: int = 0
    system: str | None = None
    sources: bool = True
    show_prompt: bool = False
    stop: Sequence[str] = ()
    top: int = 1
    quote: bool = False
    among: Name | Sequence[Name] | None = None
    since: str | None = None
    here: str = ""
    stopped: Callable[[], bool] = never
    after: Sequence[str] = ()
    passages: Sequence[Chosen] | None = None
    beside: Sequence[Chosen] = ()
    if_sure: bool = False

    def __post_init__(self) -> None:
        """Raises `UsageError` for what can't be meant."""
        if self.max_tokens < 1:
            raise UsageError(f"max_tokens is {self.max_tokens}", "an answer has one token at least")
        if self.temperature < 0:
            raise UsageError(f"temperature is {self.temperature}", "0 takes the best token")
        if self.top < 1:
            raise UsageError(f"top is {self.top}", "an answer comes from one passage at least")
        if isinstance(self.after, str):
            raise UsageError("after is one text", "give the questions before this one as a list")
        if isinstance(self.stop, str) or not all(self.stop):
            raise UsageError("a text to stop at is empty", "name one, such as: END")
        if self.passages is not None and not self.passages:
            raise UsageError("no passage is named to be read", "name one, or leave them out")
        if any(len(each) != 2 for each in (*(self.passages or ()), *self.beside)):
            raise UsageError("a passage is no pair", "name a document's id and a chunk's number")

    @property
    def chosen(self) -> list[tuple[int, int]]:
        """The passages that were named, those to read first; none where the question finds them."""
        if self.passages is None:
            return []
        return [(each[0], each[1]) for each in (*self.passages, *self.beside)]

    def go_on(self) -> None:
        """Raises `StoppedError` where nobody wants the answer any more."""
        if self.stopped():
            raise StoppedError("the answer was stopped", "ask anew")
