"""Documents that names mean: those to take out, and those to ask alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.errors import UsageError
from mplus_cli.shown import readable, shown

if TYPE_CHECKING:
    from store.records import DocumentRow

_SUGGESTED = 3
_FROM_HERE = ("./", "../", "~")


def find_documents(
    names: Sequence[str],
    documents: Sequence[DocumentRow],
    inputs: Mapping[str, str],
    memory: Path,
    gone: Sequence[DocumentRow] = (),
    here: str = "",
) -> list[DocumentRow]:
    """The documents that are meant, each once.

    A name is an id, the path of a document or of its copy, or a pattern of paths or file names.
    What means no document so is a folder, or part of a path, or a pattern of either; else what a
    link leads to, or what is known by the path of a link to it.

    inputs: path -> SHA-256, copies included; gone: documents that are meant by their paths alone;
    here: the folder from which names are meant, "" for the working one.
    Raises `UsageError` for a name that means none.
    """
    found: dict[int, DocumentRow] = {}
    for name in map(readable, names):
        meant = _meant(name, documents, inputs, gone, here)
        if not meant:
            before = "it was forgotten before; " if _absolute(name, here) in inputs else ""
            hint = f"{before or _near(name, documents, here)}see what is there with: mplus ls"
            named = name if name.strip() else "an empty name"
            raise UsageError(f"{named} is not in the memory at {memory}", hint)
        found |= {each.id: each for each in meant}
    return list(found.values())


def _meant(
    name: str,
    documents: Sequence[DocumentRow],
    inputs: Mapping[str, str],
    gone: Sequence[DocumentRow],
    here: str,
) -> list[DocumentRow]:
    if not name:  # a variable that was not set; as a path it would be the working folder
        return []
    content = inputs.get(_absolute(name, here), inputs.get(name))
    # What a name means closely counts alone: `forget 3` takes no folder named 3.
    for is_meant in (_named(name, here), _inside(name, here), _linked(name, here)):
        found = [
            each
            for each in documents
            if name == str(each.id) or each.sha256 == content or is_meant(each.path)
        ]
        paths = {each.path for each in found}
        found += [each for each in gone if each.path in paths or is_meant(each.path)]
        if found:
            return found
    return []


def _absolute(name: str, here: str) -> str:
    """A name from a folder, or from ~, without steps back on its way."""
    # Path would keep the steps.
    return os.path.abspath(os.path.join(here, os.path.expanduser(name)))  # noqa: PTH100, PTH111, PTH118


def _named(name: str, here: str) -> Callable[[str], bool]:
    """Whether a name or a pattern means a path: as shown or whole, or its end."""
    whole = {name, str(Path(here, name).absolute()), _absolute(name, here)}
    from_here = _absolute(name, here) if name.startswith(_FROM_HERE) else name

    def is_meant(path: str) -> bool:
        forms = (path, shown(path, here), path.rpartition("/")[2])
        if path in whole or any(fnmatchcase(form, name) for form in forms):
            return True
        return from_here != name and fnmatchcase(path, from_here)

    return is_meant


def _inside(name: str, here: str) -> Callable[[str], bool]:
    """Whether a path is in a folder, or has a name or pattern as a run of whole parts, as shown."""
    folder = f"{_absolute(name, here).rstrip('/')}/"
    part = name.strip("/")

    def is_meant(path: str) -> bool:
        if path.startswith(folder):
            return True
        return bool(part) and fnmatchcase(f"/{shown(path, here)}/", f"*/{part}/*")

    return is_meant


def _linked(name: str, here: str) -> Callable[[str], bool]:
    """Whether a path leads to what a name leads to, or below, whatever links are on the way."""
    if not os.path.lexists(_absolute(name, here)):
        return lambda path: False
    real = os.path.realpath(_absolute(name, here))
    inside = f"{real.rstrip('/')}/"

    def is_meant(path: str) -> bool:
        found = os.path.realpath(path) if Path(path).is_absolute() else ""
        return found == real or found.startswith(inside)

    return is_meant


def _near(name: str, documents: Sequence[DocumentRow], here: str) -> str:
    """The beginning of a hint: files and folders with names like this one."""
    wanted = name.strip("*/").casefold()
    paths = [shown(each.path, here) for each in documents]
    forms = paths if "/" in wanted else [part for path in paths for part in path.split("/")]
    known = {form.casefold(): form for form in forms if form}
    holding = sorted((form for form in known if wanted in form), key=len) if wanted else []
    alike = dict.fromkeys([*holding, *get_close_matches(wanted, known)])
    near = [known[form] for form in alike][:_SUGGESTED]
    return f"there is {', '.join(near)}; " if near else ""
