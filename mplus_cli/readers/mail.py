"""E-mail: single messages (EML) and mailboxes (mbox). Attachments are named, not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.damage import damage_told
from mplus_cli.readers.document import Document
from mplus_cli.readers.encoding import decode
from mplus_cli.readers.html import add_html
from mplus_cli.readers.job import Job

if TYPE_CHECKING:
    from email.message import Message

MAX_DEPTH = 50
_SHOWN_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_MAX_HEADER_CHARACTERS = 2000
_ENVELOPE = re.compile(rb"^From [^\r\n]*\d{4}[^\r\n]*\r?\n", re.MULTILINE)
_QUOTED_ENVELOPE = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEADER = re.compile(
    r"(?:From|To|Subject|Date|Received|Message-ID|MIME-Version|Return-Path|Delivered-To):",
    re.IGNORECASE,
)
_FIELD = re.compile(r"[!-9;-~]+:")


def looks_like_message(head: str) -> bool:
    """Whether a text begins with the headers of a message: at least three that all have."""
    fields = []
    for line in head.lstrip("\ufeff").split("\n"):
        if not line.strip():
            break
        if not line[0].isspace():
            if not _FIELD.match(line):
                return False
            fields.append(line)
    return sum(1 for field in fields if _HEADER.match(field)) >= 3


def looks_like_mailbox(data: bytes) -> bool:
    match = _ENVELOPE.match(data[:1000])
    return (
        match is not None
        and _FIELD.match(data[match.end() : match.end() + 100].decode("latin-1")) is not None
    )


def read_message(data: bytes, job: Job) -> Document:
    """One message; its subject is the section. Raises `ReadError` for what is none."""
    if not _FIELD.match(data.lstrip()[:100].decode("latin-1")):
        raise ReadError("no e-mail message: it has no headers", "save it anew, or name it .txt")
    blocks = Blocks()
    blocks.number = 1
    _add(data, blocks)
    return blocks.document("email", "message")


def read_mailbox(data: bytes, job: Job) -> Document:
    """The messages of a mailbox, each with its number. Raises `ReadError` for what is none."""
    if not looks_like_mailbox(data):
        raise ReadError(
            "no mailbox: it does not begin with a message", "export the mailbox anew as mbox"
        )
    blocks = Blocks()
    for number, message in enumerate(_messages(data), start=1):
        blocks.number = number
        _add(message, blocks)
    return blocks.document("mbox", "message")


def _messages(data: bytes) -> Iterator[bytes]:
    """The messages; a line that begins one follows an empty line."""
    starts = [
        match
        for match in _ENVELOPE.finditer(data)
        if match.start() == 0 or _is_blank_before(data, match.start())
    ]
    ends = [match.start() for match in starts[1:]] + [len(data)]
    for match, end in zip(starts, ends, strict=True):
        yield _QUOTED_ENVELOPE.sub(rb"\1", data[match.end() : end])


def _is_blank_before(data: bytes, position: int) -> bool:
    return data[max(position - 4, 0) : position].endswith((b"\n\n", b"\n\r\n"))


def _add(data: bytes, blocks: Blocks) -> None:
    from email import message_from_bytes
    from email.errors import MessageError

    damage = (MessageError, RecursionError, ValueError, LookupError, TypeError)
    with damage_told("a message", "save it anew from the mail program", *damage):
        message = message_from_bytes(data)
    _Message(blocks).add(message)


class _Message:
    """Adds a message's headers and body, and the names of its attachments."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._attached: list[str] = []

    def add(self, message: Message) -> None:
        self._blocks.begin()
        self._head(message, 0)
        self._body(message, 0)
        if self._attached:
            self._blocks.paragraph("Attachments: " + ", ".join(self._attached))

    def _head(self, message: Message, depth: int) -> None:
        """Add the headers; the subject stands over all headings of the body."""
        lines = [
            f"{header}: {value}" for header in _SHOWN_HEADERS if (value := _header(message, header))
        ]
        self._blocks.section("\n".join(lines), depth - MAX_DEPTH, _header(message, "Subject"))

    def _body(self, part: Message, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise ReadError(
                f"nested too deeply: more than {MAX_DEPTH} parts",
                "save its text in another format",
            )
        content_type = part.get_content_type()
        file = _file_name(part)
        if part.is_multipart():
            inside = [one for one in part.get_payload() if not isinstance(one, str)]
            if content_type == "message/rfc822":
                for one in inside:
                    self._head(one, depth + 1)
            for one in _chosen(inside) if content_type == "multipart/alternative" else inside:
                self._body(one, depth + 1)
        elif file or part.get_content_disposition() == "attachment":
            self._attached.append(file or content_type)
        elif part.get_content_maintype() == "text":
            self._text(part, content_type)
        else:
            self._attached.append(content_type)

    def _text(self, part: Message, content_type: str) -> None:
        payload = part.get_payload(decode=True)
        try:
            data = payload if isinstance(payload, bytes) else b""
            text = decode(data, part.get_content_charset())
        except NoTextError:
            # One such part is no reason to leave out all other messages.
            self._attached.append(f"{content_type} that is no text")
            return
        if content_type == "text/html":
            add_html(text, self._blocks, self._job)
        else:
            self._blocks.paragraph(text)


def _chosen(parts: list[Message]) -> list[Message]:
    """The plain one of a message's versions, else the last, which is the richest."""
    plain = [part for part in parts if part.get_content_type() == "text/plain"]
    return plain[:1] or parts[-1:]


def _header(message: Message, name: str) -> str:
    """A header's text on one line."""
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    raw = str(message.get(name, ""))[:_MAX_HEADER_CHARACTERS]
    try:
        text = str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, ValueError):
        text = raw
    return " ".join(text.split())


def _file_name(part: Message) -> str:
    try:
        return " ".join((part.get_filename() or "").split())
    except (LookupError, ValueError, TypeError):
        return "unnamed"
