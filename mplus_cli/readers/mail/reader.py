"""E-mail: single messages (EML) and mailboxes (mbox, RFC 4155)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.mail.message import DamagedMessageError, add_message

_FIRST_ENVELOPE = re.compile(rb"From [^\r\n]*\d{4}[^\r\n]*\r?\n")
# Any other follows an empty line and has a date as mail programs write it: a sentence has none.
_ENVELOPE = re.compile(
    rb"\n\r?\n(From [^\r\n]{0,300}\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"
    rb"[^\r\n]{0,40}\d:\d\d[^\r\n]{0,40}\r?\n)"
    rb"(?=[!-9;-~]+:|>From )"
)
_YEAR = re.compile(rb"\b(?:19|20)\d\d\b")
_QUOTED = b">From "
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
    match = _FIRST_ENVELOPE.match(data[:1000])
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
    add_message(data, blocks, job)
    return blocks.document("email", "message")


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
    first = _FIRST_ENVELOPE.match(data)
    envelopes = [] if first is None else [first.span()]
    envelopes += [found.span(1) for found in _ENVELOPE.finditer(data) if _YEAR.search(found[1])]
    ends = [start for start, _ in envelopes[1:]] + [len(data)]
    for (_, start), end in zip(envelopes, ends, strict=True):
        message = data[start:end]
        yield _QUOTED_ENVELOPE.sub(rb"\1", message) if _QUOTED in message else message
