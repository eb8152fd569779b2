"""How long writing takes here, as far as the memory and this machine remember.

A run has three parts: it starts (the model is loaded), the model computes tokens, and each chunk
goes to the disk and into the index. Small documents take most of their time in the third. All of
it takes longer where other programs want the same cores, so what is kept is what it would take on
a quiet machine. A run of 300 tokens told 0.6 of the speed of longer ones, which differed by half
among themselves; so runs count by their tokens, and few tell nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from store.disk import atomic_write
from store.home import Home

DEFAULT_TOKENS_PER_S = 1400.0
"""Measured with the default model on two cores (bench/speed.py)."""
_START_S, _CHUNK_S = 1.5, 0.02  # so, too: to load the model, and to keep a chunk
_ENOUGH_TOKENS = 1024  # to be believed
_REMEMBERED_TOKENS = 16_384  # the weight that earlier runs have at most
_ALIKE = 0.1  # models so near the default one are as fast


@dataclass(frozen=True)
class Rate:
    """What a run takes on a quiet machine: seconds until it computes, tokens a second then, and
    seconds a chunk besides.
    """

    tokens_per_second: float
    seconds_to_start: float = _START_S
    seconds_per_chunk: float = _CHUNK_S

    def estimated(self, tokens: int, chunks: int) -> tuple[float, float]:
        """Seconds to write so many tokens of so many chunks, with what else runs now, and tokens a
        second then, of all that a run does.
        """
        if not tokens:
            return 0.0, self.tokens_per_second
        quiet = self.seconds_to_start + tokens / self.tokens_per_second
        seconds = (quiet + chunks * self.seconds_per_chunk) * busy()
        return seconds, tokens / seconds


class Pace:
    """Tokens that a model computed in this run, and the time that it took, with all else."""

    def __init__(self, home: Home, identity: str, machine: Path) -> None:
        """machine: the file in which this machine remembers, for new memories."""
        self._files, self._identity = (home.pace, machine), identity
        self._busy, self._born = busy(), time.perf_counter()
        self._begun: float | None = None
        self._tokens = self._chunks = 0
        self._seconds = 0.0

    @contextmanager
    def measured(self, tokens: int) -> Iterator[None]:
        start = time.perf_counter()
        self._begun = self._begun or start
        yield
        self._seconds += time.perf_counter() - start
        self._tokens += tokens

    def kept(self, chunks: int) -> None:
        """Count chunks that went to the disk."""
        self._chunks += chunks

    def keep(self) -> None:
        """Let the memory and the machine remember."""
        if not self._tokens or self._begun is None:
            return
        rest = time.perf_counter() - self._begun - self._seconds
        rate = Rate(
            round(self._tokens / self._seconds * self._busy, 1),
            round((self._begun - self._born) / self._busy, 3),
            round(rest / max(self._chunks, 1) / self._busy, 5),
        )
        for file in self._files:
            kept, tokens = rate, self._tokens
            if found := _kept(file, self._identity):
                kept, tokens = _mean(rate, self._tokens, *found)
            told = {"identity": self._identity, "tokens": tokens} | asdict(kept)
            content = json.dumps(told).encode()
            with suppress(OSError):  # nothing that is needed
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                atomic_write(file, content)


def busy() -> float:
    """How many times as long work takes for what else wants the cores; 1 on a quiet machine."""
    try:
        return 1 + os.getloadavg()[0] / (os.cpu_count() or 1)
    except (OSError, AttributeError):  # nobody counts it, as on Windows
        return 1.0


def remembered(file: Path, identity: str) -> Rate | None:
    """What a file says of a model's last runs; None where they computed too little."""
    found = _kept(file, identity)
    return found[0] if found and found[1] >= _ENOUGH_TOKENS else None


def _kept(file: Path, identity: str) -> tuple[Rate, int] | None:
    """A model's rate, and the tokens that tell it."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        rate = Rate(*(float(found[each.name]) for each in fields(Rate)))
        tokens, is_this = int(found["tokens"]), found["identity"] == identity
    except (OSError, ValueError, KeyError, TypeError):  # in the cache: nothing that is needed
        return None
    return (rate, tokens) if is_this and rate.tokens_per_second > 0 and tokens > 0 else None


def _mean(rate: Rate, tokens: int, before: Rate, tokens_before: int) -> tuple[Rate, int]:
    """The mean of what two rates take, by tokens, and the tokens of both."""
    earlier = min(tokens_before, _REMEMBERED_TOKENS)
    share = tokens / (tokens + earlier)

    def mean(of_this: float, of_earlier: float) -> float:
        return share * of_this + (1 - share) * of_earlier

    found = Rate(
        round(1 / mean(1 / rate.tokens_per_second, 1 / before.tokens_per_second), 1),
        round(mean(rate.seconds_to_start, before.seconds_to_start), 3),
        round(mean(rate.seconds_per_chunk, before.seconds_per_chunk), 5),
    )
    return found, tokens + earlier


def expected(
    home: Home | None, machine: Path, identity: str, relative_speed: float
) -> tuple[Rate, str]:
    """The rate to reckon with, and where that is from.

    relative_speed: the model's, where the default model has 1.
    """
    here = remembered(home.pace, identity) if home else None
    if here:
        return here, "measured in this memory"
    if rate := remembered(machine, identity):
        return rate, "measured on this machine"
    if abs(relative_speed - 1) < _ALIKE:
        return Rate(DEFAULT_TOKENS_PER_S), "measured with the default model on two cores"
    rate = Rate(DEFAULT_TOKENS_PER_S * relative_speed, _START_S / relative_speed)
    return rate, "counted from the default model's on two cores"
