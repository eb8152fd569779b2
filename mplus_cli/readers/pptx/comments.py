"""Comments on slides, in the older and in the newer form; replies are marked as such."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.archive import Archive
from mplus_cli.readers.containers.ooxml import spare_tree
from mplus_cli.readers.containers.xml_tree import attribute, inner, local
from mplus_cli.readers.job import Job
from mplus_cli.readers.pptx.text import lines
from mplus_cli.readers.remarks import comment

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_AUTHORS = ("commentAuthors", "authors")


def authors(archive: Archive, parts: dict[str, str], job: Job) -> dict[str, str]:
    """The names of those who comment, by their ids."""
    found = {}
    for kind in _AUTHORS:
        tree = spare_tree(archive, parts[kind], "who commented", job) if kind in parts else None
        for author in tree if tree is not None else ():
            found[attribute(author, "id")] = " ".join(attribute(author, "name").split())
    return found


def comments(root: Element, names: dict[str, str]) -> Iterator[str]:
    """The comments of one slide, each as a paragraph."""
    for part in inner(root):
        if local(part.tag) in ("cm", "reply"):
            author = names.get(attribute(part, "authorId"), "")
            resolved = attribute(part, "status") == "resolved"
            yield comment(_text(part), author, reply=_is_reply(part), resolved=resolved)


def _text(element: Element) -> str:
    for part in element:
        if local(part.tag) == "text":
            return part.text or ""
        if local(part.tag) == "txBody":
            return "\n".join(lines(part, {}))
    return ""


def _is_reply(element: Element) -> bool:
    inside = inner(element, frozenset({"replyLst", "txBody"}))
    return local(element.tag) == "reply" or any(local(part.tag) == "parentCm" for part in inside)
