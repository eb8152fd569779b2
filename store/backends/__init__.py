"""Where a repository's objects lie: a folder (`store.backends.folder`), or an object store
(`store.backends.objects`). `store.backends.opened` gives the one of an address.

An object has a name and bytes, is whole or not there, and never changes; all that two writers
agree by is that one of them creates a name. What others have put there is untrusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from store.errors import DamagedError, MplusError

# Lower case alone, for some file systems tell no others apart; no part begins with a dot, so that
# what is still being written can have a name that is none.
_PART = r"[a-z0-9][a-z0-9._-]*"
_NAME = re.compile(rf"{_PART}(?:/{_PART})*")
_MOST_LETTERS = 200  # of a name; file systems take 255 bytes a part

_PUSH_ANEW = "a memory that is whole can be pushed to a new address: mplus push URL"


class Backend(Protocol):
    """The objects at one address, for any number of threads. Names that are none (`is_name`) raise
    `ValueError`, and are left out of what is listed.

    Everything raises `UnreachableError` where the address doesn't answer, and other `MplusError`
    where it refuses.
    """

    @property
    def address(self) -> str:
        """As a person gave it; it holds no credentials."""
        ...

    def get(self, name: str, most: int, start: int = 0, end: int | None = None) -> bytes:
        """The bytes start..end-1 of an object (None: to its end).

        Raises `MissingObjectError`; `DamagedError` where these are more than `most`, or the object
        ends before `end`.
        """
        ...

    def create(self, name: str, content: bytes) -> bool:
        """Put an object where there is none of this name. False: by now there is one, and it stays
        as it is. Of many who create one name with different bytes one gets True.
        """
        ...

    def names(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Name and size in bytes of each object below `prefix`, which is whole parts of names
        ("packs/"; "" is all), in order of name. What is created or deleted meanwhile may be there
        or not.
        """
        ...

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects, in this order. One that isn't there is no error."""
        ...


class UnreachableError(MplusError):
    """An address doesn't answer, or broke off."""

    code = "unreachable"


class MissingObjectError(DamagedError):
    """There is no object of a name."""


def is_name(name: str) -> bool:
    """Whether an object may have this name."""
    return len(name) <= _MOST_LETTERS and _NAME.fullmatch(name) is not None


def parts_of(name: str) -> list[str]:
    """The parts of an object's name. Raises `ValueError` where it is none."""
    if not is_name(name):
        raise ValueError(f"no name of an object: {name!r}")
    return name.split("/")


def parts_of_prefix(prefix: str) -> list[str]:
    """The parts of what names begin with. Raises `ValueError` where none can."""
    whole = prefix.removesuffix("/")
    return parts_of(whole) if whole else []


def check_size(address: str, name: str, size: int, most: int) -> None:
    """Raise `DamagedError` where what is asked for has more bytes than it may."""
    if size > most:
        raise damaged(address, name, f"it has {size:,} bytes, and {most:,} are the most it may")


def missing(address: str, name: str) -> MissingObjectError:
    return MissingObjectError(f"{name} is missing at {address}", _PUSH_ANEW)


def damaged(address: str, name: str, wrong: str) -> DamagedError:
    return DamagedError(f"{name} at {address} is damaged: {wrong}", _PUSH_ANEW)
