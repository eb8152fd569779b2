"""The parts of a Word document beside its text; what is missing or damaged of them is noted."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.archive import Archive
from mplus_cli.readers.containers.ooxml import spare_links, spare_relations, spare_tree
from mplus_cli.readers.containers.xml_tree import attribute, local
from mplus_cli.readers.docx.notes import ENDNOTES, FOOTNOTES, Comments, Notes
from mplus_cli.readers.docx.numbering import Numbering
from mplus_cli.readers.docx.styles import Styles
from mplus_cli.readers.job import Job

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAMED = {
    "styles": "the styles, by which headings are told,",
    "numbering": "the numbers of lists and headings",
    FOOTNOTES: "the footnotes",
    ENDNOTES: "the endnotes",
    "comments": "the comments",
    "commentsExtended": "which comments are replies",
    "settings": "the settings",
}
_MARGINS = ("header", "footer")


class Parts:
    """The parts of one document, by what they are."""

    def __init__(self, archive: Archive, main: str, job: Job) -> None:
        self.archive, self._job = archive, job
        self.root = archive.tree_as_far(main, "the document", job)
        self._targets = spare_relations(archive, main, "the list of the parts", job)
        folder = posixpath.dirname(main)
        self._names = {
            kind: name
            for kind in _NAMED
            if (name := posixpath.join(folder, f"{kind}.xml")) in archive
        }
        self._names |= {kind: name for kind, name in self._targets.values() if kind in _NAMED}
        self.links = spare_links(archive, main) if job.options.links else None
        self.styles = Styles(self._named("styles"))
        self.numbering = Numbering(self._named("numbering"), self.styles)
        sections = list(_sections(self.root))
        settings = self._named("settings")
        self.notes = {
            kind: Notes(kind, self._named(kind), settings or (), sections)
            for kind in (FOOTNOTES, ENDNOTES)
        }
        self.comments = Comments(self._named("comments"), self._named("commentsExtended"))

    def target(self, name: str) -> str:
        """The name of a part by its id, empty where there is none."""
        return self._targets.get(name, ("", ""))[1]

    def part(self, name: str, what: str) -> Element | None:
        return spare_tree(self.archive, self.target(name), what, self._job)

    def margins(self) -> Iterator[tuple[str, Element]]:
        """The headers and footers, with the word for each."""
        for wanted in _MARGINS:
            for kind, name in dict.fromkeys(self._targets.values()):
                if kind == wanted:
                    tree = spare_tree(self.archive, name, f"a {kind}", self._job)
                    if tree is not None:
                        yield kind, tree

    @staticmethod
    def codes(tree: Element) -> str:
        """The instructions of all fields of a part."""
        return " ".join(
            (part.text or "") if local(part.tag) == "instrText" else attribute(part, "instr")
            for part in tree.iter()
        )

    def _named(self, kind: str) -> Element | None:
        if kind not in self._names:
            return None
        return spare_tree(self.archive, self._names[kind], _NAMED[kind], self._job)


def _sections(root: Element) -> Iterator[Element]:
    """The properties of all sections, but for those that were changed."""
    earlier: set[Element] = set()
    for part in root.iter():
        if part.tag.endswith("sectPrChange"):
            earlier.update(part)
        elif part.tag.endswith("sectPr") and part not in earlier:
            yield part
