"""Turns at what there is one of, in the order in which threads came."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PAUSE_S = 0.25
"""Between two short turns of somebody who goes on, while others keep the cores busy."""
PATIENCE_S = 1.0
"""For how long a long turn waits for short ones."""


class Turns:
    """A lock that a thread may take again, and that goes to who waits before it comes back.

    `threading.RLock` does not: who lets go of it and takes it again at once, as a long inject does
    chunk by chunk, mostly has it again before the others are awake.
    """

    def __init__(self) -> None:
        self._lock, self._next = threading.Lock(), threading.Lock()
        self._owner: int | None = None
        self._depth = 0
        self._short_until = 0.0

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

    @contextmanager
    def short(self) -> Iterator[None]:
        """One of many short turns, such as an answer's tokens."""
        with self:
            yield
            self._short_until = time.monotonic() + PAUSE_S

    @contextmanager
    def long(self) -> Iterator[None]:
        """A turn for long work, behind those whose short turns follow each other; but not for ever.

        Turn about, each token of an answer would wait for a whole pass over new documents.
        """
        patient_until = time.monotonic() + PATIENCE_S
        while time.monotonic() < min(self._short_until, patient_until):
            time.sleep(PAUSE_S / 5)
        with self:
            yield
