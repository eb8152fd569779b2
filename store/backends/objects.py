"""An object store as a backend: S3, Google Cloud Storage, Azure, by `obstore`."""

from __future__ import annotations

import math
import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotSupportedError

from store.backends import check_size, damaged, is_name, missing, parts_of, parts_of_prefix
from store.backends.failures import in_words, is_of_bucket, is_of_connecting, may_pass
from store.errors import DamagedError, MplusError

if TYPE_CHECKING:
    from obstore import GetResult, OffsetRange
    from obstore.store import ClientConfig, ObjectStore

Opener = Callable[["ClientConfig"], "ObjectStore"]
"""The store of an address, asked with these limits of time and without tries of its own."""
Result = TypeVar("Result")

PATIENCE_S = 30.0  # for so long a request that has failed is tried again
_PART = 3  # of that time a server may be silent, or nobody be there at all
_PAUSES_S = 0.1, 3.0  # before it is tried again: at first, and at most
_SLOWEST = 32 * 1024  # bytes a second of an upload that is waited for; several share a line
_BLOCK = 64 * 1024
_MOST_LISTED = 1_000_000  # objects; more is no repository


class Objects:
    """See `store.backends.Backend`. Every request is tried again here, for `PATIENCE_S`: `obstore`
    would not do it for lists and deletions whose answers break off, nor tell who has created
    an object whose first answer was lost.

    is_proven: whether the store is known to create an object only where there is none. Servers
    that speak S3 are asked first, for some overwrite it.
    """

    def __init__(self, address: str, opener: Opener, is_proven: bool) -> None:
        self.address = address
        self._is_proven, self._proving = is_proven, Lock()
        # A whole answer may take its time; silence may not. While bytes go there nothing comes
        # back, so an upload has a limit for the whole.
        part = f"{PATIENCE_S / _PART * 1000:.0f}ms"
        self._store = opener({"connect_timeout": part, "read_timeout": part, "timeout": "1day"})
        self._writing = lru_cache(8)(
            lambda seconds: opener({"connect_timeout": part, "timeout": f"{seconds}s"})
        )

    def get(self, name: str, most: int, start: int = 0, end: int | None = None) -> bytes:
        parts_of(name)
        if end is not None:
            check_size(self.address, name, end - start, most)
        read = bytearray()  # what has come; what breaks off goes on behind it

        def go_on() -> None:
            done = False
            while not done:  # a line that breaks now and then costs no patience
                before = len(read)
                try:
                    take()
                    done = True
                except BaseError as error:
                    if len(read) == before or not may_pass(error):
                        raise

        def take() -> None:
            nonlocal end
            if end is not None and len(read) == end - start:
                return
            found = self._opened(name, start + len(read), end)
            end = found.meta["size"] if end is None else end
            check_size(self.address, name, end - start, most)
            for block in found.stream(min_chunk_size=_BLOCK):
                read.extend(block)
                if len(read) > end - start:
                    raise damaged(self.address, name, "more bytes come than it has")
            if len(read) < end - start:
                raise damaged(self.address, name, f"it ends before byte {end:,}")

        try:
            self._patiently(go_on)
        except FileNotFoundError as error:
            raise missing(self.address, name) from error
        return bytes(read)

    def _opened(self, name: str, first: int, end: int | None) -> GetResult:
        """An object from a byte on, to be read. Raises `DamagedError` where it ends before."""
        if not first and end is None:  # an empty object has no byte to begin at
            return obstore.get(self._store, name)
        some: tuple[int, int] | OffsetRange = {"offset": first} if end is None else (first, end)
        try:
            return obstore.get(self._store, name, options={"range": some})
        except BaseError as error:
            if may_pass(error) or obstore.head(self._store, name)["size"] > first:
                raise
            raise damaged(self.address, name, f"it ends before byte {end or first:,}") from error

    def create(self, name: str, content: bytes) -> bool:
        parts_of(name)
        with self._proving:
            if not self._is_proven:
                self._prove()
                self._is_proven = True
        return self._create(name, content)

    def _create(self, name: str, content: bytes) -> bool:
        store = self._writing(_seconds_for(len(content)))
        is_known = True  # what became of all tries before

        def put() -> bool:
            nonlocal is_known
            try:
                obstore.put(store, name, content, mode="create", use_multipart=False)
            except AlreadyExistsError as error:
                if may_pass(error):  # a race, of which nobody has told the end
                    raise
                return not is_known and self._holds(name, content)
            except BaseError:
                is_known = False
                raise
            return True

        return self._patiently(put)

    def _holds(self, name: str, content: bytes) -> bool:
        with suppress(DamagedError):  # another one, or none by now
            return self.get(name, len(content)) == content
        return False

    def _prove(self) -> None:
        """Raise `MplusError` where the store creates over what is there."""
        name = f"probe-{secrets.token_hex(8)}"
        self._create(name, b"first")
        is_overwritten = self._create(name, b"second")
        self.delete([name])
        if is_overwritten:
            raise MplusError(
                f"{self.address} can't be pushed to: its server overwrites what may only be"
                " created (it doesn't know If-None-Match), so two who push could lose one's work",
                "use a server or a cloud that knows conditional writes, or a folder",
            )

    def names(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        below = "".join(f"{part}/" for part in parts_of_prefix(prefix))
        return iter(self._patiently(lambda: self._listed(below)))

    def _listed(self, below: str) -> list[tuple[str, int]]:
        found, seen = dict[str, int](), 0
        for page in obstore.list(self._store, below or None, chunk_size=1000):
            for each in page:
                if is_name(each["path"]) and each["path"].startswith(below):
                    found[each["path"]] = each["size"]
            seen += len(page)  # a server may tell the same again and again
            if seen > _MOST_LISTED:
                raise MplusError(
                    f"{self.address} lists more than {_MOST_LISTED:,} objects",
                    "give a repository a prefix of its own",
                )
        return sorted(found.items())

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            parts_of(name)
            with suppress(FileNotFoundError):
                self._patiently(partial(obstore.delete, self._store, name))

    def _patiently(self, work: Callable[[], Result]) -> Result:
        """The result of a request, tried again for a while once it has failed. Raises
        `FileNotFoundError` for an object that isn't there, else `MplusError`.
        """
        failed_at, (pause, most) = None, _PAUSES_S
        while True:
            try:
                return work()
            except FileNotFoundError as error:
                if is_of_bucket(error):
                    raise in_words(error, self.address) from error
                raise
            except NotSupportedError as error:
                raise MplusError(
                    f"{self.address} can't create objects only where there are none",
                    "unset AWS_CONDITIONAL_PUT",
                ) from error
            except BaseError as error:
                failed_at = failed_at or time.monotonic()
                patience = PATIENCE_S / _PART if is_of_connecting(error) else PATIENCE_S
                if not may_pass(error) or time.monotonic() - failed_at + pause > patience:
                    raise in_words(error, self.address) from error
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, most)


def _seconds_for(size: int) -> int:
    """How long an upload of so many bytes may take: a power of two, so that few stores are open."""
    return 1 << max(0, math.ceil(math.log2(PATIENCE_S + size / _SLOWEST)))
