"""Objects on their way, several at once, and not more bytes of them than memory has room for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

AT_ONCE = 8
_MOST_BYTES = 1 << 27

T = TypeVar("T")


def side_by_side(work: Iterable[tuple[int, Callable[[], T]]]) -> Iterator[T]:
    """What some calls give, in their order; each with the bytes that it holds meanwhile.

    The first error is raised when those that are on their way have ended. Ctrl-C waits for none:
    an upload may take minutes.
    """
    going, size = deque[tuple[int, Future[T]]](), 0
    try:
        for each, call in work:
            while going and (len(going) == AT_ONCE or size + each > _MOST_BYTES):
                freed, first = going.popleft()
                size -= freed
                yield first.result()
            going.append((each, _begun(call)))
            size += each
        while going:
            yield going.popleft()[1].result()
    except Exception:
        wait([each for _, each in going])
        raise


def _begun(call: Callable[[], T]) -> Future[T]:
    """A call in a thread of its own, for which nobody waits when the program ends."""
    found: Future[T] = Future()

    def run() -> None:
        try:
            found.set_result(call())
        except BaseException as error:  # whoever waits for the result gets it
            found.set_exception(error)

    Thread(target=run, name="travel", daemon=True).start()
    return found
