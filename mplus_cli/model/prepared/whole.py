"""Whether the files of a prepared model are what was prepared.

`files.json` in a folder names its files, each with its size, its SHA-256, and what the system said
of it (times, inode) when its content was last found right. So at every start all sizes are
compared, and a file of which the system says something else than then is read and hashed: a change
is found at the first use after it, and costs nothing before. What changes without a word of the
system (a failing disk) is found when all is hashed: by `mplus model verify`, and once a day where
an answer declines, for that is what damage looks like.

A model that an older mplus prepared has no such file; its first use writes one, of what is there
then. Forms that are derived from it have one in each of their folders; what is damaged there is
made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mplus_cli.errors import DamagedModelError, reason_of
from mplus_cli.model.config import CONFIG_FILE, damaged

RECORD = "files.json"
VERSION = 1
HASHED_AGAIN_S = 24 * 3600.0
_BLOCK_BYTES = 1 << 20
_OTHER = "is not what was prepared"

Progress = Callable[[int, int], None]  # bytes done, in all


@dataclass(frozen=True)
class Known:
    """A file; `seen`: its time of change, of its inode's change, and its inode."""

    bytes: int
    sha256: str
    seen: tuple[int, ...]


@dataclass(frozen=True)
class Record:
    """The files of a folder by name. `first_use`: as they were found when they were first used, not
    as they were prepared; `hashed_at`: when all were hashed last, in seconds since 1970.
    """

    files: dict[str, Known]
    first_use: bool = False
    hashed_at: float = 0.0


def _ignore(done: int, of: int) -> None:
    pass


def seal(folder: Path, first_use: bool = False, progress: Progress = _ignore) -> Record:
    """Say what the files of a folder are now."""
    names = sorted(each.name for each in folder.iterdir() if _counts(each))
    total, done, files = sum((folder / name).stat().st_size for name in names), 0, {}
    for name in names:
        files[name] = _known(folder / name)
        done += files[name].bytes
        progress(done, total)
    record = Record(files, first_use, time.time())
    _write(folder, record)
    return record


def check(folder: Path, again: bool = False, progress: Progress = _ignore) -> None:
    """Raise `DamagedModelError` for the first file of a prepared model that is not what it was.

    again: hash all. What is right is noted, where that can be written.
    """
    record = read(folder)
    if record is None:
        with suppress(OSError):  # somebody else's cache: nothing is known of it
            seal(folder, first_use=True, progress=progress)
        return
    files = {}
    for name, known, wrong in _looked(folder, record, again, progress):
        if wrong:
            raise damaged(folder / name, wrong)
        files[name] = known
    if again or files != record.files:
        hashed_at = time.time() if again else record.hashed_at
        with suppress(OSError):
            _write(folder, replace(record, files=files, hashed_at=hashed_at))


def suspect(folder: Path) -> None:
    """Hash all of a prepared model, unless that was done today. Raises `DamagedModelError`."""
    record = read(folder)
    if record and time.time() - record.hashed_at > HASHED_AGAIN_S and os.access(folder, os.W_OK):
        check(folder, again=True)


def sizes(folder: Path) -> str:
    """What sizes tell of damage, in words; empty: nothing."""
    try:
        record = read(folder)
    except DamagedModelError as error:
        return error.wrong
    for name, known in record.files.items() if record else ():
        if wrong := _wrong_size(folder / name, known):
            return f"{name} {wrong}"
    return ""


def damage(folder: Path, progress: Progress = _ignore) -> list[tuple[str, str]]:
    """All files of a prepared model and its derived forms that are not what they were, hashed: what
    each is and what is wrong with it.
    """
    found = []
    for place in [folder, *(each.parent for each in folder.glob(f"*/{RECORD}"))]:
        try:
            record = read(place) or Record({})
        except DamagedModelError as error:
            found.append((str((place / RECORD).relative_to(folder)), error.wrong))
            continue
        for name, _, wrong in _looked(place, record, True, progress):
            if wrong:
                found.append((str((place / name).relative_to(folder)), wrong))
    return found


# Single files of a derived form


def is_whole(file: Path) -> bool:
    """Whether a file is what it was when it was noted; one that never was is noted."""
    try:
        record = read(file.parent) or Record({})
    except DamagedModelError:
        return False
    known = record.files.get(file.name)
    if known is None:
        note(file)
        return file.exists()
    found, wrong = _compared(file, known, again=False)
    if found != known and not wrong:
        _put(file, found, record)
    return not wrong


def note(file: Path) -> None:
    """Say what a file is now, where that can be written."""
    try:
        record = read(file.parent) or Record({})
    except DamagedModelError:  # of a form's folder: it is made anew
        record = Record({})
    with suppress(OSError):
        _put(file, _known(file), record)


def _put(file: Path, known: Known, record: Record) -> None:
    with suppress(OSError):
        _write(file.parent, replace(record, files=record.files | {file.name: known}))


# The file itself


def read(folder: Path) -> Record | None:
    """What is known of a folder's files; None where nothing is. Raises `DamagedModelError`."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        files = {
            str(name): Known(int(said["bytes"]), str(said["sha256"]), tuple(map(int, said["seen"])))
            for name, said in found["files"].items()
        }
        return Record(files, bool(found["first_use"]), float(found["hashed_at"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise damaged(folder / RECORD, error) from error


def _write(folder: Path, record: Record) -> None:
    said: dict[str, Any] = {"version": VERSION} | asdict(record)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".making-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(said, out, indent=1)
        Path(name).chmod(0o644)
        Path(name).replace(folder / RECORD)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _counts(entry: Path) -> bool:
    return entry.is_file() and entry.name != RECORD and not entry.name.startswith(".")


def _looked(
    folder: Path, record: Record, again: bool, progress: Progress
) -> Iterator[tuple[str, Known, str]]:
    """Each file with what it is now and what is wrong with it, the description first."""
    total, done = sum(known.bytes for known in record.files.values()), 0
    for name, known in sorted(record.files.items(), key=lambda each: each[0] != CONFIG_FILE):
        yield name, *_compared(folder / name, known, again)
        done += known.bytes
        progress(done, total)


def _compared(file: Path, known: Known, again: bool) -> tuple[Known, str]:
    try:
        if wrong := _wrong_size(file, known):
            return known, wrong
        if not again and _seen(file) == known.seen:
            return known, ""
        found = _known(file)
    except OSError as error:
        return known, f"can't be read: {reason_of(error)}"
    return found, "" if found.sha256 == known.sha256 else _OTHER


def _wrong_size(file: Path, known: Known) -> str:
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"can't be read: {reason_of(error)}"
    return "" if size == known.bytes else f"has {size:,} bytes, not {known.bytes:,}"


def _known(file: Path) -> Known:
    seen, digest = _seen(file), hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(_BLOCK_BYTES):
            digest.update(block)
        size = content.tell()
    return Known(size, digest.hexdigest(), seen)


def _seen(file: Path) -> tuple[int, ...]:
    found = file.stat()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino
