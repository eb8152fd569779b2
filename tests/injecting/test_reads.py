"""How often a run reads its files from the disk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mplus_cli.inputs import load, names
from tests.conftest import Run


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """File name -> how often it was read."""
    counts: Counter[str] = Counter()

    def counting(path: Path, max_bytes: int) -> bytes:
        counts[path.name] += 1
        return load.load(path, max_bytes)

    monkeypatch.setattr(names, "load", counting)
    return counts


def test_a_small_file_is_read_once_in_a_run(mplus: Run, world: Path, reads: Counter[str]) -> None:
    for name in ("a", "b", "c"):
        (world / f"{name}.txt").write_text(f"The code of gate {name} is 4417. " * 5)
    assert len(mplus("inject", ".", "--json").json["added"]) == 3
    assert reads == {"a.txt": 1, "b.txt": 1, "c.txt": 1}
    reads.clear()
    (world / "b.txt").write_text("The gate is open. " * 5)
    assert len(mplus("update", "--json").json["changed"]) == 1
    assert reads == {"a.txt": 1, "b.txt": 1, "c.txt": 1}
    reads.clear()
    (world / "d.txt").write_text("The fence is green. " * 5)
    assert len(mplus("inject", "d.txt", "--dry-run", "--json").json["new"]) == 1
    assert reads == {"d.txt": 1}
