"""Files in which readers once lost or changed something: tests/readers/trials/."""

from __future__ import annotations

from pathlib import Path

from mplus_cli.readers import Document, ReaderOptions, read_document

TRIALS = Path(__file__).parent / "trials"


def trial(name: str, options: ReaderOptions | None = None) -> Document:
    return read_document(name, (TRIALS / name).read_bytes(), options)
