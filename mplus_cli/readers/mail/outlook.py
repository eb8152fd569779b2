"""Outlook messages (MSG), made into e-mail as it is sent and read as that.

The container is that of [MS-OXMSG], the numbers of properties are those of [MS-OXPROPS].
"""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime, timedelta
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from typing import TYPE_CHECKING

from mplus_cli.errors import ReadError
from mplus_cli.readers.damage import damage_told
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.mail.outlook_rtf import unpacked_rtf
from mplus_cli.readers.mail.reader import read_message
from mplus_cli.readers.rtf.reader import read_rtf

if TYPE_CHECKING:
    from email.message import Message

    from olefile import OleFileIO

MAX_DEPTH = 10
_MAX_FOLDERS = 2000
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
_WAY_OUT = "open it in Outlook and save it as EML or text"

# The numbers of properties.
_KIND, _SUBJECT, _SENT, _RECEIVED = "001A", "0037", "0039", "0E06"
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP = "0C1A", "0C1F", "5D01"
_TO, _CC, _BCC = "0E04", "0E03", "0E02"
_TEXT, _HTML, _RTF, _CODE_PAGE, _HTML_CODE_PAGE = "1000", "1013", "1009", "3FFD", "3FDE"
_DATA, _LONG_NAME, _NAME, _TITLE = "3701", "3707", "3704", "3001"
_RECIPIENT_KIND, _SMTP, _ADDRESS = "0C15", "39FE", "3003"
_TYPE, _CONTENT_ID = "370E", "3712"
_PROPERTIES = "__properties_version1.0"
_NO_MAIL = {
    "ipm.appointment": "an appointment",
    "ipm.contact": "a contact",
    "ipm.task": "a task",
    "ipm.schedule": "an invitation",
}


def read_msg(data: bytes, job: Job) -> Document:
    """A message with its attachments."""
    from olefile import OleFileIO

    with (
        damage_told("an Outlook message", _WAY_OUT, *_DAMAGE),
        OleFileIO(io.BytesIO(data)) as ole,
    ):
        message = _Item(ole, [], job).message()
        written = message.as_bytes()
    return read_message(written, job)


class _Item:
    """A message or an attachment: a folder of the container, one stream a property."""

    def __init__(self, ole: OleFileIO, folder: list[str], job: Job) -> None:
        self._ole, self._folder, self._job = ole, folder, job
        self._fixed = self._fixed_values()
        number = self._fixed.get(_HTML_CODE_PAGE) or self._fixed.get(_CODE_PAGE)
        self._code_page = f"cp{struct.unpack('<I', number[:4])[0]}" if number else "cp1252"
        self._code_page = {"cp65001": "utf-8", "cp20127": "ascii"}.get(
            self._code_page, self._code_page
        )

    def message(self) -> Message:
        """The same as e-mail. Raises `ReadError` where messages lie too deep in each other."""
        if sum(part.startswith("__attach") for part in self._folder) > MAX_DEPTH:
            raise ReadError("nested too deeply: messages in messages", _WAY_OUT)
        message = MIMEMultipart("mixed")
        people = self._recipients()
        for header, value in (
            ("Subject", self._text(_SUBJECT)),
            ("From", self._sender()),
            ("To", people.get(1) or self._text(_TO)),
            ("Cc", people.get(2) or self._text(_CC)),
            ("Bcc", people.get(3) or self._text(_BCC)),
            ("Date", self._date()),
        ):
            if value.strip():
                message[header] = Header(" ".join(value.split()), "utf-8").encode()
        message.attach(self._body())
        for folder in self._folders("__attach"):
            message.attach(_Item(self._ole, folder, self._job).attachment())
        kind = self._text(_KIND).lower()
        for start, what in _NO_MAIL.items():
            if kind.startswith(start):
                self._job.note(f"it is {what}: of its fields only the text is read")
        return message

    def attachment(self) -> Message:
        """An attachment as a part of a message."""
        name = self._text(_LONG_NAME) or self._text(_NAME) or self._text(_TITLE) or "unnamed"
        part: Message
        if self._ole.exists([*self._folder, f"__substg1.0_{_DATA}000D"]):
            folder = [*self._folder, f"__substg1.0_{_DATA}000D"]
            if self._ole.exists([*folder, _PROPERTIES]):
                return MIMEMessage(_Item(self._ole, folder, self._job).message())
            self._job.note(f"the attachment {name} is an embedded object: not read")
        kind, _, form = (self._text(_TYPE) or "application/octet-stream").partition("/")
        part = MIMEBase(kind or "application", form or "octet-stream")
        part.set_payload(self._bytes(_DATA))
        encode_base64(part)
        inline = self._text(_CONTENT_ID) and kind == "image"
        part.add_header(
            "Content-Disposition",
            "inline" if inline else "attachment",
            filename=("utf-8", "", " ".join(name.split())),
        )
        return part

    def _body(self) -> Message:
        """The text: as HTML and plain where both are there, else what RTF says."""
        body = MIMEMultipart("alternative")
        text, page = self._text(_TEXT), self._bytes(_HTML)
        if text.strip() or not (page or self._bytes(_RTF)):
            body.attach(MIMEText(text, "plain", "utf-8"))
        if page:
            part = MIMENonMultipart("text", "html", charset=self._code_page)
            part.set_payload(page)
            encode_base64(part)
            body.attach(part)
        elif shown := self._text(_HTML):
            body.attach(MIMEText(shown, "html", "utf-8"))
        elif not text.strip() and self._bytes(_RTF):
            rich = read_rtf(unpacked_rtf(self._bytes(_RTF)), self._job).text
            body.attach(MIMEText(rich, "plain", "utf-8"))
        return body

    def _sender(self) -> str:
        name, address = self._text(_SENDER), self._text(_SENDER_SMTP)
        if not address and "@" in self._text(_SENDER_ADDRESS):
            address = self._text(_SENDER_ADDRESS)
        if not address or address == name:
            return name
        return f"{name} <{address}>" if name else address

    def _recipients(self) -> dict[int, str]:
        """Kind of recipient (1 to, 2 copies, 3 blind ones) -> names and addresses."""
        found: dict[int, list[str]] = {}
        for folder in self._folders("__recip"):
            one = _Item(self._ole, folder, self._job)
            kind = int.from_bytes(one._fixed.get(_RECIPIENT_KIND, b"\1")[:4], "little")
            name, address = one._text(_TITLE), one._text(_SMTP) or one._text(_ADDRESS)
            named = "@" in address and address != name
            found.setdefault(kind, []).append(f"{name} <{address}>".strip() if named else name)
        return {kind: ", ".join(filter(None, names)) for kind, names in found.items()}

    def _date(self) -> str:
        value = self._fixed.get(_SENT) or self._fixed.get(_RECEIVED)
        if not value:
            return ""
        microseconds = struct.unpack("<Q", value)[0] // 10
        return format_datetime(datetime(1601, 1, 1, tzinfo=UTC) + timedelta(0, 0, microseconds))

    def _folders(self, kind: str) -> list[list[str]]:
        """The folders of the attachments or of the recipients, in order."""
        depth = len(self._folder)
        found = {
            path[depth]
            for path in self._ole.listdir()
            if path[:depth] == self._folder and path[depth].startswith(kind)
        }
        if len(found) > _MAX_FOLDERS:
            raise ReadError(
                f"a message of more than {_MAX_FOLDERS:,} attachments or recipients", _WAY_OUT
            )
        return [[*self._folder, name] for name in sorted(found)]

    def _text(self, number: str) -> str:
        """A property of text, in Unicode or in the message's code page."""
        wide, narrow = self._stream(f"{number}001F"), self._stream(f"{number}001E")
        if wide is not None:
            text = wide.decode("utf-16-le", "replace")
        else:
            text = _decoded(narrow or b"", self._code_page)
        return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")

    def _bytes(self, number: str) -> bytes:
        return self._stream(f"{number}0102") or b""

    def _stream(self, number: str) -> bytes | None:
        path = [*self._folder, f"__substg1.0_{number}"]
        if not self._ole.exists(path):
            return None
        with self._ole.openstream(path) as stream:
            found: bytes = stream.read()
            return found

    def _fixed_values(self) -> dict[str, bytes]:
        """Number -> value of the properties of eight bytes."""
        path = [*self._folder, _PROPERTIES]
        if not self._ole.exists(path):
            return {}
        with self._ole.openstream(path) as stream:
            data: bytes = stream.read()
        # The header is longer for the outermost message than for one inside.
        inside = (self._folder or [""])[-1].startswith(("__attach", "__recip"))
        start = 8 if inside else 24 if self._folder else 32
        return {
            f"{tag >> 16:04X}": data[at + 8 : at + 16]
            for at in range(start, len(data) - 15, 16)
            for (tag,) in (struct.unpack_from("<I", data, at),)
        }


def _decoded(data: bytes, code_page: str) -> str:
    try:
        return data.decode(code_page)
    except (LookupError, ValueError):
        return data.decode("cp1252", "replace")
