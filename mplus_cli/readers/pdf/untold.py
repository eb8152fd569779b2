"""Letters that a font doesn't tell: taken from their codes, or marked, and the font named."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from functools import cached_property
from typing import Any

from mplus_cli.readers.office.symbols import is_symbol_font, symbol
from mplus_cli.readers.pdf import codes, tex
from mplus_cli.readers.pdf.runs import HYPHEN, Run

UNTOLD = "\ufffd"
"""Stands for a letter that can't be told."""
NOTHING = "\u200b"
"""Stands for what says nothing, so that letters keep their numbers; `tidy` takes it out."""

_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SYMBOLS = re.compile(r"(symbol|webdings|wingdings)[- ]?([23]?)", re.IGNORECASE)
_BULLET = "\uf0b7"
# Parts of tall brackets, where Adobe's list of glyphs puts them.
_BRACKETS = {chr(0xF8EB + at): part for at, part in enumerate("⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⎮⎞⎟⎠⎤⎥⎦⎫⎬⎭")}
_SIGNS_ALONE = re.compile(r"symbol|dingbat|wingding|webding|math|icon|awesome", re.IGNORECASE)
_NEVER = {" ", HYPHEN}
_NONCHARACTERS = re.compile("[\x00\ufdd0-\ufdef\uffff]")  # some of them mark raised type
_BEYOND_ASCII = re.compile(f"[^\x00-\x7f{HYPHEN}]")
# From so many on, a font numbers its letters as they come, and what looks like é may be any.
_NUMBERED_ANEW = 8
_SUBSET = re.compile(r"^[A-Z]{6}\+")
_MAX_NAME_BYTES = 256


class Untold:
    """Finds the letters of a document that its fonts don't tell, and counts them by font.

    `guessed`: those that were taken from their codes; `pages`: where there are marks.
    """

    def __init__(self) -> None:
        self.fonts: Counter[str] = Counter()
        self.guessed: Counter[str] = Counter()
        self.pages: list[int] = []

    def mark(self, c: Any, letters: Any, runs: list[Run], page: int) -> None:
        """Put what their codes tell, or a mark, in the place of such letters of a page."""
        fonts: dict[int, _Font] = {}
        for run in runs:
            if run.font not in fonts:
                fonts[run.font] = _Font(c, letters, run.start)
            fonts[run.font].look(run)
        for font in fonts.values():
            if not font.missing:
                continue
            if taken := font.take_codes():
                self.guessed[font.name] += taken
            else:
                font.distrust()
            marks = sum(run.text.count(UNTOLD) for run in font.runs)
            if marks:
                self.fonts[font.name] += marks
                self.pages += [] if self.pages[-1:] == [page] else [page]


class _Font:
    """A font of one page: which of its characters are told, and which are not."""

    def __init__(self, c: Any, letters: Any, at: int) -> None:
        self._c, self._letters, self._at = c, letters, at
        self._known = set(_NEVER)
        self.missing: set[str] = set()
        self.runs: list[Run] = []
        # Runs with marks: what PDFium gave, and what stands for each of its characters.
        self._marked: list[tuple[Run, str, list[str]]] = []

    @cached_property
    def name(self) -> str:
        name = ctypes.create_string_buffer(_MAX_NAME_BYTES)
        size = self._c.FPDFText_GetFontInfo(
            self._letters, self._at, name, _MAX_NAME_BYTES, ctypes.c_int()
        )
        plain = name.raw[: max(size - 1, 0)].decode("utf-8", "replace")[:80]
        return _SUBSET.sub("", " ".join(plain.split())) or "without a name"

    def look(self, run: Run) -> None:
        """Put a mark in the place of each letter of a run that is not told."""
        self.runs.append(run)
        if self._known.issuperset(run.text):
            return
        before, written = run.text, list(run.text)
        for at, character in enumerate(before):
            if character not in self._known:
                written[at] = self._told(character, run.start + at)
        run.text = "".join(written)
        if UNTOLD in written:
            self._marked.append((run, before, written))

    def _told(self, character: str, at: int) -> str:
        """What a character is, or a mark."""
        is_unknown = self._c.FPDFText_HasUnicodeMapError(self._letters, at) == 1
        if is_unknown or _PRIVATE.match(character):
            found = _sign(character, self.name, is_unknown)
        elif _NONCHARACTERS.match(character):
            found = UNTOLD
        else:
            self._known.add(character)
            return character
        if found == UNTOLD:
            self.missing.add(character)
        return found

    def take_codes(self) -> int:
        """Put letters in the place of marks where the codes tell them; how many."""
        unknown = "".join(
            code
            for _, before, written in self._marked
            for code, mark in zip(before, written, strict=True)
            if mark == UNTOLD
        )
        if tex.is_math(self.name) or _SIGNS_ALONE.search(self.name) or not codes.tell(unknown):
            return 0
        for run, before, written in self._marked:
            pairs = zip(before, written, strict=True)
            run.text = "".join(
                (codes.letter(code) or UNTOLD) if mark == UNTOLD else mark for code, mark in pairs
            )
        return len(unknown)

    def distrust(self) -> None:
        """Mark all that is not ASCII, if the font numbers its letters as they come."""
        if len(self.missing) >= _NUMBERED_ANEW and not tex.is_math(self.name):
            for run in self.runs:
                run.text = _BEYOND_ASCII.sub(UNTOLD, run.text)


def _sign(character: str, font: str, is_unknown: bool) -> str:
    """What a font of signs draws for a code or a private character, where that is known."""
    if is_unknown:
        found = tex.sign(font, character)
        return UNTOLD if found is None else found or NOTHING
    if character in _BRACKETS:
        return _BRACKETS[character]
    named = _SYMBOLS.match(font)
    family = " ".join(part for part in named.groups() if part) if named else ""
    drawn = symbol(ord(character), family) if is_symbol_font(family) else UNTOLD
    if drawn.startswith("[symbol") or drawn == UNTOLD:
        return "\u2022" if character == _BULLET else UNTOLD
    return drawn
