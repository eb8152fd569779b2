"""Write archives by hand, for tests: OOXML files of a few parts, and hostile ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def make_zip(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(
                zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED
            )
    return out.getvalue()


def make_ooxml(
    main: str, content: str | bytes, others: Mapping[str, str | bytes] | None = None
) -> bytes:
    """An OOXML file whose document is the part `main`."""
    return make_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations({"r1": ("officeDocument", main)}),
            main: content,
            **(others or {}),
        }
    )


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    made = "".join(
        f'<Relationship Id="{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in targets.items()
    )
    return f"<Relationships>{made}</Relationships>"


def make_docx(body: str, before: str = "", namespace: str = WORD) -> bytes:
    document = f'{before}<w:document xmlns:w="{namespace}"><w:body>{body}</w:body></w:document>'
    return make_ooxml("word/document.xml", document)


def make_xlsx(rows: str | bytes, strings: str = "") -> bytes:
    """A workbook of one sheet."""
    workbook = (
        f'<workbook xmlns="{SHEET}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    head, foot = f'<worksheet xmlns="{SHEET}"><sheetData>'.encode(), b"</sheetData></worksheet>"
    return make_ooxml(
        "xl/workbook.xml",
        workbook,
        {
            "xl/_rels/workbook.xml.rels": relations(
                {"r1": ("worksheet", "sheet1.xml"), "r2": ("sharedStrings", "strings.xml")}
            ),
            "xl/sheet1.xml": head + (rows.encode() if isinstance(rows, str) else rows) + foot,
            "xl/strings.xml": f'<sst xmlns="{SHEET}">{strings}</sst>',
        },
    )


def make_epub(pages: Mapping[str, str], others: Mapping[str, str | bytes] | None = None) -> bytes:
    items = "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in pages
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in pages)
    return make_zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": (
                '<container><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>'
            ),
            "a.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
            **pages,
            **(others or {}),
        }
    )
