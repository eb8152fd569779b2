"""Documents packed with gzip: the one inside is read, its places are its own."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from pathlib import PurePath

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.marks import GZIP_MARK

MAX_UNPACKED_BYTES = 100 * 1024 * 1024
_WAY_OUT = "unpack it with `gunzip` and read what is in it"
_TAR_MARK, _TAR_MARK_AT = b"ustar", 257
_LONGER = {".tgz": ".tar", ".svgz": ".svg"}


def packed_reader(name: str) -> Callable[[bytes, Job], Document]:
    """What reads a packed file of a name."""
    return partial(_read_packed, name)


def _read_packed(name: str, data: bytes, job: Job) -> Document:
    unpacked = _unpacked(data, job)
    if unpacked[_TAR_MARK_AT : _TAR_MARK_AT + len(_TAR_MARK)] == _TAR_MARK:
        raise NoTextError("not text: it is an archive", "unpack it and name the files in it")
    path = PurePath(name)
    suffix = path.suffix.lower()
    inner = path.stem + _LONGER.get(suffix, "") if suffix in (".gz", *_LONGER) else path.name
    return job.inside(inner, unpacked)


def _unpacked(data: bytes, job: Job) -> bytes:
    """What is packed, one file after the other as gzip does; of a cut one as much as there is."""
    parts: list[bytes] = []
    left = MAX_UNPACKED_BYTES
    while data.startswith(GZIP_MARK):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            part = unpacker.decompress(data, left + 1)
        except zlib.error as error:
            if not parts:
                raise ReadError("a packed file (gzip) that is damaged", _WAY_OUT) from error
            job.note("the packed file is damaged: the rest of it is not read")
            break
        parts.append(part)
        left -= len(part)
        if left < 0:
            raise ReadError(
                f"unpacks to too much: more than {MAX_UNPACKED_BYTES // 1024**2} MiB",
                "unpack it and split it",
            )
        if not unpacker.eof:
            job.note("the packed file is cut short: its end is missing")
            break
        data = unpacker.unused_data
    return b"".join(parts)
