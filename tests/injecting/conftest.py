"""Memories that are written anew for other models."""

from pathlib import Path

import pytest

from mplus_cli import Memory

TEXTS = {
    "a.txt": "The gate code is 4417. " * 9,
    "b.md": "# Garden\n\nThe pump draws 450 watts.\n\n## Shed\n\n" + "A shed has a key. " * 20,
    "c.csv": "name,age\n" + "".join(f"person {n},{n}\n" for n in range(40)),
    "d.txt": "The ferry leaves at nine and comes back at noon. " * 7,
}
LAYOUTS = ("mplus", "memoryllm", "input", "chunks", "other")


@pytest.fixture
def files(world: Path) -> Path:
    for name, text in TEXTS.items():
        (world / name).write_text(text)
    return world


def opened(path: Path, model: Path | None, cache: Path) -> Memory:
    return Memory(path, model=str(model) if model else None, cache=cache)
