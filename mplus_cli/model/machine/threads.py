"""As many threads as there are cores that nothing else wants."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import torch

LOOK_EVERY_S = 0.1
_TASKS = Path("/proc/self/task")
_LOAD = Path("/proc/loadavg")


class Threads:
    """Settles how many threads PyTorch computes with, again and again while the machine changes.

    OpenMP's threads wait for each other at the end of every product, and spin while they wait: that
    is quick on cores of one's own, and on cores that something else uses it costs up to nine times
    the time, whatever else the program does. Passive waiting halves the speed of a quiet machine.
    So a thread that would have no core of its own is not used. A number that the user chose
    (OMP_NUM_THREADS, or `torch.set_num_threads` at any time) is never exceeded.
    """

    def __init__(self, others: Callable[[], int] | None = None) -> None:
        """others: how many threads of other programs want to run now."""
        self._others = others or running_elsewhere
        self._most = self._set = torch.get_num_threads()
        self._chosen = "OMP_NUM_THREADS" in os.environ
        self._next, self._free = 0.0, self._look()

    def settle(self) -> None:
        """Look, at most every 0.1 s, and take or give back threads."""
        now = time.monotonic()
        if self._chosen or now < self._next:
            return
        self._next = now + LOOK_EVERY_S
        if torch.get_num_threads() != self._set:  # somebody else's choice
            self._most = torch.get_num_threads()
        # What wants a core for a moment only is no reason: it must be there at two looks.
        before, self._free = self._free, self._look()
        self._set = max(1, min(self._most, max(before, self._free)))
        if torch.get_num_threads() != self._set:
            torch.set_num_threads(self._set)

    def _look(self) -> int:
        """Cores that nobody else wants."""
        return (os.cpu_count() or 1) - self._others()


def running_elsewhere() -> int:
    """Threads of other programs that run or wait for a core; 0 where the system does not tell."""
    try:
        before = _own()
        everywhere = int(_LOAD.read_text(encoding="ascii").split()[3].partition("/")[0])
        own = max(before, _own())  # one of them may have fallen asleep, or woken, between
    except (OSError, ValueError, IndexError):
        return 0
    return max(0, everywhere - own)


def _own() -> int:
    return sum(_runs(task / "stat") for task in _TASKS.iterdir())


def _runs(file: Path) -> bool:
    try:
        # The name of the thread, in brackets, may hold anything.
        return (
            file.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] == "R"
        )
    except OSError:  # it has just ended
        return False
