"""PDFium, which reads PDFs, and the one lock for all who use it.

PDFium is not thread-safe: whoever calls it, in whichever thread, holds the lock. What is opened
here is closed here, under the lock, and never by the garbage collector.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import create_string_buffer
from typing import Any

from mplus_cli.errors import PasswordError, ReadError

WAY_OUT = "open it in a PDF viewer and save it anew, or repair it with `qpdf IN.pdf OUT.pdf`"
_LOCK = threading.RLock()
_MAX_TITLE_BYTES = 1000
_NO_PASSWORD_FITS, _UNKNOWN_LOCK = 4, 5


class DamagedError(ReadError):
    """A PDF of which PDFium can't make anything."""


def damaged() -> DamagedError:
    """What is raised for a PDF that gives nothing."""
    return DamagedError("a PDF that can't be read, probably damaged", WAY_OUT)


@contextmanager
def pdfium() -> Iterator[Any]:
    """The functions of PDFium, for as long as the lock is held."""
    with _LOCK:
        import pypdfium2  # noqa: F401  it starts the library
        import pypdfium2.raw as functions

        yield functions


class Pdf:
    """An open PDF; the lock is held for a page at a time."""

    def __init__(self, data: bytes, password: str | None = None) -> None:
        """Open a PDF. Raises `DamagedError`, and `PasswordError` where the password isn't its."""
        self._data = data  # PDFium reads from it until it is closed
        self._form: Any = None
        self._form_info: Any = None
        with pdfium() as c:
            key = None if password is None else password.encode("utf-8", "surrogateescape")
            self.handle = c.FPDF_LoadMemDocument64(data, len(data), key)
            if not self.handle:
                raise _refusal(c.FPDF_GetLastError(), password)
            self.count: int = c.FPDF_GetPageCount(self.handle)
            self.is_rebuilt = not c.FPDF_DocumentHasValidCrossReferenceTable(self.handle)
            self.is_encrypted = c.FPDF_GetSecurityHandlerRevision(self.handle) != -1

    def __enter__(self) -> Pdf:
        return self

    def __exit__(self, *_: object) -> None:
        with pdfium() as c:
            if self._form is not None:
                c.FPDFDOC_ExitFormFillEnvironment(self._form)
            c.FPDF_CloseDocument(self.handle)

    @contextmanager
    def page(self, index: int) -> Iterator[tuple[Any, Any]]:
        """PDFium's functions and a page, None where it is damaged; the lock is held."""
        with pdfium() as c:
            page = c.FPDF_LoadPage(self.handle, index)
            try:
                yield c, page or None
            finally:
                if page:
                    c.FPDF_ClosePage(page)

    @property
    def title(self) -> str:
        """What its metadata call it; "" where that is much too long."""
        with pdfium() as c:
            found = create_string_buffer(_MAX_TITLE_BYTES)
            c.FPDF_GetMetaText(self.handle, b"Title", found, _MAX_TITLE_BYTES)
        return found.raw.decode("utf-16-le", "replace").partition("\0")[0]

    @property
    def has_only_xfa(self) -> bool:
        """Whether its pages are made from a form's data when it is opened, as PDFium can't."""
        with pdfium() as c:
            return bool(c.FPDF_GetFormType(self.handle) == c.FORMTYPE_XFA_FULL)

    @property
    def form(self) -> Any:
        """What knows the fields of the document's form; None where it has no form."""
        with pdfium() as c:
            if self._form is None and c.FPDF_GetFormType(self.handle) != c.FORMTYPE_NONE:
                self._form_info = c.FPDF_FORMFILLINFO(version=2)
                self._form = c.FPDFDOC_InitFormFillEnvironment(self.handle, self._form_info) or None
            return self._form


@contextmanager
def letters_of(page: Any) -> Iterator[Any]:
    """The letters of a page, as PDFium finds them; None where it can't."""
    with pdfium() as c:
        found = c.FPDFText_LoadPage(page)
        try:
            yield found or None
        finally:
            if found:
                c.FPDFText_ClosePage(found)


def _refusal(code: int, password: str | None) -> ReadError:
    if code == _NO_PASSWORD_FITS and password is None:
        return PasswordError("a PDF that is locked by a password", "give it with `--password`")
    if code == _NO_PASSWORD_FITS:
        return PasswordError(
            "a PDF that this password doesn't open", "give the right one with `--password`"
        )
    if code == _UNKNOWN_LOCK:
        return ReadError(
            "a PDF that is locked in a way that can't be opened here, such as by a certificate",
            "open it in the program that it was made for and print it into a new PDF",
        )
    return damaged()
