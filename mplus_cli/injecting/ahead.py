"""Work done ahead of its use, by one thread and within bounds."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

# How often the one who waits looks up, and how long a thread that is no longer needed is waited
# for.
_LOOK_UP_S, _FAREWELL_S = 0.1, 5.0


def ahead(
    items: Sequence[T],
    work: Callable[[T], R],
    size: Callable[[T], int],
    limit: int,
    stopped: Callable[[], bool] = lambda: False,
) -> Generator[R, None, None]:
    """Results of `work` in the order of the items, made by a thread while the caller uses the one
    before.

    At most `limit` of the items' sizes wait or are being worked on (one item always may). An error
    is raised where its result would come. Ends early once `stopped` is true.
    """
    line = _Line(items, work, size, limit)
    try:
        for item in items:
            yield line.take(size(item), stopped)
    except _StoppedError:
        return
    finally:
        line.close()


class _StoppedError(Exception):
    pass


class _Line(Generic[T, R]):
    """The queue between the thread and the caller.

    The thread is a daemon, as those of concurrent.futures are not: Ctrl-C must not wait until a
    large file is read.
    """

    def __init__(
        self, items: Sequence[T], work: Callable[[T], R], size: Callable[[T], int], limit: int
    ) -> None:
        self._items, self._work, self._size, self._limit = items, work, size, limit
        self._ready: deque[tuple[R | None, Exception | None]] = deque()
        self._held = 0
        self._closed = False
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="mplus-reader", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for item in self._items:
            size = self._size(item)
            with self._turn:
                self._turn.wait_for(lambda size=size: self._closed or self._fits(size))  # type: ignore[misc]
                if self._closed:
                    return
                self._held += size
            try:
                made: tuple[R | None, Exception | None] = (self._work(item), None)
            except Exception as error:
                made = (None, error)
            with self._turn:
                self._ready.append(made)
                self._turn.notify_all()

    def _fits(self, size: int) -> bool:
        return self._held == 0 or self._held + size <= self._limit

    def take(self, size: int, stopped: Callable[[], bool]) -> R:
        with self._turn:
            while not self._turn.wait_for(lambda: self._ready, _LOOK_UP_S):
                if stopped():
                    raise _StoppedError
            result, error = self._ready.popleft()
            self._held -= size
            self._turn.notify_all()
        if error is not None:
            raise error
        return result  # type: ignore[return-value]

    def close(self) -> None:
        """Let the thread end. Nobody waits long for it: it may be in the middle of a large file."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()
        self._thread.join(_FAREWELL_S)
