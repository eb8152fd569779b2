"""What `ask` and `search` do with what they were given, whoever answers: a memory here, or a server
that has it open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, Unpack

from mplus_cli.commands import stdin
from mplus_cli.commands.table import how_of
from mplus_cli.errors import UsageError

if TYPE_CHECKING:
    from mplus_cli.asking.how import How, Search
    from mplus_cli.results.answers import Growing, Passage


class Questions(Protocol):
    """What can be asked: a memory, as one generation has it."""

    def stream(self, question: str, **how: Unpack[How]) -> Growing: ...

    def search(self, words: str, k: int = 5, **how: Unpack[Search]) -> list[Passage]: ...


def question(given: Mapping[str, Any]) -> str:
    """The question of `ask`, and text from a pipe behind it. Raises `UsageError`."""
    return _with_piped(given["question"] or "", "question", 'ask one: mplus ask "What is …?"')


def words(given: Mapping[str, Any]) -> str:
    """The words of `search`, and text from a pipe behind them. Raises `UsageError`."""
    return _with_piped(" ".join(given["words"] or ()), "word", "name some: mplus search WORDS")


def _with_piped(argument: str, what: str, hint: str) -> str:
    parts = (stdin.typed(argument).strip(), stdin.words().strip())
    joined = "\n\n".join(part for part in parts if part)
    if not joined:
        raise UsageError(f"there is no {what}", hint)
    return joined


def answer(memory: Questions, asked: str, given: Mapping[str, Any]) -> None:
    """Answer a question, and show the answer and where it came from."""
    response = memory.stream(asked, **how_of(given))
    from mplus_cli.screen import answers, terminal  # a server works meanwhile

    if given["json"]:
        terminal.as_json(response.answer)
    else:
        answers.about(answers.streamed(response, given["stream"]), given["sources"])


def passages(memory: Questions, asked: str, given: Mapping[str, Any]) -> None:
    """Find passages, and show them."""
    found = memory.search(asked, given["k"], among=given["among"] or None, since=given["since"])
    from mplus_cli.screen import answers, terminal

    if given["json"]:
        terminal.as_json({"passages": found})
    else:
        answers.passages(found)
