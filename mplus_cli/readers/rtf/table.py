"""Tables of RTF: rows of cells whose right edges tell which columns they reach over."""

from __future__ import annotations

from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.grid import Grid, on_one_line, repeated

CELL_FLAGS = ("clmgf", "clmrg", "clvmgf", "clvmrg")
_SAME_EDGE = 60
"""Edges that lie nearer to each other, in twentieths of a point, are one."""

Defined = list[tuple[int, bool, bool]]
"""Of each cell of a row its right edge, and whether it belongs to the one before or above it."""


class RtfTable:
    """The rows of the table that is being read."""

    def __init__(self) -> None:
        self._rows: list[tuple[list[str], Defined]] = []
        self._row: list[str] = []
        self._defined: Defined = []
        self._flags: set[str] = set()
        self._inner: list[str] = []
        self._inner_rows: list[list[str]] = []
        self._named = False

    def cell(self, text: str) -> None:
        """End a cell; what stood in tables within it comes first."""
        inner = "\n".join([on_one_line(self._inner_rows), text.strip()])
        self._inner_rows = []
        self._row.append(inner.strip())

    def inner_cell(self, text: str) -> None:
        self._inner.append(text)

    def end_inner_row(self) -> None:
        """End a row of a table in a cell; the table is written once, as a line of that cell."""
        if self._inner:
            self._inner_rows.append(self._inner)
        self._inner = []

    def define(self, word: str, number: int) -> None:
        """Take what a word says of the row that is defined: its begin, an edge, a flag."""
        if word == "trowd":
            self._defined, self._flags = [], set()
        elif word == "trhdr":
            self._named = self._named or not self._rows
        elif word == "cellx":
            self._defined.append((number, "clmrg" in self._flags, "clvmrg" in self._flags))
            self._flags = set()
        else:
            self._flags.add(word)

    def end_row(self) -> None:
        if self._row:
            self._rows.append((self._row, list(self._defined)))
        self._row = []

    def flush(self, blocks: Blocks) -> None:
        """Add the table, if there is one."""
        self.end_row()
        rows, self._rows = self._rows, []
        if not rows:
            return
        edges = _columns([edge for _, defined in rows for edge, _, _ in defined])
        grid = Grid()
        above: dict[int, str] = {}
        for cells, defined in rows:
            grid.begin_row()
            column = 0
            for at, text in enumerate(cells):
                edge, before, over = defined[at] if at < len(defined) else (-1, False, False)
                across = max(edges.get(edge, column + 1) - column, 1)
                shown = above.get(column, "") if over else cells[at - 1] if before and at else text
                grid.cell(shown, across)
                above[column] = repeated(shown)
                column += across
        grid.end_row()
        if all(len(row) < 2 for row in grid.rows):  # a frame around text
            for row in grid.rows:
                blocks.paragraph("\n".join(row))
        else:
            blocks.table([(None, row) for row in grid.rows], header=self._named)
        self._named = False


def _columns(edges: list[int]) -> dict[int, int]:
    """Right edge -> the number of columns up to it."""
    numbers: dict[int, int] = {}
    last, count = 0, 0
    for edge in sorted(set(edges)):
        if not count or edge - last > _SAME_EDGE:
            count += 1
            last = edge
        numbers[edge] = count
    return numbers
