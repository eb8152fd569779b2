"""Documents that are not where they were read: gone for good, or away with what held them.

A drive that is not mounted looks like a folder that was deleted, or like an empty one. So a
document is gone only where the folder that held it is there and shows that it is the same one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mplus_cli.errors import reason_of
from mplus_cli.inputs.files import fixed_part, is_glob
from mplus_cli.inputs.git import folder_of
from mplus_cli.inputs.names import is_elsewhere, is_gone
from mplus_cli.results.runs import Away
from mplus_cli.shown import on_disk


@dataclass
class Missing:
    """`gone`: paths whose files were deleted; `away`: folder -> why it is, and the paths in it."""

    gone: list[str] = field(default_factory=list)
    away: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    @property
    def paths_away(self) -> list[str]:
        return [path for _, paths in self.away.values() for path in paths]

    def told(self, documents: set[str]) -> tuple[Away, ...]:
        """What is away, with how many of these documents."""
        found = (
            Away(folder, why, len(documents.intersection(paths)))
            for folder, (why, paths) in self.away.items()
        )
        return tuple(each for each in found if each.documents)


def find_missing(paths: Iterable[str], seen: Collection[str], roots: Iterable[str]) -> Missing:
    """What is missing of the paths that were read; seen: those that are there now, new ones, too.

    A root that is no folder any more is away; so is one that nothing is left of, and a folder that
    is there and empty: each may be the place of a drive. A named file is gone where its folder is
    there, unless that lost several and is empty.
    """
    found = Missing()
    lost = [path for path in paths if path not in seen]
    files = [path for path in lost if not is_elsewhere(path) and is_gone(path)]
    holders = _Holders(seen, roots, files)
    for path in files:
        folder, why = holders.away(path)
        if why:
            found.away.setdefault(folder, (why, []))[1].append(path)
        else:
            found.gone.append(path)
    for path in lost:
        if is_elsewhere(path):
            _note_elsewhere(path, found)
    return found


def _note_elsewhere(path: str, found: Missing) -> None:
    repository = folder_of(path)
    why = _why_away(repository) if repository else ""
    if repository and why:
        found.away.setdefault(repository, (why, []))[1].append(path)
    elif is_gone(path):
        found.gone.append(path)


class _Holders:
    """The folders that held documents, and whether they are what they were."""

    def __init__(self, seen: Iterable[str], roots: Iterable[str], lost: Collection[str]) -> None:
        local = [root for root in roots if not is_elsewhere(root)]
        self._named = set(local)
        self._roots = self._named | {_fixed(root) for root in local if is_glob(on_disk(root))}
        self._with_some = {above for path in seen for above in _above(path)}
        self._lost_in = Counter(os.path.dirname(path) for path in lost)  # noqa: PTH120 - names

    def away(self, path: str) -> tuple[str, str]:
        """The folder that is away with a missing path, and why; no reason: the path is gone."""
        above = list(_above(path))
        roots = [folder for folder in above if folder in self._roots]
        for folder in reversed(roots or above[:1]):  # the topmost first
            if why := _why_away(folder):
                return folder, why
            if roots and folder not in self._with_some:
                return folder, "has nothing left of what was read"
        nearest = next((folder for folder in above if Path(on_disk(folder)).is_dir()), "")
        alone = path in self._named and self._lost_in[above[0]] == 1
        if nearest and not alone and _is_empty(nearest):
            return nearest, "is empty"
        return "", ""


def _fixed(glob: str) -> str:
    return str(fixed_part(Path(glob)))


def _above(path: str) -> Iterator[str]:
    """The folders that a path lies in, the nearest first."""
    while (folder := os.path.dirname(path)) not in ("", path):  # noqa: PTH120
        yield folder
        path = folder


def _why_away(folder: str) -> str:
    """Why a folder can't be looked into; nothing where it can."""
    path = on_disk(folder)
    try:
        with os.scandir(path):
            return ""
    except FileNotFoundError:
        return "is a link to what is not there" if Path(path).is_symlink() else "is not there"
    except NotADirectoryError:
        return "is no folder any more"
    except OSError as error:
        return f"can't be read: {reason_of(error)}"


def _is_empty(folder: str) -> bool:
    try:
        with os.scandir(on_disk(folder)) as entries:
            return next(entries, None) is None
    except OSError:  # nobody knows
        return True
