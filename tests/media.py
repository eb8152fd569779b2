"""Media that can't be written: as permissions say it, or, where that is permitted, mounts."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Root may write whatever the permissions say, but for a process without this capability.
_POWERS = "-dac_override,-dac_read_search,-fowner"


def as_anybody() -> list[str] | None:
    """What stands before a command so that permissions hold for it; None: nothing here does it."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        return None
    return ["setpriv", f"--bounding-set={_POWERS}", f"--inh-caps={_POWERS}"]


def write_protect(folder: Path) -> None:
    """Take the permission to write from a folder and all in it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)


def unprotect(folder: Path) -> None:
    """Give it back, so that the folder can be removed."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[bool]:
    """A mount at a folder; whether that is permitted here."""
    done = os.geteuid() == 0 and not _quietly("mount", *options, folder)
    try:
        yield done
    finally:
        if done:
            _quietly("umount", "--lazy", folder)


def _quietly(*command: str | Path) -> int:
    try:
        return subprocess.run(list(map(str, command)), capture_output=True, check=False).returncode
    except FileNotFoundError:
        return 1
