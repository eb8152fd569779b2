"""Parts of archives as trees of elements; entities and what lies outside of a file are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element, XMLParser

_STEP_BYTES = 4096


def parsed(data: bytes) -> Element:
    """The tree of a part. Raises `ParseError`, and `ValueError` where it declares entities."""
    parser = _parser(data)
    parser.feed(data)
    root: Element = parser.close()
    return root


def parsed_as_far(data: bytes) -> tuple[Element, bool]:
    """The tree of a part up to where it is damaged, and whether it is.

    Raises `ParseError` where nothing but its beginning is left.
    """
    from xml.etree.ElementTree import ParseError, TreeBuilder

    builder = TreeBuilder()
    parser = _parser(data, builder)
    try:
        parser.feed(data)
        parser.close()
    except ParseError:
        root = builder.close()
        if root is None or not len(root):
            raise
        return root, True
    return builder.close(), False


def events(file: Any, beginning: bytes) -> Iterator[tuple[str, Element]]:
    """The starts and ends of the elements of a file as it is read, whose `beginning` is known."""
    if _declares(beginning):
        from defusedxml.ElementTree import iterparse
    else:
        from xml.etree.ElementTree import iterparse
    found: Iterator[tuple[str, Element]] = iterparse(file, ("start", "end"))
    return found


def _parser(data: bytes, target: object = None) -> XMLParser:
    """The quick parser for what declares nothing, else the one that refuses declarations."""
    from xml.etree.ElementTree import XMLParser

    from defusedxml.ElementTree import DefusedXMLParser

    made: XMLParser = (DefusedXMLParser if _declares(data) else XMLParser)(target=target)
    return made


def _declares(data: bytes) -> bool:
    """Whether a document type stands before the first element, or may."""
    from xml.parsers.expat import ExpatError, ParserCreate

    found: list[bool] = []
    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: found.append(True)
    parser.StartElementHandler = lambda *_: found.append(False)
    for at in range(0, len(data), _STEP_BYTES):
        try:
            parser.Parse(data[at : at + _STEP_BYTES], False)
        except ExpatError:
            break
        if found:
            return found[0]
    return True
