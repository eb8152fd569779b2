"""What is printed on a page, in runs: stretches of letters that were set in one go."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

HYPHEN = "\ufffe"
"""What PDFium makes of a hyphen at a line's end, where a letter begins the next line."""
MAX_LETTERS = 1_000_000
"""Of one page: some hundred full pages."""
_ALEF_LAM = re.compile("([\u0622\u0623\u0625\u0627])(\u0644)")
_LETTERS_AT_END = re.compile(f"[^\\s{HYPHEN}]+$")
_LINE = re.compile(f"[^\r{HYPHEN}]*[\r{HYPHEN}]?")
_SPREAD, _CELLS_APART = 1.1, 1.5  # sizes of the type: a letter's width, and what parts cells
_AROUND = 3  # letters that PDFium puts between two runs, at most


@dataclass(slots=True)
class Run:
    """A stretch of text from x0 to x1 on a baseline y, in points, as its reader looks at it.

    `size` is that of its type, `turn` the angle of its line in degrees; `gap` is what PDFium puts
    between the run before and this one; `start` is its place in the page's letters, and `font`
    tells the fonts of a page apart.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    turn: int = 0
    gap: str = ""
    start: int = -1
    font: int = 0


def characters(c: Any, letters: Any) -> str:
    """The UTF-16 code units of a page in PDFium's order, each at the place that PDFium gives it."""
    count = min(c.FPDFText_CountChars(letters), MAX_LETTERS)
    if count <= 0:
        return ""
    units = (ctypes.c_ushort * (2 * count + 2))()
    written = max(c.FPDFText_GetText(letters, 0, count, units) - 1, 0)
    if written == count:
        text = bytes(units)[: 2 * written].decode("utf-16-le", "surrogatepass")
        return _ALEF_LAM.sub(lambda found: _in_order(c, letters, found), text)
    # PDFium's text leaves letters out, of those that it can't tell.
    found = [chr(c.FPDFText_GetUnicode(letters, at)) for at in range(count)]
    for at, character in enumerate(found):
        if character == "\x02" and c.FPDFText_IsHyphen(letters, at) == 1:
            found[at] = HYPHEN
    return "".join(found)


def _with_letters_before(run: Run) -> Run:
    """A run with the letters before it of which PDFium doesn't say whose they are."""
    if letters := _LETTERS_AT_END.search(run.gap):
        run.text = letters[0] + run.text
        run.start -= len(letters[0])
        run.gap = run.gap[: letters.start()]
    return run


def _in_order(c: Any, letters: Any, found: re.Match[str]) -> str:
    """Arabic alef and lam as they are read: where one sign stands for both, lam comes first.

    PDFium turns the letters of such a sign around with those of the line.
    """
    x, y = ctypes.c_double(), ctypes.c_double()
    places = []
    for at in (found.start(), found.end() - 1):
        c.FPDFText_GetCharOrigin(letters, at, x, y)
        places.append((x.value, y.value))
    return found[2] + found[1] if places[0] == places[1] else found[0]


class Runs:
    """Finds the runs of a page."""

    def __init__(self, c: Any, letters: Any, text: str) -> None:
        self._c, self._letters, self._text = c, letters, text
        # Of all calls these are made most often; with plain types they take half the time.
        self._ask = _plainly(c.FPDFText_GetTextObject, ctypes.c_void_p, ctypes.c_int)
        self._font = _plainly(c.FPDFTextObj_GetFont, ctypes.c_void_p)
        self._handle = ctypes.cast(letters, ctypes.c_void_p).value
        self._matrix, self._box = c.FS_MATRIX(), c.FS_RECTF()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()

    def __iter__(self) -> Iterator[Run]:
        before = 0
        for line in _LINE.finditer(self._text):
            start, end = line.span()
            while start < end:
                owner = self._owner(start)
                if owner is None:
                    start += 1
                    continue
                stop = self._stop(owner, start, end)
                run = self._run(owner, start, stop, self._text[before:start])
                if run.x1 - run.x0 > _SPREAD * run.size * len(run.text) and not run.turn:
                    yield from self._cells(owner, run)
                else:
                    yield _with_letters_before(run)
                start = before = stop

    def _cells(self, owner: int, run: Run) -> Iterator[Run]:
        """A run whose letters were set far apart, as cells of a row are: a run for each cell.

        Where PDFium has seen a space, one run may go on.
        """
        start, gap = run.start, run.gap
        stop = start + len(run.text)
        for at in range(start + 1, stop):
            if self._text[at - 1] == " " or self._text[at] == " ":
                continue
            self._c.FPDFText_GetLooseCharBox(self._letters, at - 1, self._box)
            self._c.FPDFText_GetCharOrigin(self._letters, at, self._x, self._y)
            if self._x.value - self._box.right > _CELLS_APART * run.size:
                yield self._run(owner, start, at, gap)
                start, gap = at, " "
        yield self._run(owner, start, stop, gap)

    def _owner(self, at: int) -> int | None:
        """The text object of a letter; None for what PDFium put in, such as a space."""
        owner: int | None = self._ask(self._handle, at)
        return owner

    def _stop(self, owner: int, start: int, end: int) -> int:
        """Where the letters end that belong to a text object, at most at `end`.

        A text object's letters stand together, so few have to be looked at.
        """
        step = 1
        inside = start
        last = end - 1
        for at in range(last, max(last - _AROUND, start), -1):
            found = self._owner(at)
            if found is not None:
                if found == owner:
                    return at + 1
                break
        outside = end
        while inside + step < outside:
            if self._belongs(owner, inside + step, outside):
                inside += step
                step *= 2
            else:
                outside = inside + step
                step = max((outside - inside) // 2, 1)
                if outside - inside == 1:
                    break
        while outside > inside + 1:
            middle = (inside + outside) // 2
            if self._belongs(owner, middle, outside):
                inside = middle
            else:
                outside = middle
        while outside - 1 > start and self._owner(outside - 1) is None:
            outside -= 1
        return outside

    def _belongs(self, owner: int, at: int, end: int) -> bool:
        for place in range(at, min(at + _AROUND, end)):
            found = self._owner(place)
            if found is not None:
                return found == owner
        return False

    def _run(self, owner: int, start: int, stop: int, gap: str) -> Run:
        c, letters, matrix, box = self._c, self._letters, self._matrix, self._box
        c.FPDFText_GetCharOrigin(letters, start, self._x, self._y)
        c.FPDFText_GetLooseCharBox(letters, stop - 1, box)
        c.FPDFText_GetMatrix(letters, start, matrix)
        size = c.FPDFText_GetFontSize(letters, start)
        x0, y, x1 = self._x.value, self._y.value, box.right
        turn = 0
        sizes = (matrix.a, matrix.b, matrix.c, matrix.d, x0, x1, y, size)
        if not all(map(math.isfinite, sizes)):
            x0 = x1 = y = size = 0.0
        elif matrix.b == matrix.c == 0 < matrix.a:
            size *= abs(matrix.d)
        else:
            angle = math.atan2(matrix.b, matrix.a)
            turn = round(math.degrees(angle))
            size *= math.hypot(matrix.c, matrix.d)
            cos, sin = math.cos(angle), math.sin(angle)
            x0, y = x0 * cos + y * sin, y * cos - x0 * sin
            x1 = max(
                x * cos + z * sin for x in (box.left, box.right) for z in (box.top, box.bottom)
            )
        font = self._font(owner)
        return Run(self._text[start:stop], x0, x1, y, abs(size) or 1.0, turn, gap, start, font)


def _plainly(function: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of PDFium that takes and gives addresses as numbers."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    return ctypes.CFUNCTYPE(ctypes.c_void_p, *arguments)(address or 0)
