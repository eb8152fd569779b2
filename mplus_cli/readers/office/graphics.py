"""Charts and SmartArt of Office documents: the values and texts that their pictures show.

Charts are DrawingML's (ECMA-376, part 1, section 21.2) or the newer ones of Microsoft (chartex);
SmartArt is a diagram (21.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.containers.xml_tree import attribute, inner, local
from mplus_cli.readers.grid import MAX_COLUMNS
from mplus_cli.readers.job import Job
from mplus_cli.readers.office.number_format import general, number_format

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_FILE_NAME = re.compile(r"\S*\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)", re.IGNORECASE)


def described(text: str) -> str:
    """What is said about a picture, in brackets; programs put file names there, which go."""
    text = " ".join(text.split())
    return f"[{text}]" if text and not _FILE_NAME.fullmatch(text) else ""


def add_chart(root: Element, blocks: Blocks, job: Job) -> None:
    """Add a chart: its title and a table of its values."""
    title, series = _chart(root)
    blocks.paragraph(f"[Chart: {title}]" if title else "[Chart]")
    blocks.table(((None, row) for row in _rows(series[:MAX_COLUMNS])), header=True)
    if not series:
        job.note("charts whose values are not saved with them are not read")
    elif len(series) > MAX_COLUMNS:
        job.note(f"of a chart with {len(series):,} series, {MAX_COLUMNS} are read")


def _chart(root: Element) -> tuple[str, list[Element]]:
    """A chart's title, and its series."""
    title, axes = "", []
    series: list[Element] = []
    for part in inner(root):
        tag = local(part.tag)
        if tag == "chart":
            title = _own_title(part)
        elif tag.endswith("Ax") and (name := _own_title(part)):
            axes.append(name)
        elif tag in ("ser", "data"):
            series.append(part)
    named = ", ".join(axes)
    title = " - ".join(text for text in (title, f"axes: {named}" if named else "") if text)
    return title, series


def _own_title(part: Element) -> str:
    for one in part:
        if local(one.tag) == "title":
            return " ".join("".join(_texts(one, "t")).split())
    return ""


def _texts(element: Element, tag: str) -> Iterator[str]:
    return (part.text or "" for part in inner(element) if local(part.tag) == tag)


def _rows(series: list[Element]) -> Iterator[list[str]]:
    """All series side by side where they share their categories, else one after the other."""
    read = [_series(one) for one in series]
    groups: list[list[tuple[str, dict[int, str], dict[int, str]]]] = []
    for one in read:
        if groups and groups[-1][0][1] == one[1]:
            groups[-1].append(one)
        else:
            groups.append([one])
    for group in groups:
        yield ["", *(name for name, _, _ in group)]
        categories = group[0][1]
        places = sorted({at for _, _, values in group for at in values} | set(categories))
        for at in places:
            category = categories.get(at, str(at + 1))
            yield [category, *(values.get(at, "") for _, _, values in group)]


def _series(element: Element) -> tuple[str, dict[int, str], dict[int, str]]:
    """A series' name, its categories and its values by their place."""
    name, categories, values = "", {}, {}
    for part in element:
        tag = local(part.tag)
        if tag == "tx":
            name = " ".join(_texts(part, "v"))
        elif tag in ("cat", "xVal", "strDim"):
            categories = _points(part)
        elif tag in ("val", "yVal", "numDim"):
            values = _points(part)
        elif tag == "bubbleSize":
            sizes = _points(part)
            values = {at: f"{text} ({sizes.get(at, '')})" for at, text in values.items()}
    return name, categories, values


def _points(element: Element) -> dict[int, str]:
    """The saved values by their place; categories of several levels joined, the widest first."""
    code = next(_texts(element, "formatCode"), "")
    levels: list[dict[int, str]] = [{}]
    for part in inner(element):
        if local(part.tag) == "lvl":
            levels.append({})
        elif local(part.tag) == "pt" and attribute(part, "idx").isdecimal():
            text = " ".join(_texts(part, "v")) or (part.text or "").strip()
            own = attribute(part, "formatCode", code)
            levels[-1][int(attribute(part, "idx")[:9])] = _formatted(text, own)
    filled = [level for level in levels if level]
    if len(filled) < 2:
        return filled[0] if filled else {}
    for wide in filled[1:]:
        _spread(wide, filled[0])
    return {
        at: " ".join(level[at] for level in reversed(filled) if at in level) for at in filled[0]
    }


def _spread(wide: dict[int, str], narrow: dict[int, str]) -> None:
    """Give a category of a higher level to all below it; only the first of them has it."""
    last = ""
    for at in sorted(narrow):
        last = wide.get(at, last)
        wide[at] = last


def _formatted(text: str, code: str) -> str:
    """A number as its format shows it; texts, and what no format can show, as they are."""
    shape = number_format(code)
    try:
        return (general(text) if shape is None else shape.number(text)).strip()
    except (ArithmeticError, ValueError, LookupError):
        return text


def diagram_lines(root: Element) -> list[str]:
    """The texts of a SmartArt in the order of its tree."""
    texts: dict[str, str] = {}
    below: dict[str, list[tuple[int, str]]] = {}
    for part in inner(root):
        tag = local(part.tag)
        if tag == "pt":
            read = (" ".join("".join(_texts(one, "t")).split()) for one in _paragraphs(part))
            texts[attribute(part, "modelId")] = " ".join(line for line in read if line)
        elif tag == "cxn" and attribute(part, "type", "parOf") == "parOf":
            order = attribute(part, "srcOrd")
            place = int(order[:9]) if order.isdecimal() else 0
            below.setdefault(attribute(part, "srcId"), []).append(
                (place, attribute(part, "destId"))
            )
    inside = {name for ends in below.values() for _, name in ends}
    lines: list[str] = []
    seen: set[str] = set()
    pending = [name for name in reversed(texts) if name not in inside]
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        if texts.get(name):
            lines.append(texts[name])
        pending.extend(end for _, end in sorted(below.get(name, ()), reverse=True))
    return lines + [text for name, text in texts.items() if text and name not in seen]


def _paragraphs(part: Element) -> Iterator[Element]:
    return (one for one in inner(part) if local(one.tag) == "p")
