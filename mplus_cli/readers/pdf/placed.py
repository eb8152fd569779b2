"""What lies upon a page, put into its lines: values beside their labels, targets behind links."""

from __future__ import annotations

import math
from typing import Any

from mplus_cli.readers.pdf.annotations import Box, Field, Link
from mplus_cli.readers.pdf.lines import Line
from mplus_cli.readers.pdf.runs import Run
from mplus_cli.readers.remarks import EMPTY, TICKED

MAX_COMPARED = 5_000_000
"""Pairs of a run and what lies upon a page."""
_MAX_TO_LABEL = 220.0  # points
_BOX_TO_LABEL = 2.5  # sizes of the type
_OVERLAP = 3.0  # points that a label may reach into a field


def place_fields(lines: list[Line], fields: list[Field]) -> list[str]:
    """Put values of a form into the lines that hold their labels; what has none, in words.

    Those that stand beside each other, as in a table, come on one line.
    """
    searched = MAX_COMPARED // (sum(len(line.runs) for line in lines) + 1)
    unplaced = [one for one in fields[:searched] if not _placed(lines, one)] + fields[searched:]
    rows: list[list[Field]] = []
    for one in filter(_says, unplaced):
        if rows and _beside(rows[-1][-1].box, one.box):
            rows[-1].append(one)
        else:
            rows.append([one])
    return [" | ".join(f"{one.name}: {one.value}" for one in row) for row in rows]


def _beside(one: Box, other: Box) -> bool:
    """Whether a box stands on the right of another, at the same height."""
    same = abs((one.y0 + one.y1) - (other.y0 + other.y1)) < min(
        one.y1 - one.y0, other.y1 - other.y0
    )
    return same and other.x0 >= one.x1 - _OVERLAP


def _says(one: Field) -> bool:
    return one.ticked is not False


def _placed(lines: list[Line], one: Field) -> bool:
    value = " ".join(one.value.split())
    left, right = _neighbours(lines, one.box)
    if one.ticked is not None:
        if right is not None and right[2] < _BOX_TO_LABEL * right[0].size:
            line, at, _ = right
            _insert(line, at, TICKED if one.ticked else EMPTY, one.box)
            return True
        value = "yes" if one.ticked else "no"
    if left is None:
        return False
    line, at, _ = left
    label = line.runs[at].text.rstrip()
    ends_line = at + 1 == len(line.runs)
    if ends_line and label[-1:].isalnum():
        line.runs[at].text = f"{label}:"
    _insert(line, at + 1, value, one.box)
    return True


_Neighbour = tuple[Line, int, float]


def _neighbours(lines: list[Line], box: Box) -> tuple[_Neighbour | None, _Neighbour | None]:
    """The runs next to a box on its left and on its right: line, place, distance."""
    left: _Neighbour | None = None
    right: _Neighbour | None = None
    for line in lines:
        turned = _turned(box, line.turn)
        if not turned.y0 - line.size / 2 <= line.y <= turned.y1:
            continue
        for at, run in enumerate(line.runs):
            before, behind = turned.x0 - run.x1, run.x0 - turned.x1
            if not run.text.strip():
                continue
            if -_OVERLAP <= before <= (left[2] if left else _MAX_TO_LABEL):
                left = (line, at, before)
            if -_OVERLAP <= behind < (right[2] if right else _MAX_TO_LABEL):
                right = (line, at, behind)
    return left, right


def _insert(line: Line, at: int, text: str, box: Box) -> None:
    turned = _turned(box, line.turn)
    line.runs.insert(
        at, Run(text, turned.x0, turned.x1, line.y, line.size, line.turn, " " if at else "")
    )
    if at + 1 < len(line.runs):
        line.runs[at + 1].gap = " "


def _turned(box: Box, turn: int) -> Box:
    """A box as one who reads lines of that angle sees it."""
    if not turn:
        return box
    angle = math.radians(turn)
    cos, sin = math.cos(angle), math.sin(angle)
    corners = [(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]
    xs = [x * cos + y * sin for x, y in corners]
    ys = [y * cos - x * sin for x, y in corners]
    return Box(min(xs), min(ys), max(xs), max(ys))


def place_links(c: Any, letters: Any, runs: list[Run], links: list[Link]) -> int:
    """Write the target of each link behind the text that leads to it; how many were too many."""
    searched = MAX_COMPARED // (len(runs) + 1)
    behind: dict[int, tuple[Run, dict[int, str]]] = {}
    for link in links[:searched]:
        for run in reversed(runs):
            turned = _turned(link.box, run.turn)
            if (
                turned.y0 <= run.y + run.size / 4 <= turned.y1
                and run.x0 < turned.x1
                and (run.x1 > turned.x0)
            ):
                behind.setdefault(id(run), (run, {}))[1][_end(c, letters, run, link.box)] = (
                    link.target
                )
                break
    for run, targets in behind.values():
        for at in sorted(targets, reverse=True):
            if targets[at] not in run.text:
                run.text = f"{run.text[:at]} <{targets[at]}>{run.text[at:]}"
    return max(len(links) - searched, 0)


def _end(c: Any, letters: Any, run: Run, box: Box) -> int:
    """How many letters of a run reach to the end of a link's box."""
    rectangle = c.FS_RECTF()
    end = len(run.text)
    while end > 1:
        c.FPDFText_GetLooseCharBox(letters, run.start + end - 1, rectangle)
        x, y = (rectangle.left + rectangle.right) / 2, (rectangle.top + rectangle.bottom) / 2
        if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 and run.text[end - 1] != " ":
            break
        end -= 1
    while end < len(run.text) and run.text[end].isalnum():
        end += 1
    return end
