"""PDF files: what their pages say, with the values of forms and the comments upon them."""

from __future__ import annotations

from dataclasses import replace

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.blocks import MAX_CHARACTERS, clean, titled, too_much_text
from mplus_cli.readers.document import Document, Span
from mplus_cli.readers.job import Job
from mplus_cli.readers.pdf.attachments import Attached, attached_to, text_of
from mplus_cli.readers.pdf.hyphens import Joiner
from mplus_cli.readers.pdf.losses import Losses
from mplus_cli.readers.pdf.nesting import refuse_endless
from mplus_cli.readers.pdf.page import read_page
from mplus_cli.readers.pdf.pdfium import WAY_OUT, DamagedError, Pdf, damaged
from mplus_cli.readers.pdf.salvage import broken_pages, broken_streams, put_together
from mplus_cli.readers.pdf.tex import struck
from mplus_cli.readers.pdf.untold import UNTOLD
from mplus_cli.readers.remarks import counted

_BETWEEN = "\n\n"
_MAX_MISSING_PAGES = 1_000  # one after the other: a few bytes may claim millions
_MOSTLY = 0.8

_Read = tuple[list[list[str]], list[Attached], str]


def read_pdf(data: bytes, job: Job) -> Document:
    """The text of a PDF, one span for each page and each file in it.

    Raises `ReadError` for a PDF that is damaged or has no text, `PasswordError` for a locked one.
    """
    losses = Losses()
    pages, files, title = _opened(data, job, losses)
    joiner = Joiner(pages)
    texts = [clean(struck(joiner.joined(lines))).strip() for lines in pages]
    attached = [(file.name, text) for file in files if (text := text_of(file, job))]
    if not any(texts) and not attached:
        raise _nothing(pages, losses)
    _refuse_untold(texts, losses)
    losses.tell(job)
    return replace(_document(texts, attached), title=clean(title))


def _document(pages: list[str], attached: list[tuple[str, str]]) -> Document:
    parts, spans = [], []
    start = 0
    for number, text in enumerate(pages, start=1):
        parts.append(text)
        spans.append(Span(start, start + len(text), number, number))
        start += len(text) + len(_BETWEEN)
    for name, text in attached:
        parts.append(f"{name}\n\n{text}")
        spans.append(Span(start, start + len(parts[-1]), section=titled(name), heading=True))
        start += len(parts[-1]) + len(_BETWEEN)
    return Document(_BETWEEN.join(parts), tuple(spans), "pdf", "page")


def _opened(data: bytes, job: Job, losses: Losses) -> _Read:
    """The lines of each page, the files in the PDF, and its title."""
    refuse_endless(data)
    broken = broken_streams(data)
    try:
        with Pdf(data, job.options.password) as pdf:
            if pdf.count > 0:
                pages = _lines_of_pages(pdf, job, losses)
                if not pdf.is_encrypted:
                    _find_damage(data, broken, pdf.is_rebuilt, pages, job, losses)
                return pages, attached_to(pdf, job), pdf.title
    except DamagedError:
        pass
    whole = put_together(data)
    if whole is None:
        raise damaged()
    with Pdf(whole, job.options.password) as pdf:
        job.note("a damaged PDF: the pages that are found in it are read, others may be missing")
        losses.blank_is_damaged = True
        return _lines_of_pages(pdf, job, losses), attached_to(pdf, job), pdf.title


def _find_damage(
    data: bytes,
    streams: set[int],
    is_rebuilt: bool,
    pages: list[list[str]],
    job: Job,
    losses: Losses,
) -> None:
    """Name the pages that PDFium reads in part, or not at all, without a word."""
    broken = broken_pages(data, streams, with_missing=is_rebuilt)
    if broken is None:
        job.note("a damaged PDF: text may be missing")
        return
    for number in sorted(broken.intersection(range(1, len(pages) + 1)).difference(losses.damaged)):
        (losses.partly if pages[number - 1] else losses.damaged).append(number)
    losses.damaged.sort()


def _lines_of_pages(pdf: Pdf, job: Job, losses: Losses) -> list[list[str]]:
    pages: list[list[str]] = []
    size = missing = 0
    if pdf.has_only_xfa:
        job.note("a form of a kind that few programs show (XFA): most of it may be missing")
    for number in range(1, pdf.count + 1):
        lines = read_page(pdf, number, job, losses)
        missing = 0 if lines is not None else missing + 1
        if missing > _MAX_MISSING_PAGES:
            break
        pages.append(lines or [])
        size += sum(len(line) for line in pages[-1])
        if size > MAX_CHARACTERS:
            raise too_much_text()
    return pages


def _nothing(pages: list[list[str]], losses: Losses) -> ReadError:
    """Why there is no text."""
    if len(losses.damaged) == len(pages):
        return DamagedError("a PDF of which no page can be read, probably damaged", WAY_OUT)
    if losses.pictures or losses.drawings or losses.shapes:
        return _scanned(len(pages))
    if losses.damaged:
        return damaged()
    return NoTextError("empty: there is no text in it", "leave it out")


def _scanned(count: int) -> ReadError:
    return ReadError(
        f"no text layer ({counted(count, 'page')}, probably scanned)",
        "add one by text recognition, for example `ocrmypdf IN.pdf OUT.pdf`",
    )


def _refuse_untold(texts: list[str], losses: Losses) -> None:
    untold = losses.untold.fonts.total()
    letters = sum(len(text) - text.count(" ") - text.count("\n") for text in texts)
    if untold and untold > _MOSTLY * letters:
        raise ReadError(
            f"a PDF whose fonts don't tell their letters ({UNTOLD * 3})",
            "have its pages recognised anew, for example `ocrmypdf --force-ocr IN.pdf OUT.pdf`",
        )
