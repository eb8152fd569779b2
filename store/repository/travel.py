"""Objects on their way, several at once, and not more bytes of them than memory has room for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 8
_MOST_BYTES = 1 << 27

T = TypeVar("T")


def side_by_side(work: Iterable[tuple[int, Callable[[], T]]]) -> Iterator[T]:
    """What some calls give, in their order; each with the bytes that it holds meanwhile.

    The first error is raised when those that are on their way have ended.
    """
    going, size = deque[tuple[int, Future[T]]](), 0
    with ThreadPoolExecutor(AT_ONCE, "travel") as threads:
        try:
            for each, call in work:
                while going and (len(going) == AT_ONCE or size + each > _MOST_BYTES):
                    freed, first = going.popleft()
                    size -= freed
                    yield first.result()
                going.append((each, threads.submit(call)))
                size += each
            while going:
                yield going.popleft()[1].result()
        finally:
            for _, waiting in going:
                waiting.cancel()
