"""Taking documents out, and whether their bytes go, too."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.results import Progress
from mplus_cli.results.upkeep import Forgotten, Left
from mplus_cli.upkeep.generations import all_seen
from mplus_cli.upkeep.meant import find_documents
from store.index.reader import Index
from store.inventory import Inventory, inventory_of
from store.locks import read_lock

if TYPE_CHECKING:
    from store.collect import Garbage
    from store.records import DocumentRow


def forget(
    path: Path,
    timeout_s: float,
    names: Sequence[str],
    *,
    erase: bool,
    dry_run: bool,
    progress: Progress,
) -> Forgotten:
    """Take documents out, exactly: the state is folded again from what stays.

    erase: remove every byte of them and the generations that held them; finds also what was
    forgotten before. Raises `UsageError` for a name that means nothing: then nothing is forgotten.
    """
    if dry_run:
        return _would_forget(path, timeout_s, names, erase)
    from store.change import change
    from store.collect import commit_in_little_room
    from store.collect import erase as erase_all

    with change(path, "forget", timeout_s, alone=erase) as opened:
        known, gone = opened.inventory, None
        found = _meant(names, known, opened.index, path, erase)
        there = known.numbers
        for document in found:
            if document.id in there:
                opened.remove(document)
        commit_in_little_room(opened)
        if erase:
            gone = erase_all(opened, found, progress)
        return _told(found, known, opened.index, gone)


def _would_forget(path: Path, timeout_s: float, names: Sequence[str], erase: bool) -> Forgotten:
    """The same without a change, and so also where nothing can be written."""
    from store.collect import garbage
    from store.home import Home

    home = Home(path)
    with read_lock(path, timeout_s), closing(Index.open(home)) as index, index.snapshot():
        known = inventory_of(index)
        found = _meant(names, known, index, path, erase)
        erased = {document.id for document in found}
        return _told(found, known, index, garbage(home, index, without=erased) if erase else None)


def _meant(
    names: Sequence[str], known: Inventory, index: Index, path: Path, erase: bool
) -> list[DocumentRow]:
    old = [each for each in index.all_documents() if each.id not in known.numbers] if erase else []
    return find_documents(names, known.documents, known.inputs, path, old)


def _told(
    found: Sequence[DocumentRow], known: Inventory, index: Index, gone: Garbage | None
) -> Forgotten:
    return Forgotten(
        tuple(Left(each.id, each.path, each.tokens) for each in found),
        all_seen(index)[0],
        tuple(gone.generations) if gone else (),
        tuple(gone.tags) if gone else (),
        known.is_most(sum(each.id in known.numbers for each in found)),
    )
