"""Files in the container of old Office programs (OLE): Office files under a password, Outlook
messages, and the old formats DOC, XLS and PPT, which are not read.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from mplus_cli.errors import NoTextError, PasswordError, ReadError
from mplus_cli.readers.damage import damage_told
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job

if TYPE_CHECKING:
    from olefile import OleFileIO


# A stream that only one format has -> what the file is, and what to save it as.
_OLD = {
    "WordDocument": ("a Word document of the old kind (DOC)", "DOCX"),
    "Workbook": ("an Excel workbook of the old kind (XLS)", "XLSX"),
    "Book": ("an Excel workbook of the old kind (XLS)", "XLSX"),
    "PowerPoint Document": ("a presentation of the old kind (PPT)", "PPTX"),
}
_OFFICE_SUFFIXES = {".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps", ".msg"}
_OFFICE_SUFFIXES |= {".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx"}
_OFFICE_SUFFIXES |= {".pptx", ".pptm", ".potx", ".ppsx"}
# What olefile and msoffcrypto let through on damaged or hostile files.
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
# With it Excel locks what it only protects against changes; programs try it unasked.
_UNASKED = "VelvetSweatshop"
_SPINS = re.compile(rb'spinCount="(\d{1,20})"')
_MAX_SPINS = 1_000_000


def ole_reader(name: str, data: bytes) -> Callable[[bytes, Job], Document]:
    """What reads such a file. Raises `ReadError` for what nothing does."""
    from olefile import OleFileIO

    office = PurePath(name).suffix.lower() in _OFFICE_SUFFIXES
    try:
        with OleFileIO(io.BytesIO(data)) as ole:
            streams = {"/".join(path) for path in ole.listdir()}
    except _DAMAGE as error:
        if office:
            raise ReadError(
                "an Office file of the old kind, or under a password, and damaged",
                "open it in an office program and save it as DOCX, XLSX or PPTX",
            ) from error
        raise _no_text() from error
    if "EncryptedPackage" in streams:
        return partial(_read_locked, name)
    if "__properties_version1.0" in streams:
        from mplus_cli.readers.mail.outlook import read_msg

        return read_msg
    for stream, (what, way_out) in _OLD.items():
        if stream in streams:
            raise ReadError(f"{what}, which is not read", f"open it and save it as {way_out}")
    raise _no_text()


def _no_text() -> NoTextError:
    return NoTextError("not text: it is a container of the old Office kind", "leave it out")


def _read_locked(name: str, data: bytes, job: Job) -> Document:
    """An Office file under a password, opened with the job's."""
    with damage_told("an Office file under a password", "save it anew", *_DAMAGE):
        opened = _opened(data, job.options.password)
    return job.read(name, opened, job)


def _opened(data: bytes, password: str | None) -> bytes:
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError
    from msoffcrypto.format.ooxml import OOXMLFile
    from olefile import OleFileIO

    with OleFileIO(io.BytesIO(data)) as ole:
        _refuse_much_work(ole)
    found = io.BytesIO()
    try:
        file = OOXMLFile(io.BytesIO(data))
        file.load_key(password=password or _UNASKED, verify_password=True)
        file.decrypt(found)
    except InvalidKeyError as error:
        if password:
            raise PasswordError("the password does not open it", "look at --password") from error
        raise PasswordError(
            "an Office file under a password", "give it with --password, or save a copy without"
        ) from error
    except (DecryptionError, FileFormatError, ParseError) as error:
        raise ReadError(
            "an Office file that is locked in a way that can't be opened here",
            "open it and save a copy without protection",
        ) from error
    return found.getvalue()


def _refuse_much_work(ole: OleFileIO) -> None:
    """Refuse what would try a password for hours, or unpacks without end."""
    if not ole.exists("EncryptionInfo"):
        return
    with ole.openstream("EncryptionInfo") as stream:
        told = stream.read()
    spins = _SPINS.search(told)
    if b"<!" in told or (spins and int(spins[1]) > _MAX_SPINS):
        raise ReadError("an Office file whose lock is damaged", "save it anew")
