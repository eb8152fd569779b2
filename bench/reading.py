"""How fast files are read and cut, in megabytes of text a second: `python -m bench.reading`.

Cutting is timed without tokenizing: ids and offsets are made beforehand, one for about four
characters.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from mplus_cli.injecting.chunks import cut
from mplus_cli.readers import read_document

CHUNK_TOKENS = 256
SENTENCE = (
    "The greenhouse needs two litres of water a day, said the gardener on the {n}th morning; "
    "nobody asked why. "
)
JAPANESE = (
    "温室には一日二リットルの水が必要です。庭師は{n}日目の朝にそう言いました。"
    "誰も理由を尋ねませんでした。"
)
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


def paragraphs(sentence: str, count: int) -> list[str]:
    return ["".join(sentence.format(n=n * 5 + at) for at in range(5)) for n in range(count)]


def files(count: int) -> dict[str, str]:
    """Texts of some megabytes by the names of files that hold such."""
    prose = paragraphs(SENTENCE, count)
    page = "".join(
        f"<h2>Day {n}</h2><p>{text}</p><ul><li>one<li>two</ul>" for n, text in enumerate(prose)
    )
    body = "".join(f"def day_{n}():\n    return {n}\n\n\n" for n in range(count * 10))
    return {
        "prose.txt": "\n\n".join(prose),
        "japanese.txt": "\n\n".join(paragraphs(JAPANESE, count * 2)),
        "one-line.txt": " ".join(prose),
        "guide.md": "".join(
            f"## Day {n}\n\n{text}\n\n{text}\n\n" for n, text in enumerate(prose[: count // 2])
        ),
        "page.html": f"<html><body>{page}</body></html>",
        "days.csv": "day,litres,said\n"
        + "".join(f'{n},2,"{SENTENCE}"\n' for n in range(count * 4)),
        "days.json": json.dumps(
            [{"day": n, "said": text, "done": True} for n, text in enumerate(prose)]
        ),
        "code.py": body,
    }


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def main() -> None:
    print(f"{'file':<14}{'MB':>6}{'read MB/s':>11}{'cut MB/s':>10}{'chunks':>9}")
    for name, text in files(10_000).items():
        data = text.encode()
        size = len(data) / 1e6
        document, reading = timed(lambda name=name, data=data: read_document(name, data))
        encoder = Encoded(document.text)
        chunks, cutting = timed(
            lambda document=document, encoder=encoder: cut(document, encoder, CHUNK_TOKENS)
        )
        cut_size = len(document.text.encode()) / 1e6
        rates = f"{size / reading:>11.1f}{cut_size / cutting:>10.1f}"
        print(f"{name:<14}{size:>6.1f}{rates}{len(chunks):>9,}")


if __name__ == "__main__":
    main()
