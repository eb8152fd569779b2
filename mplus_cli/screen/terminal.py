"""What all that is printed goes through: text, tables and bars for people, JSON for machines.

stdout carries the result, stderr everything else. What a line is made of stays on it, whatever
names are in it; what steers a terminal shows as pictures.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from mplus_cli.results.plain import plain
from mplus_cli.shown import harmless, one_line, shown, steering
from store.errors import MplusError

if TYPE_CHECKING:
    from rich import progress as bars

_GAP = 2  # between the columns of a table
_LEAST = {"name": 20, "left": 8, "aside": 12}  # how narrow columns of words may get
_GIVE_WAY = ("aside", "right")

Part = str | tuple[str, str]
"""A piece of a line: plain, or with a style of Rich's. Never markup."""


class _Screen(Console):
    """A console on which no document, name or answer can steer the terminal."""

    def __init__(self, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def render(self, *asked: Any, **options: Any) -> Iterator[Segment]:
        for segment in super().render(*asked, **options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))


out = _Screen()
err = _Screen(stderr=True)


def as_json(result: Any) -> None:
    """One JSON document on stdout."""
    print(_json(plain(result), indent=2))


def json_line(event: dict[str, Any]) -> None:
    """One JSON object on a line of stdout, at once."""
    print(_json(plain(event)), flush=True)


def _json(value: Any, indent: int | None = None) -> str:
    """JSON in which what steers a terminal is escaped, though JSON would leave some of it alone;
    where the stream is not UTF-8, all that is not ASCII.
    """
    in_unicode = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not in_unicode, indent=indent)
    return steering(text, lambda character: json.dumps(character)[1:-1])


def piece(text: str, end: str = "") -> None:
    """A piece of an answer or a text on stdout, at once."""
    print(harmless(text), end=end, flush=True)


def text(*parts: Part) -> None:
    """A line of the result on stdout."""
    out.print(_line(parts))


def aside(*parts: Part) -> None:
    """A line on stderr."""
    err.print(_line(parts))


def note(line: str) -> None:
    """A line on stderr that is not the first thing to read."""
    aside((line, "dim"))


def warning(line: str) -> None:
    """A line on stderr that is not to be overlooked."""
    aside((line, "yellow"))


def _line(parts: Iterable[Part]) -> Text:
    """Parts on one line, whatever names are in them."""
    split = (part if isinstance(part, tuple) else (part, "") for part in parts)
    return Text.assemble(*((one_line(words), style) for words, style in split))


def passage(text: str) -> None:
    """A text of several lines on stderr."""
    err.print(Text(text))


def error(problem: MplusError, in_json: bool) -> None:
    """What is wrong and how to mend it, on stderr."""
    if in_json:
        print(_json(described(problem)), file=sys.stderr)
        return
    aside(("error: ", "bold red"), problem.message)
    if problem.hint:
        aside(("hint: ", "bold"), problem.hint)


def described(problem: MplusError) -> dict[str, Any]:
    """An error as JSON."""
    return {"error": {"code": problem.code, "message": problem.message, "hint": problem.hint}}


def failure(path: str, reason: str, hint: str) -> None:
    """An input that could not be read, and the way out, on stderr."""
    aside(("! ", "bold red"), f"{path}: {reason}")
    if hint:
        note(f"  {hint}")


def losses(notes: Sequence[str], of: str = "") -> None:
    """What of a document is lost, or may be wrong, on stderr."""
    for each in notes:
        aside((f"  {of}{': ' if of else ''}{each}", "yellow"))


def password(path: str) -> str:
    """A password that a user types; nothing of it is shown."""
    return err.input(_line([f"password of {shown(path)} (none: leave it out): "]), password=True)


def agreed(question: str) -> bool:
    """Whether a user says yes."""
    return err.input(_line([f"{question} [y/N] "])).strip().lower() in ("y", "yes")


def table(
    columns: dict[str, str], rows: Sequence[Sequence[str]], styles: Sequence[str] = ()
) -> None:
    """A table on stdout: column -> "name" (what the row is of), "left" for words, "right" for
    figures. styles: of the rows.

    Where it goes to no terminal, each row is a line, and nothing is cut. On a narrow one columns
    give way before the names get too narrow: "aside" for words that tell least, then figures, from
    the right. Words go on on the next line.
    """
    kinds, cells = list(columns.values()), [list(map(one_line, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    if not out.is_terminal:
        for row in (columns, *cells):
            text(_aligned(row, kinds, widths))
        return
    room = _fitted(kinds, widths)
    made = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for at, width in room.items():
        justify: Literal["left", "right"] = "right" if kinds[at] == "right" else "left"
        made.add_column(list(columns)[at], justify=justify, overflow="fold", width=width)
    for row, style in zip_longest(cells, styles, fillvalue=""):
        made.add_row(*(_folded(row[at], width) for at, width in room.items()), style=style)
    out.print(made, soft_wrap=False)


def _fitted(kinds: Sequence[str], widths: Sequence[int]) -> dict[int, int]:
    """Column -> its width, of those that a terminal has room for; Rich would cut the last one."""
    least = [min(width, _LEAST.get(kind, width)) for width, kind in zip(widths, kinds, strict=True)]
    kept = list(range(len(kinds)))

    def lacking(widths: Sequence[int]) -> int:
        return sum(widths[at] + _GAP for at in kept) - _GAP - out.width

    for kind in _GIVE_WAY:
        for at in [at for at in reversed(kept) if kinds[at] == kind]:
            if lacking(least) > 0:
                kept.remove(at)
    room = list(widths)
    for _ in range(lacking(room)):
        widest = max(kept, key=lambda at: (room[at] - least[at], room[at]))
        room[widest] = max(1, room[widest] - 1)
    return {at: room[at] for at in kept}


def _folded(cell: str, width: int) -> str:
    """A cell on several lines, where a path ends a part; longer parts are for Rich to fold."""
    lines = [""]
    for part in re.findall(r"[^/]*/?", cell) if cell_len(cell) > width else [cell]:
        if part and lines[-1] and cell_len(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _aligned(row: Iterable[str], kinds: Sequence[str], widths: Sequence[int]) -> str:
    told = ""
    for cell, kind, width in zip(row, kinds, widths, strict=True):
        space = " " * (width - cell_len(cell))
        told += f"{space}{cell}" if kind == "right" else f"{cell}{space}"
        told += " " * _GAP
    return told.rstrip()


def pairs(rows: Sequence[tuple[str, str]]) -> None:
    """Names and values on stdout, aligned."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        text((f"{name:<{width}}  ", "bold"), value)


@contextmanager
def steps(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar for work whose size is known; gives a function of (done, of)."""
    if quiet or not err.is_terminal:
        yield lambda done, of: None
        return
    with progress() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def progress(*more: str) -> bars.Progress:
    """Bars on stderr: description, bar, share, the fields of a task that are named, time left."""
    from rich import progress as bars

    from mplus_cli.screen.time_left import TimeLeft

    words = [f"{{task.fields[{name}]}}" for name in more]
    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.TaskProgressColumn(),
        *(bars.TextColumn(each, markup=False) for each in words),
        TimeLeft(),
    )
    # What others print meanwhile stays where they print it.
    to = {"redirect_stdout": False, "redirect_stderr": False}
    return bars.Progress(*columns, console=err, transient=True, **to)  # type: ignore[arg-type]


def counted(count: int, word: str, many: str = "") -> str:
    """A number with its word: 1 document, 2,000 documents."""
    return f"{count:,} {word if count == 1 else many or f'{word}s'}"


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
