"""Charts in OpenDocument files: their titles, and the values that are saved with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mplus_cli.readers.blocks import joined
from mplus_cli.readers.containers.xml_tree import inner, local
from mplus_cli.readers.grid import MAX_COLUMNS

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NO_VALUE = "NaN"


def chart_text(root: Element) -> str:
    """A chart's title and its values, a line for each category; empty where none are saved."""
    title, axes = "", []
    rows: list[str] = []
    for part in inner(root):
        tag = local(part.tag)
        if tag == "chart":
            title = _title(part)
        elif tag == "axis" and (name := _title(part)):
            axes.append(name)
        elif tag == "table-row":
            rows.append(joined([_value(cell) for cell in part][:MAX_COLUMNS]))
    if not rows:
        return ""
    named = f"axes: {', '.join(axes)}" if axes else ""
    told = " - ".join(filter(None, (title, named)))
    return "\n".join([f"[Chart: {told}]" if told else "[Chart]", *rows])


def _title(element: Element) -> str:
    titles = (part for part in element if local(part.tag) == "title")
    return " ".join(" ".join(text for part in titles for text in part.itertext()).split())


def _value(cell: Element) -> str:
    text = "".join(cell.itertext()).strip()
    return "" if text == _NO_VALUE else text
