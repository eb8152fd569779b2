"""Taking documents out: which are meant by a name, and whether their bytes go, too."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from mplus_cli.errors import UsageError
from mplus_cli.results import Progress
from mplus_cli.results.upkeep import Forgotten, Left
from mplus_cli.shown import readable, shown
from mplus_cli.upkeep.generations import all_seen
from store.inventory import Inventory
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
    from store.change import change
    from store.collect import erase as erase_all

    with change(path, "forget", timeout_s, alone=erase) as opened:
        index, there = opened.index, {each.id for each in opened.documents}
        old = [each for each in index.all_documents() if each.id not in there] if erase else []
        found = _find(names, opened.inventory, old, path)
        gone: list[int] = []
        if not dry_run:
            for document in found:
                if document.id in there:
                    opened.remove(document)
            opened.commit()
            if erase:
                gone = erase_all(opened, found, progress).generations
        return Forgotten(
            tuple(Left(each.id, each.path, each.tokens) for each in found),
            all_seen(index)[0],
            tuple(gone),
        )


def _find(
    names: Sequence[str], known: Inventory, old: list[DocumentRow], memory: Path
) -> list[DocumentRow]:
    """The documents that are meant, each once: by id, path, a copy's path or pattern.

    `old` ones are meant by their paths.
    """
    found: dict[int, DocumentRow] = {}
    for name in map(readable, names):
        content = known.inputs.get(_absolute(name), known.inputs.get(name))
        meant = [
            each
            for each in known.documents
            if name == str(each.id) or _is_meant(name, each.path) or each.sha256 == content
        ]
        paths = {each.path for each in meant}
        meant += [each for each in old if each.path in paths or _is_meant(name, each.path)]
        if not meant:
            raise UsageError(
                f"{name} is not in the memory at {memory}", "see what is there with: mplus ls"
            )
        found |= {each.id: each for each in meant}
    return list(found.values())


def _absolute(name: str) -> str:
    """A name from the working folder, without steps back on its way."""
    return os.path.abspath(name)  # noqa: PTH100 - Path keeps the steps


def _is_meant(name: str, path: str) -> bool:
    """Whether a name or a pattern means a document: by its path, as shown or whole, or its end."""
    if path in (name, str(Path(name).absolute()), _absolute(name)):
        return True
    forms = (path, shown(path), path.rpartition("/")[2])
    return any(fnmatchcase(form, name) for form in forms)
