"""Unrelated text for a memory to be large: passages of files, one file after the other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.data import Passage, load

LEAST_CHARACTERS = 600
"""Of a plain text, lines are joined until there are so many: as many as a passage of the questions
has.
"""
_APART = re.compile(r" (?:@([-,.])@ |(?=[,.;:!?)'%]))|(?<=[($]) ")


@dataclass(frozen=True)
class Filler:
    """A file of passages (`.jsonl`, `.jsonl.gz`: see training/data.py) or of plain text."""

    file: Path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.file.read_bytes()).hexdigest()

    def passages(self) -> list[Passage]:
        if ".jsonl" in self.file.suffixes:
            return load(self.file)
        return [Passage(text, None, ()) for text in _texts(self.file.read_text(encoding="utf-8"))]


def _texts(whole: str) -> Iterator[str]:
    """Pieces of a text, each of whole lines."""
    piece = ""
    for line in whole.splitlines():
        piece += f"{together(line.strip())}\n"
        if len(piece) >= LEAST_CHARACTERS:
            yield piece.strip()
            piece = ""
    if piece.strip():
        yield piece.strip()


def together(line: str) -> str:
    """A line without the spaces that WikiText (arXiv 1609.07843) puts before punctuation, and its
    marks within words and numbers.
    """
    return _APART.sub(lambda found: found[1] or "", line)
