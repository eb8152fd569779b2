"""What `ask` and `search` do with what they were given, whoever answers: a memory here, or a server
that has it open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mplus_cli.commands import stdin
from mplus_cli.commands.table import how_of
from mplus_cli.errors import UsageError

if TYPE_CHECKING:
    from mplus_cli.asking.how import Askable
    from mplus_cli.results.answers import Growing

Show = Callable[[], None]
"""Shows what was asked for, when it is there; raises what asking raises."""


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


def answer(memory: Askable, asked: str, given: Mapping[str, Any]) -> Show:
    """Have a question answered; what shows the answer and where it came from."""
    response = memory.stream(asked, **how_of(given))
    return lambda: _show_answer(response, given)


def passages(memory: Askable, asked: str, given: Mapping[str, Any]) -> Show:
    """What finds passages and shows them."""
    return lambda: _show_passages(memory, asked, given)


def _show_answer(response: Growing, given: Mapping[str, Any]) -> None:
    from mplus_cli.screen import answers, terminal  # a server works meanwhile

    if given["json"]:
        terminal.as_json(response.answer)
    else:
        answers.about(answers.streamed(response, given["stream"]), given["sources"])


def _show_passages(memory: Askable, asked: str, given: Mapping[str, Any]) -> None:
    found = memory.search(asked, given["k"], among=given["among"] or None, since=given["since"])
    from mplus_cli.screen import answers, terminal

    if given["json"]:
        terminal.as_json({"passages": found})
    else:
        answers.passages(found)
