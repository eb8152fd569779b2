"""Equations of Office documents on one line: x^2, (a+b)/c, sqrt(x), ∑_(i=1)^n i.

They are OMML (ECMA-376, part 1, section 22.1); each shape of it has a way to be written here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.xml_tree import attribute, local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_DEPTH = 50
_DEGREES = ("°", "∘")
_OPEN_ENDED = {"sSup", "sSub", "sSubSup", "f", "limLow", "limUpp"}
_TERM = re.compile(r"[+\-\u00b1]?[\w.,'\u0300-\u036f\u2032\u221e°%]*|.")
_COEFFICIENT = re.compile(r"[\d.,]+[^\W\d].*")
_CLOSED = re.compile(r"\w*\([^()]*\)|\w*\[[^\[\]]*\]|\|[^|]*\|")
_PROPERTIES = re.compile(r"[A-Za-z]+Pr")
_ACCENTS = {accent: accent for accent in "\u0300\u0301\u0302\u0303\u0304\u0307\u0308\u030c\u20d7"}
_ACCENTS["\u0305"] = "\u0304"  # an overline over one letter is a macron
_INVISIBLE = str.maketrans({"\u2061": " ", "\u2062": "", "\u2063": "", "\u2064": ""})


def math_text(element: Element) -> str:
    """An equation, or several in one paragraph, as text that can be read and searched."""
    return " ".join(_all(element, 0).translate(_INVISIBLE).split())


def apart(before: str, text: str) -> str:
    """A fraction behind a number, as in 1 1/2, with a space before it; else the text as it is."""
    return f" {text}" if before[-1:].isdigit() and text[:1].isdigit() else text


def scripted(base: str, below: str, above: str) -> str:
    """A base with what stands at its lower and upper right."""
    if above.strip() in _DEGREES and not below:
        return f"{base}°"
    index = f"_{_single(below)}" if below else ""
    power = f"^{_single(above)}" if above else ""
    return f"{_grouped(base) if index or power else base}{index}{power}"


def fraction(above: str, below: str) -> str:
    """One term over another."""
    return f"{_grouped(above)}/{_single(below)}"


def root(degree: str, text: str) -> str:
    """A root; the second one needs no degree."""
    return f"root({text}, {degree})" if degree not in ("", "2") else f"sqrt({text})"


def _grouped(text: str) -> str:
    """A term as it is, and what is more than one in parentheses."""
    text = text.strip()
    return text if _TERM.fullmatch(text) or _CLOSED.fullmatch(text) else f"({text})"


def _single(text: str) -> str:
    """A term, also one with a factor before it in parentheses."""
    text = text.replace("\u2212", "-").strip()
    return f"({text})" if _COEFFICIENT.fullmatch(text) else _grouped(text)


def _all(element: Element, depth: int) -> str:
    """What stands in an element, one after the other."""
    if depth > _MAX_DEPTH:
        return "".join(element.itertext())
    parts: list[str] = []
    ended = ""  # by a shape that the next letter would seem to belong to
    for part in element:
        tag = local(part.tag)
        if tag == "t":
            parts.append(part.text or "")
        elif tag == "oMath" and parts:
            parts += ["; ", _all(part, depth + 1)]
        elif tag in ("br", "cr"):
            parts.append("; ")
        elif tag in _SHAPES:
            shape = _SHAPES[tag](_Parts(part, depth + 1))
            parts += [_gap(ended, shape), apart(parts[-1] if parts else "", shape)]
            ended = shape if tag in _OPEN_ENDED else ""
            continue
        elif not _PROPERTIES.fullmatch(tag) and tag not in ("del", "moveFrom", "instrText"):
            text = _all(part, depth + 1)
            parts += [_gap(ended, text), text]
            ended = ended if not text else ""
    return "".join(parts)


def _gap(ended: str, text: str) -> str:
    """What sets a text apart from an exponent, an index or a denominator before it."""
    return " " if ended[-1:].isalnum() and text[:1].isalnum() else ""


class _Parts:
    """The named parts of a mathematical shape."""

    def __init__(self, element: Element, depth: int) -> None:
        self._element = element
        self._depth = depth

    def __getitem__(self, name: str) -> str:
        """The text of the first part of a name, empty where there is none."""
        return next(iter(self.every(name)), "")

    def every(self, name: str) -> list[str]:
        return [_all(part, self._depth).strip() for part in self._named(name)]

    def rows(self) -> list[list[str]]:
        return [_Parts(row, self._depth + 1).every("e") for row in self._named("mr")]

    def property(self, name: str, default: str) -> str:
        for part in self._element:
            if _PROPERTIES.fullmatch(local(part.tag)):
                for one in part:
                    if local(one.tag) == name:
                        return attribute(one, "val")
        return default

    def _named(self, name: str) -> list[Element]:
        return [part for part in self._element if local(part.tag) == name]


def _fraction(parts: _Parts) -> str:
    if parts.property("type", "bar") == "noBar":  # a binomial, in parentheses of its own
        return f"{parts['num']} over {parts['den']}"
    return fraction(parts["num"], parts["den"])


def _large(parts: _Parts) -> str:
    sign = parts.property("chr", "∫")
    return f"{scripted(sign, parts['sub'], parts['sup'])} {parts['e']} ".replace(f"({sign})", sign)


def _delimited(parts: _Parts) -> str:
    begin, end = parts.property("begChr", "("), parts.property("endChr", ")")
    inside = parts.property("sepChr", "|").join(parts.every("e"))
    if begin and end and inside.startswith(begin) and inside.endswith(end):
        return inside if inside.count(begin) == 1 else f"{begin}{inside}{end}"
    return f"{begin}{inside}{end}"


def _accented(parts: _Parts) -> str:
    text, accent = parts["e"], _ACCENTS.get(parts.property("chr", "\u0302"))
    if accent and len(text) == 1:
        return text + accent
    return f"{text}{accent}" if accent else f"{parts.property('chr', '')}{text}"


def _barred(parts: _Parts) -> str:
    text = parts["e"]
    mark = "\u0304" if parts.property("pos", "bot") == "top" else "\u0332"
    return text + mark if len(text) == 1 else f"bar({text})"


def _matrix(parts: _Parts) -> str:
    return "[" + "; ".join(", ".join(row) for row in parts.rows()) + "]"


def _function(parts: _Parts) -> str:
    argument = parts["e"]
    return f"{parts['fName']}{argument if argument.startswith('(') else f' {argument}'}"


_SHAPES: dict[str, Callable[[_Parts], str]] = {
    "sSup": lambda parts: scripted(parts["e"], "", parts["sup"]),
    "sSub": lambda parts: scripted(parts["e"], parts["sub"], ""),
    "sSubSup": lambda parts: scripted(parts["e"], parts["sub"], parts["sup"]),
    "sPre": lambda parts: f" {scripted('', parts['sub'], parts['sup'])}{parts['e']}",
    "f": _fraction,
    "rad": lambda parts: root(parts["deg"], parts["e"]),
    "nary": _large,
    "d": _delimited,
    "func": _function,
    "acc": _accented,
    "bar": _barred,
    "limLow": lambda parts: scripted(parts["e"], parts["lim"], ""),
    "limUpp": lambda parts: scripted(parts["e"], "", parts["lim"]),
    "m": _matrix,
    "eqArr": lambda parts: "; ".join(parts.every("e")),
}
