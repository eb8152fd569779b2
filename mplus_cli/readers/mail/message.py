"""One message (MIME): its headers, the version of its text that says it all, what is attached."""

from __future__ import annotations

import binascii
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.html.depth import TooDeepError
from mplus_cli.readers.html.reader import add_html, declared_charset
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import decode
from mplus_cli.readers.mail.calendar import events
from mplus_cli.readers.mail.headers import header, shown
from mplus_cli.readers.mail.text import flowed, versions

if TYPE_CHECKING:
    from email.message import Message

MAX_DEPTH = 50
_MAX_HEADER = 5000
_SHOWN_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_MESSAGES = {"message/rfc822", "message/global"}
_PAGES = {"text/html", "text/enriched", "text/richtext"}
_CALENDARS = {"text/calendar", "application/ics"}
# Signatures, and versions for small screens that say nothing of their own.
_UNREAD = {"application/pgp-signature", "application/pkcs7-signature", "text/x-amp-html"}
_UNREAD |= {"text/css", "text/javascript", "application/javascript"}
_UNREAD |= {"application/x-pkcs7-signature", "application/pgp-encrypted", "text/watch-html"}
_ONLY_NAMED = {"application/zip", "application/x-zip-compressed", "application/gzip"}
_ONLY_NAMED |= {
    "application/x-rar-compressed",
    "application/vnd.rar",
    "application/x-7z-compressed",
}
_ONLY_NAMED |= {"application/x-tar", "application/x-bzip2"}
_CLOSED = {
    "application/pkcs7-mime": "it is encrypted or signed by S/MIME: its text is not read",
    "application/x-pkcs7-mime": "it is encrypted or signed by S/MIME: its text is not read",
    "multipart/encrypted": "it is encrypted: its text is not read",
    "application/ms-tnef": "what is attached is in Outlook's own form (winmail.dat): not read",
}
_SUFFIXES = {"text/html": ".html", "text/csv": ".csv", "application/json": ".json"}
_SUFFIXES |= {"text/markdown": ".md", "text/tab-separated-values": ".tsv"}
_LOCKED = re.compile(r"-----BEGIN PGP MESSAGE-----.*?(?:-----END PGP MESSAGE-----|\Z)", re.DOTALL)
_BOUNDARY = re.compile(
    r"^--([^\s\"\\][^\n\"\\]{0,69})\n(?=Content-[\w-]+:)", re.MULTILINE | re.IGNORECASE
)
_UUENCODED = re.compile(r"^begin [0-7]{3,4} ([^\n]+)\n((?:[ -`]{1,90}\n)*?)`? ?\n?end *$", re.M)


class DamagedMessageError(ReadError):
    """One message is damaged, or deeper than any that was meant."""


def add_message(data: bytes, blocks: Blocks, job: Job) -> None:
    """Add a message under its subject. Raises `DamagedMessageError`."""
    from email import message_from_bytes
    from email.errors import MessageError

    try:
        message = message_from_bytes(data)
    except RecursionError as error:
        raise _too_deep() from error
    except (MessageError, ValueError, LookupError, TypeError) as error:
        raise DamagedMessageError(
            "a damaged message", "save it anew from the mail program"
        ) from error
    _mend_boundary(message)
    blocks.begin()
    _Message(message, blocks, job, depth=0).add()


def _mend_boundary(message: Message) -> None:
    """Part a message at the boundary that stands in it, where its header names another or none."""
    from email import message_from_string

    payload: object = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(payload, str):
        return
    found = _BOUNDARY.search(payload)
    if found:
        header = f'Content-Type: multipart/mixed; boundary="{found[1]}"\n\n'
        parts: object = message_from_string(header + payload).get_payload()
        message.set_payload(parts if isinstance(parts, list) else payload)


class _Message:
    """Adds a message, then what is attached to it, then the messages within it."""

    def __init__(self, message: Message, blocks: Blocks, job: Job, depth: int) -> None:
        self._message = message
        self._blocks = blocks
        self._job = job
        self._depth = depth
        self._attached: list[tuple[str, str, str | None, bytes]] = []
        self._names: list[str] = []
        self._inner: list[tuple[Message, int]] = []
        self._events: dict[str, None] = {}
        self._sheets: list[str] = []

    def add(self) -> None:
        level = self._depth - MAX_DEPTH  # over all headings of the text
        lines = [f"{name}: {value}" for name in _SHOWN_HEADERS if (value := self._header(name))]
        self._blocks.section("\n".join(lines), level, self._header("Subject"))
        self._part(self._message, self._depth)
        self._blocks.leave(level + 1)
        for event in self._events:
            self._blocks.paragraph(event)
        if self._names:
            self._blocks.paragraph("Attachments: " + ", ".join(self._names))
        for name, content_type, charset, data in self._attached:
            self._read(name, content_type, charset, data)
        for message, depth in self._inner:
            self._blocks.leave(level + 1)
            _Message(message, self._blocks, self._job, depth).add()

    def _header(self, name: str) -> str:
        return header(self._message, name)

    def _part(self, part: Message, depth: int, says_text: bool = True) -> None:
        """Add what a part says; without `says_text` only what is attached counts."""
        if depth > MAX_DEPTH:
            raise _too_deep()
        _cut_headers(part)
        content_type = part.get_content_type()
        if content_type in _CLOSED:
            self._note(_CLOSED[content_type])
        if content_type == "multipart/encrypted" or content_type in _UNREAD:
            return
        if part.is_multipart():
            self._parts(part, content_type, depth, says_text)
        elif _is_file(part):
            self._attach(part, content_type)
        elif content_type in _CALENDARS:
            self._calendar(self._text_of(part))
        elif not content_type.startswith(("text/", "multipart/")):
            self._attach(part, content_type)
        elif says_text:
            self._text(part, content_type)

    def _parts(self, part: Message, content_type: str, depth: int, says_text: bool) -> None:
        inside = [one for one in _payload(part) if not isinstance(one, str)]
        if content_type in _MESSAGES and (data := _packed(part, inside)):
            self._add_file(_file_name(part) or "message.eml", content_type, None, data)
        elif content_type in _MESSAGES:
            self._inner += [(one, depth + 1) for one in inside]
            self._names += [name] if (name := _file_name(part)) else []
        elif content_type == "message/delivery-status":
            for one in inside:
                fields = [f"{name}: {shown(str(value))}" for name, value in one.raw_items()]
                self._blocks.paragraph("\n".join(fields))
        elif content_type == "multipart/alternative":
            self._alternatives(inside, depth, says_text)
        else:
            # Of a saved page, its style sheets are parts beside it.
            sheets = [one for one in inside if one.get_content_type() == "text/css"]
            self._sheets += map(self._text_of, sheets)
            for one in inside:
                self._part(one, depth + 1, says_text)

    def _alternatives(self, parts: list[Message], depth: int, says_text: bool) -> None:
        """Add those of a message's versions that are needed, and what is attached to any."""
        plain: list[Message] = []
        others: list[Message] = []
        for part in parts:
            (plain if part.get_content_type() == "text/plain" else others).append(part)
        pages = [page for part in others for page in _pages(part, depth)]
        says_plain, says_others = bool(plain), not plain
        if plain and pages:
            text = "\n".join(map(self._text_of, plain))
            says_plain, says_others = versions(text, "\n".join(map(self._text_of, pages)))
        for part in plain:
            self._part(part, depth + 1, says_text and says_plain)
        for part in others:
            # Where no version is plain or HTML, the last one is the richest.
            is_rich = bool(pages) or part is others[-1]
            self._part(part, depth + 1, says_text and says_others and is_rich)

    def _text(self, part: Message, content_type: str) -> None:
        try:
            text = _decoded(part, self._job)
        except NoTextError:
            # One such part is no reason to leave out all other messages.
            self._attach(part, f"{content_type} that is no text")
            return
        if content_type in _PAGES:
            try:
                add_html(text, self._blocks, self._job, sheets=self._sheets)
            except TooDeepError as error:
                self._note(f"its HTML is {error.reason}: not read")
            return
        if _LOCKED.search(text):
            self._note("a part of it is encrypted (PGP): not read")
            text = _LOCKED.sub("", text)
        self._blocks.paragraph(_UUENCODED.sub(self._uuencoded, text))

    def _text_of(self, part: Message) -> str:
        try:
            return _decoded(part)
        except NoTextError:
            return ""

    def _uuencoded(self, found: re.Match[str]) -> str:
        """Take a file that is written between the lines of a text for attached."""
        try:
            data = b"".join(map(binascii.a2b_uu, found[2].split("\n")[:-1]))
        except binascii.Error:
            return found[0]
        self._add_file(" ".join(found[1].split()), "", None, data)
        return ""

    def _calendar(self, text: str) -> None:
        self._events.update(dict.fromkeys(events(text)))

    def _attach(self, part: Message, content_type: str) -> None:
        is_named = part.get("Content-ID") or part.get("Content-Location")
        is_shown_picture = is_named and part.get_content_disposition() != "attachment"
        if part.get_content_maintype() == "image" and is_shown_picture:
            return
        name = _file_name(part) or content_type
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        self._add_file(name, content_type, part.get_content_charset(), data)

    def _add_file(self, name: str, content_type: str, charset: str | None, data: bytes) -> None:
        self._names.append(name)
        self._attached.append((name, content_type, charset, data))

    def _read(self, name: str, content_type: str, charset: str | None, data: bytes) -> None:
        """Add the text of an attached file, if it is one that has text."""
        kind = content_type.partition("/")[0]
        only_named = kind in ("image", "audio", "video") or content_type in _ONLY_NAMED | set(
            _CLOSED
        )
        if only_named or "that is no text" in content_type or not self._job.options.attachments:
            return
        if content_type in _CALENDARS or name.lower().endswith(".ics"):
            for event in events(decode(data, charset, self._job)):
                if event not in self._events:
                    self._blocks.paragraph(event)
            return
        suffix = "" if PurePath(name).suffix else _SUFFIXES.get(content_type, "")
        try:
            document = self._job.inside(name + suffix, data, charset)
        except ReadError as error:
            self._note(f"the attachment {name} is not read: {error.reason}")
            return
        self._blocks.include(document, name)

    def _note(self, lost: str) -> None:
        number = f"message {self._blocks.number}: " if self._blocks.number else ""
        self._job.note(number + lost)


def _cut_headers(part: Message) -> None:
    """Cut headers that would take long, since each of their parameters is looked at each time."""
    for name in ("Content-Type", "Content-Disposition"):
        value = part.get(name)
        if value is not None and len(str(value)) > _MAX_HEADER:
            part.replace_header(name, str(value)[:_MAX_HEADER])


def _pages(part: Message, depth: int) -> list[Message]:
    """The HTML of a version, which may have pictures or files around it."""
    if depth > MAX_DEPTH:
        raise _too_deep()
    content_type = part.get_content_type()
    if content_type == "text/html":
        return [] if _is_file(part) else [part]
    if not content_type.startswith("multipart/"):
        return []
    inside = [one for one in _payload(part) if not isinstance(one, str)]
    return [page for one in inside for page in _pages(one, depth + 1)]


def _packed(part: Message, inside: list[Message]) -> bytes:
    """The bytes of a message that is packed against the rules, so that the parser saw none."""
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() != "base64":
        return b""
    payloads: list[object] = [one.get_payload() for one in inside]
    try:
        return binascii.a2b_base64("".join(one for one in payloads if isinstance(one, str)))
    except (binascii.Error, ValueError):
        return b""


def _payload(part: Message) -> list[Message]:
    payload: object = part.get_payload()
    return payload if isinstance(payload, list) else []


def _decoded(part: Message, job: Job | None = None) -> str:
    """The text of a part. Raises `NoTextError`."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    if charset is None and part.get_content_type() == "text/html":
        charset = declared_charset(data)
    text = decode(data, charset, job)
    flows = "flowed" in str(part.get("Content-Type", "")).lower()
    if flows and str(part.get_param("format", "")).lower() == "flowed":
        return flowed(text, str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _is_file(part: Message) -> bool:
    return bool(_file_name(part)) or part.get_content_disposition() == "attachment"


def _file_name(part: Message) -> str:
    """The name of a part that is a file; empty for most, which is quickly told."""
    if (
        "Content-Disposition" not in part
        and "name" not in str(part.get("Content-Type", "")).lower()
    ):
        return ""
    try:
        return shown(part.get_filename() or "")
    except (LookupError, ValueError, TypeError):
        return "unnamed"


def _too_deep() -> DamagedMessageError:
    return DamagedMessageError(
        f"nested too deeply: more than {MAX_DEPTH} parts", "save its text in another format"
    )
