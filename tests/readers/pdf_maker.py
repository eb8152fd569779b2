"""Write small PDF files by hand, for tests."""

from __future__ import annotations

import zlib

_HEADER = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
_CATALOG_ID, _PAGES_ID, _FONT_ID, _FIRST_PAGE_ID = 1, 2, 3, 4


def make_pdf(pages: list[str]) -> bytes:
    """Return a PDF with these page texts, line by line; an empty text gives a page without text.

    Characters outside Windows-1252 become "?".
    """
    page_ids = range(_FIRST_PAGE_ID, _FIRST_PAGE_ID + 2 * len(pages), 2)
    kids = " ".join(f"{page_id} 0 R" for page_id in page_ids)
    bodies = [
        f"<< /Type /Catalog /Pages {_PAGES_ID} 0 R >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        _FONT,
    ]
    for page_id, text in zip(page_ids, pages, strict=True):
        bodies += [_page(page_id + 1), _stream(_drawing(text))]
    return _file(bodies)


def drawn_pdf(*contents: bytes, more: tuple[bytes, ...] = (), page: bytes = b"") -> bytes:
    """Return a PDF whose pages are drawn by these contents, which may use the font F1.

    `more` are further objects, and `page` is added to each page's dictionary. The objects of the
    pages have the numbers 4, 6, …, their contents 5, 7, …, and `more` those after them.
    """
    ids = range(_FIRST_PAGE_ID, _FIRST_PAGE_ID + 2 * len(contents), 2)
    kids = " ".join(f"{page_id} 0 R" for page_id in ids)
    bodies = [
        f"<< /Type /Catalog /Pages {_PAGES_ID} 0 R >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        _FONT,
    ]
    for page_id, content in zip(ids, contents, strict=True):
        bodies += [_page(page_id + 1).removesuffix(b">>") + page + b" >>", packed_stream(content)]
    return _file([*bodies, *more])


def packed_stream(content: bytes) -> bytes:
    packed = zlib.compress(content)
    head = b"<< /Length %d /Filter /FlateDecode >>" % len(packed)
    return head + b"\nstream\n%s\nendstream" % packed


def at(x: int, y: int, *lines: str, leading: int = 16) -> bytes:
    """Lines of text below each other, each set by its own command, from a place on."""
    return b"".join(
        b"BT /F1 12 Tf %d %d Td (%s) Tj ET\n" % (x, y - leading * number, _escaped(line))
        for number, line in enumerate(lines)
    )


def _page(content_id: int) -> bytes:
    return (
        f"<< /Type /Page /Parent {_PAGES_ID} 0 R /MediaBox [0 0 612 792]"
        f" /Resources << /Font << /F1 {_FONT_ID} 0 R >> >> /Contents {content_id} 0 R >>"
    ).encode()


def _drawing(text: str) -> bytes:
    if not text:
        return b"0 0 612 792 re S"
    lines = b" T* ".join(b"(" + _escaped(line) + b") Tj" for line in text.split("\n"))
    return b"BT /F1 12 Tf 14 TL 72 720 Td " + lines + b" ET"


def _escaped(line: str) -> bytes:
    for character in "\\()":
        line = line.replace(character, "\\" + character)
    return line.encode("cp1252", "replace")


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _file(bodies: list[bytes]) -> bytes:
    out = bytearray(_HEADER)
    table = b"0000000000 65535 f \n"
    for number, body in enumerate(bodies, start=1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    count = len(bodies) + 1
    out += b"xref\n0 %d\n%s" % (count, table)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        count,
        _CATALOG_ID,
        start,
    )
    return bytes(out)
