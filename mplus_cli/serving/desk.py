"""One thread that owns the model, and a line in front of it that has an end.

All of a server's questions go through a desk: HTTP, the warm socket, MCP. What needs no model
(lists, history, forgetting) does not, and a long inject runs in a thread of its own: it takes turns
with the questions at the model, chunk by chunk (`mplus_cli.turns`).
"""

from __future__ import annotations

import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from mplus_cli.api import Memory, Questions
from mplus_cli.asking.how import Askable, How, Search
from mplus_cli.errors import BusyError, StoppedError
from mplus_cli.results import Progress, unwatched
from mplus_cli.serving import heap
from mplus_cli.serving.place import Place
from mplus_cli.settings import Settings
from store.errors import MplusError

if TYPE_CHECKING:
    from mplus_cli.results.answers import Answer, Passage

LONGEST_LINE = 64
FIRST_GUESS_S = 1.0  # what a question takes, before one was answered
_JOBS_PER_TRIM = 50  # it takes some milliseconds
_SHARE_OF_LAST = 0.2  # of the mean time of a question, which the last one makes


@dataclass(frozen=True)
class Began:
    """The model's thread has taken it up, after so long in the line."""

    waited_s: float


@dataclass(frozen=True)
class Piece:
    """A piece of an answer."""

    text: str


@dataclass(frozen=True)
class Done:
    """The end: an `Answer`, passages, or whatever else was asked for."""

    result: Any


@dataclass(frozen=True)
class Failed:
    """The end, too."""

    error: MplusError


Event = Began | Piece | Done | Failed
Tell = Callable[[Event], None]
"""Is told of a job's events, by the model's thread: it must return at once."""


class Job:
    """One thing that was asked for, on its way."""

    def __init__(self, work: Callable[[Job], Any], tell: Tell, reading: Progress) -> None:
        self._work, self._tell, self.reading = work, tell, reading
        self._cancelled = threading.Event()
        self._came = time.monotonic()

    def cancel(self) -> None:
        """Nobody wants it any more: it ends before the next token or layer, with `StoppedError`."""
        self._cancelled.set()

    def stopped(self) -> bool:
        return self._cancelled.is_set()

    def tell(self, event: Event) -> None:
        if not self.stopped():
            self._tell(event)

    def carry_out(self) -> None:
        """Do it, and tell how it ends."""
        try:
            if self.stopped():
                raise StoppedError("the answer was stopped", "ask anew")
            self.tell(Began(time.monotonic() - self._came))
            end: Event = Done(self._work(self))
        except MplusError as error:
            end = Failed(error)
        except Exception:
            # One question that the program gets wrong must not end all the others.
            logging.getLogger(__name__).exception("a job failed")
            end = Failed(MplusError("the server has failed at this", "see what it wrote, and ask"))
        self._tell(end)

    def refuse(self, error: MplusError) -> None:
        """End it before it began."""
        self._tell(Failed(error))


class Desk:
    """Questions to one memory, one after the other, from any number of threads."""

    def __init__(
        self, settings: Settings, *, longest_line: int = LONGEST_LINE, idle_s: float = math.inf
    ) -> None:
        """longest_line: how many may wait; idle_s: after so long without a question the model is
        unloaded, and loaded again for the next one.
        """
        self.memory = Memory.of(settings, reading=self._look)
        self.place = Place(settings.memory)
        self._line: queue.Queue[Job | None] = queue.Queue(longest_line)
        self._idle_s, self._mean_s = idle_s, FIRST_GUESS_S
        self._current: Job | None = None
        self._lock = threading.Lock()
        self._ending = False
        self.last_used = time.monotonic()
        self._thread = threading.Thread(target=self._serve, name="model", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return self._line.qsize()

    @property
    def busy(self) -> bool:
        """Whether somebody is served or waits."""
        return self._current is not None or self.waiting > 0

    def ask(
        self,
        question: str,
        tell: Tell,
        *,
        at: str | None = None,
        reading: Progress = unwatched,
        **how: Unpack[How],
    ) -> Job:
        """Stand in line with a question: pieces, then an `Answer`. Raises `BusyError`.

        reading: is told of the layers that the question has gone through, as `tell` is of events.
        """

        def work(job: Job) -> Answer:
            asking: How = {**how, "stopped": job.stopped}
            response = self.questions(job, at).stream(question, **asking)
            for piece in response:
                job.tell(Piece(piece))
            return response.answer

        return self.run(work, tell, reading)

    def search(
        self,
        words: str,
        tell: Tell,
        *,
        k: int = 5,
        at: str | None = None,
        **how: Unpack[Search],
    ) -> Job:
        """Stand in line with words to search for; ends with passages. Raises `BusyError`."""

        def work(job: Job) -> list[Passage]:
            return self.questions(job, at).search(words, k, **how)

        return self.run(work, tell)

    def rankings(
        self, question: str, tell: Tell, *, k: int, at: str | None = None, **how: Unpack[Search]
    ) -> Job:
        """Stand in line with a question, for what it finds alone. Raises `BusyError`."""

        def work(job: Job) -> list[list[Passage]]:
            return self._here(at).rankings(question, k, **how)

        return self.run(work, tell)

    def run(self, work: Callable[[Job], Any], tell: Tell, reading: Progress = unwatched) -> Job:
        """Stand in line with any work of the model. Raises `BusyError`."""
        job = Job(work, tell, reading)
        with self._lock:  # so that nobody comes behind the last one
            if self._ending:
                raise BusyError("the server is about to end", "ask another one", 5)
            try:
                self._line.put_nowait(job)
            except queue.Full:
                raise BusyError(
                    f"{self.waiting} questions are waiting", "ask again later", self._retry_after_s
                ) from None
        return job

    def close(self, grace_s: float = 5.0) -> None:
        """Take nobody any more, refuse who waits, and end when the one that is served has ended,
        which after so many seconds is stopped.
        """
        with self._lock:
            if self._ending:
                return
            self._ending = True
        while True:
            try:
                job = self._line.get_nowait()
            except queue.Empty:
                break
            if job is not None:
                job.refuse(BusyError("the server is ending", "ask another one", 5))
        self._line.put(None)
        self._thread.join(grace_s)
        if current := self._current:
            current.cancel()
        self._thread.join()
        self.memory.close()

    @property
    def _retry_after_s(self) -> int:
        """When there is room again, by what questions took lately: half of the line."""
        return max(1, round(self._mean_s * self.waiting / 2))

    def questions(self, job: Job, at: str | None) -> Askable:
        """What answers a job: the memory, as a generation had it. Desks beside others find more."""
        return self._here(at)

    def _here(self, at: str | None) -> Questions:
        return self.memory if at is None else self.memory.at(at)

    def _serve(self) -> None:
        for number, job in enumerate(iter(self._next, None), 1):
            began = time.monotonic()
            self._current = job
            job.carry_out()
            self._current = None
            self.last_used = time.monotonic()
            self._mean_s += _SHARE_OF_LAST * (self.last_used - began - self._mean_s)
            if number % _JOBS_PER_TRIM == 0:
                heap.give_back()

    def _next(self) -> Job | None:
        """Who is next, None at the end; the model is unloaded while nobody comes for long."""
        if self._idle_s < math.inf:
            with suppress(queue.Empty):
                return self._line.get(timeout=self._idle_s)
            self.memory.close()
        return self._line.get()

    def _look(self, done: int, of: int) -> None:
        """Between two layers of a prompt that is read: whether it is still wanted."""
        job = self._current
        if job is None or threading.current_thread() is not self._thread:
            return
        if job.stopped():
            raise StoppedError("the answer was stopped", "ask anew")
        job.reading(done, of)


def listened(start: Callable[[Tell], Job]) -> Iterator[Event]:
    """The events of a job, for a thread that waits for them; who stops listening cancels it."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    job = start(events.put)
    try:
        while True:
            event = events.get()
            yield event
            if isinstance(event, Done | Failed):
                return
    finally:
        job.cancel()
