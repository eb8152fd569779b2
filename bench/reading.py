"""How fast files are read and cut, in megabytes of their text a second: `python -m bench.reading`.

Cutting is timed without tokenizing: ids and offsets are made beforehand, one for about four
characters.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.reading_files import files
from mplus_cli.chunking.chunks import cut
from mplus_cli.readers import read_document

CHUNK_TOKENS = 256
_TOKENS = re.compile(r" ?\w{1,5}|\s|[^\s\w]+")


class Encoded:
    """An encoder that has done its work on one text already."""

    def __init__(self, text: str) -> None:
        self._text, self._encoded = text, self._encode(text)

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        return self._encoded if text is self._text else self._encode(text)

    @staticmethod
    def _encode(text: str) -> tuple[list[int], list[tuple[int, int]]]:
        offsets = [match.span() for match in _TOKENS.finditer(text)]
        return [0] * len(offsets), offsets


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def main() -> None:
    print(f"{'file':<14}{'MB':>6}{'read MB/s':>11}{'cut MB/s':>10}{'chunks':>9}")
    for name, data in files(10_000).items():
        read_document(name, data)  # the first time it imports what its reader needs
        document, reading = timed(partial(read_document, name, data))
        size = len(document.text.encode()) / 1e6
        encoder = Encoded(document.text)
        chunks, cutting = timed(partial(cut, document, encoder, CHUNK_TOKENS))
        rates = f"{size / reading:>11.1f}{size / cutting:>10.1f}"
        print(f"{name:<14}{size:>6.1f}{rates}{len(chunks):>9,}")


if __name__ == "__main__":
    main()
