"""The headers of messages as text: encoded words (RFC 2047), and bytes that stand there bare."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from mplus_cli.errors import NoTextError
from mplus_cli.readers.letters.encoding import decode

if TYPE_CHECKING:
    from email.message import Message

_MAX_CHARACTERS = 2000
_ENCODED = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?\r\n]*)\?=")


def header(message: Message, name: str) -> str:
    """A header's text on one line; nothing where it is missing."""
    wanted = name.lower()
    # Not `message.get`, which replaces bytes beyond ASCII.
    for key, value in message.raw_items():
        if key.lower() == wanted:
            return shown(str(value))
    return ""


def shown(value: str) -> str:
    """A header's value as it is meant, on one line."""
    value = _as_text(value[:_MAX_CHARACTERS])
    if "=?" not in value:
        return " ".join(value.split())
    parts: list[str] = []
    # Encoded words that follow one another may part a letter between them.
    charset, data, end = "", b"", 0
    for word in _ENCODED.finditer(value):
        between = value[end : word.start()]
        if between.strip() or word[1].lower() != charset:
            parts.append(decoded(data, charset))
            parts.append(between if between.strip() or not charset else "")
            charset, data = word[1].lower(), b""
        data += _bytes(word[2], word[3])
        end = word.end()
    parts += [decoded(data, charset), value[end:]]
    return " ".join("".join(parts).split())


def decoded(data: bytes, charset: str | None) -> str:
    """Bytes of a header as text; letters that can't be told are replaced."""
    if not data:
        return ""
    try:
        return decode(data, charset or None)
    except NoTextError:
        return data.decode("ascii", "replace")


def _as_text(value: str) -> str:
    """A value with its raw bytes, which the parser keeps as surrogates, as letters."""
    if value.isascii():
        return value
    return decoded(value.encode("utf-8", "surrogateescape"), None)


def _bytes(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)
    kept = re.sub(r"[^A-Za-z0-9+/]", "", text)
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + "=" * (-len(kept) % 4))
