"""Answers from a table: the cell whose row and column the question names.

A small reader often has the right column and a neighbour's row. Rows and columns that a question
names by their words leave no doubt, so what it read elsewhere in the table gives way to them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from mplus_cli.asking.alike import stems
from mplus_cli.asking.settling.scene import Scene
from mplus_cli.dates import DAYS, MONTHS

_BETWEEN = " | "  # cells, as readers write rows
_RULE = re.compile(r"\|?(?:\s*:?-+:?\s*\|)+[\s:-]*")  # the line under a Markdown table's head
_NTH = {
    **{"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6"},
    **{"seventh": "7", "eighth": "8", "ninth": "9", "tenth": "10", "eleventh": "11"},
}
_NUMBERED = re.compile(r"\b(\d{1,4})(?:st|nd|rd|th|\.)?(?!\w)")
_COSTS = re.compile(r"\b(?:costs?|price[sd]?|fees?|charges?|how much)\b", re.IGNORECASE)
_TOLD = 0.6  # of a question's words are of the row and the column that it names
_LEAST_SHARED = 4  # letters by which "supplier" is of "supplies"


@dataclass(frozen=True)
class Cell:
    """A cell of a scene's text, its characters half-open, in which column."""

    start: int
    end: int
    text: str
    column: int


Row = Sequence[Cell]


@dataclass(frozen=True)
class Table:
    """The rows of a table that stand in a passage, and its head, which may stand before it."""

    rows: Sequence[Row]
    head: Sequence[str]

    @cached_property
    def is_numbered(self) -> bool:
        """Whether its rows are named by numbers: 1st, 2nd."""
        return len(self.rows) > 1 and all(_NUMBERED.fullmatch(row[0].text) for row in self.rows)


def table_around(scene: Scene, position: int) -> Table | None:
    """The table in whose row a position of a scene's text stands; None where it is in none."""
    lines = list(re.finditer(r"[^\n]+", scene.text[: scene.end]))
    rows = [[*_cells(line.group(), line.start())] for line in lines]
    at = next((i for i, line in enumerate(lines) if line.start() <= position < line.end()), None)
    if at is None or len(rows[at]) < 2:
        return None
    first, last = at, at
    while first > 0 and len(rows[first - 1]) > 1 and _follows(lines, first - 1):
        first -= 1
    while last + 1 < len(rows) and len(rows[last + 1]) > 1 and _follows(lines, last):
        last += 1
    table = [rows[i] for i in range(first, last + 1) if not _RULE.fullmatch(lines[i].group())]
    if first == 0 and scene.start and scene.head:  # its beginning is out of sight
        named = next((line for line in scene.head.split("\n") if _BETWEEN in line), "")
        head = [cell.text for cell in _cells(named, 0)]
    else:
        head, table = [cell.text for cell in table[0]], table[1:]
    there = [row for row in table if row[0].start >= scene.start]
    return Table(there, head) if there else None


def meant(question: str, scene: Scene, start: int, end: int) -> Cell | None:
    """The cell that a question names, where an answer text[start:end] of a scene is in another one
    of the same table; None where it is in none, or row or column are not named.

    Raises `LookupError` where the row or the column that is asked for is not there.
    """
    table = table_around(scene, start)
    own = _at(table, start) if table else None
    if table is None or own is None or end > own[1].end:
        return None
    asked = _words(question)
    if _lacks(table, question, asked):
        raise LookupError(question)
    column = _column(question, asked, table)
    column = own[1].column if column is None else column
    row = _row(asked, table, own[0], column)
    if row is None or column >= len(row) or row[column] is own[1]:
        return None
    return row[column] if row[column].text else None


def addressed(question: str, scene: Scene) -> Cell | None:
    """The one cell of a passage's tables whose row and column a question names in full, and little
    else; None where there is none.
    """
    asked, at = _words(question), scene.start
    while (at := scene.text.find(_BETWEEN, at, scene.end)) >= 0:
        table = table_around(scene, at)
        at = scene.text.find("\n\n", at, scene.end)
        column = _column(question, asked, table) if table else None
        if table and column:
            rows = [row for row in table.rows if _names(row, column, table, asked)]
            if len(rows) == 1 and rows[0][column].text:
                return rows[0][column]
        if at < 0:
            return None
    return None


def head_over(scene: Scene, position: int) -> str:
    """The name of the column in which a position of a scene's text stands; empty for none."""
    table = table_around(scene, position)
    own = _at(table, position) if table else None
    if table is None or own is None or own[1].column >= len(table.head):
        return ""
    return table.head[own[1].column]


def _names(row: Row, column: int, table: Table, asked: set[str]) -> bool:
    """Whether a question has all words of a row's name, and little that is in neither."""
    if column >= len(row):
        return False
    label = _words(row[0].text)
    said = _shared(asked, label | _words(table.head[column]))
    return bool(label) and label == _shared(label, asked) and len(said) >= _TOLD * len(asked)


def _lacks(table: Table, question: str, asked: set[str]) -> bool:
    """Whether a question is about a row or a column of a kind that is there, but not that one: the
    9th of eight, April of a table from January to March.
    """
    numbers = {word for word in asked if word.isdigit()}
    if table.is_numbered and len(numbers) == 1 and not _has(table, *numbers):
        return True
    named = set(re.findall(r"\b[A-Z][a-z]+", question))
    for series in (MONTHS, DAYS):
        for names in (table.head[1:], [row[0].text for row in table.rows]):
            there = {_of(series, name) for name in names}
            wanted = {each for each in series if each in named}
            if len(there) > 1 and None not in there and wanted and not wanted & there:
                return True
    return False


def _of(series: Sequence[str], name: str) -> str | None:
    """The month or day that a name is, whole or cut; None where it is none."""
    cut = name.strip(" .").capitalize()
    return next((each for each in series if len(cut) > 2 and each.startswith(cut)), None)


def _column(question: str, asked: set[str], table: Table) -> int | None:
    """The column whose name shares most words with the question; None where no single one does.

    Not the first one: it names rows, and its own name what all of them are ("bus").
    """
    if _COSTS.search(question):
        asked = asked | {"price", "cost"}
    shares = [0, *(len(_shared(_words(name), asked)) for name in table.head[1:])]
    best = max(shares, default=0)
    return shares.index(best) if best and shares.count(best) == 1 else None


def _row(asked: set[str], table: Table, own: Row, column: int) -> Row | None:
    """The row that has most of the question's words beside a column, the rarer the more; the own
    one, where no other has more.
    """
    words = [
        _words(" ".join(cell.text for cell in row if cell.column != column)) for row in table.rows
    ]
    found = [_shared(each, asked) for each in words]
    counts = Counter(word for each in found for word in each)
    weights = [
        sum(math.log(1 + len(words) / counts[word]) for word in each if counts[word] < len(words))
        for each in found
    ]
    best = max(weights)
    if not best:
        return own if table.rows and len(table.rows) == 1 else None
    first = [row for row, weight in zip(table.rows, weights, strict=True) if weight == best]
    return own if own in first else first[0] if len(first) == 1 else None


def _shared(words: set[str], asked: set[str]) -> set[str]:
    """The words that a question has in some form."""
    return {word for word in words if any(_same(word, other) for other in asked)}


def _same(one: str, other: str) -> bool:
    if one == other or min(len(one), len(other)) < _LEAST_SHARED:
        return one == other
    return one.startswith(other) or other.startswith(one)


def _has(table: Table, number: str) -> bool:
    return any(number in _words(row[0].text) for row in table.rows)


def _words(text: str) -> set[str]:
    """Words without their endings; those that number things as numbers."""
    named = {_NTH[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _NTH}
    return stems(_NUMBERED.sub(" ", text)) | named | {*_NUMBERED.findall(text)}


def _cells(line: str, start: int) -> list[Cell]:
    """The cells of a line, in a text from `start` on; one where it is no row."""
    found, at = list[Cell](), 0
    bare = line.strip().strip("|")
    at = line.find(bare) if bare else 0
    is_row = _BETWEEN in line or _RULE.fullmatch(line)
    for column, part in enumerate(bare.split("|") if is_row else [bare]):
        text = part.strip()
        begin = start + at + part.find(text) if text else start + at
        found.append(Cell(begin, begin + len(text), text, column))
        at += len(part) + 1
    return found


def _follows(lines: Sequence[re.Match[str]], at: int) -> bool:
    """Whether nothing stands between a line and the next one."""
    return lines[at + 1].start() - lines[at].end() == 1


def _at(table: Table, position: int) -> tuple[Row, Cell] | None:
    for row in table.rows:
        for cell in row:
            if cell.start <= position < cell.end:
                return row, cell
    return None
