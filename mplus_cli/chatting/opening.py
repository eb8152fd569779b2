"""Documents opened by the system, where that is safe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from mplus_cli.shown import on_disk

# What people read. A system runs some of the other files that it is told to open: programs,
# shortcuts, scripts.
_READ = (
    *(".csv", ".docx", ".eml", ".epub", ".json", ".md", ".odp", ".ods", ".odt", ".pdf", ".pptx"),
    *(".rst", ".rtf", ".tex", ".tsv", ".txt", ".xlsx"),
)


def open_document(path: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the system was told to open a document: a file of the user's own, which people read,
    and only where there is a desktop to show it.
    """
    file = Path(on_disk(path))
    if not file.is_absolute() or file.suffix.lower() not in _READ or not _is_users(file):
        return False
    if sys.platform == "win32":
        os.startfile(file)
        return True
    opener = _opener(environment)
    if opener is None:
        return False
    nowhere = subprocess.DEVNULL
    # No shell; and an absolute path can be no option.
    command = [opener, str(file)]
    subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    return True


def _is_users(file: Path) -> bool:
    try:
        found = file.stat()
    except OSError:
        return False
    return file.is_file() and (sys.platform == "win32" or found.st_uid == os.getuid())


def _opener(environment: Mapping[str, str]) -> str | None:
    if sys.platform == "darwin":
        return shutil.which("open")
    shows = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    return shutil.which("xdg-open") if shows else None
