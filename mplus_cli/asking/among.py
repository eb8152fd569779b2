"""Which documents a question is put to: by their names, and by when they were read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict

from mplus_cli.errors import UsageError
from mplus_cli.upkeep.meant import find_documents

if TYPE_CHECKING:
    from store.index.reader import Index
    from store.records import Generation

Name = str | Path | int
"""A document, or several: a path, a part of it, a folder, a pattern, an id."""

_AGO = re.compile(r"(\d{1,6})([dw])")
_DAYS = {"d": 1, "w": 7}


class Narrowing(TypedDict, total=False):
    """Which documents to ask; without either all.

    among: names of documents as `Memory.forget` takes them, folders, parts of paths; since: read on
    or after a date (ISO 8601, UTC), or so long ago as "7d" or "2w" say; here: the folder
    from which names are meant, for who asks from another one than this process works in.
    """

    among: Name | Sequence[Name] | None
    since: str | None
    here: str


@dataclass(frozen=True)
class Among:
    """The documents that a question is put to: those of these names (None: all) that were read
    since a time, as the index keeps times ("": ever). here: from where names are meant, "" for the
    working folder.
    """

    names: tuple[str, ...] | None
    since: str
    here: str = ""

    @classmethod
    def of(
        cls,
        among: Name | Sequence[Name] | None = None,
        since: str | None = None,
        here: str = "",
    ) -> Self:
        """Raises `UsageError` for what can't be meant."""
        if isinstance(among, Name):
            among = [among]
        if among is not None and not among:
            raise UsageError("no document is named to be asked", "name one, or leave the names out")
        names = None if among is None else tuple(map(str, among))
        return cls(names, "" if since is None else _time(since), here)

    def documents(self, index: Index, generation: Generation, memory: Path) -> list[int] | None:
        """Ids of the documents in a generation; None: all. Raises `UsageError` where there is none.

        Both together narrow further.
        """
        if self.names is None and not self.since:
            return None
        named = index.documents(generation.id)
        if self.names is not None:
            named = find_documents(self.names, named, index.inputs(), memory, here=self.here)
        found = [each.id for each in named if each.added_at >= self.since]
        if not found:
            newest = max((each.added_at for each in named), default="never")
            which = "no document" if self.names is None else "none of these documents"
            raise UsageError(
                f"{which} was read since {self.since} (the newest one: {newest})",
                "name an earlier date; see the dates with: mplus ls",
            )
        return found


def _time(since: str) -> str:
    """A time as the index keeps it: UTC, to the second."""
    try:
        if ago := _AGO.fullmatch(since):
            time = datetime.now(UTC) - timedelta(days=int(ago[1]) * _DAYS[ago[2]])
        else:
            time = datetime.fromisoformat(since)
            time = time.astimezone(UTC) if time.tzinfo else time
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{since!r} is no date", "write it like 2026-01-31, 2026-01-31T09:30, 7d or 2w"
        ) from error
    return f"{time.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
