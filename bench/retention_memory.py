"""The memory that `bench.retention` fills, and every way of answering from what it read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.machine import LOCK_TIMEOUT_S
from mplus_cli.asking.answer import Asker
from mplus_cli.asking.how import Asking
from mplus_cli.engine import Engine
from mplus_cli.injecting import ingest
from mplus_cli.injecting.events import DocumentDone
from mplus_cli.injecting.plan import Request
from mplus_cli.inputs.names import from_bytes
from mplus_cli.kinds.passes import read_passage, settled
from mplus_cli.kinds.readings import Reading, surest
from mplus_cli.model.net.cache import Read
from mplus_cli.model.net.generate import generate
from mplus_cli.model.net.network import Network
from store.change import change
from store.home import Home
from store.index.reader import Index
from store.kinds import state as states
from store.kinds.chunks import CANDIDATES, FoundChunk
from store.kinds.mplus import Memory
from store.kinds.vectors import LayerReading
from store.segments.chosen import segments_of
from store.state_files import read_state
from training.data import Passage, Question

ANSWER_TOKENS = 24
TEXTS_IN_CONTEXT = 2


@dataclass(frozen=True)
class Asked:
    """A question and the name of the document that answers it, None where none does."""

    question: Question
    document: str | None


@dataclass(frozen=True)
class Answered:
    """What was said, and whether the first source is the right document (None: nobody looked)."""

    asked: Asked
    text: str
    is_first: bool | None = None


def name_of(group: str, number: int, passage: Passage) -> str:
    """The path of a passage in a memory: no two are the same, and it says the title alone."""
    return f"{group}-{number}/{passage.file_name}"


class Empty:
    """No memory at all."""

    def __init__(self, hidden: int) -> None:
        none = torch.empty(0, hidden)
        self._nothing = LayerReading(
            np.zeros(0, dtype=np.int64), torch.empty(0), states=none, kv=none
        )

    def read(self, layer: int, queries: Any) -> LayerReading:
        return self._nothing


class Bench:
    """One memory, and every way of answering from what it read."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path, self.tokens = engine, path, 0
        self._asker = Asker(engine, path, LOCK_TIMEOUT_S)
        self._pools: dict[
            int, Memory
        ] = {}  # by generation: a fold over a long journal takes seconds
        self._answering = engine.config.answering
        self.declines = self._answering.declines
        self._declining = engine.tokenizer.encode(self.declines)[0][0]
        self._plain = self._changed(read_adapter="none")  # no adapter of this name: the plain base
        self._whole = self._changed(
            num_tokens=engine.config.memory.retrieved_vectors
        )  # room for all of them at once

    def add(self, passages: list[tuple[str, str]]) -> None:
        """Inject (name, text) pairs, in this order."""
        pieces = [from_bytes(text.encode(), name) for name, text in passages]
        with change(self._path, "bench", 1, create=self._engine.spec) as opened:
            for event in ingest.inject(Request(pieces), self._engine, opened):
                self.tokens += event.tokens if isinstance(event, DocumentDone) else 0

    def ours(self, asked: Asked, tokens: int = ANSWER_TOKENS) -> Answered:
        how = Asking(max_tokens=tokens)
        whole = self._asker.respond(asked.question.text, how).answer
        return Answered(
            asked, whole.text, bool(whole.sources) and whole.sources[0].path == asked.document
        )

    def place(self, asked: Asked) -> int:
        """Where the search puts the first passage of the right document that holds an answer, from
        1 on; 0 where it is not even a candidate.
        """
        found = self._asker.search(asked.question.text, CANDIDATES, Asking())
        right = (
            place
            for place, each in enumerate(found, 1)
            if each.path == asked.document
            and any(answer in each.text for answer in asked.question.answers)
        )
        return next(right, 0)

    def pool_alone(self, asked: Asked) -> str:
        """MemoryLLM's way: as many vectors as this model reads, all of them a pool."""
        spec = self._engine.spec
        spec = replace(spec, pool_vectors=spec.retrieved_vectors, capacity_vectors=0)
        with self._index() as (index, generation):
            if generation not in self._pools:
                entries = index.entries(generation)
                self._pools[generation] = self._memory(
                    states.fold(spec, states.initial(spec), entries)
                )
        return self._decode(self._whole, asked.question.text, [self._pools[generation]])

    def by_text(self, asked: Asked) -> str:
        """The chunks that BM25 finds, read as memory."""
        with self._index() as (index, generation):
            numbers = index.ranked_by_text(generation, asked.question.text)
            home = Home(self._path)
            state = read_state(home, index, index.generation(), home.spec)
        spec, memory = self._engine.spec, self._memory(state)
        found = [
            FoundChunk(memory, number, 1.0)
            for number in numbers[: spec.retrieved_vectors // spec.num_tokens]
        ]
        return self._decode(
            self._engine.network, asked.question.text, found or [Empty(spec.hidden)]
        )

    def rag(self, asked: Asked) -> str:
        """The plain base with the chunks that BM25 finds in its context."""
        with self._index() as (index, generation):
            numbers = index.ranked_by_text(generation, asked.question.text)[:TEXTS_IN_CONTEXT]
            found = index.located(generation, numbers)
        return self.in_context(
            asked, "\n\n".join(found[number].chunk.text for number in reversed(numbers))
        )

    def in_context(self, asked: Asked, text: str) -> str:
        return self._plainly(f"{text}\n\n{asked.question.text}")

    def without(self, asked: Asked) -> str:
        return self._plainly(asked.question.text)

    def _index(self) -> Any:
        return _Opened(Home(self._path))

    def _memory(self, state: states.State) -> Memory:
        home = Home(self._path)
        return Memory(home.spec, state, segments_of(home, home.spec), self._engine.origin)

    def _changed(self, **changes: Any) -> Network:
        """The same network under another config, without what decodes for it."""
        network, config = self._engine.network, self._engine.config
        config = replace(config, memory=replace(config.memory, **changes))
        return Network(
            config, network.llama, network.retrievers, network.prefix_states, None, "none"
        )

    def _decode(self, network: Network, text: str, memories: Sequence[Any]) -> str:
        ids = self._engine.tokenizer.prompt(text, self._answering.system)
        given = (ANSWER_TOKENS, self._answering, self._declining)
        layers = (settled(memory.read) for memory in memories)
        readings = (Reading(*read_passage(network, ids, layer, *given)) for layer in layers)
        chosen = surest(readings, self._answering.sure)[0]
        return self._text(network, (chosen.cache, chosen.logits))

    def _plainly(self, text: str) -> str:
        ids = self._engine.tokenizer.prompt(text, self._answering.system)
        nothing = settled(Empty(self._engine.config.architecture.hidden).read)
        return self._text(self._plain, self._plain.read(ids, nothing, ANSWER_TOKENS))

    def _text(self, network: Network, read: Read) -> str:
        return "".join(
            self._engine.tokenizer.stream(generate(network, *read, ANSWER_TOKENS))
        ).strip()


class _Opened:
    """The index and its last generation, for a while."""

    def __init__(self, home: Home) -> None:
        self._index = Index.open(home)

    def __enter__(self) -> tuple[Index, int]:
        generation = self._index.generation()
        assert generation is not None
        return self._index, generation.id

    def __exit__(self, *exception: object) -> None:
        self._index.close()
