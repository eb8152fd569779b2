"""Comments on slides, in the older and in the newer form; replies are marked as such."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.archive import Archive, attribute, inner, local, spare_tree
from mplus_cli.readers.job import Job
from mplus_cli.readers.pptx.text import lines

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
            text = _text(part)
            by = names.get(attribute(part, "authorId"), "")
            word = "Reply" if _is_reply(part) else "Comment"
            done = ", resolved" if attribute(part, "status") == "resolved" else ""
            if text:
                yield f"[{word}{f' by {by}' if by else ''}{done}: {text}]"


def _text(comment: Element) -> str:
    for part in comment:
        if local(part.tag) == "text":
            return (part.text or "").strip()
        if local(part.tag) == "txBody":
            return "\n".join(lines(part, {}))
    return ""


def _is_reply(comment: Element) -> bool:
    inside = inner(comment, frozenset({"replyLst", "txBody"}))
    return local(comment.tag) == "reply" or any(local(part.tag) == "parentCm" for part in inside)
