"""The parts of Office Open XML files (ECMA-376, part 2): what they are and how they name others.

What is `spare` is a part without which a document can be read: where it is lost, the rest is.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.archive import DAMAGE, Archive
from mplus_cli.readers.containers.xml_tree import first, local

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from mplus_cli.readers.job import Job

# Where the document lies by custom, should nothing say so.
_MAIN_PARTS = ("word/document.xml", "ppt/presentation.xml", "xl/workbook.xml")
ON = frozenset({"1", "true"})
"""What attributes of slides and sheets say that are true; those of Word have more words."""


def main_part(archive: Archive) -> str:
    """The part of an OOXML file that holds the document."""
    try:
        listed = [
            target for kind, target in relations(archive, "").values() if kind == "officeDocument"
        ]
    except DAMAGE:
        listed = []
    return first((name for name in [*listed, *_MAIN_PARTS] if name in archive), "document")


def core_title(archive: Archive) -> str:
    """The title that its properties give an OOXML file; "" where none can be read."""
    try:
        part = parts_by_type(archive, "").get("core-properties")
        found = archive.tree(part) if part else ()
        return next((one.text or "" for one in found if local(one.tag) == "title"), "")
    except DAMAGE:
        return ""


def relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Id -> the last word of the type, and the name, of the parts that a part names."""
    folder, listing = posixpath.dirname(part), _listing(part)
    if listing not in archive:
        return {}
    found = {}
    for element in archive.tree(listing):
        if element.get("TargetMode") != "External":
            target = posixpath.normpath(
                posixpath.join("/", folder, element.get("Target", ""))
            ).lstrip("/")
            found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], target)
    return found


def parts_by_type(archive: Archive, part: str) -> dict[str, str]:
    """Last word of the type -> name of the parts that a part names and that are there."""
    return {kind: target for kind, target in relations(archive, part).values() if target in archive}


def spare_relations(archive: Archive, part: str, what: str, job: Job) -> dict[str, tuple[str, str]]:
    """As `relations`; none, and a note, where `what` lists them is damaged."""
    try:
        return relations(archive, part)
    except DAMAGE:
        job.note(f"{what} can't be read: damaged")
        return {}


def spare_links(archive: Archive, part: str) -> dict[str, str]:
    """Id -> where it leads, of the links of a part to what is outside of the file."""
    try:
        listed = archive.tree(_listing(part))
    except DAMAGE:
        return {}
    return {
        element.get("Id", ""): element.get("Target", "")
        for element in listed
        if element.get("TargetMode") == "External"
        and element.get("Type", "").endswith("/hyperlink")
    }


def spare_tree(archive: Archive, part: str, what: str, job: Job) -> Element | None:
    """The XML of a part without which a document can be read.

    None, and a note that `what` is not read, where it is missing or damaged.
    """
    if part not in archive:
        job.note(f"{what} can't be read: missing in the file")
        return None
    try:
        return archive.tree(part)
    except DAMAGE:
        job.note(f"{what} can't be read: damaged")
        return None


def relation(element: Element) -> str:
    """The id by which an element names another part."""
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")


def chosen(alternatives: Element) -> list[Element]:
    """What is shown of several ways to write the same: the newest, which comes first."""
    for tag in ("Choice", "Fallback"):
        for part in alternatives:
            if local(part.tag) == tag:
                return list(part)
    return []


def _listing(part: str) -> str:
    folder, file = posixpath.split(part)
    return f"{folder}/_rels/{file}.rels".lstrip("/")
