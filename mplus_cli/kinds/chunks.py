"""Whole chunks: each written alone, found once for all layers, and read one at a time.

Section 3 of docs/design.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from mplus_cli.kinds import Ids, Model, Ranked
from mplus_cli.kinds.readings import Reading
from mplus_cli.kinds.tracing import VectorTrace
from mplus_cli.kinds.writing import writer_of

if TYPE_CHECKING:
    from torch import Tensor

    from store.home import Home
    from store.kinds.mplus import Memory
    from store.kinds.state import State
    from store.segments import Segments


class Chunks:
    """See `mplus_cli.kinds.Kind`."""

    reads_passages = True
    divisible = True

    def __init__(self, model: Model) -> None:
        self._model = model
        self.writer = writer_of(model)
        self._last: tuple[str, Tensor | None] = "", None  # both at once: threads share them

    def open(self, home: Home, state: State, segments: Segments) -> Memory:
        from store.kinds.mplus import Memory
        from store.segments.lean import LeanSegments

        segments.keys.grow(state.journal)
        if isinstance(segments, LeanSegments):
            segments.make = self._written
            self._model.limit(home, segments)
        return Memory(segments.spec, state, segments, self._model.origin)

    def _written(self, chunks: Sequence[Ids]) -> list[Tensor]:
        """The vectors of chunks that are written again, as they were at first.

        Raises `DamagedError` where a chunk, of a snapshot maybe, has ids that no token has.
        """
        from mplus_cli.kinds.passes import write_alone
        from store.errors import RESTORE, DamagedError

        vocabulary = self._model.config.architecture.vocabulary
        if any(max(ids) >= vocabulary for ids in chunks):
            raise DamagedError(
                "a chunk of the memory has ids that the model does not know", RESTORE
            )
        return [each.vectors.cpu() for each in write_alone(self._model.network, chunks, as_kv=True)]

    @property
    def passages(self) -> int:
        spec = self._model.spec
        return spec.retrieved_vectors // spec.num_tokens

    def readings(
        self, prompt: Ids, memory: Memory, found: Sequence[Ranked], room: int
    ) -> Iterator[Reading]:
        from mplus_cli.kinds.passes import read_passage, settled
        from store.kinds.chunks import FoundChunk

        answering = self._model.config.answering
        said = self._model.tokenizer.saying(answering.declines)
        declines = said[0] if said else None
        given = (room, answering, declines)
        # Without any chunk there is only the checkpoint's own memory to read.
        if not found:
            read = read_passage(self._model.network, prompt, settled(memory.read), *given)
            yield Reading(*read, trace=VectorTrace(read[0], memory.state))
        for at, (number, score) in enumerate(found):
            behind = [each for each, _ in found[at:]]
            # Mostly the first is the only one to be read, so it waits for no other.
            memory.ready(self._together(memory, behind) if at else behind[:1])
            passage = settled(FoundChunk(memory, number, score or 0.0).read)
            read = read_passage(self._model.network, prompt, passage, *given)
            yield Reading(*read, number, score, VectorTrace(read[0], memory.state))

    def _together(self, memory: Memory, numbers: Sequence[int]) -> Sequence[int]:
        """The first of some chunks, and those behind it that are as long as one can be together."""
        tokens = 0
        for count, number in enumerate(numbers):
            tokens += int(memory.state.sizes[number - 1])
            if count and tokens > self._model.spec.num_tokens:
                return numbers[:count]
        return numbers

    def search(
        self, words: str, memory: Memory, by_text: Callable[[], Ids], count: int
    ) -> list[Ranked]:
        from store.kinds.chunks import find_chunks

        chunks = find_chunks(memory, self._queries(words), by_text(), count)
        return [(chunk.number, chunk.score) for chunk in chunks]

    def _queries(self, words: str) -> Tensor:
        """Queries [F,m,h] of some words: those of the last ones are known, for several memories are
        asked the same.
        """
        from mplus_cli.kinds.passes import find

        known, queries = self._last
        if known != words or queries is None:
            queries = find(self._model.network, self._model.tokenizer.encode(words)[0])
            self._last = words, queries
        return queries

    def declined(self, answer: str) -> bool:
        return self._model.config.answering.declined(answer)
