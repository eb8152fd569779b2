"""PDF files that carry text."""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from typing import TYPE_CHECKING

from mplus_cli.errors import ReadError
from mplus_cli.readers.damage import damage_told
from mplus_cli.readers.document import Document, Span
from mplus_cli.readers.job import Job

if TYPE_CHECKING:
    from pypdf import PdfReader

# Without a handler of its own, pypdf's remarks on odd files would be printed to stderr.
logging.getLogger("pypdf").addHandler(logging.NullHandler())

# What pypdf lets through on damaged or hostile files, besides its own errors.
_LEAKS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_WAY_OUT = "open it in a PDF viewer and save it anew, or repair it with `qpdf IN.pdf OUT.pdf`"
_BETWEEN_PAGES = "\n\n"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_SOFT_HYPHEN_BREAK = "\u00ad\n"


def read_pdf(data: bytes, job: Job) -> Document:
    """The text layer of a PDF, one span for each page.

    Raises `ReadError` for a PDF that is damaged, needs a password or has no text layer.
    """
    from pypdf.errors import DependencyError, DeprecationError, PyPdfError

    try:
        with damage_told("a PDF", _WAY_OUT, PyPdfError, DeprecationError, *_LEAKS):
            pages = _page_texts(data)
    except DependencyError as error:  # for the cipher
        raise _encrypted() from error
    if not any(pages):
        raise ReadError(
            f"no text layer ({len(pages)} pages, probably scanned)",
            "add one by text recognition, for example `ocrmypdf IN.pdf OUT.pdf`",
        )
    return Document(_BETWEEN_PAGES.join(pages), _page_spans(pages), "pdf", "page")


def _page_texts(data: bytes) -> list[str]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if _is_locked(reader):
        raise _encrypted()
    return [_clean(page.extract_text()) for page in reader.pages]


def _is_locked(reader: PdfReader) -> bool:
    return reader.is_encrypted and not reader.decrypt("")


def _encrypted() -> ReadError:
    return ReadError(
        "an encrypted PDF",
        "save a copy without encryption, for example `qpdf --decrypt --password=… IN.pdf OUT.pdf`",
    )


def _clean(text: str) -> str:
    # Mathematical letters and emoji may come as two UTF-16 halves, and a half may come alone.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    lines = whole.replace("\r\n", "\n").replace("\r", "\n").replace(_SOFT_HYPHEN_BREAK, "")
    return _CONTROLS.sub("", lines).strip()


def _page_spans(pages: list[str]) -> tuple[Span, ...]:
    spans = []
    start = 0
    for number, text in enumerate(pages, start=1):
        spans.append(Span(start, start + len(text), number, number))
        start += len(text) + len(_BETWEEN_PAGES)
    return tuple(spans)
