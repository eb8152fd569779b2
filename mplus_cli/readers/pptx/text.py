"""The text of shapes on slides: paragraphs with their numbers, raised type, equations, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.ooxml import chosen, relation
from mplus_cli.readers.containers.xml_tree import attribute, local, whole
from mplus_cli.readers.letters.scripts import lowered, raised, struck
from mplus_cli.readers.numerals import numbered
from mplus_cli.readers.office.math import math_text
from mplus_cli.readers.office.symbols import drawn, is_symbol_font, private, symbol
from mplus_cli.readers.remarks import TICKED

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_LEVELS = 9
_AUTO = re.compile(r"(alpha|arabic|roman|circle)(Lc|Uc)?\w*?(Period|ParenR|ParenBoth|Minus)?")
_KINDS = {
    ("alpha", "Lc"): "lowerLetter",
    ("alpha", "Uc"): "upperLetter",
    ("roman", "Lc"): "lowerRoman",
    ("roman", "Uc"): "upperRoman",
    ("circle", None): "decimalEnclosedCircle",
}
_AROUND = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Minus": "{} -", None: "{}"}
_BULLETS = {"buNone", "buChar", "buBlip", "buAutoNum"}
_NO_TEXT = {"spPr", "style", "bodyPr", "tcPr"}
_UNSTRUCK = "noStrike"
_UNREAD = {"pPr", "rPr", "endParaRPr", "fld"}


def lines(shape: Element, links: dict[str, str]) -> list[str]:
    """The paragraphs of a shape or a cell, those of lists with their numbers or dashes."""
    styles: list[Element] = []
    paragraphs: list[Element] = []
    pending = [shape]
    while pending:
        part = pending.pop()
        tag = local(part.tag)
        if tag == "p":
            paragraphs.append(part)
        elif tag == "lstStyle":
            styles.append(part)
        elif tag == "AlternateContent":
            pending.extend(reversed(chosen(part)))
        elif tag not in _NO_TEXT:
            pending.extend(reversed(part))
    numbers = _Numbers(styles)
    read = []
    for paragraph in paragraphs:
        text = drawn("".join(_pieces(paragraph, links)).strip())
        if text:
            label = numbers.label(paragraph)
            read.append(f"{label} {text}" if label else text)
    return read


def _pieces(paragraph: Element, links: dict[str, str]) -> Iterator[str]:
    pending = [*reversed(paragraph)]
    while pending:
        part = pending.pop()
        tag = local(part.tag)
        if tag == "r" or (tag == "fld" and attribute(part, "type") != "slidenum"):
            yield _run(part, links)
        elif tag == "br":
            yield "\n"
        elif tag in ("oMath", "oMathPara"):
            yield math_text(part)
        elif tag == "t":
            yield part.text or ""
        elif tag == "AlternateContent":
            pending.extend(reversed(chosen(part)))
        elif tag not in _UNREAD:
            pending.extend(reversed(part))


def _run(run: Element, links: dict[str, str]) -> str:
    text = "".join(part.text or "" for part in run if local(part.tag) == "t")
    for properties in run:
        if local(properties.tag) != "rPr" or not text.strip():
            continue
        for part in properties:
            tag = local(part.tag)
            if tag in ("sym", "latin") and is_symbol_font(font := attribute(part, "typeface")):
                text = drawn(text, font) if tag == "latin" else private(text, font)
            elif tag == "hlinkClick" and (address := links.get(relation(part))):
                text = text if address in text else f"{text} <{address}>"
        baseline = attribute(properties, "baseline", "0").removesuffix("%")
        if whole(baseline.partition(".")[0]):
            text = lowered(text) if baseline.startswith("-") else raised(text)
        if attribute(properties, "strike", _UNSTRUCK) != _UNSTRUCK:
            text = struck(text)
    return text


class _Numbers:
    """Counts the numbered paragraphs of one shape; others at a level begin it anew."""

    def __init__(self, styles: Iterable[Element]) -> None:
        self._styles = {local(level.tag): level for style in styles for level in style}
        # For each level the kind of numbers and the last one.
        self._counts: list[tuple[str, int]] = []

    def label(self, paragraph: Element) -> str:
        """What stands before a paragraph with text, and count it."""
        properties = next((part for part in paragraph if local(part.tag) == "pPr"), None)
        level = whole(attribute(properties, "lvl")) if properties is not None else 0
        level = min(max(level, 0), _MAX_LEVELS - 1)
        bullet, font = self._bullet(properties, level)
        del self._counts[level + 1 :]
        while len(self._counts) <= level:
            self._counts.append(("", 0))
        if bullet is None or local(bullet.tag) != "buAutoNum":
            self._counts[level] = "", 0
            return _dash(bullet, font)
        kind, start = attribute(bullet, "type"), whole(attribute(bullet, "startAt", "1"), 1)
        key = f"{kind} {start}"
        before, last = self._counts[level]
        count = last + 1 if before == key else start
        self._counts[level] = key, count
        return _number(kind, count)

    def _bullet(self, properties: Element | None, level: int) -> tuple[Element | None, str]:
        """The bullet of a paragraph, by itself or by its shape, and the font of it."""
        found, font = None, ""
        for source in (properties, self._styles.get(f"lvl{level + 1}pPr")):
            for part in source if source is not None else ():
                if local(part.tag) in _BULLETS and found is None:
                    found = part
                elif local(part.tag) == "buFont":
                    font = font or attribute(part, "typeface")
        return found, font


def _dash(bullet: Element | None, font: str) -> str:
    if bullet is None or local(bullet.tag) == "buNone":
        return ""
    sign = attribute(bullet, "char")
    return f"- {TICKED}" if len(sign) == 1 and symbol(ord(sign), font) == TICKED else "-"


def _number(kind: str, count: int) -> str:
    found = _AUTO.fullmatch(kind)
    if found is None:
        return f"{count}."
    written = numbered(count, _KINDS.get((found[1], found[2]), "decimal"))
    return _AROUND[found[3]].format(written)
