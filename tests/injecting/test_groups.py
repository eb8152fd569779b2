"""Small documents that are written together."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mplus_cli import Memory
from mplus_cli.injecting.writing import Prepared, groups
from mplus_cli.kinds.writing import ROWS_AT_ONCE
from store.change import Change


def small(tokens: int) -> Prepared:
    return Prepared(cast(Any, SimpleNamespace(tokens=tokens)), [], cast(Any, None), (), 0)


@pytest.mark.parametrize(("device", "times"), [("cpu", 1), ("mps", 1), ("cuda", 4)])
def test_a_gpu_is_given_more_at_once(device: str, times: int) -> None:
    line = [small(ROWS_AT_ONCE // 4)] * 32
    found = list(groups(line, cast(Any, SimpleNamespace(device=device))))
    assert [len(group) for group in found] == [4 * times] * (8 // times)


def test_a_group_goes_beyond_a_batch_where_a_single_document_does() -> None:
    line = [small(tokens) for tokens in (400, 0, 500, 200, 824, 5000, 100, 924, 1)]
    found = groups(line, cast(Any, SimpleNamespace(device="cpu")))
    told = [[one.row.tokens for one in group] for group in found]
    assert told == [[400, 0, 500], [200, 824], [5000], [100, 924], [1]]


def test_a_run_with_little_to_write_asks_for_no_device() -> None:
    line = [small(ROWS_AT_ONCE // 8)] * 4
    assert list(groups(line, cast(Any, object()))) == [line]


def test_what_waits_to_be_written_is_told_to_the_memory(
    world: Path, toys: dict[str, Path], toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no vectors are kept that those to come would drive out."""
    told: list[int] = []
    monkeypatch.setattr(Change, "expect", lambda self, tokens: told.append(tokens))
    for number in range(40):
        (world / f"{number}.txt").write_text(f"The code of gate {number} is {number}. " * 30)
    with Memory(world / "m", model=str(toys["chunks"]), cache=toy_cache) as memory:
        memory.inject(world)
    assert len(told) > 3 and min(told) >= 0 and told[-1] == 0
