"""The signs of fonts that have no letters: Symbol and Wingdings keep them at U+F000 + their code.

So ≥ comes as U+F0B3 out of Word and out of PDFs that it made.
"""

from __future__ import annotations

import re

PRIVATE = re.compile("[\ue000-\uf8ff]")
_FONTS_OWN = 0xF000

_SYMBOL = dict(zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True))
_SYMBOL |= dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
_SYMBOL |= dict(zip((0x22, 0x24, 0x27, 0x2A, 0x2D, 0x40, 0x7E), "∀∃∋*-≅~", strict=True))
_SYMBOL |= dict(zip(range(0xA2, 0xBD), "′≤/∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…", strict=True))
_SYMBOL |= dict(zip(range(0xC4, 0xD0), "⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉", strict=True))
_SYMBOL |= dict(zip(range(0xD0, 0xDF), "∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒", strict=True))
_SYMBOL |= {0xDF: "⇓", 0xE5: "∑", 0xF2: "∫"}
_WINGDINGS = dict(zip((0x6C, 0x6E, 0x6F, 0x71, 0x76, 0x9F, 0xA7), "●■□❑❖•▪", strict=True))
_WINGDINGS |= dict(zip((0xA8, 0xD8, 0xDF, 0xE0, 0xE8, 0xF0), "◻➢←→➔⇨", strict=True))
_WINGDINGS |= dict(zip((0xFB, 0xFC, 0xFD, 0xFE), "✗✓☒☑", strict=True))
# Glyphs that TeX's own fonts give names that nobody else knows, by their codes.
_TEX_SYMBOLS = {0x08: "⊖", 0x0B: "⊘", 0x0C: "⊙", 0x0D: "○"}
_BULLET = 0xB7  # in Symbol, and in what names no font


def sign(character: str, font: str) -> str | None:
    """A private character of a font as the sign that it is; None where that isn't known."""
    code = ord(character) - _FONTS_OWN
    if "wingdings" in font.lower():
        return _WINGDINGS.get(code)
    if "symbol" not in font.lower():
        return "•" if code == _BULLET else None
    plain = chr(code) if 0x20 <= code < 0x7F else None
    return _SYMBOL.get(code, plain)


def tex_sign(code: str, font: str) -> str | None:
    """What a code means in TeX's font of symbols, where its glyph's name doesn't say it."""
    return _TEX_SYMBOLS.get(ord(code)) if font.upper().startswith("CMSY") else None
