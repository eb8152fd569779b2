"""Whole texts as the table `texts` keeps them: JSON, compressed with Zstandard."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from store.texts import WholeText, described, from_described

if TYPE_CHECKING:
    from zstandard import ZstdCompressionDict

_LEVEL = 9  # slower ones gain next to nothing
_MAX_BYTES = 1 << 30  # unpacked: readers make at most 100 million characters
_BLOCK_BYTES = 1 << 22
# Made of this project's own pages: of what a dictionary is made, that it holds, and nothing of a
# document may stay in it. Texts name it (`DICTIONARY_ID`), so it stays as it is for ever.
_DICTIONARY = Path(__file__).with_name("texts.zdict")
DICTIONARY_ID = 40_001


def packed(whole: WholeText) -> bytes:
    """A whole text, compressed."""
    content = json.dumps(described(whole), ensure_ascii=False, separators=(",", ":"))
    return compressed(content.encode())


def unpacked(content: bytes | None) -> WholeText | None:
    """The whole text that was packed; None where there is none. Raises `KeyError`, `TypeError` and
    `ValueError` where it is something else.
    """
    return None if content is None else from_described(json.loads(decompressed(content)))


def compressed(content: bytes) -> bytes:
    """Text in one frame, which vouches for it."""
    import zstandard  # here: a quick command asks for no text

    compressor = zstandard.ZstdCompressor(
        level=_LEVEL, dict_data=_dictionary(), write_checksum=True, write_content_size=False
    )
    return compressor.compress(content)


def decompressed(content: bytes, most: int = _MAX_BYTES) -> bytes:
    """What was compressed. Raises `ValueError` where it is something else, or more bytes than
    `most`.
    """
    import zstandard

    found = bytearray()
    try:
        # Before the migration `m009_small` texts were packed without.
        named = zstandard.get_frame_parameters(content).dict_id
        # What a frame says of its size is not believed: it may be damaged.
        reader = zstandard.ZstdDecompressor(
            dict_data=_dictionary() if named else None, max_window_size=_MAX_BYTES
        ).stream_reader(content)
        while len(found) <= most and (block := reader.read(_BLOCK_BYTES)):
            found += block
    except zstandard.ZstdError as error:
        raise ValueError(f"a text can't be unpacked: {error}") from error
    if len(found) > most:
        raise ValueError("a text is too large")
    return bytes(found)


@cache
def _dictionary() -> ZstdCompressionDict:
    import zstandard

    dictionary = zstandard.ZstdCompressionDict(_DICTIONARY.read_bytes())
    dictionary.precompute_compress(level=_LEVEL)
    return dictionary
