"""Markup that is read as it was written, with its headings: Markdown, reStructuredText, LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from mplus_cli.readers.blocks import HeadingPath
from mplus_cli.readers.document import Document, Span
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.characters import tidy
from mplus_cli.readers.letters.encoding import declared_in, decode

Heading = tuple[int, int, str]
"""Where its line begins, its level, its title."""

# Fences are passed over, so that a comment in code is not taken for a heading. Under a paragraph of
# one line, a row of = or - makes it one; what may begin otherwise (lists, tables, quotes) is left
# alone.
_MARKDOWN = re.compile(
    r"^(?:[ ]{0,3}(?P<fence>`{3,}+|~{3,}+)[^`\n]*$.*?(?:^[ ]{0,3}(?P=fence)|\Z)"
    r"|[ ]{0,3}(?P<hashes>#{1,6})(?:[ \t]++(?P<title>[^\n]*))?$"
    r"|(?:\A|(?<=\n\n))(?P<over>[^\s|>#*+`~=-][^\n|]*)\n[ ]{0,3}(?P<under>=+|-+)[ \t]*$)",
    re.MULTILINE | re.DOTALL,
)
_CLOSING_HASHES = re.compile(r"\s+#+\s*$")

_LATEX = re.compile(
    r"^[ \t]*+\\(?P<kind>part|chapter|(?:sub){0,2}section)\*?[ ]*+(?:\[[^\]\n]*+\])?[ ]*+"
    r"\{(?P<title>(?:[^{}\n]|\{[^{}\n]*+\})*+)\}",
    re.MULTILINE,
)
_LATEX_LEVELS = {"part": 0, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4}

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*")


def read_markdown(data: bytes, job: Job) -> Document:
    """Markdown; places are headings and lines. Raises `NoTextError` for what is not text."""
    return _sectioned(_text(data, job), markdown_headings, "markdown")


def read_latex(data: bytes, job: Job) -> Document:
    """LaTeX, as `read_markdown`."""
    return _sectioned(_text(data, job), _latex_headings, "latex")


def read_rst(data: bytes, job: Job) -> Document:
    """reStructuredText, as `read_markdown`."""
    return _sectioned(_text(data, job), _rst_headings, "rst")


def _text(data: bytes, job: Job) -> str:
    return tidy(decode(data, job.charset or declared_in(data), job))


def markdown_headings(text: str) -> Iterator[Heading]:
    """The headings of a Markdown text, in order; what stands in fences is none."""
    for match in _MARKDOWN.finditer(text):
        if match["hashes"]:
            yield match.start(), len(match["hashes"]), _CLOSING_HASHES.sub("", match["title"] or "")
        elif match["over"]:
            yield match.start(), 1 if match["under"].startswith("=") else 2, match["over"]


def _latex_headings(text: str) -> Iterator[Heading]:
    for match in _LATEX.finditer(text):
        yield match.start(), _LATEX_LEVELS[match["kind"]], match["title"]


def _rst_headings(text: str) -> Iterator[Heading]:
    """Titles by their adornments; a new kind of adornment is one level deeper."""
    levels: dict[tuple[str, bool], int] = {}
    lines = text.split("\n")
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    for at in range(1, len(lines)):
        title, line = lines[at - 1], lines[at]
        if not _ADORNMENT.fullmatch(line) or not title.strip() or _ADORNMENT.fullmatch(title):
            continue
        above = lines[at - 2] if at > 1 else ""
        over = above.rstrip() == line.rstrip()
        if len(line.rstrip()) >= len(title.strip()) and (
            over or not (above.strip() or title[0].isspace())
        ):
            level = levels.setdefault((line[0], over), len(levels) + 1)
            yield starts[at - 2 if over else at - 1], level, title.strip()


def _sectioned(text: str, headings: Callable[[str], Iterable[Heading]], reader: str) -> Document:
    """A document whose spans are its sections."""
    spans = []
    path = HeadingPath()
    before = Span(0, 0)
    for start, level, title in headings(text):
        if start > 0:
            spans.append(Span(before.start, start, section=before.section, heading=before.heading))
        path.enter(level, title)
        before = Span(start, start, section=str(path), heading=True)
    spans.append(Span(before.start, len(text), section=before.section, heading=before.heading))
    return Document(text, tuple(spans), reader)
