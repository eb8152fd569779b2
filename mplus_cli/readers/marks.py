"""The first bytes of the files that have a reader."""

from __future__ import annotations

import re

ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
GZIP_MARK = b"\x1f\x8b\x08"
RTF_MARK = b"{\\rtf"
# Not in mid-line: a text that speaks of the mark is no PDF.
_PDF_MARK = re.compile(rb"(?:\A|[\r\n\0]|\xef\xbb\xbf)%PDF-")
_PDF_MARK_WITHIN_BYTES = 1024
_RTF_MARK_WITHIN_BYTES = 100


def is_pdf(data: bytes) -> bool:
    return _PDF_MARK.search(data[:_PDF_MARK_WITHIN_BYTES]) is not None


def is_rtf(data: bytes) -> bool:
    return data[:_RTF_MARK_WITHIN_BYTES].lstrip().startswith(RTF_MARK)
