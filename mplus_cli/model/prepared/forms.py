"""Forms that are derived from a prepared model's files, each made once and kept beside them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from mplus_cli.model.net.linear import Tensors
from mplus_cli.model.prepared import whole


def kept_form(dense: Path, form: str, version: int, make: Callable[[], Tensors]) -> Tensors:
    """What `make` gives for a file of the prepared model, mapped from the folder `form` beside it.

    Made first where it is missing, damaged, or of another version or model; only mapped from then
    on. Where it can't be kept (somebody else's cache, a full disk) it is made anew on each start.
    """
    file = dense.parent / form / dense.name
    marks = {"made_from": f"{dense.stat().st_size} bytes, form {version}"}
    found = kept(file, marks) if whole.is_whole(file) else None
    if found is not None:
        return found
    made = make()
    try:
        keep(made, file, marks)
    except (OSError, SafetensorError):
        return made
    whole.note(file)
    return load_file(file)


def kept(file: Path, marks: dict[str, str]) -> Tensors | None:
    """What is kept, if it is whole and what is wanted: the header tells the length and the
    marks.
    """
    try:
        with safe_open(file, framework="pt") as opened:
            if opened.metadata() != marks:
                return None
        return load_file(file)
    except (OSError, SafetensorError):
        return None


def keep(tensors: Tensors, file: Path, marks: dict[str, str]) -> None:
    """Write tensors whole or not at all, with marks that say what they are."""
    file.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".making-")
    os.close(handle)
    work = Path(name)
    try:
        save_file(tensors, work, marks)
        work.replace(file)
    except BaseException:
        work.unlink(missing_ok=True)
        raise
