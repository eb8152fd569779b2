"""Small documents that are written together."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from mplus_cli.injecting.writing import Prepared, groups
from mplus_cli.kinds.writing import ROWS_AT_ONCE


def small(tokens: int) -> Prepared:
    return Prepared(cast(Any, SimpleNamespace(tokens=tokens)), [], cast(Any, None), (), 0)


@pytest.mark.parametrize(("device", "times"), [("cpu", 1), ("mps", 1), ("cuda", 4)])
def test_a_gpu_is_given_more_at_once(device: str, times: int) -> None:
    line = [small(ROWS_AT_ONCE // 4)] * 32
    found = list(groups(line, cast(Any, SimpleNamespace(device=device))))
    assert [len(group) for group in found] == [4 * times] * (8 // times)


def test_a_run_with_little_to_write_asks_for_no_device() -> None:
    line = [small(ROWS_AT_ONCE // 8)] * 4
    assert list(groups(line, cast(Any, object()))) == [line]
