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
_SPACE_BEFORE = re.compile(r" ([)\],.;!])")
_MAX_DEPTH = 200
_UNREAD = {"annotation", "annotation-xml", "mphantom"}
_INVISIBLE = str.maketrans("", "", "\u2061\u2062\u2063\u2064")


def in_one_line(markup: str) -> str:
    """A `<math>` element as text: as its author wrote it in TeX, if that stands in it."""
    tex = _ALTERNATIVE.search(markup) or _ANNOTATION.search(markup)
    if tex and (written := next((group for group in tex.groups() if group), "")):
        written = _STYLE.sub("", html.unescape(written)).strip()
        whole = _WHOLE.fullmatch(written)
        return " ".join((whole[1] if whole else written).split())
    return _SPACE_BEFORE.sub(r"\1", " ".join(_text(markup).split()))


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
            opened[-1][1].append(" " if tag == "mspace" else "")
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
    write = _FORMS.get(tag)
    if write is not None and len(parts) >= write[0]:
        return write[1](parts)
    if tag == "mo" and parts and parts[0] not in "()[]{}|,.!\u2032'":
        return f" {parts[0]} " if parts[0] not in "/^-\u2212" else parts[0].replace("\u2212", "-")
    return " ".join(parts) if tag == "mtext" else "".join(parts)


def _term(text: str) -> str:
    text = text.strip()
    return text if _ONE_TERM.fullmatch(text) else f"({text})"


def _rows(parts: Sequence[str]) -> str:
    return f"[{'; '.join(part.strip() for part in parts)}]"


_FORMS: dict[str, tuple[int, Callable[[list[str]], str]]] = {
    "mfrac": (2, lambda parts: f"{_term(parts[0])}/{_term(parts[1])} "),
    "msup": (2, lambda parts: f"{_term(parts[0])}^{_term(parts[1])} "),
    "msub": (2, lambda parts: f"{parts[0].strip()}_{_term(parts[1])} "),
    "msubsup": (3, lambda parts: f"{parts[0].strip()}_{_term(parts[1])}^{_term(parts[2])} "),
    "munderover": (3, lambda parts: f"{parts[0].strip()}_{_term(parts[1])}^{_term(parts[2])} "),
    "munder": (2, lambda parts: f"{parts[0].strip()}_{_term(parts[1])} "),
    "mover": (2, lambda parts: f"{parts[0].strip()}^{_term(parts[1])}"),
    "msqrt": (1, lambda parts: f"sqrt({''.join(parts).strip()})"),
    "mroot": (2, lambda parts: f"root({parts[0].strip()}, {parts[1].strip()})"),
    "mtable": (1, _rows),
    "mtr": (1, lambda parts: ", ".join(part.strip() for part in parts)),
    "mfenced": (1, lambda parts: f"({', '.join(part.strip() for part in parts)})"),
    "ms": (1, lambda parts: f'"{"".join(parts)}"'),
}
