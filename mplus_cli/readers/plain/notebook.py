"""Jupyter notebooks: cells of text and code, and what the code showed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.html.depth import TooDeepError
from mplus_cli.readers.html.reader import add_html
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import decode
from mplus_cli.readers.plain.json_data import lines_of, parse
from mplus_cli.readers.plain.markup import markdown_headings

_WAY_OUT = "save it anew from Jupyter"
# Colours and other orders to a terminal.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?"
    r"|[ -/]*[0-~])"
)
_PLAIN = "text/plain"
_FORMS = ("text/markdown", "text/html", "text/latex")
"""Of one output, the richest first."""
# Of text, but not what is said. "<IPython.core.display.JSON object>" says nothing either.
_UNREAD = {"text/css", "text/javascript"}
_NAME_OF_OBJECT = re.compile(r"\s*<[\w.]+ object(?: at 0x[0-9a-f]+)?>\s*")
_MAX_JSON_CHARACTERS = 20_000
# Formats before version 4 had no types.
_OLD_NAMES = {"html": "text/html", "latex": "text/latex", "text": "text/plain"}


class _DamagedError(Exception):
    """A part of a notebook is not of the form that it should have."""


def read_notebook(data: bytes, job: Job) -> Document:
    """A notebook without pictures; places are headings and numbers of cells."""
    try:
        cells = _cells(parse(decode(data, job=job)))
    except json.JSONDecodeError as error:
        reason = f"a notebook that can't be read: its JSON ends or breaks at line {error.lineno}"
        raise ReadError(reason, _WAY_OUT) from error
    blocks = Blocks()
    damaged = 0
    for number, cell in enumerate(cells, start=1):
        blocks.number = number
        try:
            _Cell(cell, blocks, job).add()
        except _DamagedError:
            damaged += 1
            job.note(f"cell {number} is damaged: not read, or not all of it")
    if damaged and damaged == len(cells):
        raise ReadError("a notebook that can't be read: all of its cells are damaged", _WAY_OUT)
    return blocks.document("notebook", "cell")


def _cells(notebook: Any) -> list[Any]:
    """The cells; before version 4 they lay in worksheets. Raises `ReadError`."""
    if isinstance(notebook, dict):
        sheets = notebook.get("worksheets")
        lists = [notebook.get("cells")]
        if isinstance(sheets, list):
            lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        if lists and all(isinstance(cells, list) for cells in lists):
            return [cell for cells in lists if cells for cell in cells]
    raise ReadError("a notebook that can't be read: it has no list of cells", _WAY_OUT)


class _Cell:
    """Adds a cell: its text or code, then its outputs."""

    def __init__(self, cell: Any, blocks: Blocks, job: Job) -> None:
        if not isinstance(cell, dict):
            raise _DamagedError
        self._cell = cell
        self._blocks = blocks
        self._job = job

    def add(self) -> None:
        kind = self._cell.get("cell_type")
        source = _text(self._cell.get("source", self._cell.get("input", "")))
        if kind == "heading":  # before version 4
            self._blocks.heading(source, _level(self._cell.get("level")))
        elif kind == "markdown":
            self._markdown(source)
        else:
            self._blocks.paragraph(source)
        for output in _joined(self._cell.get("outputs") or ()):
            self._output(output)

    def _markdown(self, source: str) -> None:
        """Add a text section by section."""
        headings = list(markdown_headings(source))
        bounds = [*(start for start, _, _ in headings), len(source)]
        self._blocks.paragraph(source[: bounds[0]])
        for (start, level, title), end in zip(headings, bounds[1:], strict=True):
            self._blocks.section(source[start:end], level, title)

    def _output(self, output: dict[str, Any]) -> None:
        """Add what was printed, the richest form of a result, or an error."""
        if "ename" in output:
            error = f"{output['ename']}: {output.get('evalue', '')}"
            self._blocks.paragraph(as_shown(error))
            return
        if output.get("output_type") == "stream" or "stream" in output:
            self._blocks.paragraph(as_shown(_text(output.get("text", ""))))
            return
        forms = _forms(output)
        for form in _ordered(forms):
            if form == "application/json":
                self._json(forms[form])
                return
            text = as_shown(_text(forms[form]))
            if text.strip() and self._add(form, text):
                return
        if "image/svg+xml" in forms and "<text" in _text(forms["image/svg+xml"]):
            self._job.note("text within drawings (SVG) is not read")

    def _json(self, value: Any) -> None:
        try:
            text = "\n".join(lines_of(value))
        except ReadError as error:
            self._job.note(f"cell {self._blocks.number}: a JSON output is {error.reason}: not read")
            return
        if len(text) > _MAX_JSON_CHARACTERS:
            text = text[:_MAX_JSON_CHARACTERS]
            self._job.note(f"cell {self._blocks.number}: a long JSON output is cut")
        self._blocks.paragraph(text)

    def _add(self, form: str, text: str) -> bool:
        """Add one form of an output; whether there was text in it."""
        if form != "text/html":
            self._blocks.paragraph(text)
            return True
        before = len(self._blocks)
        try:
            add_html(text, self._blocks, self._job)
        except TooDeepError:
            return False
        return len(self._blocks) > before


def as_shown(text: str) -> str:
    """What a terminal shows in the end of a text that was printed to it.

    Without orders for colours; of a line that was written over again and again, as by a progress
    bar, what stands there last.
    """
    text = _ESCAPES.sub("", text) if "\x1b" in text else text
    text = text.replace("\r\n", "\n")
    if "\b" in text:
        text = re.sub(r"[^\n\b]\x08", "", text).replace("\b", "")
    if "\r" not in text:
        return text
    return "\n".join(_overwritten(line) for line in text.split("\n"))


def _overwritten(line: str) -> str:
    """A line after each part of it, begun by a carriage return, was written over the last."""
    shown: list[str] = []
    for part in line.split("\r"):
        shown[: len(part)] = part
    return "".join(shown).rstrip()


def _joined(outputs: Any) -> Iterator[dict[str, Any]]:
    """The outputs of a cell; pieces of one stream that follow one another are one."""
    if not isinstance(outputs, list | tuple):
        raise _DamagedError
    streams: list[dict[str, Any]] = []
    for output in outputs:
        if not isinstance(output, dict):
            raise _DamagedError
        is_stream = output.get("output_type") == "stream"
        if streams and not (is_stream and output.get("name") == streams[0].get("name")):
            yield _as_one(streams)
            streams = []
        if is_stream:
            streams.append(output)
        else:
            yield output
    if streams:
        yield _as_one(streams)


def _as_one(streams: list[dict[str, Any]]) -> dict[str, Any]:
    return streams[0] | {"text": "".join(_text(stream.get("text", "")) for stream in streams)}


def _forms(output: dict[str, Any]) -> dict[str, Any]:
    """The forms of a result by their types."""
    data = output.get("data")
    if isinstance(data, dict):
        return data
    return {kind: output[name] for name, kind in _OLD_NAMES.items() if name in output}


def _ordered(forms: dict[str, Any]) -> list[str]:
    """The types of a result that hold text, the one that says most first."""
    others = [form for form in forms if form.startswith("text/") and form not in _UNREAD]
    others = [form for form in others if form not in (*_FORMS, _PLAIN)]
    found = [*(form for form in _FORMS if form in forms), *others]
    json_form = ["application/json"] if forms.get("application/json") is not None else []
    if _PLAIN not in forms:
        return found + json_form
    names_only = _NAME_OF_OBJECT.fullmatch(_text(forms[_PLAIN])) is not None
    return found + ([*json_form, _PLAIN] if names_only else [_PLAIN, *json_form])


def _level(level: Any) -> int:
    return int(level) if isinstance(level, str) and level in ("1", "2", "3", "4", "5", "6") else 1


def _text(lines: Any) -> str:
    if isinstance(lines, str):
        return lines
    if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
        return "".join(lines)
    raise _DamagedError
