"""The root of all errors of mplus, and those that the storage raises."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

# What a hint names on the command line -> what a Python program calls.
_CALLS = {
    "inject": "memory.inject",
    "update": "memory.update",
    "rebuild": "memory.rebuild",
    "ls": "memory.documents",
    "log": "memory.generations",
    "rollback": "memory.rollback",
    "forget": "memory.forget",
    "verify": "memory.verify",
    "gc": "memory.gc",
    "trim": "memory.trim",
    "export": "memory.export",
    "import": "memory.import_",
    "push": "memory.push",
    "pull": "memory.pull",
    "model pull": "mplus_cli.models.pull",
    "model ls": "mplus_cli.models.known",
}
# A command with what is written behind it: options, placeholders, numbers, paths.
_COMMAND = (
    rf"`?mplus ({'|'.join(sorted(_CALLS, key=len, reverse=True))})"
    r"(?: (?:--[a-z-]+|-m \S+|[A-Z/…]+|-|\d+|\S*/\S*)(?=[ ,;)`]|$))*`?"
)
_OPTION = r"--([a-z][a-z-]*)"

LOOK_AFTER_DISK = "look whether the disk is still there and sound"
RESTORE = "restore it from a snapshot (mplus import FILE) or a backup"


class MplusError(Exception):
    """Something a user can understand and mend.

    `message` says what is wrong and what was found, `hint` names the command or step that mends it,
    `advice` the same for a Python program. `exit_code` is what the process ends with, `code` the
    word that machines read.
    """

    exit_code = 1
    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.advice})" if self.hint else self.message

    @property
    def advice(self) -> str:
        """The hint with calls in place of commands, and arguments in place of options."""
        called = re.sub(_COMMAND, lambda found: f"{_CALLS[found[1]]}()", self.hint)
        return re.sub(_OPTION, lambda found: found[1].replace("-", "_"), called)


class OlderError(MplusError):
    """An index was made by an older mplus, and nothing has brought it up to date yet."""


class NoMemoryError(MplusError):
    """There is no memory where one was looked for."""

    exit_code = 10
    code = "no_memory"


class LockedError(MplusError):
    """Another process is writing to this memory."""

    exit_code = 11
    code = "locked"


class PushedFirstError(MplusError):
    """Somebody else has pushed to a repository what this memory has not pulled."""

    exit_code = 12
    code = "pushed_first"


class FullDiskError(MplusError):
    """There is no room on a disk, or none for this user, or none for the name of a file."""

    code = "disk_full"


class DamagedError(MplusError):
    """A file of the memory is missing, truncated or not what its name says."""

    exit_code = 20
    code = "damaged"


class OtherModelError(MplusError):
    """The memory was written by a model with other weights."""

    exit_code = 21
    code = "other_model"


class NewerError(MplusError):
    """What is to be read was made by a newer mplus, in a form that this one doesn't know."""

    exit_code = 22
    code = "newer"

    def __init__(self, what: str, why: str) -> None:
        super().__init__(
            f"{what} was made by a newer mplus: {why}",
            "update this one, as with: pip install --upgrade mplus-cli",
        )


_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_WRITING = {errno.EROFS, errno.EACCES, errno.EPERM}
_MAKE_ROOM = (
    "make room there; a memory gives back derived vectors with: mplus trim; and what nothing needs"
    " any more with: mplus gc (and older generations with: mplus gc --keep-last 1)"
)


def is_full(error: OSError) -> bool:
    """Whether there was no room, or none for this user."""
    return error.errno in _FULL


def full_disk(place: Path, quota: bool = False) -> FullDiskError:
    """The error for a place on a disk that has no room, or where a user's quota is used up."""
    there = [each for each in (place, *place.absolute().parents) if each.exists()]
    # Not Path.is_mount: before Python 3.12 that is for POSIX alone.
    disk = next((each for each in there if os.path.ismount(each)), place)
    full = "your quota is used up on" if quota else "no space is left on"
    files = "" if quota or not _lacks_names(there[0]) else ", which can hold no more files"
    return FullDiskError(f"{full} the disk at {disk}{files}: {place}", _MAKE_ROOM)


def _lacks_names(place: Path) -> bool:
    """Whether a disk has room, and none for the names of files (inodes)."""
    try:
        found = os.statvfs(place)
    except (OSError, AttributeError):  # where there is no such call
        return False
    return bool(found.f_files and found.f_bavail and not found.f_favail)


def unwritable(place: Path, error: OSError) -> MplusError:
    """The error for a place where a memory can't be changed."""
    if is_full(error):
        return full_disk(place, error.errno == errno.EDQUOT)
    return MplusError(
        f"the memory at {place} can't be written: {reason_of(error)}",
        "reading and asking work all the same; to change it, copy the folder to a place where you "
        "may write, and name that with --memory",
    )


def not_permitted(file: Path) -> MplusError:
    """The error for a file that this user may not read."""
    return MplusError(
        f"{file} can't be read: permission denied",
        f"ask its owner for leave to read {file.parent}",
    )


def of_system(error: OSError) -> MplusError:
    """What the operating system says, in words, with the way out where there is one."""
    named = error.filename if isinstance(error.filename, (str, os.PathLike)) else None
    place = Path(named) if named else None
    if is_full(error):
        return (
            full_disk(place, error.errno == errno.EDQUOT)
            if place
            else FullDiskError(reason_of(error), _MAKE_ROOM)
        )
    said = reason_of(error) + (f": {place}" if place else "")
    if error.errno == errno.EIO:
        return MplusError(f"the disk fails: {said}", LOOK_AFTER_DISK)
    hint = "name a place where you may write" if error.errno in _NO_WRITING else ""
    return MplusError(said, hint)


def reason_of(error: BaseException) -> str:
    """What the system or a library says of an error, to go on after a colon."""
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    said = " ".join(said.split()) or type(error).__name__
    return said[:1].lower() + said[1:] if said[1:2].islower() else said
