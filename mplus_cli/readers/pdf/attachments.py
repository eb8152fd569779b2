"""Files that lie in a PDF."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mplus_cli.errors import ReadError
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.characters import tidy
from mplus_cli.readers.pdf.annotations import utf16_text
from mplus_cli.readers.pdf.pdfium import Pdf, pdfium

_MAX_FILES = 1_000
_MAX_BYTES = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that lies in a PDF."""

    name: str
    data: bytes


def attached_to(pdf: Pdf, job: Job) -> list[Attached]:
    """The files in a PDF, unless they are not wanted."""
    with pdfium() as c:
        count = c.FPDFDoc_GetAttachmentCount(pdf.handle)
        if not count or not job.options.attachments:
            return []
        if count > _MAX_FILES:
            job.note(f"{count - _MAX_FILES:,} more attachments are not read")
        return list(_files(c, pdf, min(count, _MAX_FILES), job))


def _files(c: Any, pdf: Pdf, count: int, job: Job) -> Iterator[Attached]:
    left = _MAX_BYTES
    for index in range(count):
        file = c.FPDFDoc_GetAttachment(pdf.handle, index)
        name = utf16_text(lambda *room, of=file: c.FPDFAttachment_GetName(of, *room)) or "file"
        name = " ".join(tidy(name).split())
        size = ctypes.c_ulong()
        is_there = bool(file) and c.FPDFAttachment_GetFile(file, None, 0, size)
        if not is_there or size.value > left:
            why = "too much inside of one file" if is_there else "it is damaged"
            job.note(f"the attachment {name} is not read: {why}")
            continue
        left -= size.value
        data = ctypes.create_string_buffer(size.value)
        c.FPDFAttachment_GetFile(file, data, size, size)
        yield Attached(name, data.raw)


def text_of(file: Attached, job: Job) -> str:
    """What a file in a PDF says; none where it can't be read."""
    try:
        return job.inside(file.name, file.data).text.strip()
    except ReadError as error:
        job.note(f"the attachment {file.name} is not read: {error.reason}")
        return ""
