"""Files of some megabytes of text, one of each kind that mplus reads, made by the library alone."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from html import escape

SENTENCE = (
    "The greenhouse needs two litres of water a day, said the gardener on the {n}th morning; "
    "nobody asked why. "
)
JAPANESE = (
    "温室には一日二リットルの水が必要です。庭師は{n}日目の朝にそう言いました。"
    "誰も理由を尋ねませんでした。"
)
CHINESE = "温室每天需要两升水。园丁在第{n}天早上这样说。没有人问为什么。"
FRENCH = (
    "La serre a besoin de deux litres d\u2019eau par jour, répéta le jardinier, "
    "le {n}e matin de l\u2019été ; personne n\u2019a demandé pourquoi. "
)
PDF_PAGES = 3_000
_PDF_LINES = 16
_OFFICE = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OFFICE}/officeDocument/2006/relationships"
_WORD = f"{_OFFICE}/wordprocessingml/2006/main"
_DRAWING = f"{_OFFICE}/drawingml/2006/main"
_SLIDES = f"{_OFFICE}/presentationml/2006/main"
_SHEETS = f"{_OFFICE}/spreadsheetml/2006/main"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def paragraphs(sentence: str, count: int) -> list[str]:
    return ["".join(sentence.format(n=n * 5 + at) for at in range(5)) for n in range(count)]


def files(count: int) -> dict[str, bytes]:
    """Files by their names; `count` paragraphs of prose, where a file has paragraphs."""
    prose = paragraphs(SENTENCE, count)
    return {
        **_texts(prose),
        **_undeclared(count),
        **_pages(prose),
        "days.docx": _docx(prose),
        "days.xlsx": _xlsx(prose),
        "days.pptx": _pptx(prose),
        "days.odt": _odt(prose),
        "days.epub": _epub(prose),
        "days.rtf": _rtf(prose),
        "days.ipynb": _notebook(prose),
        "days.mbox": _mailbox(prose, alternatives=False),
        "versions.mbox": _mailbox(prose, alternatives=True),
        "days.pdf": _pdf(),
    }


def _texts(prose: list[str]) -> dict[str, bytes]:
    count = len(prose)
    texts = {
        "prose.txt": "\n\n".join(prose),
        "japanese.txt": "\n\n".join(paragraphs(JAPANESE, count * 2)),
        "one-line.txt": " ".join(prose),
        "guide.md": "".join(
            f"## Day {n}\n\n{text}\n\n{text}\n\n" for n, text in enumerate(prose[: count // 2])
        ),
        "days.csv": "day,litres,said\n"
        + "".join(f'{n},2,"{SENTENCE}"\n' for n in range(count * 4)),
        "days.json": json.dumps(
            [{"day": n, "said": text, "done": True} for n, text in enumerate(prose)]
        ),
        "code.py": "".join(f"def day_{n}():\n    return {n}\n\n\n" for n in range(count * 10)),
    }
    return {name: text.encode() for name, text in texts.items()}


def _undeclared(count: int) -> dict[str, bytes]:
    """Texts in character sets that nothing names."""
    return {
        "gbk.txt": "\n\n".join(paragraphs(CHINESE, count * 2)).encode("gbk"),
        "cp1252.txt": "\n\n".join(paragraphs(FRENCH, count)).encode("cp1252"),
    }


def _pages(prose: list[str]) -> dict[str, bytes]:
    page = "".join(
        f"<h2>Day {n}</h2><p>{text}</p><ul><li>one<li>two</ul>" for n, text in enumerate(prose)
    )
    rows = "".join(
        "<tr>" + "".join(f"<td>{n * 8 + at} litres</td>" for at in range(8)) + "</tr>"
        for n in range(len(prose) * 2)
    )
    names = "".join(f"<th>Bed {at}</th>" for at in range(8))
    return {
        "page.html": f"<html><body>{page}</body></html>".encode(),
        "table.html": f"<html><body><table><tr>{names}</tr>{rows}</table></body></html>".encode(),
    }


def _zipped(members: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    made = "".join(
        f'<Relationship Id="{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in targets.items()
    )
    return f"<Relationships>{made}</Relationships>"


def _ooxml(main: str, members: Mapping[str, str]) -> bytes:
    """An archive whose document is the part `main`."""
    head = {"[Content_Types].xml": "<Types/>"}
    return _zipped(head | {"_rels/.rels": _relations({"r1": ("officeDocument", main)}), **members})


def _docx(prose: list[str]) -> bytes:
    body = "".join(
        f'<w:p><w:r><w:t>Day {n}</w:t></w:r></w:p><w:p><w:r><w:t xml:space="preserve">{text}'
        "</w:t></w:r></w:p>"
        for n, text in enumerate(prose)
    )
    row = "".join(f"<w:tc><w:p><w:r><w:t>{at} litres</w:t></w:r></w:p></w:tc>" for at in range(8))
    table = f"<w:tbl>{f'<w:tr>{row}</w:tr>' * (len(prose) // 10)}</w:tbl>"
    document = f'<w:document xmlns:w="{_WORD}"><w:body>{body}{table}</w:body></w:document>'
    return _ooxml("word/document.xml", {"word/document.xml": document})


def _xlsx(prose: list[str]) -> bytes:
    formats = '<numFmts count="1"><numFmt numFmtId="170" formatCode="#,##0.00\\ &quot;l&quot;"/>'
    styles = (
        f'<styleSheet xmlns="{_SHEETS}">{formats}</numFmts><cellXfs count="3"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" s="1"><v>{40_000 + n % 5_000}</v></c>'
        f'<c r="B{n}" s="2"><v>{n * 1.25}</v></c><c r="C{n}" t="s"><v>{n - 1}</v></c></row>'
        for n in range(1, len(prose) + 1)
    )
    strings = "".join(f"<si><t>{text}</t></si>" for text in prose)
    workbook = (
        f'<workbook xmlns="{_SHEETS}" xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="Days" sheetId="1" r:id="r1"/></sheets></workbook>'
    )
    parts = {
        "r1": ("worksheet", "sheet1.xml"),
        "r2": ("sharedStrings", "strings.xml"),
        "r3": ("styles", "styles.xml"),
    }
    sheet = f'<worksheet xmlns="{_SHEETS}"><sheetData>{rows}</sheetData></worksheet>'
    return _ooxml(
        "xl/workbook.xml",
        {
            "xl/workbook.xml": workbook,
            "xl/_rels/workbook.xml.rels": _relations(parts),
            "xl/sheet1.xml": sheet,
            "xl/strings.xml": f'<sst xmlns="{_SHEETS}">{strings}</sst>',
            "xl/styles.xml": styles,
        },
    )


def _pptx(prose: list[str]) -> bytes:
    slides = [prose[at : at + 10] for at in range(0, len(prose), 10)]
    names = f'xmlns:p="{_SLIDES}" xmlns:a="{_DRAWING}" xmlns:r="{_RELATIONS}"'
    listing = "".join(f'<p:sldId id="{256 + n}" r:id="r{n}"/>' for n in range(len(slides)))
    related = {f"r{n}": ("slide", f"slides/slide{n}.xml") for n in range(len(slides))}
    main = f"<p:presentation {names}><p:sldIdLst>{listing}</p:sldIdLst></p:presentation>"
    members = {
        "ppt/presentation.xml": main,
        "ppt/_rels/presentation.xml.rels": _relations(related),
    }
    for n, texts in enumerate(slides):
        lines = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
        shape = f"<p:sp><p:txBody>{lines}</p:txBody></p:sp>"
        members[f"ppt/slides/slide{n}.xml"] = (
            f"<p:sld {names}><p:cSld><p:spTree>{shape}</p:spTree></p:cSld></p:sld>"
        )
    return _ooxml("ppt/presentation.xml", members)


def _odt(prose: list[str]) -> bytes:
    body = "".join(
        f'<text:h text:outline-level="2">Day {n}</text:h><text:p>{text}</text:p>'
        for n, text in enumerate(prose)
    )
    content = (
        f'<office:document-content xmlns:office="{_ODF}:office:1.0" xmlns:text="{_ODF}:text:1.0">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    return _zipped({"mimetype": kind, "content.xml": content})


def _epub(prose: list[str]) -> bytes:
    chapters = [prose[at : at + 100] for at in range(0, len(prose), 100)]
    pages = {
        f"c{n}.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Chapter {n}</h1>'
        + "".join(f"<p>{text}</p>" for text in texts)
        + "</body></html>"
        for n, texts in enumerate(chapters)
    }
    items = "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in pages
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in pages)
    return _zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": (
                '<container><rootfiles><rootfile full-path="a.opf"/></rootfiles></container>'
            ),
            "a.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
            **pages,
        }
    )


def _rtf(prose: list[str]) -> bytes:
    body = "".join(
        f"{{\\b Day {n}}}\\par\n\\pard\\plain\\f0\\fs24 {text}\\par\n"
        for n, text in enumerate(prose)
    )
    head = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 Arial;}}\n"
    return f"{head}{body}}}".encode("ascii")


def _notebook(prose: list[str]) -> bytes:
    cells: list[dict[str, object]] = []
    for n, text in enumerate(prose):
        output = {"output_type": "stream", "name": "stdout", "text": [f"{text}\n"]}
        cells += [
            {"cell_type": "markdown", "metadata": {}, "source": [f"## Day {n}\n", text]},
            {"cell_type": "code", "metadata": {}, "source": [f"day({n})"], "outputs": [output]},
        ]
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}).encode()


def _mailbox(prose: list[str], alternatives: bool) -> bytes:
    """Messages of four paragraphs; with `alternatives`, each as plain text and as a page."""
    messages = []
    for n in range(len(prose) // 4):
        text = "\n\n".join(prose[n * 4 : n * 4 + 4])
        head = (
            "From ann@example.com Thu Jan  1 10:00:00 2026\nFrom: Ann <ann@example.com>\n"
            f"To: bob@example.com\nSubject: Day {n}\nDate: Thu, 1 Jan 2026 10:00:00 +0000\n"
        )
        plain = f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
        if not alternatives:
            messages.append(f"{head}{plain}\n")
            continue
        page = "".join(f"<p>{escape(one)}</p>" for one in text.split("\n\n"))
        messages.append(
            f'{head}MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="=b="\n\n'
            f"--=b=\n{plain}\n--=b=\nContent-Type: text/html; charset=utf-8\n\n"
            f"<html><body>{page}</body></html>\n\n--=b=--\n\n"
        )
    return "".join(messages).encode()


def _pdf() -> bytes:
    """Pages of sixteen lines, with the objects and the table that PDF 1.4 asks for."""
    page_ids = range(4, 4 + 2 * PDF_PAGES, 2)
    kids = " ".join(f"{page_id} 0 R" for page_id in page_ids)
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {PDF_PAGES} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for page_id in page_ids:
        lines = (SENTENCE.format(n=page_id * _PDF_LINES + at) for at in range(_PDF_LINES))
        shown = " T* ".join(f"({line}) Tj" for line in lines)
        packed = zlib.compress(f"BT /F1 9 Tf 14 TL 40 720 Td {shown} ET".encode())
        bodies += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"
            b" /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (page_id + 1),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        ]
    out = bytearray(b"%PDF-1.4\n")
    table = b"0000000000 65535 f \n"
    for number, body in enumerate(bodies, start=1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, count = len(out), len(bodies) + 1
    out += b"xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\n" % (count, table, count)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)
