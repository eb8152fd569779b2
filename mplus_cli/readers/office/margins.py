"""Headers and footers: those that say what the text does not say, each once."""

from __future__ import annotations

import re

from mplus_cli.readers.blocks import Blocks, clean
from mplus_cli.readers.job import Job

_MAX_LINES, _MAX_MARGINS = 100, 200
_MAX_WORDS_OF_PAGES = 3  # Page 1 of 3
_WORD = re.compile(r"[^\W\d_]+")


class Margins:
    """Adds headers and footers behind the text, which is complete by then."""

    def __init__(self, blocks: Blocks, job: Job) -> None:
        self._blocks, self._job = blocks, job
        self._body = blocks.document("", "").text
        self._seen: set[str] = set()
        blocks.begin()

    def add(self, kind: str, text: str, has_pages: bool) -> None:
        """Add one; with `has_pages` the number of a page stood in it, which is left out."""
        text = clean(text).strip()
        if text in self._seen:
            return
        self._seen.add(text)
        if len(self._seen) > _MAX_MARGINS:
            self._job.note(f"of the headers and footers the first {_MAX_MARGINS} are read")
            return
        lines = [line.strip() for line in text.split("\n")]
        is_new = len(lines) > _MAX_LINES or any(line not in self._body for line in lines)
        if is_new and not (has_pages and is_bare(text)):
            self._blocks.paragraph(f"[{kind.capitalize()}: {text}]")


def is_bare(text: str) -> bool:
    """Whether a header says nothing once its page number is gone, such as "Page of"."""
    digits = any(map(str.isdigit, text))
    return not digits and len(_WORD.findall(text)) <= _MAX_WORDS_OF_PAGES
