"""The keys of chunks as a memory packs them, to search them as the product does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from mplus_cli.engine import Engine
from store.kinds.vectors import Vectors
from store.segments.chunk_keys import ChunkKeys, opened
from store.segments.key_forms import TwoBits
from store.segments.keys import DerivedKeys
from store.segments.quantized import Rows


class Keys:
    """The keys of chunks by the base's retriever, and no other vector: what is searched of a
    memory. states: per chunk [F,n,d], as `states_of` gives them; they are numbered from 1.
    """

    def __init__(self, folder: Path, engine: Engine, states: Sequence[Tensor]) -> None:
        self.numbers = np.arange(1, len(states) + 1)
        self._sizes = np.array([each.shape[1] for each in states])
        self._names = tuple(f"{number:064x}" for number in self.numbers)
        retrievers = sorted(engine.network.retrievers.items())
        own = dict(zip(self._names, states, strict=True))

        def keys(name: str) -> Rows:
            found = [
                retriever.keys(each)
                for (_, retriever), each in zip(retrievers, own[name], strict=True)
            ]
            return Rows(torch.stack(found), None)

        self._selector = engine.spec.selector
        self._packed = DerivedKeys(folder, TwoBits(self._selector), len(retrievers), keys)
        self._packed.grow(self._names)

    def chunk_keys(self) -> AbstractContextManager[ChunkKeys]:
        return opened(self._packed, self._selector, self._names, self._sizes, self.numbers)

    @property
    def memory(self) -> Vectors:
        """As `find_chunks` wants it, which asks a memory for nothing else."""
        return cast(Vectors, self)
