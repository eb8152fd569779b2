"""E-mail: single messages (EML) and mailboxes (mbox, RFC 4155)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import decode
from mplus_cli.readers.mail.message import DamagedMessageError, add_message

_FIRST_ENVELOPE = re.compile(rb"From [^\r\n]*\d{4}[^\r\n]*\r?\n")
# Any other follows an empty line and has a date as mail programs write it: a sentence has none.
_ENVELOPE = re.compile(
    rb"From [^\r\n]{0,300}(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b|\b\d{4}-\d\d-\d\d)"
    rb"[^\r\n]{0,40}\d:\d\d[^\r\n]{0,40}\r?\n"
    rb"(?=[!-9;-~]+:|>From )"
)
_BEGINS_ENVELOPE = b"\nFrom "
_ENVELOPE_ABOVE = re.compile(rb">?From [^\r\n]*\r?\n")
_YEAR = re.compile(rb"\b(?:19|20)\d\d\b")
_QUOTED = b">From "
_QUOTED_ENVELOPE = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEADER = re.compile(
    r"(?:From|To|Subject|Date|Received|Message-ID|MIME-Version|Return-Path|Delivered-To):",
    re.IGNORECASE,
)
_FIELD = re.compile(r"[!-9;-~]+:")
_FIRST_FIELDS = re.compile(
    rb"(?:From|To|Subject|Date|Received|Message-ID|MIME-Version|Return-Path|Delivered-To|Reply-To"
    rb"|Content-Type|X-[\w-]+):[ \t]",
    re.IGNORECASE,
)
"""With which a message may begin where no empty line stands before it."""


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
    match = _FIRST_ENVELOPE.match(data[:1000])
    return (
        match is not None
        and _FIELD.match(data[match.end() : match.end() + 100].decode("latin-1")) is not None
    )


def read_message(data: bytes, job: Job) -> Document:
    """One message; its subject is the section. Raises `ReadError` for what is none."""
    data = _from_its_beginning(data)
    if looks_like_mailbox(data):
        return read_mailbox(data, job)
    data = _ENVELOPE_ABOVE.sub(b"", data, count=1) if _ENVELOPE_ABOVE.match(data) else data
    blocks = Blocks()
    blocks.number = 1
    if data and not _FIELD.match(data[:100].decode("latin-1")):
        raise ReadError("no e-mail message: it has no headers", "save it anew, or name it .txt")
    if data:
        add_message(data, blocks, job)
    return blocks.document("email", "message")


def _from_its_beginning(data: bytes) -> bytes:
    """A message's bytes as they were sent: in UTF-8 where it was saved as UTF-16, without a mark
    or empty lines before it, and in lines.
    """
    if b"\0" in data[:100]:
        data = decode(data).encode()
    data = data.removeprefix(codecs.BOM_UTF8).lstrip()
    return data if b"\n" in data else data.replace(b"\r", b"\n")


def read_mailbox(data: bytes, job: Job) -> Document:
    """The messages of a mailbox, each with its number. Raises `ReadError` for what is none."""
    data = data.lstrip(b"\r\n")
    if not looks_like_mailbox(data):
        raise ReadError(
            "no mailbox: it does not begin with a message", "export the mailbox anew as mbox"
        )
    blocks = Blocks()
    for number, message in enumerate(_messages(data), start=1):
        blocks.number = number
        try:
            add_message(message, blocks, job)
        except DamagedMessageError as error:
            job.note(f"message {number} is not read: {error.reason}")
    return blocks.document("mbox", "message")


def _messages(data: bytes) -> Iterator[bytes]:
    """The messages; a line that begins one follows an empty line, or is followed by a header."""
    first = _FIRST_ENVELOPE.match(data)
    starts = [] if first is None else [first]
    at = data.find(_BEGINS_ENVELOPE)
    while at >= 0:
        found = _ENVELOPE.match(data, at + 1)
        if found and _YEAR.search(found[0]) and _begins_message(data, found):
            starts.append(found)
        at = data.find(_BEGINS_ENVELOPE, at + 1)
    ends = [match.start() for match in starts[1:]] + [len(data)]
    for match, end in zip(starts, ends, strict=True):
        message = data[match.end() : end]
        yield _QUOTED_ENVELOPE.sub(rb"\1", message) if _QUOTED in message else message


def _begins_message(data: bytes, envelope: re.Match[bytes]) -> bool:
    start = envelope.start()
    is_blank_before = data[max(start - 4, 0) : start].endswith((b"\n\n", b"\n\r\n"))
    return is_blank_before or _FIRST_FIELDS.match(data, envelope.end()) is not None
