"""Separated values (CSV, TSV); rows keep their numbers and the names of their columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.damage import damage_told
from mplus_cli.readers.document import Document
from mplus_cli.readers.encoding import decode
from mplus_cli.readers.job import Job

_DELIMITERS = ",;\t|"
_LOOKED_AT_LINES = 50
# Also with a currency, a date, a time: digits and no letters.
_NUMBER = re.compile(r"[\W\d_]*\d[\W\d_]*")


def read_csv(data: bytes, job: Job) -> Document:
    """Separated values; rows are counted as spreadsheets do, from the first line."""
    text = decode(data)
    return _table(text, max(_DELIMITERS, key=lambda delimiter: _evenness(text, delimiter)))


def read_tsv(data: bytes, job: Job) -> Document:
    """Values separated by tabs, whatever else would part them as well."""
    return _table(decode(data), "\t")


def _table(text: str, delimiter: str) -> Document:
    blocks = Blocks()
    with damage_told("a table", "check its quotation marks, or name it .txt", csv.Error):
        rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=False)
        add_rows(((number, row) for number, row in enumerate(rows, start=1) if any(row)), blocks)
    return blocks.document("csv", "row")


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
    widths: Iterable[int] = map(
        len, islice(csv.reader(io.StringIO(text[:100_000]), delimiter=delimiter), _LOOKED_AT_LINES)
    )
    try:
        counts = Counter(width for width in widths if width > 1)
    except csv.Error:
        return 0, 0
    return max(((count, width) for width, count in counts.items()), default=(0, 0))
