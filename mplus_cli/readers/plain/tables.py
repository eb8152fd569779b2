"""Separated values (CSV, TSV); rows keep their numbers and the names of their columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import decode

if TYPE_CHECKING:
    from _csv import Reader

_DELIMITERS = ",;\t|"
_LOOKED_AT_LINES = 50
# Also with a currency, a date, a time: digits and no letters.
_NUMBER = re.compile(r"[\W\d_]*\d[\W\d_]*")
_SEPARATOR = re.compile(r"\ufeff?\"?sep=(.)\"?[ ,;\t]*(?:\n|\Z)", re.IGNORECASE)
_NAMED_LINES = 5

csv.field_size_limit(2**31 - 1)  # of the whole process; a field may be as long as its file


def read_csv(data: bytes, job: Job) -> Document:
    """Separated values; rows are counted as spreadsheets do, from the first line."""
    text = decode(data, job=job)
    told = _SEPARATOR.match(text)
    if told:
        return _table(text[told.end() :], told[1], job)
    return _table(text, max(_DELIMITERS, key=lambda delimiter: _evenness(text, delimiter)), job)


def read_tsv(data: bytes, job: Job) -> Document:
    """Values separated by tabs, whatever else would part them as well."""
    return _table(decode(data, job=job), "\t", job)


def _table(text: str, delimiter: str, job: Job) -> Document:
    blocks = Blocks()
    rows = _Rows(text, delimiter)
    add_rows(((number, row) for number, row in enumerate(rows, start=1) if any(row)), blocks)
    if rows.odd_lines:
        named = ", ".join(map(str, rows.odd_lines[:_NAMED_LINES]))
        more = len(rows.odd_lines) - _NAMED_LINES
        and_more = f" and {more:,} more" if more > 0 else ""
        job.note(
            f"quotation marks that do not pair in line {named}{and_more}: read as they stand there"
        )
    return blocks.document("csv", "row")


class _Rows:
    """The rows of a text; a quotation mark that is never closed costs no more than its line."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        # Quotes begin a field also behind a space, where a file is written so.
        self._spaced = f'{delimiter} "' in text
        self.odd_lines: list[int] = []

    def __iter__(self) -> Iterator[list[str]]:
        lines = io.StringIO(self._text)
        start = number = 0  # of the line behind the last row: its position, lines before it
        while True:
            rows = self._reader(lines, strict=True)
            read = 0
            try:
                for row in rows:
                    read = rows.line_num
                    yield row
                return
            except csv.Error:
                start = self._position(start, read)
                number += read + 1
                end = self._text.find("\n", start)
                line = self._text[start : end if end >= 0 else None]
                yield self._odd(line, number)
                if end < 0:
                    return
                start = end + 1
                lines.seek(start)

    def _reader(self, lines: Iterable[str], **how: Any) -> Reader:
        return csv.reader(lines, delimiter=self._delimiter, skipinitialspace=self._spaced, **how)

    def _position(self, start: int, lines: int) -> int:
        for _ in range(lines):
            start = self._text.index("\n", start) + 1
        return start

    def _odd(self, line: str, number: int) -> list[str]:
        """A line whose quotation marks do not pair, or are written in another way."""
        if '\\"' in line:
            try:
                return next(self._reader([line], strict=True, doublequote=False, escapechar="\\"))
            except csv.Error:
                pass
        self.odd_lines.append(number)
        return next(self._reader([line], quoting=csv.QUOTE_NONE))


def add_rows(rows: Iterator[tuple[int, Sequence[str]]], blocks: Blocks) -> None:
    """Add a sheet's rows. Lines of a single cell may stand over the names of the columns."""
    above: list[tuple[int, Sequence[str]]] = []
    for row in rows:
        if sum(map(bool, row[1])) > 1:
            rows = chain([row], rows)
            blocks.table(above, header=False)
            blocks.table(rows, header=_names_columns(row[1]))
            return
        above.append(row)
    blocks.table(above, header=False)


def _names_columns(cells: Sequence[str]) -> bool:
    """Whether a row looks like names: no numbers, and nothing twice."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(set(filled)) == len(filled) and not any(_NUMBER.fullmatch(cell) for cell in filled)


def _evenness(text: str, delimiter: str) -> tuple[int, int]:
    """How many of the first rows have the same number of columns, and that number, if above 1."""
    rows = islice(csv.reader(io.StringIO(text[:100_000]), delimiter=delimiter), _LOOKED_AT_LINES)
    counts = Counter(len(row) for row in rows if len(row) > 1)
    return max(((count, width) for width, count in counts.items()), default=(0, 0))
