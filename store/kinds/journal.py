"""The segments that entered a memory, in their order: 32 bytes a name, for there may be
millions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import overload

import numpy as np
from numpy.typing import NDArray

from store.kinds.pool import Ids

KEY_BYTES = 32
_AT_ONCE = 1 << 14  # names that are written out together


class Journal(Sequence[str]):
    """Names of segments, in hexadecimal. `keys` [S,32] has their bytes."""

    def __init__(self, keys: NDArray[np.uint8]) -> None:
        self.keys = keys

    @staticmethod
    def of(names: Iterable[str]) -> Journal:
        """Raises `ValueError` where they are no names of segments."""
        found = list(names)
        if any(len(name) != 2 * KEY_BYTES for name in found):
            raise ValueError("the name of a segment")
        keys = np.frombuffer(bytes.fromhex("".join(found)), dtype=np.uint8)
        return Journal(keys.reshape(-1, KEY_BYTES))

    def __add__(self, more: Journal) -> Journal:
        return Journal(np.concatenate([self.keys, more.keys]))

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Journal: ...
    def __getitem__(self, place: int | slice) -> str | Journal:
        found = self.keys[place]
        return Journal(found) if isinstance(place, slice) else found.tobytes().hex()

    def __iter__(self) -> Iterator[str]:
        width = 2 * KEY_BYTES
        for start in range(0, len(self), _AT_ONCE):
            names = self.keys[start : start + _AT_ONCE].tobytes().hex()
            yield from (names[at : at + width] for at in range(0, len(names), width))


@dataclass(frozen=True)
class Entries:
    """What entered a memory in the order in which it did: of each of S segments its document [S],
    its name, and its vectors K [S].
    """

    documents: Ids
    journal: Journal
    sizes: Ids

    @staticmethod
    def of(rows: Iterable[tuple[int, str, int]]) -> Entries:
        """Raises `ValueError` and `TypeError` where a row is none."""
        return Entries.kept((document, bytes.fromhex(name), size) for document, name, size in rows)

    @staticmethod
    def kept(rows: Iterable[tuple[int, bytes, int]]) -> Entries:
        """Of rows as the index keeps them, with the bytes of the names. Raises `ValueError` and
        `TypeError` where a row is none.
        """
        parts = [_part(())]
        rows = iter(rows)
        while block := list(islice(rows, _AT_ONCE)):
            parts.append(_part(block))
        documents, keys, sizes = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Entries(documents, Journal(keys), sizes)

    def __iter__(self) -> Iterator[tuple[int, str, int]]:
        return zip(self.documents.tolist(), self.journal, self.sizes.tolist(), strict=True)

    def __len__(self) -> int:
        return len(self.journal)

    def __add__(self, more: Entries) -> Entries:
        documents = np.concatenate([self.documents, more.documents])
        sizes = np.concatenate([self.sizes, more.sizes])
        return Entries(documents, self.journal + more.journal, sizes)

    def part(self, start: int) -> Entries:
        """Those from a place on."""
        return Entries(self.documents[start:], self.journal[start:], self.sizes[start:])

    def without(self, documents: Iterable[int]) -> Entries:
        """Those of the other documents."""
        stay = ~np.isin(self.documents, list(documents))
        return Entries(self.documents[stay], Journal(self.journal.keys[stay]), self.sizes[stay])

    def begin_with(self, journal: Journal, sizes: Ids) -> bool:
        """Whether these segments are the first."""
        count = len(journal)
        keys = self.journal.keys[:count]
        return np.array_equal(keys, journal.keys) and np.array_equal(self.sizes[:count], sizes)


def _part(rows: Sequence[tuple[int, bytes, int]]) -> tuple[Ids, NDArray[np.uint8], Ids]:
    names = [row[1] for row in rows]
    if any(len(name) != KEY_BYTES for name in names):
        raise ValueError("the name of a segment")
    keys = np.frombuffer(b"".join(names), dtype=np.uint8).reshape(-1, KEY_BYTES)
    documents = np.array([row[0] for row in rows], dtype=np.int64)
    sizes = np.array([row[2] for row in rows], dtype=np.int64)
    return documents, keys, sizes
