"""Which kind of document an archive is, by the parts that it has."""

from __future__ import annotations

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.containers.archive import Archive, opened
from mplus_cli.readers.containers.ooxml import main_part

_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_CONTENT_TYPES = "[Content_Types].xml"
# The outermost element of the main part -> the format.
_OOXML = {"document": "docx", "presentation": "pptx", "workbook": "xlsx"}


def document_format(data: bytes) -> str:
    """One of "docx", "pptx", "xlsx", "epub" and "odf".

    Raises `NoTextError` for another archive, `ReadError` for a broken one.
    """
    with opened(data, "an archive", "get it again from where it came from") as archive:
        if "META-INF/container.xml" in archive:
            return "epub"
        if archive.mimetype().startswith(_OPEN_DOCUMENT) or _is_bare_open_document(archive):
            return "odf"
        if _CONTENT_TYPES in archive:
            main = main_part(archive)
            if main.endswith("workbook.bin"):
                raise ReadError(
                    "an Excel binary workbook (XLSB), which is not read",
                    "open it and save it as XLSX",
                )
            root = archive.root(main)
            if root in _OOXML:
                return _OOXML[root]
    raise NoTextError("not text: it is an archive", "unpack it and name the files in it")


def _is_bare_open_document(archive: Archive) -> bool:
    """Whether it is one that doesn't say so, as some programs write them."""
    return "content.xml" in archive and archive.root("content.xml") == "document-content"
