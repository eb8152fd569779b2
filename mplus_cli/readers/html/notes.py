"""Footnotes of pages: a mark in the text and the same mark before the note."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mplus_cli.readers.letters.scripts import note_mark, raised, resolved

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_LABEL = re.compile(
    r"[\[(^]?\s*((?:note\s+)?\d{1,4}|[*†‡§¶#]{1,4}|[a-zA-Z]|[ivxlc]{1,6})\s*[\])]?", re.IGNORECASE
)
_BACK = re.compile(r"[\s↩↑⇑↵⤴⏎^\ufe0e\ufe0f]+")
_PERMALINKS = ("#", "¶", "🔗", "\uf0c1")
"""What leads to a heading itself."""
_CLASS = re.compile(r"foot-?note|note-?ref|fn-?ref|\bfn\b|end-?note|\breference\b", re.IGNORECASE)
_TARGET = re.compile(
    r"(?:user-content-)?_?(?:fn|ftn|edn|foot-?notes?|end-?notes?|notes?|cite[_-]?note|sd(?:foot|end)note)"
    r"(?=[\W_\d]|$)",
    re.IGNORECASE,
)

_BACK_TARGET = re.compile(
    r"_?(?:cite[_-]?ref|(?:fn|ftn|edn|(?:foot|end)?note)s?[_-]?ref|ref(?:[_-]?fn)|sd(?:foot|end)note\d+anc)",
    re.IGNORECASE,
)

_MAX_LABEL = 60


class Notes:
    """The notes that marks have pointed to so far, on one page or on those of a book."""

    def __init__(self) -> None:
        self.page = ""
        self.awaited: dict[str, str] = {}
        """Where notes begin -> the labels of their marks."""

    def mark(self, link: LexborNode, text: str, is_raised: bool) -> str | None:
        """How the link of a note's mark is written; None for another link."""
        attributes = link.attributes
        target = attributes.get("href") or ""
        path, hash_, fragment = target.partition("#")
        shown = resolved(text).strip() if len(text) < _MAX_LABEL else ""
        if not hash_:
            return None
        if shown and (_BACK.fullmatch(shown) or (shown in _PERMALINKS and not is_raised)):
            return ""
        label = _LABEL.fullmatch(shown)
        if label is None:
            return None
        if _BACK_TARGET.match(fragment):
            return "" if label[1].isalpha() else raised(note_mark(label[1]))
        kinds = f"{attributes.get('epub:type')} {attributes.get('role')}"
        if not (
            "noteref" in kinds
            or is_raised
            or _CLASS.search(attributes.get("class") or "")
            or _TARGET.match(fragment)
            or link.css_first("sup") is not None
        ):
            return None
        self.awaited[self._key(path, fragment)] = label[1]
        return raised(note_mark(label[1]))

    def begun(self, node: LexborNode) -> str:
        """The label of the note that an element begins, the first time; else nothing."""
        name = node.id or (node.attributes.get("name") if node.tag == "a" else None)
        return self.awaited.pop(self._key("", name), "") if name else ""

    def _key(self, path: str, fragment: str) -> str:
        if self.page:
            path = (
                posixpath.join(posixpath.dirname(self.page), unquote(path)) if path else self.page
            )
            return f"{posixpath.normpath(path)}#{fragment}"
        return fragment


def noted(label: str, text: str) -> str:
    """A note with its mark before it, once."""
    text = resolved(text).lstrip()
    own = re.escape(label)
    ends = "" if not label.isalnum() else r"[.):\]]"
    begins = re.match(rf"(?:\[{own}\]|\({own}\)|\^{own}|{own}{ends})?[.:]?[\s^↑]*", text)
    return f"{note_mark(label)} {text[begins.end() :] if begins else text}"
