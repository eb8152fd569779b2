"""Signs of TeX's fonts for mathematics, by their codes.

Where such a font is embedded without the names of its glyphs, a code is all that a PDF has; read as
ASCII, a prime would be a 0 and an angle bracket an h. The tables are the encodings OMS (CMSY), OMX
(CMEX) and OML (CMMI) of the TeXbook, appendix F, and a few codes of the AMS fonts.
"""

from __future__ import annotations

import re

NOT = "\u0338"
"""Strikes what stands behind it, as TeX sets ≠."""

_FAMILY = re.compile(r"CM(SY|BSY|EX|MI|MIB)\d|(MS[AB]M)\d|MT(SY|EX|MI)", re.IGNORECASE)
_CAPITALS, _SMALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_DOUBLE_STRUCK = "𝔸𝔹ℂ𝔻𝔼𝔽𝔾ℍ𝕀𝕁𝕂𝕃𝕄ℕ𝕆ℙℚℝ𝕊𝕋𝕌𝕍𝕎𝕏𝕐ℤ"

_OMS = (
    "\u2212·×∗÷⋄±∓⊕⊖⊗⊘⊙○∘•≍≡⊆⊇≤≥≼≽\u223c≈⊂⊃≪≫≺≻"
    f"←→↑↓↔↗↘≃⇐⇒⇑⇓⇔↖↙∝\u2032∞∈∋△▽{NOT}|∀∃¬∅ℜℑ⊤⊥"
    f"ℵ{_CAPITALS}\u222a∩⊎∧\u2228⊢⊣⌊⌋⌈⌉{{}}⟨⟩|‖↕⇕\\≀√⨿∇∫⊔⊓⊑⊒§†‡¶♣♢♡♠"
)
_OMX = (
    "()[]⌊⌋⌈⌉{}⟨⟩|‖/\\()()[]⌊⌋⌈⌉{}⟨⟩/\\()[]⌊⌋⌈⌉{}⟨⟩/\\/\\⎛⎞⎡⎤⎣⎦⎢⎥⎧⎫⎩⎭⎨⎬⎪⏐"
    "⎝⎠⎜⎟⟨⟩⊔⊔∮∮⊙⊙⊕⊕⊗⊗∑∏∫\u222a∩⊎∧\u2228∑∏∫\u222a∩⊎∧\u2228⨿⨿      []⌊⌋⌈⌉{}√√√√√      "
)
_OML = (
    "ΓΔΘΛΞΠΣΥΦΨΩ\u03b1βγδϵζηθικλμ\u03bdξπ\u03c1\u03c3τυϕχψωεϑϖϱςφ↼↽⇀⇁  ▷◁0123456789.,</>⋆"
    f"∂{_CAPITALS}♭♮♯⌣⌢ℓ{_SMALL}\u0131ȷ℘"
)
_MSA = {0x03: "□", 0x04: "■", 0x2C: "≜", 0x36: "⩽", 0x3E: "⩾", 0x42: "▷", 0x43: "◁"}
_MSA |= {0x58: "✓", 0x5C: "∠", 0x5D: "∡", 0x5E: "∢"}
_MSB = {0x3F: "∅", 0x40: "∄"} | dict(enumerate(_DOUBLE_STRUCK, 0x41))
_FAMILIES: dict[str, dict[int, str]] = {
    "SY": dict(enumerate(_OMS)),
    "EX": dict(enumerate(_OMX)),
    "MI": dict(enumerate(_OML)),
    "MSAM": _MSA,
    "MSBM": _MSB,
}
_STRUCK = re.compile(rf"{NOT} ?([^\s\w])")


def is_math(font: str) -> bool:
    """Whether a font is one of TeX's for mathematics: its codes are not those of ASCII."""
    return _FAMILY.match(font) is not None


def sign(font: str, code: str) -> str | None:
    """What a font of TeX's draws for a code; None where that is not known, or it is no such font.

    Parts of braces that lie above or below a formula are "".
    """
    found = _FAMILY.match(font)
    if found is None:
        return None
    family = next(filter(None, found.groups())).upper()
    family = {"BSY": "SY", "MIB": "MI"}.get(family, family)
    drawn = _FAMILIES[family].get(ord(code))
    return "" if drawn == " " else drawn


def struck(text: str) -> str:
    """A text in which what TeX strikes is one sign: ≠, ∉."""
    return _STRUCK.sub(rf"\1{NOT}", text) if NOT in text else text
