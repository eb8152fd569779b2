"""Tables whose cells reach over several columns or rows: each row with all that stands in it."""

from __future__ import annotations

from collections.abc import Iterable

MAX_COLUMNS = 256
"""A table that claims more has its spans cut: a few bytes may claim thousands."""
MAX_REPEATED_CHARACTERS = 500
"""A longer text stands only where it begins: a few bytes may have it repeated without end."""
_ALL = 1_000_000


def repeated(text: str) -> str:
    """A cell's text in the other columns and rows that the cell reaches over."""
    return text if len(text) <= MAX_REPEATED_CHARACTERS else ""


def on_one_line(rows: Iterable[Iterable[str]]) -> str:
    """A table within a cell of another: "Oven, 2 pieces; Fridge, 1 piece"."""
    lines = (", ".join(filter(None, (cell.strip() for cell in row))) for row in rows)
    return "; ".join(filter(None, lines))


class Grid:
    """Rows put together cell by cell.

    A cell that reaches over others stands in each of them, so that every row makes sense alone; one
    that fills its whole row stands there once.
    """

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self._row: list[str] | None = None
        self._cells = 0
        # Column -> the text that reaches down into it, and over how many rows.
        self._hanging: dict[int, tuple[str, int]] = {}
        self._begun: dict[int, tuple[str, int]] = {}

    def begin_row(self) -> None:
        self.end_row()
        self._row, self._cells = [], 0

    def cell(self, text: str, across: int = 1, down: int = 1) -> None:
        """Add a cell at the next free column; `down` counts its rows, 0: to the table's end."""
        if self._row is None:
            self.begin_row()
        row = self._row
        assert row is not None
        self._cells += 1
        if across == down == 1 and not self._hanging:  # as most do
            row.append(text)
            return
        while len(row) in self._hanging:
            row.append(self._hanging[len(row)][0])
        rows = (down or _ALL) - 1
        for _ in range(max(1, min(across, MAX_COLUMNS - len(row)))):
            self._hanging.pop(len(row), None)  # where two claim one place, the later one has it
            if rows > 0:
                self._begun[len(row)] = (repeated(text), rows)
            row.append(text)
            text = repeated(text)

    def end_row(self) -> None:
        """End a row, if one is begun."""
        row, self._row = self._row, None
        if row is None:
            return
        if self._cells == 1 and not self._hanging and len(set(row)) == 1:
            row = row[:1]
        for column in range(len(row), max(self._hanging, default=-1) + 1):
            row.append(self._hanging[column][0] if column in self._hanging else "")
        self.rows.append(row)
        if not self._hanging and not self._begun:
            return
        left = {at: (text, rows - 1) for at, (text, rows) in self._hanging.items() if rows > 1}
        self._hanging, self._begun = left | self._begun, {}

    def end_group(self) -> None:
        """End a group of rows: no cell reaches down over its end."""
        self.end_row()
        self._hanging.clear()
