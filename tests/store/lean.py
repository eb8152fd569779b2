"""Lean memories that tests make, change and look into."""

from pathlib import Path

import torch

from store.change import change
from store.collect import Garbage, collect, erase, garbage
from store.home import Home
from store.kinds.mplus import Memory
from store.segments import segment_key
from store.segments.lean import LeanSegments, newest
from tests.store.made import LEAN, add, forget, ids_of, last_state, own_vectors, segment

DOCUMENTS = (1, 2, 3)


def quiet(done: int, of: int) -> None:
    """No progress is shown."""


def sizes(document: int) -> tuple[int, ...]:
    return (6, document)


def key_of(document: int, ordinal: int) -> str:
    count = sizes(document)[ordinal]
    return segment_key(LEAN.identity, None, ids_of(document, ordinal, count))


def inject(memory: Path, *documents: int) -> None:
    for document in documents:
        with change(memory, "inject", 1, create=LEAN) as opened:
            add(opened, document, sizes(document))
            opened.commit()


def leave(memory: Path, document: int) -> None:
    with change(memory, "forget", 1) as opened:
        forget(opened, document)
        opened.commit()


def gc(memory: Path, keep_last: int | None = None) -> Garbage:
    with change(memory, "gc", 1, alone=True) as opened:
        found = garbage(opened.home, opened.index, keep_last)
        collect(opened, found, quiet)
    return found


def erased(memory: Path, document: int) -> None:
    with change(memory, "forget", 1, alone=True) as opened:
        rows = [row for row in opened.index.all_documents() if row.path == str(document)]
        for row in rows:
            if row.id in opened.inventory.numbers:
                opened.remove(row)
        opened.commit()
        erase(opened, rows, quiet)


def pack(memory: Path) -> Path:
    """The folder that counts."""
    return newest(Home(memory).packs(LEAN.identity))


def packed(memory: Path) -> list[str]:
    """The segments in it."""
    with LeanSegments(Home(memory), LEAN).pack.opened(()) as opened:
        return [opened.records.segment(number) for number in range(opened.whole)]


def vectors(memory: Path) -> list[str]:
    """The segments whose vectors are kept."""
    return sorted(LeanSegments(Home(memory), LEAN).cache.keys())


def opened_memory(path: Path) -> Memory:
    home = Home(path)
    segments = LeanSegments(home, LEAN)
    segments.make = lambda chunks: [
        segment(LEAN, *divmod(ids[0], 100), len(ids)).vectors for ids in chunks
    ]
    return Memory(LEAN, last_state(path), segments, own_vectors(LEAN))


def queries(document: int) -> torch.Tensor:
    keys = segment(LEAN, document, 0, 6).keys
    assert keys is not None
    return keys
