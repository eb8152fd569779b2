"""Letters that a font doesn't tell: marked, and the font named."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from typing import Any

from mplus_cli.readers.office.symbols import is_symbol_font, symbol
from mplus_cli.readers.pdf.runs import HYPHEN, Run

UNTOLD = "\ufffd"
"""Stands for a letter that can't be told."""

_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SYMBOLS = re.compile(r"(symbol|webdings|wingdings)[- ]?([23]?)", re.IGNORECASE)
_BULLET = "\uf0b7"
# Glyphs that TeX's font of symbols gives names that nobody else knows, by their codes.
_TEX_SIGNS = {"\x08": "\u2296", "\x0b": "\u2298", "\x0c": "\u2299", "\x0d": "\u25cb"}
_NEVER = {" ", HYPHEN}
_NONCHARACTERS = re.compile("[\x00\ufdd0-\ufdef\uffff]")  # some of them mark raised type
_BEYOND_ASCII = re.compile(f"[^\x00-\x7f{HYPHEN}]")
# From so many on, a font numbers its letters as they come, and what looks like é may be any.
_NUMBERED_ANEW = 8
_SUBSET = re.compile(r"^[A-Z]{6}\+")
_MAX_NAME_BYTES = 256


class Untold:
    """Finds the letters of a document that its fonts don't tell, and counts them."""

    def __init__(self) -> None:
        self.fonts: Counter[str] = Counter()
        self.pages: list[int] = []

    def mark(self, c: Any, letters: Any, runs: list[Run], page: int) -> None:
        """Put a mark in the place of each such letter of a page."""
        told: dict[int, set[str]] = {}
        untold: dict[int, set[str]] = {}
        for run in runs:
            known = told.setdefault(run.font, set(_NEVER))
            if known.issuperset(run.text):
                continue
            missing: set[str] = set()
            run.text = _marked(c, letters, run, known, missing)
            if missing:
                untold.setdefault(run.font, set()).update(missing)
        for run in runs if untold else ():
            if len(untold.get(run.font, ())) >= _NUMBERED_ANEW:
                run.text = _BEYOND_ASCII.sub(UNTOLD, run.text)
            if UNTOLD in run.text:
                self.fonts[_font_name(c, letters, run.start)] += run.text.count(UNTOLD)
                if self.pages[-1:] != [page]:
                    self.pages.append(page)


def _marked(c: Any, letters: Any, run: Run, known: set[str], missing: set[str]) -> str:
    """A run's text with marks; what it has of letters that are told goes to the `known` ones."""
    written = list(run.text)
    for at, character in enumerate(written):
        if character in known:
            continue
        is_unknown = c.FPDFText_HasUnicodeMapError(letters, run.start + at) == 1
        if is_unknown or _PRIVATE.match(character):
            written[at] = _sign(character, _font_name(c, letters, run.start), is_unknown)
        elif _NONCHARACTERS.match(character):
            written[at] = UNTOLD
        else:
            known.add(character)
        if written[at] == UNTOLD:
            missing.add(character)
    return "".join(written)


def _sign(character: str, font: str, is_unknown: bool) -> str:
    """What a font of signs draws for a code or a private character, where that is known."""
    if is_unknown:
        is_tex = font.upper().startswith("CMSY")
        return _TEX_SIGNS.get(character, UNTOLD) if is_tex else UNTOLD
    named = _SYMBOLS.match(font)
    family = " ".join(part for part in named.groups() if part) if named else ""
    found = symbol(ord(character), family) if is_symbol_font(family) else UNTOLD
    if found.startswith("[symbol") or found == UNTOLD:
        return "\u2022" if character == _BULLET else UNTOLD
    return found


def _font_name(c: Any, letters: Any, at: int) -> str:
    name = ctypes.create_string_buffer(_MAX_NAME_BYTES)
    size = c.FPDFText_GetFontInfo(letters, at, name, _MAX_NAME_BYTES, ctypes.c_int())
    plain = name.raw[: max(size - 1, 0)].decode("utf-8", "replace")[:80]
    return _SUBSET.sub("", " ".join(plain.split())) or "without a name"
