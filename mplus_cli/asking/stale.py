"""Whether the file of a source is still the one that was read."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from stat import S_ISREG
from typing import Literal

from mplus_cli.shown import on_disk
from store.records import Located

Stale = Literal["changed", "gone"]

_HASHED_BYTES = 8 << 20  # at most, of a file that may have changed: some 10 ms
_SLACK_S = 60.0  # between reading a file and noting when; clocks of file servers


def staleness(located: Located) -> Stale | None:
    """What happened to the file of a chunk since it was read; None: nothing, or nobody can tell.

    Of what is no file on this disk nothing is known. Size and times of the file tell that nothing
    happened; where the times do not, its SHA-256 does, so that what was merely touched, copied or
    checked out anew is no change. A larger file is told by its size alone.
    """
    path = Path(on_disk(located.path))
    if not path.is_absolute():
        return None
    try:
        return "changed" if _has_changed(path, located) else None
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except OSError:
        return None


def _has_changed(path: Path, located: Located) -> bool:
    info = path.stat()
    if not S_ISREG(info.st_mode):  # documents are files: a folder came in its place
        return True
    if info.st_size != located.bytes:
        return True
    read_at = datetime.fromisoformat(located.read_at).timestamp() - _SLACK_S
    if max(info.st_mtime, info.st_ctime) < read_at or info.st_size > _HASHED_BYTES:
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() != located.sha256
