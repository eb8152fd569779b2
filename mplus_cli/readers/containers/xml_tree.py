"""XML as trees of elements, and what readers ask of an element.

Names count without their namespaces. Entities and what lies outside of a file are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element, XMLParser

_T = TypeVar("_T")

_STEP_BYTES = 4096
_MAX_DIGITS = 18


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


@lru_cache(maxsize=4096)
def local(tag: str) -> str:
    """A tag or an attribute's name without its namespace: strict and usual OOXML differ in it."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str, default: str = "") -> str:
    """An attribute's value by its local name."""
    return next((value for key, value in element.attrib.items() if local(key) == name), default)


def whole(text: str, default: int = 0) -> int:
    """A number as an attribute gives it; `default` for what is none, or one of many digits."""
    try:
        return int(text) if len(text) <= _MAX_DIGITS else default
    except ValueError:
        return default


def inner(element: Element, skip: frozenset[str] = frozenset()) -> Iterator[Element]:
    """An element and all below it in reading order, but for those of some local names."""
    pending = [element]
    while pending:
        found = pending.pop()
        if local(found.tag) not in skip:
            yield found
            pending.extend(reversed(found))


def first(found: Iterable[_T], what: str) -> _T:
    """The first of what must be there."""
    for one in found:
        return one
    raise LookupError(f"it has no {what}")
