"""Taking documents out, and whether their bytes go, too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mplus_cli.results import Progress
from mplus_cli.results.upkeep import Forgotten, Left
from mplus_cli.upkeep.generations import all_seen
from mplus_cli.upkeep.meant import find_documents


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
    from store.change import change
    from store.collect import commit_in_little_room
    from store.collect import erase as erase_all

    with change(path, "forget", timeout_s, alone=erase) as opened:
        index, there = opened.index, {each.id for each in opened.documents}
        old = [each for each in index.all_documents() if each.id not in there] if erase else []
        known = opened.inventory
        found = find_documents(names, known.documents, known.inputs, path, old)
        gone: list[int] = []
        if not dry_run:
            for document in found:
                if document.id in there:
                    opened.remove(document)
            commit_in_little_room(opened)
            if erase:
                gone = erase_all(opened, found, progress).generations
        return Forgotten(
            tuple(Left(each.id, each.path, each.tokens) for each in found),
            all_seen(index)[0],
            tuple(gone),
        )
