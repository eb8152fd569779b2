"""Tables that a page prints column by column: each row on one line again.

Columns of prose and lists look alike, so lines are only joined where cells are short, stand on the
very same baselines, and one of the columns holds numbers.
"""

from __future__ import annotations

import re

from mplus_cli.readers.pdf.lines import Line

_SAME_BASELINE = 0.6  # points
_MIN_ROWS = 3
_MAX_RUNS = 60  # of a row
_MAX_CELL_LETTERS = 30
_MAX_CELL_WORDS = 4
_FILLED = 0.6  # of the rows between the first and the last that are joined
_NUMBER = re.compile(r"[-+\u2212(]?[$€£¥]?\s?\d")
_OF_A_LIST = re.compile(r"\d+[.)]\s+[^\W\d]")


def with_whole_rows(lines: list[Line]) -> list[Line]:
    """The lines of a page, the columns of a table beside each other."""
    groups = _descending(lines)
    if len(groups) < 2:
        return lines
    whole = [groups[0]]
    for group in groups[1:]:
        joined = _join(whole[-1], group)
        whole[-1] += group[joined:] if joined else []
        if not joined:
            whole.append(group)
    return [line for group in whole for line in group]


def _descending(lines: list[Line]) -> list[list[Line]]:
    groups: list[list[Line]] = []
    last: Line | None = None
    for line in lines:
        if last is None or line.turn != last.turn or line.y >= last.y:
            groups.append([])
        groups[-1].append(line)
        last = line
    return groups


def _join(table: list[Line], column: list[Line]) -> int:
    """Put the first lines of a column behind those of a table, and say how many; none: 0."""
    pairs = _pairs(table, column)
    if len(pairs) < _MIN_ROWS:
        return 0
    first, last = pairs[0][0], pairs[-1][0]
    if len(pairs) < _FILLED * (last - first + 1):
        return 0
    rows = [table[at] for at, _ in pairs]
    if max(len(row.runs) for row in rows) > _MAX_RUNS:
        return 0
    cells = [cell for _, cell in pairs]
    if max(row.x1 for row in rows) >= min(cell.x0 for cell in cells):
        return 0
    left = [row.cells()[-1].text() for row in rows]
    right = [cell.text() for cell in cells]
    if not all(map(_is_short, left + right)) or not (_are_numbers(left) or _are_numbers(right)):
        return 0
    for row, cell in zip(rows, cells, strict=True):
        cell.runs[0].gap = " "
        row.runs += cell.runs
    return len(pairs)


def _pairs(table: list[Line], column: list[Line]) -> list[tuple[int, Line]]:
    """The lines of a column, from its first on, each with the line of the table beside it."""
    pairs: list[tuple[int, Line]] = []
    at = 0
    for cell in column:
        while at < len(table) and table[at].y > cell.y + _SAME_BASELINE:
            at += 1
        if at == len(table) or abs(table[at].y - cell.y) > _SAME_BASELINE:
            break
        pairs.append((at, cell))
    return pairs


def _is_short(cell: str) -> bool:
    return len(cell) <= _MAX_CELL_LETTERS and len(cell.split()) <= _MAX_CELL_WORDS


def _are_numbers(cells: list[str]) -> bool:
    numbers = sum(1 for cell in cells if _NUMBER.match(cell) and not _OF_A_LIST.match(cell))
    return 2 * numbers >= len(cells) - 1 and numbers > 1  # the first may be a name
