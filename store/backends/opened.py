"""The backend of an address."""

from __future__ import annotations

from pathlib import Path

from store.backends import Backend
from store.backends.folder import Folder


def backend_at(address: str) -> Backend:
    """The backend of a folder's path or `file://` address, or of an object store's.

    Nothing is looked at there yet. Raises `MplusError` for an address that is none of these.
    """
    return Folder(Path(address.removeprefix("file://")))
