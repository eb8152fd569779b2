"""The lines of a page, from its runs: raised and lowered type stays in its line, and is marked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from mplus_cli.readers.letters.scripts import lowered, raised
from mplus_cli.readers.pdf.runs import HYPHEN, Run

# All in sizes of the type.
_CELLS_APART = 1.2
_TOUCHING = 0.35
_WORDS_APART = 0.15
_NOTE_APART = 0.05
_SMALLER = 0.9
_LARGER = 1.05
_SHIFTED = 0.02
_OF_ONE_LINE = 0.75
_MAX_RAISED_LETTERS = 40
_MAX_ELEMENT_LETTERS = 2
# Quotation marks and the like stand high by themselves.
_RAISABLE = re.compile(r"[^\W_]|[*†‡§¶#+\-\u2212\u2032]")
_MAX_RAISED_LETTERS_OF_FULL_SIZE = 8


@dataclass(slots=True)
class Line:
    """Runs that stand on one line, from its beginning to its end."""

    runs: list[Run] = field(default_factory=list)

    @property
    def y(self) -> float:
        return self._main.y

    @property
    def size(self) -> float:
        return self._main.size

    @property
    def turn(self) -> int:
        return self.runs[0].turn

    @property
    def x0(self) -> float:
        return self.runs[0].x0

    @property
    def x1(self) -> float:
        return self.runs[-1].x1

    @property
    def _main(self) -> Run:
        runs = self.runs
        return runs[0] if len(runs) == 1 else max(runs, key=lambda run: (run.size, len(run.text)))

    def cells(self) -> list[Line]:
        """The parts of the line between wide gaps."""
        if len(self.runs) == 1:
            return [self]
        cells = [Line([self.runs[0]])]
        for before, run in pairwise(self.runs):
            if run.x0 - before.x1 > _CELLS_APART * max(before.size, run.size):
                cells.append(Line([run]))
            else:
                cells[-1].runs.append(run)
        return cells

    def text(self) -> str:
        """The line's text, raised and lowered runs marked as `scripts` marks them."""
        if len(self.runs) == 1:
            return self.runs[0].text.strip()
        written: list[str] = []
        base = _first_base(self.runs)
        shift = 0
        for at, run in enumerate(self.runs):
            before, shift = shift, 0 if run is base else _shift(self.runs, at, base)
            written.append(self._between(at, shift) if at else "")
            if shift:
                mark = raised(run.text.strip()) if shift > 0 else lowered(run.text.strip())
                written.append(" " * (shift == before and run.text.startswith(" ")))
                written.append(mark + " " * run.text.endswith(" "))
                written.append(" " * (at == 0 and self._begins_a_note()))
            else:
                base = run
                written.append(run.text)
        return "".join(written).strip()

    def _begins_a_note(self) -> bool:
        """Whether the small type at the line's beginning is a note's mark, and not as in 14C."""
        mark, text = self.runs[:2]
        apart = text.x0 - mark.x1 > _NOTE_APART * text.size
        return apart or len(text.text.split(" ")[0]) > _MAX_ELEMENT_LETTERS

    def _between(self, at: int, shift: int) -> str:
        run, before = self.runs[at], self.runs[at - 1]
        if shift and abs(run.x0 - before.x1) < _TOUCHING * before.size:
            return ""
        if not run.gap:
            return ""
        if "\n" not in run.gap:
            return run.gap
        size = max(run.size, before.size)
        return " " if run.x0 - before.x1 > _WORDS_APART * size else ""


def lines_of(runs: Iterable[Run]) -> list[Line]:
    """The lines that runs make, in their order."""
    lines: list[Line] = []
    for run in runs:
        last = lines[-1].runs[-1] if lines else None
        broken = "\n" in run.gap or (last is not None and last.text.endswith(HYPHEN))
        if last is None or ((broken or _is_below(last, run)) and not _goes_on(lines[-1], run)):
            lines.append(Line([run]))
        else:
            lines[-1].runs.append(run)
    return lines


def _goes_on(line: Line, run: Run) -> bool:
    """Whether a run goes on where a line ends, though it stands higher or lower.

    PDFium breaks a line there, for it can't tell a power from the end of its line.
    """
    last = line.runs[-1]
    size = max(last.size, run.size)
    shifted = abs(run.y - last.y) / size
    apart = (run.x0 - last.x1) / size
    touching = -_TOUCHING < apart < _TOUCHING
    far = apart > 0 and shifted < _SHIFTED and _is_lone(run)
    if run.turn != last.turn or not (touching or far):
        return False
    if shifted < _SHIFTED:
        return not last.text.endswith(HYPHEN)
    to_base = abs(run.y - line.y) / size
    if to_base < _SHIFTED:
        return shifted < _OF_ONE_LINE
    smaller = min(last.size, run.size) < _SMALLER * size or run.size < _SMALLER * line.size
    return smaller and min(shifted, to_base) < _OF_ONE_LINE


def _is_below(last: Run, run: Run) -> bool:
    """Whether a run begins a line further down; PDFium joins a lone letter to the line before."""
    down = (last.y - run.y) / max(last.size, run.size)
    back = run.turn == last.turn and run.x0 < last.x1
    return back and down > _OF_ONE_LINE and not run.gap.strip()


def _is_lone(run: Run) -> bool:
    """Whether PDFium may break a line before a run though it stands on it: one letter, far off."""
    return len(run.text.strip()) == 1


def _first_base(runs: list[Run]) -> Run:
    """The run that tells how high a line stands at its beginning."""
    one, other = runs[0], runs[1]
    if one.size < _SMALLER * other.size and one.y > other.y and _touch(one, other):
        return other
    return one


def _shift(runs: list[Run], at: int, base: Run) -> int:
    """1 for a raised run, -1 for a lowered one, else 0."""
    run = runs[at]
    height = (run.y - base.y) / (base.size or 1)
    touching = (at > 0 and _touch(runs[at - 1], run)) or (
        at + 1 < len(runs) and _touch(run, runs[at + 1])
    )
    text = run.text.strip()
    if not touching or not text or run.turn != base.turn or abs(height) >= _OF_ONE_LINE:
        return 0
    full_size = run.size >= _SMALLER * base.size
    most = _MAX_RAISED_LETTERS_OF_FULL_SIZE if full_size else _MAX_RAISED_LETTERS
    if len(text) > most or run.size > base.size * _LARGER or _of_a_logo(runs, at):
        return 0
    up, down = (0.25, -0.15) if full_size else (0.1, -0.05)
    if height > up:
        return 1 if _RAISABLE.search(text) else 0
    return -1 if height < down and any(map(str.isalnum, text)) else 0


def _of_a_logo(runs: list[Run], at: int) -> bool:
    """Whether a run is the raised or lowered letter of LaTeX and TeX."""
    if not 0 < at < len(runs) - 1:
        return False
    around = runs[at - 1].text[-1:], runs[at].text, runs[at + 1].text[:1]
    return around in (("L", "A", "T"), ("T", "E", "X"))


def _touch(one: Run, other: Run) -> bool:
    return abs(other.x0 - one.x1) < _TOUCHING * max(one.size, other.size)
