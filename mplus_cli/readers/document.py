"""What a reader makes of a file: its text, and where each stretch of the text came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, in characters, half-open; `page` counts from 1."""

    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of text lies, counted from 1: pages of a paged document, else lines."""

    page: int | None
    last_page: int | None
    first_line: int | None
    last_line: int | None

    def label(self) -> str:
        """Return the place in words: "page 3", "pages 3-4", "line 7", "lines 12-20"."""
        if self.page is not None:
            return _range("page", self.page, self.last_page)
        return _range("line", self.first_line, self.last_line)


@dataclass(frozen=True)
class Document:
    """The text of one file. Spans of a paged document carry pages and lie in reading order."""

    name: str
    text: str
    spans: tuple[Span, ...]
    reader: str

    def place(self, start: int, end: int) -> Place:
        """Say where text[start:end] lies; white space at its ends does not count."""
        first, last = self._inked(start, end)
        if self._page_starts:
            return Place(self._page(first), self._page(last), None, None)
        return Place(None, None, self._line(first), self._line(last))

    def _inked(self, start: int, end: int) -> tuple[int, int]:
        """Return the first and the last character of text[start:end] that is not white space."""
        stretch = self.text[start:end]
        if not stretch.strip():
            return start, start
        return end - len(stretch.lstrip()), start + len(stretch.rstrip()) - 1

    @cached_property
    def _page_starts(self) -> list[int]:
        return [span.start for span in self.spans if span.page is not None]

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def _page(self, position: int) -> int | None:
        return self.spans[bisect_right(self._page_starts, position) - 1].page

    def _line(self, position: int) -> int:
        return bisect_right(self._line_starts, position)


def _range(unit: str, first: int | None, last: int | None) -> str:
    return f"{unit} {first}" if first == last else f"{unit}s {first}-{last}"
