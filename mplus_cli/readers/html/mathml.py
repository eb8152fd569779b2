"""Formulas in MathML on one line: x^2, (a+b)/c."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

_PIECE = re.compile(r"<(/?)(?:[\w-]+:)?([a-zA-Z]+)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>|([^<]+)|<")
_ALTERNATIVE = re.compile(r"^<[^>]*\balttext\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_ANNOTATION = re.compile(
    r"<(?:\w+:)?annotation\b[^<>]{0,200}\bencoding\s*=\s*[\"'][^\"'<>]{0,99}tex[\"'][^<>]*>([^<]*)</",
    re.I,
)
_STYLE = re.compile(r"\\(?:display|text|script)style\b\s*")
_WHOLE = re.compile(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_ONE_TERM = re.compile(r"[\w.,\u2032'∞]*|\([^()]*\)")
_SPACE_BEFORE = re.compile(r" ([)\],.;!])|(?<=[(\[{]) ")
# Signs over a letter, and what combines with it.
_ACCENTS = {"¯": "\u0304", "‾": "\u0304", "^": "\u0302", "\u02c6": "\u0302", "~": "\u0303"}
_ACCENTS |= {"\u02dc": "\u0303", "→": "\u20d7", "˙": "\u0307", "¨": "\u0308", "_": "\u0332"}
_MAX_DEPTH = 200
_BEFORE = "\0"
"""Stands for the mark behind which scripts belong before their base."""
_EMPTY = {"mspace": " ", "mprescripts": _BEFORE}
_UNREAD = {"annotation", "annotation-xml", "mphantom"}
_INVISIBLE = str.maketrans("", "", "\u2061\u2062\u2063\u2064")


def in_one_line(markup: str) -> str:
    """A `<math>` element as text: as its author wrote it in TeX, if that stands in it."""
    tex = _ALTERNATIVE.search(markup) or _ANNOTATION.search(markup)
    if tex and (written := next((group for group in tex.groups() if group), "")):
        written = _STYLE.sub("", html.unescape(written)).strip()
        whole = _WHOLE.fullmatch(written)
        return " ".join((whole[1] if whole else written).split())
    return _SPACE_BEFORE.sub(lambda found: found[1] or "", " ".join(_text(markup).split()))


def _text(markup: str) -> str:
    # Open elements, each with the texts of what is complete in it.
    opened: list[tuple[str, list[str]]] = [("", [])]
    for found in _PIECE.finditer(markup):
        ends, tag, attributes, text = found.groups()
        tag = (tag or "").lower()
        if text:
            if text.strip():
                opened[-1][1].append(html.unescape(text.strip()).translate(_INVISIBLE))
        elif not tag:
            continue
        elif not ends and not attributes.endswith("/"):
            if len(opened) < _MAX_DEPTH:
                opened.append((tag, []))
        elif not ends:
            opened[-1][1].append(_EMPTY.get(tag, ""))
        elif any(tag == name for name, _ in opened[-2:]):
            while len(opened) > 1:
                name, parts = opened.pop()
                opened[-1][1].append(_written(name, parts))
                if name == tag:
                    break
    while len(opened) > 1:
        name, parts = opened.pop()
        opened[-1][1].append(_written(name, parts))
    return "".join(opened[0][1])


def _written(tag: str, parts: list[str]) -> str:
    if tag in _UNREAD:
        return ""
    if tag in _EMPTY:
        return _EMPTY[tag]
    write = _FORMS.get(tag)
    if write is not None and len(parts) >= write[0]:
        return write[1](parts)
    if tag == "mo" and parts and parts[0] not in "()[]{}|,.!\u2032'":
        return f" {parts[0]} " if parts[0] not in "/^-\u2212" else parts[0].replace("\u2212", "-")
    return " ".join(parts) if tag == "mtext" else "".join(parts)


def _term(text: str) -> str:
    text = text.strip()
    return text if _ONE_TERM.fullmatch(text) else f"({text})"


def _over(base: str, sign: str) -> str:
    """What stands under a sign, such as a mean or a vector."""
    if sign in _ACCENTS:
        return base + _ACCENTS[sign] if len(base) == 1 else f"({base}){_ACCENTS[sign]}"
    return f"{base}^{_term(sign)}"


def _with_scripts(parts: Sequence[str]) -> str:
    """A base with the pairs of what stands low and high behind it, and then those before it."""
    base, *scripts = (part.strip() for part in parts)
    at = scripts.index(_BEFORE) if _BEFORE in scripts else len(scripts)
    behind, before = _scripts(scripts[:at]), _scripts(scripts[at + 1 :])
    return f" {before}{base}{behind} "


def _scripts(parts: Sequence[str]) -> str:
    signs = zip("_^" * len(parts), parts, strict=False)
    return "".join(f"{sign}{_term(part)}" for sign, part in signs if part)


def _rows(parts: Sequence[str]) -> str:
    return f"[{'; '.join(part.strip() for part in parts)}]"


_FORMS: dict[str, tuple[int, Callable[[list[str]], str]]] = {
    "mfrac": (2, lambda parts: f" {_term(parts[0])}/{_term(parts[1])} "),
    "msup": (2, lambda parts: f"{_term(parts[0])}^{_term(parts[1])} "),
    "msub": (2, lambda parts: f"{parts[0].strip()}_{_term(parts[1])} "),
    "msubsup": (3, lambda parts: f"{parts[0].strip()}_{_term(parts[1])}^{_term(parts[2])} "),
    "munderover": (3, lambda parts: f"{parts[0].strip()}_{_term(parts[1])}^{_term(parts[2])} "),
    "munder": (2, lambda parts: f"{parts[0].strip()}_{_term(parts[1])} "),
    "mover": (2, lambda parts: _over(parts[0].strip(), parts[1].strip())),
    "mmultiscripts": (1, _with_scripts),
    "msqrt": (1, lambda parts: f"sqrt({''.join(parts).strip()})"),
    "mroot": (2, lambda parts: f"root({parts[0].strip()}, {parts[1].strip()})"),
    "mtable": (1, _rows),
    "mtr": (1, lambda parts: ", ".join(part.strip() for part in parts)),
    "mfenced": (1, lambda parts: f"({', '.join(part.strip() for part in parts)})"),
    "ms": (1, lambda parts: f'"{"".join(parts)}"'),
}
