"""Files that are whole or not there, whatever happens, and on the disk when that is said."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OnProgress = Callable[[int, int], None]
"""Told by long work how much is done, and of how much."""


def atomic_write(file: Path, content: bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one, whole and on the disk."""
    _make_parent(file)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with naming(file), os.fdopen(descriptor, "wb") as out:
            out.write(content)
        place(Path(temporary), file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """The system's errors with the file that they are about: writing tells of none."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(file)
        raise


def place(new: Path, file: Path) -> None:
    """Bring a whole file of the same file system to its place, and to the disk."""
    _make_parent(file)
    with new.open("rb") as written:
        os.fsync(written.fileno())
    new.replace(file)
    sync_folder(file.parent)


def _make_parent(file: Path) -> None:
    if not file.parent.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        sync_folder(file.parent.parent)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all in it, and bring that to the disk."""
    for _ in remove_each([path]):
        pass


def remove_each(paths: Iterable[Path]) -> Iterator[Path]:
    """Remove files and folders that are there still, each before it is given; at the end that is on
    the disk.
    """
    folders = set()
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        folders.add(path.parent)
        yield path
    for folder in folders:
        if folder.exists():  # else it is gone with what held it
            sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk (where the system has no such call, it does so by
    itself).
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def size_bytes(folder: Path | str, without: str = "") -> int:
    """Bytes of all files in a folder and its folders, those named `without` left out.

    What another process removes meanwhile has none.
    """
    size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.is_dir(follow_symlinks=False):
                    size += size_bytes(entry.path) if entry.name != without else 0
                else:
                    size += entry.stat(follow_symlinks=False).st_size
    return size


def file_bytes(file: Path | str) -> int | None:
    """Bytes of a file; None where there is none that can be looked at."""
    try:
        return os.stat(file).st_size  # noqa: PTH116 - a Path for each of millions takes long
    except OSError:
        return None
