"""The update of a pool as arXiv 2502.00592, section 3.1, tells it: one segment after the other."""

import numpy as np

from store.kinds import pool as pools
from store.kinds.journal import Journal
from store.kinds.pool import Ids
from store.kinds.state import State
from store.spec import Spec


def apply(
    spec: Spec, state: State, key: str, vectors: int, dropped_rows: Ids | None = None
) -> tuple[State, Ids]:
    """The segment `key` of K = `vectors` enters; gives the new state and the ids that left [L,D].

    The rows to drop are drawn by the memory's seed and the number of the update, unless they are
    given.
    """
    rows = state.pool.shape[1]
    if dropped_rows is None:
        count = max(0, rows + vectors - spec.pool_vectors)
        update = len(state.journal)
        dropped_rows = pools.draw(spec.seed, update, spec.layers, rows, count, spec.drop_per_layer)
    new = np.arange(state.born, state.born + vectors, dtype=np.int64)
    kept = [
        np.concatenate([np.delete(row, dropped), new])
        for row, dropped in zip(state.pool, dropped_rows, strict=True)
    ]
    left = np.take_along_axis(state.pool, dropped_rows, axis=1)
    sizes = np.append(state.sizes, vectors)
    return State(state.origin, state.journal + Journal.of([key]), sizes, np.stack(kept)), left
