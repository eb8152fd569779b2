"""The text of a message: flowed lines joined, and which of its versions says it all."""

from __future__ import annotations

import html
import re

from mplus_cli.readers.letters.characters import tidy

_QUOTES = re.compile(r">+")
_SIGNATURE = "-- "
_UNREAD = re.compile(
    r"<(style|script|head|title)(?=[\s>]).*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>", re.I | re.S
)
_WORD = re.compile(r"\w+")
_ENOUGH = 0.6
"""Of the words of one version in the other: it says nothing more."""
_LITTLE = 0.15
"""As much more may a page say in words, such as those of its buttons."""
# What stands in a plain text where its page has links and numbered lists.
_NOT_SHOWN = re.compile(r"\bhttps?:\S+|\[\d+\]|^[ \t>]*\d{1,3}[.)](?=\s)|cid:\S+", re.MULTILINE)
_STUB = re.compile(r"html|browser|brows|view|anzeige|ansehen|afficher|navigateur|http", re.I)
_STUB_WORDS = 60


def flowed(text: str, deletes_space: bool) -> str:
    """Text of `format=flowed` with its lines joined to paragraphs (RFC 3676)."""
    lines: list[str] = []
    goes_on: str | None = None  # the quotation marks of a line that the next one continues
    for line in text.split("\n"):
        found = _QUOTES.match(line)
        quotes = found[0] if found else ""
        content = line[len(quotes) :]
        content = content[1:] if content.startswith(" ") else content
        is_flowed = content.endswith(" ") and content != _SIGNATURE
        if content != _SIGNATURE and goes_on == quotes:
            lines[-1] += content
        else:
            lines.append(f"{quotes} {content}" if quotes else content)
        if is_flowed and deletes_space:
            lines[-1] = lines[-1][:-1]
        goes_on = quotes if is_flowed else None
    return "\n".join(lines)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(tidy(text).casefold()))


def versions(plain: str, page: str) -> tuple[bool, bool]:
    """Whether the plain text of a message is read, and whether its HTML.

    One of them, if it says what the other does, all numbers included; a few words that only send
    the reader to the other version are none. Both, where each says something of its own.
    """
    shown = html.unescape(_UNREAD.sub(" ", page))
    if set(shown.split()).issubset(plain.split()):  # as in most mail, and quickly told
        return True, False
    of_plain, of_page = _words(_NOT_SHOWN.sub(" ", plain)), _words(shown)
    if not of_page or not of_plain:
        return not of_page, bool(of_page)
    shared = len(of_plain & of_page)
    in_plain, in_page = shared / len(of_page), shared / len(of_plain)
    plain_adds, page_adds = _numbers(of_plain - of_page), _numbers(of_page - of_plain)
    if in_plain >= _ENOUGH and not page_adds and (plain_adds or in_plain >= in_page - _LITTLE):
        return True, False
    if in_page >= _ENOUGH and not plain_adds:
        return False, True
    is_stub = len(of_plain) <= _STUB_WORDS and _STUB.search(plain) is not None
    return not is_stub or max(in_plain, in_page) >= _ENOUGH, True


def _numbers(words: set[str]) -> bool:
    return any(character.isdigit() for word in words for character in word)
