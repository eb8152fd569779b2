"""Turns at what there is one of, in the order in which threads came."""

from __future__ import annotations

import threading


class Turns:
    """A lock that a thread may take again, and that goes to who waits before it comes back.

    `threading.RLock` does not: who lets go of it and takes it again at once, as a long inject does
    chunk by chunk, mostly has it again before the others are awake.
    """

    def __init__(self) -> None:
        self._lock, self._next = threading.Lock(), threading.Lock()
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> None:
        me = threading.get_ident()
        if self._owner != me:  # only this thread can make it its own or stop that
            with self._next:  # who waits holds it, so that who was there last comes behind
                self._lock.acquire()
            self._owner = me
        self._depth += 1

    def __exit__(self, *exception: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = None
            self._lock.release()
