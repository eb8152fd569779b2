"""A tar archive compressed with Zstandard, written and read as a stream, of plain files alone."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Protocol, cast

import zstandard

from store.errors import DamagedError

LEVEL = 3
BLOCK_BYTES = 1 << 20
_HEADER_BYTES = tarfile.BLOCKSIZE
_MAX_WINDOW_BYTES = 1 << 27


class Stream(Protocol):
    """What can be read, and no more."""

    def read(self, size: int, /) -> bytes: ...


class Pieces:
    """A stream of pieces, one after the other."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, bytearray()

    def read(self, size: int, /) -> bytes:
        while len(self._left) < size and (piece := next(self._pieces, None)) is not None:
            self._left += piece
        found = bytes(self._left[:size])
        del self._left[:size]
        return found


class Writer:
    """Writes members one after the other. The same members make the same bytes."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def add(self, name: str, size: int, content: Stream, seen: Callable[[bytes], None]) -> None:
        """Write one member of `size` bytes; `seen` gets every block. Raises `DamagedError` where
        there are fewer.
        """
        self._out.write(_header(name, size))
        left = size
        while left:
            block = content.read(min(left, BLOCK_BYTES))
            if not block:
                raise DamagedError(f"{name} ends {left:,} bytes too soon")
            seen(block)
            self._out.write(block)
            left -= len(block)
        self._out.write(bytes(-size % _HEADER_BYTES))


@contextmanager
def writing(out: IO[bytes]) -> Iterator[Writer]:
    """An archive that is whole when the block ends."""
    with zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).stream_writer(
        out, closefd=False
    ) as packed:
        yield Writer(packed)
        packed.write(bytes(2 * _HEADER_BYTES))


class Reader:
    """Reads members in their order. Raises `DamagedError` for anything but plain files with plain
    names.
    """

    def __init__(self, file: Stream) -> None:
        window = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        self._packed = window.stream_reader(
            cast(IO[bytes], file), read_across_frames=False, closefd=False
        )
        self._left = 0
        self._padding = 0

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Name and size of each member; its content is what `read` gives until the next one is
        asked for.
        """
        while True:
            while self._left:
                self.read(BLOCK_BYTES)
            self._exactly(self._padding)
            block = self._exactly(_HEADER_BYTES)
            if not any(block):
                self._end()
                return
            try:
                member = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
            except (tarfile.HeaderError, UnicodeDecodeError) as error:
                raise DamagedError(
                    f"it holds something that is no member of an archive: {error}"
                ) from error
            if member.type != tarfile.REGTYPE:
                raise DamagedError(f"{member.name!r} is no plain file")
            self._left, self._padding = member.size, -member.size % _HEADER_BYTES
            yield member.name, member.size

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes of the present member; none at its end."""
        block = self._exactly(min(size, self._left, BLOCK_BYTES))
        self._left -= len(block)
        return block

    def _end(self) -> None:
        """Nothing but the end's second block may follow; asking for more makes Zstandard check its
        own sum.
        """
        if any(self._exactly(_HEADER_BYTES)) or self._read(1):
            raise DamagedError("it goes on behind its end")

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            block = self._read(size - len(found))
            if not block:
                raise DamagedError("it ends too soon")
            found += block
        return found

    def _read(self, size: int) -> bytes:
        try:
            return self._packed.read(size)
        except zstandard.ZstdError as error:
            raise DamagedError(f"it can't be unpacked: {error}") from error


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member.tobuf(tarfile.USTAR_FORMAT)
