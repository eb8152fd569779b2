"""How fast the model writes here, as far as the memory remembers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from store.disk import atomic_write
from store.home import Home

DEFAULT_TOKENS_PER_S = 1400.0
"""Measured with the default model on two cores (bench/speed.py)."""
_ENOUGH_TOKENS = 256


class Pace:
    """Tokens that the model computed in this run, and the time it took."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._tokens = 0
        self._seconds = 0.0

    @contextmanager
    def measured(self, tokens: int) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._seconds += time.perf_counter() - start
        self._tokens += tokens

    def keep(self) -> None:
        """Let the memory remember, where there was enough to measure."""
        if self._tokens >= _ENOUGH_TOKENS:
            rate = {"tokens_per_second": round(self._tokens / self._seconds, 1)}
            self._home.pace.parent.mkdir(mode=0o700, exist_ok=True)
            atomic_write(self._home.pace, json.dumps(rate).encode())


def remembered(home: Home | None) -> float | None:
    """Tokens per second of the last run that computed some; None where no one remembers."""
    if home is None or not home.pace.exists():
        return None
    try:
        rate = float(json.loads(home.pace.read_text(encoding="utf-8"))["tokens_per_second"])
    except (ValueError, KeyError, TypeError):  # it lies in the cache: nothing that is needed
        return None
    return rate if rate > 0 else None
