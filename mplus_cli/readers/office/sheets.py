"""One sheet of a workbook, of whatever program: its rows, what spans them, and what is noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby

from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.grid import MAX_COLUMNS, repeated
from mplus_cli.readers.plain.tables import add_rows

_MAX_GAP = 16
MAX_ROWS = 1_048_576

Row = tuple[int, list[str]]
"""A row's number and its cells."""
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column; rows count from 1, columns from 0."""


@dataclass
class Around:
    """What belongs to the rows of a sheet, beside their cells.

    `comments`: row -> what is written on it; `tables`: first and last row of those that have a row
    of names; `texts`: rows at which texts without a cell stand, and they.
    """

    merged: list[Area] = field(default_factory=list)
    comments: dict[int, list[str]] = field(default_factory=dict)
    tables: list[tuple[int, int]] = field(default_factory=list)
    texts: list[tuple[int, str]] = field(default_factory=list)


def add_sheet(title: str, rows: Iterable[Row], around: Around, blocks: Blocks) -> None:
    """Add a sheet under its name, if there is anything on it."""
    filled = _with_comments(_spread(rows, around.merged), around.comments)
    first = next(filled, None)
    if first is None and not around.texts:
        return
    blocks.begin()
    blocks.number = first[0] if first else around.texts[0][0]
    blocks.heading(title, 1)
    if first:
        tables = sorted(around.tables)
        for table, part in groupby(chain([first], filled), lambda row: _table_of(row[0], tables)):
            if table is None:
                add_rows(part, blocks)
            else:
                blocks.table(part, header=True)
    for number, text in around.texts:
        blocks.number = number
        blocks.paragraph(text)


def place(cells: list[str], column: int, text: str, widest: int) -> None:
    """Put a cell's text at its column.

    One far to the right of all others comes next to them, unless a row was as wide already.
    """
    if column < len(cells):
        cells[column] = text or cells[column]
    elif text:
        missing = column - len(cells)
        cells += [""] * min(missing, max(_MAX_GAP, widest - len(cells)))
        cells.append(text)


def hidden(title: str) -> str:
    """The title of a sheet that the program doesn't show."""
    return f"{title} (hidden sheet)"


def _spread(rows: Iterable[Row], merged: Sequence[Area]) -> Iterator[Row]:
    """The rows that hold something, with what reaches over several cells in each of them.

    What fills its row alone, such as a title, stands once.
    """
    waiting = sorted(merged, reverse=True)
    reaching: dict[int, tuple[Area, str]] = {}
    for number, own in rows:
        cells = _filled(number, own, waiting, reaching) if merged else own
        if any(cells):
            yield number, cells


def _filled(
    number: int, cells: list[str], waiting: list[Area], reaching: dict[int, tuple[Area, str]]
) -> list[str]:
    """A row with the merged areas that lie over it; `reaching` has them by column."""
    for column in [at for at, (area, _) in reaching.items() if area[2] < number]:
        del reaching[column]
    while waiting and waiting[-1][0] <= number:
        area = waiting.pop()
        text = cells[area[1]] if area[0] == number and area[1] < len(cells) else ""
        if text and area[1] not in reaching:
            for column in range(area[1], min(area[3], area[1] + MAX_COLUMNS) + 1):
                reaching[column] = (area, repeated(text))
    own = [column for column, cell in enumerate(cells) if cell]
    if not reaching or not own:
        return [] if not own else cells
    begun = {area for area, _ in reaching.values()}
    if len(own) == 1 and len(begun) == 1 and own[0] in reaching:
        return cells
    cells = cells + [""] * (max(reaching) + 1 - len(cells))
    for column, (_, text) in reaching.items():
        cells[column] = cells[column] or text
    return cells


def _with_comments(rows: Iterable[Row], comments: dict[int, list[str]]) -> Iterator[Row]:
    """The rows, and behind each what is noted on it."""
    waiting = sorted(comments, reverse=True)
    for number, cells in rows:
        while waiting and waiting[-1] < number:
            yield from ((at, [text]) for at in (waiting.pop(),) for text in comments[at])
        yield number, cells
    for at in reversed(waiting):
        yield from ((at, [text]) for text in comments[at])


def _table_of(row: int, tables: Sequence[tuple[int, int]]) -> int | None:
    return next((at for at, (first, last) in enumerate(tables) if first <= row <= last), None)
