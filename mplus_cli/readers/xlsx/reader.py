"""Excel workbooks (XLSX): sheets as rows of text. Only cells that are there cost anything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.containers.archive import DAMAGE, Archive, opened
from mplus_cli.readers.containers.ooxml import (
    ON,
    core_title,
    main_part,
    parts_by_type,
    relation,
    relations,
)
from mplus_cli.readers.containers.xml_tree import attribute, inner, local
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.office.sheets import Around, Row, add_sheet, hidden
from mplus_cli.readers.remarks import counted
from mplus_cli.readers.xlsx.cells import Cells
from mplus_cli.readers.xlsx.parts import SheetParts, people

_WAY_OUT = "open it in a spreadsheet program and save it anew"
_OTHER_SHEETS = {"chartsheet": "a chart", "dialogsheet": "a dialog", "xlMacrosheet": "macros"}


def read_xlsx(data: bytes, job: Job) -> Document:
    """A workbook: of each sheet its name and its rows, formulas by the values that were saved."""
    blocks = Blocks()
    with opened(data, "a workbook", _WAY_OUT) as archive:
        workbook = _Workbook(archive, job, blocks)
        workbook.read()
        blocks.title = core_title(archive)
    document = blocks.document("xlsx", "row")
    if workbook.damaged and not document.text:
        raise ReadError(
            "a workbook that can't be read, probably damaged: none of its sheets is whole", _WAY_OUT
        )
    return document


class _Workbook:
    """Adds the sheets of a workbook; one that is damaged doesn't cost the others."""

    def __init__(self, archive: Archive, job: Job, blocks: Blocks) -> None:
        self._archive, self._job, self._blocks = archive, job, blocks
        self._main = main_part(archive)
        self._parts = parts_by_type(archive, self._main)
        self._hidden_rows = 0
        self.damaged = False

    def read(self) -> None:
        workbook = self._archive.tree(self._main)
        properties = (part for part in workbook if local(part.tag) == "workbookPr")
        from_1904 = any(attribute(part, "date1904") in ON for part in properties)
        cells = Cells(self._archive, self._parts, from_1904, self._job)
        targets = relations(self._archive, self._main)
        sheets = {relation(one): one for one in inner(workbook) if local(one.tag) == "sheet"}
        for number, sheet in sheets.items():
            kind, part = targets.get(number, ("", ""))
            name = " ".join(attribute(sheet, "name").split())
            if part not in self._archive:
                self._lose(f"sheet {name} is missing in the file")
            elif kind in _OTHER_SHEETS:
                self._job.note(f"sheet {name} is {_OTHER_SHEETS[kind]}: not read")
            else:
                self._sheet(part, name, attribute(sheet, "state"), cells)
        self._say(cells)

    def _sheet(self, part: str, name: str, state: str, cells: Cells) -> None:
        around, columns = Around(), 0
        cells.links = {}
        try:
            parts = SheetParts(self._archive, part, name)
            around, columns = parts.around(self._people, self._job), parts.hidden_columns()
            if self._job.options.links:
                cells.links = parts.links()
        except DAMAGE:
            self._lose(f"sheet {name} is damaged: what belongs to its rows is not read")
        self._hidden_rows = 0
        title = hidden(name) if state in ("hidden", "veryHidden") else name
        add_sheet(title, self._rows(part, name, cells), around, self._blocks)
        found = (counted(self._hidden_rows, "hidden row"), counted(columns, "hidden column"))
        if any(found):
            which = " and ".join(filter(None, found))
            self._job.note(f"sheet {name}: {which} read like the others")

    def _rows(self, part: str, name: str, cells: Cells) -> Iterator[Row]:
        """The rows up to where the sheet is damaged, if it is."""
        number = 0
        try:
            for (number, row), is_hidden in cells.rows(self._archive, part):
                self._hidden_rows += is_hidden
                yield number, row
        except DAMAGE:
            behind = f" behind row {number}: the rest of it is" if number else ":"
            self._lose(f"sheet {name} is damaged{behind} not read")

    @cached_property
    def _people(self) -> dict[str, str]:
        try:
            return people(self._archive, self._parts)
        except DAMAGE:
            self._lose("the names of those who comment are damaged: not read")
            return {}

    def _say(self, cells: Cells) -> None:
        """Note what was amiss with single cells."""
        if cells.damaged:
            self._lose(f"{counted(cells.damaged, 'cell')} can't be read, probably damaged")
        if cells.unsaved:
            self._job.note(
                f"{counted(cells.unsaved, 'formula')} without a saved result: read as formulas; "
                "open the workbook and save it to have results"
            )
        if cells.masked:
            self._job.note(f"{counted(cells.masked, 'cell')} whose format shows nothing: not read")

    def _lose(self, what: str) -> None:
        self.damaged = True
        self._job.note(what)
