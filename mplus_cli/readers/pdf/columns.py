"""Columns of prose that a page prints line by line across: one column after the other.

Most pages print a column whole, and need nothing. Tables look alike, so a block is only taken apart
where every column is prose whose sentences go on from line to line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from mplus_cli.readers.pdf.lines import Line

_MIN_LINES = 3
_MIN_WORDS = 3.5  # a line, on average
_GOES_ON = 0.6  # of the lines
_SENTENCE_ENDS = (".", "!", "?", ":", ";", '"', "”", "»", ")")
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass
class _Block:
    """Lines of which each stands in columns with the same gutters between them."""

    columns: list[list[Line]]
    gutters: list[tuple[float, float]]
    lines: int = 1
    last: Line = field(default_factory=Line)

    @staticmethod
    def begun(line: Line, cells: list[Line]) -> _Block:
        gutters = [(one.x1, other.x0) for one, other in pairwise(cells)]
        return _Block([[cell] for cell in cells], gutters, last=line)

    def takes(self, line: Line, cells: list[Line]) -> bool:
        """Add a line, if it stands under the others and in the same columns."""
        if line.turn != self.last.turn or line.y >= self.last.y:
            return False
        if self.last.y - line.y > 3 * self.last.size:
            return False
        gutters, places = list(self.gutters), []
        for cell in cells:
            place = sum(1 for _, right in gutters if right <= cell.x0 + cell.size / 2)
            if place < len(gutters):
                left, right = gutters[place]
                gutters[place] = (max(left, cell.x1), right)
            if place > 0:
                left, right = gutters[place - 1]
                gutters[place - 1] = (left, min(right, cell.x0))
            places.append(place)
        if len(set(places)) < len(places):
            return False
        if any(right - left < line.size for left, right in gutters):
            return False
        self.gutters, self.last, self.lines = gutters, line, self.lines + 1
        for place, cell in zip(places, cells, strict=True):
            self.columns[place].append(cell)
        return True

    @property
    def is_prose(self) -> bool:
        return all(_is_prose([cell.text() for cell in column]) for column in self.columns)


def in_reading_order(lines: list[Line]) -> list[Line]:
    """The lines of a page, its columns of prose one after the other."""
    parted = [line.cells() for line in lines]
    if sum(1 for cells in parted if len(cells) > 1) < _MIN_LINES:
        return lines
    ordered: list[Line] = []
    at = 0
    while at < len(lines):
        block, end = None, at + 1
        if len(parted[at]) > 1:
            block = _Block.begun(lines[at], parted[at])
            while end < len(lines) and block.takes(lines[end], parted[end]):
                end += 1
        if block is not None and block.is_prose:
            for column in block.columns:
                ordered += column
        else:
            ordered += lines[at:end]
        at = end
    return ordered


def _is_prose(lines: list[str]) -> bool:
    if len(lines) < _MIN_LINES:
        return False
    words = [word for line in lines for word in line.split()]
    if len(words) < _MIN_WORDS * len(lines):
        return False
    if sum(1 for word in words if _LETTERS.search(word)) < 0.75 * len(words):
        return False
    pairs = list(pairwise(lines))
    lower = sum(1 for _, line in pairs if line[:1].islower())
    flowing = sum(1 for one, line in pairs if line[:1].islower() or one.endswith(_SENTENCE_ENDS))
    return flowing >= _GOES_ON * len(pairs) and 3 * lower >= len(pairs)
