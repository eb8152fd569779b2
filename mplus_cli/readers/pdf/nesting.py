"""Drawings that hold drawings: a few of them can make a page that never ends.

PDFium draws them all, however many that are, and can't be stopped; so they are counted before.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter

from mplus_cli.errors import ReadError
from mplus_cli.readers.pdf.tree import Objects

MAX_DRAWINGS = 100_000
"""What one drawing may draw, with all that is in it."""
_FORM = re.compile(rb"/Subtype\s*/Form\b")
_DRAWS = re.compile(rb"/([^\s/<>\[\]()]+)\s+Do\b")
_NAMED = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d{1,8})\s+\d{1,5}\s+R\b")
_RESOURCES = re.compile(rb"/(?:Resources|XObject)\s+(\d{1,8})\s+\d{1,5}\s+R\b")
_MAX_CONTENT = 4 * 1024 * 1024


def refuse_endless(data: bytes) -> None:
    """Raise `ReadError` for a file whose drawings hold each other too many times."""
    if not _FORM.search(data):
        return
    objects = Objects(data)
    forms = {number for number in objects.places if _FORM.search(objects.head(number))}
    inside = {number: _drawn(objects, number, forms) for number in forms}
    counted: dict[int, int] = {}
    while len(counted) < len(inside):
        ready = [
            number
            for number, parts in inside.items()
            if number not in counted and counted.keys() >= parts.keys()
        ]
        for number in ready:
            parts = inside[number]
            counted[number] = 1 + sum(counted[part] * times for part, times in parts.items())
        if not ready or max(counted.values()) > MAX_DRAWINGS:
            raise ReadError("a PDF whose drawings hold each other without end", "leave it out")


def _drawn(objects: Objects, number: int, forms: set[int]) -> Counter[int]:
    """How often a drawing draws each other one."""
    head = objects.head(number)
    for found in _RESOURCES.findall(head)[:2]:
        resources = objects.head(int(found))
        head += resources + b"".join(
            objects.head(int(one)) for one in _RESOURCES.findall(resources)
        )
    names = {name: int(one) for name, one in _NAMED.findall(head) if int(one) in forms}
    if not names:
        return Counter()
    draws = _DRAWS.findall(_content(objects, number))
    return Counter(names[name] for name in draws if name in names)


def _content(objects: Objects, number: int) -> bytes:
    packed = objects.stream(number, _MAX_CONTENT)
    try:
        return zlib.decompressobj().decompress(packed, _MAX_CONTENT)
    except zlib.error:
        return packed
