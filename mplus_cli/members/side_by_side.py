"""The same asked of several memories at once; who does not answer in time is left.

Servers work side by side, a thread for each. Memories on this machine take turns at its cores, so
one thread asks them one after the other: more would only wait for each other, and hold more memory.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from mplus_cli.errors import StoppedError, UnreachableError
from store.errors import MplusError

T = TypeVar("T")

PATIENCE_S = 5.0
"""For how long a server may take longer than the slowest of all others."""
ALONE_S = 60.0
"""For how long servers are waited for where nothing was heard of any memory."""
_LOOK_S = 0.05


class Call(Generic[T]):
    """Something that one memory is asked. far: by a server, which may never answer; work on this
    machine is waited for.
    """

    def __init__(self, ask: Callable[[], T], far: bool) -> None:
        self._ask, self.far = ask, far
        self.result: T | MplusError | None = None
        self._broke: BaseException | None = None
        self.left = False  # nobody waits for it any more

    def run(self) -> None:
        try:
            self.result = self._ask()
        except MplusError as error:
            self.result = error
        except BaseException as error:  # a fault of the program: raised where it is waited for
            self._broke = error

    def settled(self) -> T | MplusError:
        """What came of it, or that nothing has come. Raises what is no error of ours."""
        if self._broke is not None:
            raise self._broke
        if self.result is None:
            self.left = True
            return UnreachableError("it does not answer", "see whether the server is still there")
        return self.result


def side_by_side(calls: Sequence[Call[T]], stopped: Callable[[], bool]) -> list[T | MplusError]:
    """What came of each call, in their order. Raises `StoppedError` once `stopped` is true."""
    done: queue.SimpleQueue[Call[T]] = queue.SimpleQueue()
    near = [call for call in calls if not call.far]
    for some in (near, *([call] for call in calls if call.far)):
        threading.Thread(target=_run, args=(some, done), name="member", daemon=True).start()
    waiting, heard_at = set(calls), time.monotonic()
    patience = ALONE_S
    while waiting:
        if stopped():
            raise StoppedError("the answer was stopped", "ask anew")
        try:
            call = done.get(timeout=_LOOK_S)
            waiting.remove(call)
            heard_at = time.monotonic()
            if not isinstance(call.result, MplusError):
                patience = PATIENCE_S
        except queue.Empty:
            late = time.monotonic() - heard_at > patience
            if late and all(call.far for call in waiting):
                break
    return [call.settled() for call in calls]


def _run(calls: Sequence[Call[T]], done: queue.SimpleQueue[Call[T]]) -> None:
    """Make some calls, one after the other."""
    for call in calls:
        call.run()
        done.put(call)
