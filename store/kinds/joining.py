"""Scores and ranks by text joined into one worth (docs/design.md, section 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WORTH, RANK_OFFSET = 8, 10  # a chunk gains 8 / (10 + rank by text) standard deviations of scores
_LEAST_SPREAD = 0.05  # of scores; where they differ less, as for one word, keys tell little

Worths = NDArray[np.float64]


def joined(scores: Worths, text_ranks: NDArray[np.int64]) -> Worths:
    """What chunks are worth [S], by their scores [S] and their ranks by text from 1 on [S], 0 for
    none.
    """
    by_text = np.where(text_ranks > 0, WORTH / (RANK_OFFSET + text_ranks), 0.0)
    return _standard(scores) + by_text


def _standard(scores: Worths) -> Worths:
    """Scores in standard deviations from their mean, or in steps of `_LEAST_SPREAD`.

    How far apart cosines lie depends on the model and the question; what a rank by text is worth
    must not. But what differs by less is chance, and not to be blown up. How well texts fit has no
    measure in common with scores, so their ranks count (reciprocal ranks: Cormack, Clarke and
    Büttcher, SIGIR 2009). Keys tell finer differences: a chunk that is far ahead by these stays
    first.
    """
    out: Worths = (scores - scores.mean()) / max(float(scores.std()), _LEAST_SPREAD)
    return out
