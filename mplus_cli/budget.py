"""How much of the disk derived vectors may take: the one owner of that rule."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mplus_cli.injecting import pace
from mplus_cli.settings import Settings, Vectors
from store.home import Home
from store.spec import Spec

QUICK_S = 1.0
"""A chunk that the model writes again in less is as well not kept for long."""
RECENT_BYTES = 1 << 30
_RECENT_SHARE, _ALL_SHARE = 0.1, 0.5  # of what is free beside them
_DEFAULT_WORK = 30 * 576**2  # L·d² of the default model


@dataclass(frozen=True)
class Budget:
    """What derived vectors may take, and why so much, in words. bytes: None where all are kept."""

    bytes: int | None
    why: str


@dataclass(frozen=True)
class BudgetRule:
    """What the user wants kept, and the file in which this machine remembers how fast models wrote.

    `auto` weighs what it costs to write a chunk of T tokens again, here, against the disk:
    - Where that takes less than a second, as with a small model, vectors only save a part of the
      wait for an answer: 1 GiB is kept, of the chunks that were last written or read, for people
      ask again about what they have just asked about. That is some 350 full chunks of the default
      model, which are 90,000 tokens; a tenth of what is free bounds it on a small disk.
    - Where it takes longer, as with a large model on a CPU, an answer would wait for seconds for
      each passage: all are kept, up to half of what is free, so that the disk is never filled.

    What is free is counted beside the vectors, so the budget moves with all else on the disk, and
    does not swing: as they grow by a byte, it shrinks by less than one.
    """

    wanted: Vectors
    machine: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.vectors, settings.pace)

    def budget(self, home: Home, spec: Spec) -> Budget:
        """The budget of a memory's derived vectors for the model of `spec`."""
        if self.wanted == "all":
            return Budget(None, "all are kept, as was set")
        if self.wanted == "none":
            return Budget(0, "none are kept, as was set")
        if isinstance(self.wanted, int):
            return Budget(self.wanted, "as was set")
        rate, known = pace.expected(home, self.machine, spec.identity, _relative_speed(spec))
        seconds = spec.num_tokens / rate.tokens_per_second
        why = f"a chunk is written again in {seconds:.2g} s ({known})"
        if seconds < QUICK_S:
            return Budget(min(RECENT_BYTES, int(_free_bytes(home) * _RECENT_SHARE)), why)
        return Budget(int(_free_bytes(home) * _ALL_SHARE), why)


def _relative_speed(spec: Spec) -> float:
    """How fast a model writes, where the default model has 1: layers of decoders have about as many
    weights as there are numbers in so many squares of their width.
    """
    return _DEFAULT_WORK / (spec.layers * spec.hidden**2)


def _free_bytes(home: Home) -> int:
    try:
        return shutil.disk_usage(home.path).free
    except OSError:  # where nobody tells, the disk is large
        return RECENT_BYTES * 1000
