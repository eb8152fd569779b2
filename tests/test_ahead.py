"""Work ahead of its use: order, bounds, errors in their place, an early end."""

import threading
import time

import pytest

from mplus_cli.injecting.ahead import ahead


def test_results_come_in_order_and_work_runs_ahead() -> None:
    done: list[int] = []

    def work(item: int) -> int:
        done.append(item)
        return item * 2

    results = ahead(range(5), work, lambda _: 1, limit=10)
    assert next(results) == 0
    time.sleep(0.2)
    assert done == [0, 1, 2, 3, 4]
    assert list(results) == [2, 4, 6, 8]


def test_no_more_than_the_limit_is_held() -> None:
    done: list[int] = []

    def work(item: int) -> int:
        done.append(item)
        return item

    results = ahead([3, 3, 3, 50, 1], work, lambda item: item, limit=6)
    assert next(results) == 3
    time.sleep(0.2)
    assert done == [3, 3, 3]  # one was taken, two are held
    assert list(results) == [3, 3, 50, 1]


def test_an_error_is_raised_where_its_result_would_come() -> None:
    results = ahead([1, 0, 2], lambda item: 1 / item, lambda _: 1, limit=10)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_it_ends_early_and_leaves_no_thread() -> None:
    before = threading.active_count()
    results = ahead(range(1000), lambda item: item, lambda _: 1, limit=5)
    next(results)
    results.close()
    stopped = threading.Event()

    def slow(item: int) -> int:
        stopped.set()
        time.sleep(0.5)
        return item

    assert list(ahead([1, 2], slow, lambda _: 1, limit=5, stopped=stopped.is_set)) == []
    assert threading.active_count() == before
