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
_ALIKE = 0.1  # models so near the default one are as fast


class Pace:
    """Tokens that a model computed in this run, and the time it took."""

    def __init__(self, home: Home, identity: str) -> None:
        self._home, self._identity = home, identity
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
            rate = {
                "identity": self._identity,
                "tokens_per_second": round(self._tokens / self._seconds, 1),
            }
            self._home.pace.parent.mkdir(mode=0o700, exist_ok=True)
            atomic_write(self._home.pace, json.dumps(rate).encode())


def remembered(home: Home | None, identity: str) -> float | None:
    """Tokens per second of a model's last run that computed some; None where no one remembers."""
    if home is None or not home.pace.exists():
        return None
    try:
        found = json.loads(home.pace.read_text(encoding="utf-8"))
        rate = float(found["tokens_per_second"]) if found["identity"] == identity else 0.0
    except (ValueError, KeyError, TypeError):  # it lies in the cache: nothing that is needed
        return None
    return rate if rate > 0 else None


def expected(home: Home | None, identity: str, relative_speed: float) -> tuple[float, str]:
    """Tokens per second to reckon with, and where that is from.

    relative_speed: the model's, where the default model has 1.
    """
    rate = remembered(home, identity)
    if rate:
        return rate, "measured in this memory"
    if abs(relative_speed - 1) < _ALIKE:
        return DEFAULT_TOKENS_PER_S, "measured with the default model on two cores"
    return DEFAULT_TOKENS_PER_S * relative_speed, "counted from the default model's on two cores"
