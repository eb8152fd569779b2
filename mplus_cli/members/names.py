"""What the memories that a question is put to are called."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from mplus_cli.errors import UsageError
from mplus_cli.settings import is_server
from store.nearest import FOLDER_NAME


def names_of(places: Sequence[str]) -> list[str]:
    """A short name for each memory, by its folder or the address of its server: the folder's own
    name (of `.mplus` that of the folder it is in), the host. Where two are alike, longer ones.

    Raises `UsageError` where one is named twice.
    """
    forms, lying = [_forms(place) for place in places], [_lying(place) for place in places]
    for at, place in enumerate(places):
        if lying[at] in lying[:at]:
            raise UsageError(f"{place} is named twice", "name each memory once")
    return [
        next(
            (
                name
                for name in own
                if not any(name in others for others in forms if others is not own)
            ),
            own[-1],
        )
        for own in forms
    ]


def _lying(place: str) -> str:
    """Where a memory is, whichever links or `..` lead there."""
    return _forms(place)[-1] if is_server(place) else os.path.realpath(place)


def _forms(place: str) -> list[str]:
    """What a memory may be called, ever longer, up to its whole path or address."""
    if is_server(place):
        found = urlsplit(place)
        return [found.hostname or place, found.netloc.lower(), place.rstrip("/").lower()]
    parts = re.findall(r"[^/\\]+", place)
    if len(parts) > 1 and parts[-1] == FOLDER_NAME:
        parts = parts[:-1]
    ends = ["/".join(parts[-count:]) for count in range(1, len(parts) + 1)]
    return [*ends, place]
