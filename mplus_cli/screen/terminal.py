"""What all that is printed goes through: text, tables and bars for people, JSON for machines.

stdout carries the result, stderr everything else.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from mplus_cli.screen.plain import plain
from mplus_cli.shown import harmless, shown
from store.errors import MplusError

_C1 = re.compile("[\x7f-\x9f]")


class _Screen(Console):
    """A console on which no document, name or answer can steer the terminal."""

    def render(self, *asked: Any, **options: Any) -> Iterator[Segment]:
        for segment in super().render(*asked, **options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))


out = _Screen(highlight=False, soft_wrap=True)
err = _Screen(stderr=True, highlight=False, soft_wrap=True)


def as_json(result: Any) -> None:
    """One JSON document on stdout."""
    print(_json(plain(result), indent=2))


def json_line(event: dict[str, Any]) -> None:
    """One JSON object on a line of stdout, at once."""
    print(_json(plain(event)), flush=True)


def _json(value: Any, indent: int | None = None) -> str:
    """JSON in which control characters are escaped, those too that JSON would leave alone."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _C1.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def piece(text: str, end: str = "") -> None:
    """A piece of an answer or a text on stdout, at once."""
    print(harmless(text), end=end, flush=True)


def text(line: str) -> None:
    """A line of the result on stdout, without markup."""
    out.print(Text(line))


def error(problem: MplusError, in_json: bool) -> None:
    """What is wrong and how to mend it, on stderr."""
    if in_json:
        print(_json(described(problem)), file=sys.stderr)
        return
    err.print(Text.assemble(("error: ", "bold red"), problem.message))
    if problem.hint:
        err.print(Text.assemble(("hint: ", "bold"), problem.hint))


def described(problem: MplusError) -> dict[str, Any]:
    """An error as JSON."""
    return {"error": {"code": problem.code, "message": problem.message, "hint": problem.hint}}


def failure(path: str, reason: str, hint: str) -> None:
    """An input that could not be read, and the way out, on stderr."""
    err.print(Text.assemble(("! ", "bold red"), f"{path}: {reason}"))
    if hint:
        err.print(Text(f"  {hint}", "dim"))


def losses(notes: Sequence[str], of: str = "") -> None:
    """What of a document is lost, or may be wrong, on stderr."""
    for each in notes:
        err.print(Text(f"  {of}{': ' if of else ''}{each}", "yellow"))


def password(path: str) -> str:
    """A password that a user types; nothing of it is shown."""
    return err.input(Text(f"password of {shown(path)} (none: leave it out): "), password=True)


def agreed(question: str) -> bool:
    """Whether a user says yes."""
    return err.input(Text(f"{question} [y/N] ")).strip().lower() in ("y", "yes")


def note(line: str) -> None:
    """A line on stderr."""
    err.print(Text(line, "dim"))


def warning(line: str) -> None:
    """A line on stderr that is not to be overlooked."""
    err.print(Text(line, "yellow"))


def line(markup: str) -> None:
    """A line of the result on stdout, in Rich's markup."""
    out.print(markup)


def escaped(text: str) -> str:
    """Text that Rich's markup leaves alone."""
    return escape(text)


def table(columns: dict[str, str], rows: Sequence[tuple[str, ...]]) -> None:
    """A table on stdout: column name -> justification."""
    made = bare_table()
    for name, justify in columns.items():
        made.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        made.add_row(*map(escape, row))
    out.print(made, soft_wrap=False)


def bare_table() -> Table:
    """A table without lines."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


def pairs(rows: Sequence[tuple[str, str]]) -> None:
    """Names and values on stdout, aligned."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        out.print(Text.assemble((f"{name:<{width}}  ", "bold"), value))


@contextmanager
def steps(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar for work whose size is known; gives a function of (done, of)."""
    if quiet or not err.is_terminal:
        yield lambda done, of: None
        return
    from rich import progress as bars

    # What is printed on stdout meanwhile stays there.
    with bars.Progress(console=err, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def duration(seconds: float) -> str:
    """A time in words."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def size(count: float) -> str:
    """Bytes in words."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError
