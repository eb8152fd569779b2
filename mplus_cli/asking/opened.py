"""A memory held open for a question: its newest generation, or one that is named."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.asking.among import Among
from mplus_cli.engine import Engine
from mplus_cli.errors import EmptyError
from mplus_cli.results.answers import Within
from mplus_cli.upkeep.generations import find_generation
from store.errors import NoMemoryError
from store.home import Home
from store.index.numbering import Numberings
from store.index.reader import Index
from store.locks import read_lock
from store.segments.chosen import segments_of
from store.spec import check_generation, check_model
from store.state_files import read_state

if TYPE_CHECKING:
    from mplus_cli.kinds import OpenMemory
    from store.records import Generation
    from store.spec import Spec

STATES_KEPT = 2
"""States that stay open: the newest, and one that a question began with before it changed."""


@dataclass(frozen=True)
class Opened:
    """One generation of a memory while its files are held.

    documents: those that are asked (None: all); the memory is that of their segments.
    """

    index: Index
    generation: Generation
    memory: OpenMemory
    documents: list[int] | None

    def by_text(self, words: str) -> list[int]:
        return self.index.ranked_by_text(self.generation.id, words, self.documents)

    def numbers(self, chunks: Sequence[tuple[int, int]]) -> list[int]:
        """Where chunks, each by its document and its number there, stand in the journal, from 1; 0
        for one that is not there, or not asked.
        """
        found = self.index.placed(self.generation.id, chunks)
        asked = None if self.documents is None else set(self.documents)
        places = zip(chunks, found, strict=True)
        return [at if asked is None or each[0] in asked else 0 for each, at in places]

    @property
    def within(self) -> Within | None:
        if self.documents is None:
            return None
        return Within(len(self.documents), self.generation.documents)


class Opener:
    """Opens a memory for any number of questions, from several threads, and keeps its states."""

    def __init__(self, engine: Engine, path: Path, timeout_s: float) -> None:
        self._engine, self._path, self._timeout_s = engine, path, timeout_s
        self._numberings = Numberings()
        self._states: OrderedDict[str, OpenMemory] = OrderedDict()

    @contextmanager
    def opened(self, at: str | None, among: Among) -> Iterator[Opened]:
        """The memory that lies there now, held for a while. at: a generation by number, tag or
        `last`. Raises what `Asker.respond` does.
        """
        home = Home(self._path)
        if at is None:
            check_model(home.spec, self._engine.spec)
        with read_lock(self._path, self._timeout_s), closing(Index.open(home)) as index:
            index.numberings = self._numberings
            generation = index.generation() if at is None else find_generation(index, at)
            if generation is None:
                raise NoMemoryError(
                    f"the memory at {self._path} is empty", "fill it with: mplus inject PATH"
                )
            if not generation.documents:
                raise EmptyError(
                    f"the memory at {self._path} holds no documents any more",
                    "fill it with: mplus inject PATH; or go back to a generation of mplus log with:"
                    " mplus rollback GENERATION",
                )
            spec = index.spec(generation)  # the memory may have been written anew just now
            if at is None:
                check_model(spec, self._engine.spec)
            else:
                check_generation(generation.id, spec, self._engine.spec)
            documents = among.documents(index, generation, self._path)
            memory = self._state(home, index, generation, spec)
            if documents is not None:
                memory = memory.among(index.numbers(generation.id, documents))
            yield Opened(index, generation, memory, documents)

    def _state(self, home: Home, index: Index, generation: Generation, spec: Spec) -> OpenMemory:
        """The state of a generation, opened once."""
        with self._engine.turn:
            if generation.state not in self._states:
                state = read_state(home, index, generation, spec, to_ask=True)
                segments = segments_of(home, spec)  # its own: what was erased stays open nowhere
                self._states[generation.state] = self._engine.kind.open(home, state, segments)
            self._states.move_to_end(generation.state)
            while len(self._states) > STATES_KEPT:
                self._states.popitem(last=False)
            return self._states[generation.state]
