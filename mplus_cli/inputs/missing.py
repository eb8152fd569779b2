"""Documents that are not where they were read: gone for good, or away with what held them.

A drive that is not mounted looks like a folder that was deleted, or like an empty one. So a
document is gone only where the folder that held it is there and shows that it is the same one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mplus_cli.errors import reason_of
from mplus_cli.inputs.files import fixed_part, is_glob
from mplus_cli.inputs.git import folder_of
from mplus_cli.inputs.names import is_elsewhere, is_gone
from mplus_cli.results.runs import Away
from mplus_cli.shown import on_disk

_ANOTHER = "has nothing left of what was read, and other files: another folder seems to be there"


@dataclass
class Missing:
    """`gone`: paths whose files were deleted; `away`: folder -> why it is, and the paths in it;
    `others`: those that lie in the place of what is away, and are not of it.
    """

    gone: list[str] = field(default_factory=list)
    away: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)

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


def find_missing(
    paths: Collection[str],
    seen: Collection[str],
    roots: Iterable[str],
    are_renamed: Callable[[Collection[str], Collection[str]], bool],
) -> Missing:
    """What is missing of the paths that were read; seen: those that are there now, new ones, too;
    are_renamed: whether some that are lost and some that are new have a content in common.

    A root that is no folder any more is away; so is one that nothing is left of, though other files
    lie there, and a folder that is there and empty: each may be the place of a drive. A named file
    is gone where its folder is there, unless that lost several and is empty.
    """
    found = Missing()
    lost = [path for path in paths if path not in seen]
    files = [path for path in lost if not is_elsewhere(path) and is_gone(path)]
    holders = _Holders(paths, seen, roots, files, are_renamed)
    for path in files:
        folder, why = holders.away(path)
        if why:
            found.away.setdefault(folder, (why, []))[1].append(path)
        else:
            found.gone.append(path)
    for path in lost:
        if is_elsewhere(path):
            _note_elsewhere(path, found)
    found.others = {each for folder in found.away for each in holders.others(folder)}
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

    def __init__(
        self,
        paths: Iterable[str],
        seen: Collection[str],
        roots: Iterable[str],
        lost: Collection[str],
        are_renamed: Callable[[Collection[str], Collection[str]], bool],
    ) -> None:
        local = [root for root in roots if not is_elsewhere(root)]
        self._named = set(local)
        self._roots = self._named | {_fixed(root) for root in local if is_glob(on_disk(root))}
        self._with_some = {above for path in paths if path in seen for above in _above(path)}
        self._new, self._lost = set(seen).difference(paths), lost
        self._are_renamed = are_renamed
        self._emptied: dict[str, str] = {}  # folder of which nothing is left -> why it is away
        self._lost_in = Counter(os.path.dirname(path) for path in lost)  # noqa: PTH120 - names

    def others(self, folder: str) -> list[str]:
        """New files in a folder, below it, too."""
        return [path for path in self._new if folder in _above(path)]

    def _why_nothing_is_left(self, folder: str) -> str:
        """What became of a folder that has no file that was read; nothing where they have other
        names now.
        """
        if folder not in self._emptied:
            new = self.others(folder)
            lost = [path for path in self._lost if folder in _above(path)]
            why = _ANOTHER if new else "has nothing left of what was read"
            self._emptied[folder] = "" if self._are_renamed(lost, new) else why
        return self._emptied[folder]

    def away(self, path: str) -> tuple[str, str]:
        """The folder that is away with a missing path, and why; no reason: the path is gone."""
        above = list(_above(path))
        roots = [folder for folder in above if folder in self._roots]
        for folder in reversed(roots or above[:1]):  # the topmost first
            if why := _why_away(folder):
                return folder, why
            with_none = bool(roots) and folder not in self._with_some
            if with_none and (why := self._why_nothing_is_left(folder)):
                return folder, why
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
