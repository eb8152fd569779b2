"""Jupyter notebooks: cells of text and code, and what the code printed."""

from __future__ import annotations

import json
from typing import Any

from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.damage import damage_told
from mplus_cli.readers.document import Document
from mplus_cli.readers.encoding import decode
from mplus_cli.readers.job import Job
from mplus_cli.readers.json_data import parse
from mplus_cli.readers.markup import markdown_headings

_DAMAGE = (json.JSONDecodeError, AttributeError, KeyError, TypeError)


def read_notebook(data: bytes, job: Job) -> Document:
    """A notebook without pictures and HTML outputs; places are headings and numbers of cells."""
    blocks = Blocks()
    with damage_told("a notebook", "save it anew from Jupyter", *_DAMAGE):
        for number, cell in enumerate(_cells(parse(decode(data))), start=1):
            blocks.number = number
            source = _text(cell.get("source", cell.get("input", "")))
            if cell.get("cell_type") == "markdown":
                _add_markdown(source, blocks)
            else:
                blocks.paragraph(source)
                for output in cell.get("outputs") or ():
                    blocks.paragraph(_shown(output))
    return blocks.document("notebook", "cell")


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells; before version 4 they lay in worksheets."""
    if "worksheets" in notebook:
        return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    cells = notebook["cells"]
    if not isinstance(cells, list):
        raise TypeError("its cells are no list")
    return cells


def _add_markdown(source: str, blocks: Blocks) -> None:
    """Add a cell's text section by section."""
    headings = list(markdown_headings(source))
    bounds = [*(start for start, _, _ in headings), len(source)]
    blocks.paragraph(source[: bounds[0]])
    for (start, level, title), end in zip(headings, bounds[1:], strict=True):
        blocks.section(source[start:end], level, title)


def _shown(output: dict[str, Any]) -> str:
    """An output's text: what was printed, a result, or the name of an error."""
    if "ename" in output:
        return f"{output['ename']}: {output.get('evalue', '')}"
    if "text" in output:
        return _text(output["text"])
    return _text((output.get("data") or {}).get("text/plain", ""))


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
