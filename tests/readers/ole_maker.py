"""Write OLE containers by hand, for tests: Outlook messages, locked and old Office files."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise

Tree = Mapping[str, "bytes | Tree"]

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5


class _Writer:
    def __init__(self) -> None:
        self.sectors: list[bytes] = []
        self.chain: list[int] = []
        self.mini = bytearray()
        self.mini_chain: list[int] = []
        self.entries: list[list[int | str]] = []

    def add(self, data: bytes) -> int:
        """The first sector of a chain that holds some bytes."""
        if not data:
            return _END
        first = len(self.sectors)
        for start in range(0, len(data), _SECTOR):
            self.sectors.append(data[start : start + _SECTOR].ljust(_SECTOR, b"\0"))
            self.chain.append(len(self.sectors))
        self.chain[-1] = _END
        return first

    def add_small(self, data: bytes) -> int:
        if not data:
            return _END
        first = len(self.mini_chain)
        for start in range(0, len(data), _MINI):
            self.mini += data[start : start + _MINI].ljust(_MINI, b"\0")
            self.mini_chain.append(len(self.mini_chain) + 1)
        self.mini_chain[-1] = _END
        return first

    def tree(self, tree: Tree) -> int:
        """The number of the first entry of a folder, its others to the right of it."""
        numbers = []
        for name, content in sorted(tree.items(), key=lambda item: (len(item[0]), item[0].upper())):
            number = len(self.entries)
            numbers.append(number)
            if isinstance(content, bytes):
                small = len(content) < _CUTOFF
                start = self.add_small(content) if small else self.add(content)
                self.entries.append([name, _STREAM, _NONE, _NONE, start, len(content)])
            else:
                self.entries.append([name, _STORAGE, _NONE, _NONE, 0, 0])
                self.entries[number][3] = self.tree(content)
        for one, following in pairwise(numbers):
            self.entries[one][2] = following
        return numbers[0] if numbers else _NONE


def make_ole(tree: Tree) -> bytes:
    """A container of streams and of folders of them."""
    writer = _Writer()
    writer.entries.append(["Root Entry", _ROOT, _NONE, _NONE, _END, 0])
    writer.entries[0][3] = writer.tree(tree)
    writer.entries[0][4] = writer.add(bytes(writer.mini))
    writer.entries[0][5] = len(writer.mini)
    mini = b"".join(struct.pack("<I", one) for one in writer.mini_chain)
    mini_start = writer.add(mini + b"\xff" * (-len(mini) % _SECTOR))
    directory = b"".join(_entry(*one) for one in writer.entries)  # type: ignore[arg-type]
    directory_start = writer.add(directory)
    fats = 1
    while fats * (_SECTOR // 4) < len(writer.chain) + fats:
        fats += 1
    first_fat = len(writer.chain)
    chain = [*writer.chain, *[_FAT] * fats]
    chain += [_FREE] * (fats * (_SECTOR // 4) - len(chain))
    table = b"".join(struct.pack("<I", one) for one in chain)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    minis = (len(mini) + _SECTOR - 1) // _SECTOR
    head += struct.pack("<HHHHH6xIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, directory_start)
    head += struct.pack("<IIIIII", 0, _CUTOFF, mini_start, minis, _END, 0)
    places = [*range(first_fat, first_fat + fats)] + [_FREE] * (109 - fats)
    head += b"".join(struct.pack("<I", one) for one in places)
    return head + b"".join(writer.sectors) + table


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(encoded), kind, 1, _NONE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def text(number: str, value: str) -> dict[str, bytes]:
    """A property of text."""
    return {f"__substg1.0_{number}001F": value.encode("utf-16-le")}


def properties(head: int, values: Mapping[int, bytes] | None = None) -> dict[str, bytes]:
    """The stream of properties of eight bytes, behind a header of some size."""
    made = b"".join(
        struct.pack("<II", tag, 6) + value.ljust(8, b"\0") for tag, value in (values or {}).items()
    )
    return {"__properties_version1.0": bytes(head) + made}


def time_of(moment: datetime) -> bytes:
    """A moment as Windows counts: tenths of microseconds since 1601."""
    since = moment - datetime(1601, 1, 1, tzinfo=UTC)
    return struct.pack("<Q", int(since.total_seconds()) * 10_000_000)
