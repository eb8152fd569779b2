"""Fields of a Word document: their results are text, their instructions are not.

The instructions are those of ECMA-376, part 1, section 17.16.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.xml_tree import attribute, inner, local, whole
from mplus_cli.readers.docx.equation_fields import equation
from mplus_cli.readers.docx.styles import OFF
from mplus_cli.readers.office.symbols import symbol
from mplus_cli.readers.remarks import EMPTY, TICKED

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_CODE_CHARACTERS = 5000
_LINK = re.compile(r'\s*HYPERLINK\s+(?:"([^"]*)"|([^\s"\\]\S*))', re.IGNORECASE)
_BUTTON = re.compile(r"(?:MACRO|GOTO)BUTTON\s+\S+\s+(.*)", re.IGNORECASE | re.DOTALL)
_SYMBOL = re.compile(r'SYMBOL\s+(0x[0-9a-f]{1,6}|\d{1,7})(?:.*?\\f\s+"?([^"\\]+))?', re.IGNORECASE)
# What shows nothing, or what nobody looks for in a text.
_SHOWN_NOWHERE = {
    "ADDIN", "ADVANCE", "ASK", "BIBLIOGRAPHY", "BIDIOUTLINE", "CREATEDATE", "DATABASE", "DATE",
    "EDITTIME", "EMBED", "FILENAME", "FILESIZE", "FORMTEXT", "HYPERLINK", "IF",
    "INCLUDEPICTURE", "INDEX", "LINK", "MERGEREC", "NEXT", "NEXTIF", "NUMPAGES", "PAGE",
    "PRINT", "PRINTDATE", "PRIVATE", "RD", "REVNUM", "SAVEDATE", "SECTION", "SECTIONPAGES",
    "SET", "SHAPE", "SKIPIF", "TA", "TC", "TIME", "TOA", "TOC", "XE",
}  # fmt: skip
PAGE_FIELDS = {"PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "STYLEREF"}


class Field:
    """One field while it is read; first its instruction, then its result."""

    def __init__(self, begin: Element) -> None:
        self.in_code = True
        self.shown = False
        self._begin = begin
        self._code: list[str] = []

    def instruct(self, text: str) -> None:
        self._code.append(text)

    @property
    def code(self) -> str:
        return "".join(self._code).strip()[:_MAX_CODE_CHARACTERS]

    @property
    def name(self) -> str:
        return (self.code.split(maxsplit=1) or [""])[0].upper()

    def made(self) -> str | None:
        """What a field without a saved result shows, by its instruction; None: nobody knows."""
        code, name = self.code, self.name
        if name in ("FORMCHECKBOX", "FORMDROPDOWN"):
            return _form_value(self._begin)
        if name == "EQ":
            return equation(code[2:])
        if found := _BUTTON.match(code):
            return found[1].strip()
        if found := _SYMBOL.match(code):
            return symbol(int(found[1], 0), (found[2] or "").strip())
        return "" if name in _SHOWN_NOWHERE or not name else None


def link_of(code: str) -> str:
    """Where a field leads, empty for one that is no link out of the document."""
    found = _LINK.match(code)
    return (found[1] or found[2] or "") if found else ""


def _form_value(begin: Element) -> str:
    """The value of a box or a list to choose from, in forms of the older kind."""
    default, chosen, choices = None, None, []
    is_box = False
    for part in inner(begin):
        tag = local(part.tag)
        if tag == "checkBox":
            is_box = True
        elif tag == "default":
            default = attribute(part, "val", "1")
        elif tag in ("checked", "result"):
            chosen = attribute(part, "val", "1")
        elif tag == "listEntry":
            choices.append(attribute(part, "val"))
    value = default if chosen is None else chosen
    if is_box:
        return TICKED if value is not None and value not in OFF else EMPTY
    at = whole(value or "0")
    return choices[at] if 0 <= at < len(choices) else ""
