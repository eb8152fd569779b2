"""Tables of pages: each cell in its column, and whether a table is one or only a layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mplus_cli.readers.grid import Grid
from mplus_cli.readers.html.depth import tags
from mplus_cli.readers.html.line import BLOCKS, HEADINGS, Facts, Leave, Line, visit

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_OF_TABLES = tags("table tbody thead tfoot tr td th caption colgroup col")
_OF_PAGES = tags("article aside footer form header main nav search section").union(HEADINGS)
_PARAGRAPHS = tags("p ul ol dl pre blockquote")
_MAX_NAMING_ROWS = 5
_LONG_CELL_CHARACTERS = 1000


class Table(Line):
    """The rows of a table."""

    def __init__(self, table: LexborNode, facts: Facts, is_struck: bool = False) -> None:
        super().__init__(facts)
        if is_struck or table.mem_id in self._looks.struck:
            self._strike(table)
        self._grid = Grid()
        self._ends: dict[str, Leave] = {"tr": self._grid.end_row, "caption": self._end_caption}
        self._ends |= dict.fromkeys(("thead", "tbody", "tfoot"), self._end_group)
        self._heads = False
        self._names: list[bool] = []  # of each row, whether all of its cells are headings
        self._inner: list[list[int]] = []  # of tables in cells: their rows and cells so far
        self.caption = ""
        visit(table, self)
        self._grid.end_row()
        rows = self._grid.rows
        above = next((at for at, row in enumerate(rows) if len(row) > 1), 0)
        self.above = rows[:above]
        """Rows of a single cell that stand over the names of the columns."""
        self.rows = _joined_names(rows[above:], self._names[above:])
        self.named = self._names[above : above + 1] == [True]
        """Whether the first of the rows names the columns."""

    def enter(self, node: LexborNode, tag: str) -> Leave | Literal[False] | None:
        if tag not in _OF_TABLES:
            return self._within_cell(node, tag)
        if self.hides(node, tag):
            return False
        strike = self._strike(node) if node.mem_id in self._looks.struck else None
        leave = self._of_table(node, tag)
        return _both(leave, strike) if strike else leave

    def _within_cell(self, node: LexborNode, tag: str) -> Leave | Literal[False] | None:
        leave = super().enter(node, tag)
        if tag in BLOCKS and leave is not False:
            return _both(leave, self.apart())
        return leave

    def _of_table(self, node: LexborNode, tag: str) -> Leave | None:
        if tag == "table":
            self._inner.append([0, 0])
            self.parts.append(" ")
            return self._end_inner
        if self._inner:
            self._within(tag)
            return None
        if tag == "tr":
            self._grid.begin_row()
            self._names.append(True)
        elif tag == "thead":
            self._heads = True
        elif tag in ("td", "th"):
            return self._cell(node, tag)
        return self._ends.get(tag)

    def _cell(self, node: LexborNode, tag: str) -> Leave:
        self._names[-1:] = [bool(self._names) and self._names[-1] and (tag == "th" or self._heads)]
        if not self._facts.has_spans:
            return self._end_cell
        attributes = node.attributes
        if "colspan" not in attributes and "rowspan" not in attributes:
            return self._end_cell
        across, down = _count(attributes.get("colspan")), _count(attributes.get("rowspan"))
        return lambda: self._grid.cell(self.taken().strip(), max(across, 1), down)

    def _end_cell(self) -> None:
        self._grid.cell(self.taken().strip())

    def _end_group(self) -> None:
        self._grid.end_group()
        self._heads = False

    def _end_caption(self) -> None:
        self.caption = " ".join(self.taken().split())

    def _within(self, tag: str) -> None:
        """Part the rows and cells of a table within a cell."""
        counts = self._inner[-1]
        if tag == "tr":
            self.parts.append("; " if counts[0] else "")
            counts[0], counts[1] = counts[0] + 1, 0
        elif tag in ("td", "th"):
            self.parts.append(", " if counts[1] else "")
            counts[1] += 1

    def _end_inner(self) -> None:
        self._inner.pop()
        self.parts.append(" ")


def _joined_names(rows: list[list[str]], names: list[bool]) -> list[list[str]]:
    """Rows, with names of columns that stand in several rows in one."""
    count = next((at for at, named in enumerate(names) if not named), len(names))
    if not 1 < count < min(len(rows), _MAX_NAMING_ROWS):
        return rows
    width = max(map(len, rows[:count]))
    columns = [[row[at] for row in rows[:count] if at < len(row)] for at in range(width)]
    return [[" ".join(dict.fromkeys(column)).strip() for column in columns], *rows[count:]]


def is_layout(table: LexborNode) -> bool:
    """Whether a table only arranges a page: it has one column, or more than words in its cells."""
    if table.attributes.get("role") in ("presentation", "none"):
        return True
    contents = _Contents()
    pending = [child] if (child := table.first_child) is not None else []
    while pending and not contents.is_sure:
        node = pending.pop()
        if (following := node.next) is not None:
            pending.append(following)
        tag = node.tag or ""
        if tag == "-text":
            contents.text(node.text_content or "")
            continue
        contents.element(tag)
        if tag != "table" and (child := node.first_child) is not None:
            pending.append(child)
    return contents.widest < 2 or (contents.is_page and not contents.is_named)


class _Contents:
    """What stands in a table, but not in tables within it, read so far."""

    def __init__(self) -> None:
        self.widest = 0
        self.is_named = False
        self.is_page = False
        self._cells = self._paragraphs = self._characters = 0

    @property
    def is_sure(self) -> bool:
        """Whether it is a table, whatever follows."""
        return self.is_named and self.widest > 1

    def text(self, text: str) -> None:
        self._characters += len(text)
        self.is_page |= self._characters > _LONG_CELL_CHARACTERS

    def element(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cells += 1
            self.widest = max(self.widest, self._cells)
            self._paragraphs = self._characters = 0
            self.is_named |= tag == "th"
        elif tag == "tr":
            self._cells = 0
        elif tag in ("caption", "thead"):
            self.is_named = True
        elif tag == "table" or tag in _OF_PAGES:
            self.is_page = True
        elif tag in _PARAGRAPHS:
            self._paragraphs += 1
            self.is_page |= self._paragraphs > 1


def _both(first: Leave | Literal[False] | None, then: Leave) -> Leave:
    def leave() -> None:
        if callable(first):
            first()
        then()

    return leave


def _count(value: str | None) -> int:
    if not value:
        return 1
    value = value.strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 1
