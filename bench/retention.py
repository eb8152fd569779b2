"""How long a memory keeps what it read: the published protocol (arXiv 2502.00592, section 4.2).

Passages with questions are injected, then unrelated ones; the questions are asked with the passage
alone in memory (distance 0), with three others behind it, and again whenever as many tokens as
`--tokens` names lie in the memory. Memories are made and asked by the program's own pipeline. FILE
has the format of training/data.py; its first passages are asked about, in an order drawn by the
seed, and all others are the unrelated ones, so it must be long enough (`--filler FILE` adds more).

Beside this model, in the same run: the pool alone (as in MemoryLLM) with as many vectors; chunks
found by text alone (BM25) and read by the same model; the plain base with the best chunks by BM25
in its context; no memory; and at distance 0 the plain base with the passage in its context.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track

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
from mplus_cli.settings import load_settings
from store.change import change
from store.home import Home
from store.index import Index
from store.kinds import state as states
from store.kinds.chunks import FoundChunk
from store.kinds.mplus import Memory
from store.kinds.vectors import LayerReading
from store.segments_of import segments_of
from store.state_files import read_state
from training.data import Passage, Question, contains, declined, exact, f1, load

ANSWER_TOKENS = 24
TEXTS_IN_CONTEXT = 2
WRONG = 3


@dataclass(frozen=True)
class Asked:
    """A question and the name of the document that answers it, None where none does."""

    question: Question
    document: str | None


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

    def ours(self, asked: Asked, tokens: int = ANSWER_TOKENS) -> tuple[str, bool]:
        """The answer, and whether the first source is the right document."""
        how = Asking(max_tokens=tokens)
        asker = Asker(self._engine, self._path, LOCK_TIMEOUT_S)
        whole = asker.respond(asked.question.text, how).answer
        return whole.text, bool(whole.sources) and whole.sources[0].path == asked.document

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


def score(answers: Sequence[tuple[Asked, str, bool | None]], declines: str) -> dict[str, float]:
    """Means over the questions that can be answered; the share declined, of both kinds."""
    can = [(asked, text) for asked, text, _ in answers if asked.question.answers]
    cannot = [text for asked, text, _ in answers if not asked.question.answers]
    first = [right for asked, _, right in answers if right is not None and asked.document]
    found = {
        "f1": statistics.mean(f1(text, asked.question.answers) for asked, text in can),
        "exact": statistics.mean(exact(text, asked.question.answers) for asked, text in can),
        "contains": statistics.mean(contains(text, asked.question.answers) for asked, text in can),
        "declined_wrongly": statistics.mean(declined(text, declines) for _, text in can),
    }
    if cannot:
        found["declined_rightly"] = statistics.mean(declined(text, declines) for text in cannot)
    if first:
        found["first_source_right"] = statistics.mean(first)
    return {name: round(value, 3) for name, value in found.items()}


def distance_zero(
    engine: Engine, passages: list[Passage], asked: list[Asked], others: list[Passage], folder: Path
) -> dict[str, Any]:
    """Each passage in a memory of its own: alone, then with three others behind it."""
    ours, among, context, without = [], [], [], []
    for number, passage in enumerate(track(passages, "passage alone")):
        bench = Bench(engine, folder / f"alone-{number}")
        name = name_of("passage", number, passage)
        bench.add([(name, passage.text)])
        for one in [one for one in asked if one.document == name]:
            ours.append((one, *bench.ours(one)))
            context.append((one, bench.in_context(one, passage.text), None))
            without.append((one, bench.without(one), None))
        wrong = [others[(number * WRONG + place) % len(others)] for place in range(WRONG)]
        bench.add(
            [(name_of("wrong", place, other), other.text) for place, other in enumerate(wrong)]
        )
        among += [(one, *bench.ours(one)) for one in asked if one.document == name]
    given: dict[str, Sequence[tuple[Asked, str, bool | None]]] = {
        "mplus": ours,
        "mplus, among three others": among,
        "base, passage in context": context,
        "base, no memory": without,
    }
    declines = engine.config.answering.declines
    return {name: score(answers, declines) for name, answers in given.items()}


def at_distance(bench: Bench, asked: list[Asked]) -> dict[str, Any]:
    ways: dict[str, Callable[[Asked], str]] = {
        "pool alone": bench.pool_alone,
        "mplus, found by text alone": bench.by_text,
        "base, best texts in context": bench.rag,
    }
    found: dict[str, Any] = {
        "mplus": score(
            [(one, *bench.ours(one)) for one in track(asked, f"{bench.tokens:,} tokens")],
            bench.declines,
        )
    }
    for name, way in ways.items():
        answerable = [one for one in asked if one.question.answers]
        found[name] = score(
            [(one, way(one), None) for one in track(answerable, name)], bench.declines
        )
    return found


def chosen_questions(
    passages: list[Passage], limit: int, absent: list[Passage]
) -> tuple[list[Passage], list[Asked]]:
    """One question of each passage, `limit` in all, and a fifth as many about passages that are not
    injected.
    """
    there = passages[:limit]
    asked = [
        Asked(passage.questions[0], name_of("passage", number, passage))
        for number, passage in enumerate(there)
    ]
    lost = [
        Asked(Question(passage.questions[0].text, ()), None) for passage in absent[: limit // 5]
    ]
    return there, asked + lost


def filler(passages: list[Passage]) -> Iterator[tuple[str, str]]:
    yield from (
        (name_of("other", number, passage), passage.text) for number, passage in enumerate(passages)
    )


def picture(found: dict[str, Any], file: Path) -> None:
    """F1 against the tokens injected after the passages."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4))
    steps = found["distances"]
    names = dict.fromkeys(name for step in steps for name in step["scores"])
    for name in names:
        points = [
            (step["tokens"], step["scores"][name]["f1"]) for step in steps if name in step["scores"]
        ]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xlabel="tokens in memory", ylabel="answer F1", ylim=(0, 1))
    axes.set_xscale("symlog", linthresh=10_000)
    axes.set_xlim(-500, 1.5 * steps[-1]["tokens"])
    axes.legend(fontsize=8, loc="upper center", ncols=2)
    figure.tight_layout()
    figure.savefig(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="passages with questions")
    parser.add_argument("--filler", type=Path, help="more passages to inject")
    parser.add_argument("--limit", type=int, default=50, help="questions to ask")
    parser.add_argument(
        "--tokens", type=int, nargs="+", default=[20_000], help="tokens in memory when asking again"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument(
        "--picture", type=Path, help="draw F1 against tokens there (needs matplotlib)"
    )
    chosen = parser.parse_args()
    engine = Engine(load_settings({"model": chosen.model, "seed": chosen.seed}), None)
    passages = random.Random(chosen.seed).sample(load(chosen.data), k=len(load(chosen.data)))
    absent, passages = passages[: chosen.limit // 5], passages[chosen.limit // 5 :]
    there, asked = chosen_questions(passages, chosen.limit, absent)
    others = passages[chosen.limit :] + (load(chosen.filler) if chosen.filler else [])
    more = filler(others)
    with tempfile.TemporaryDirectory() as folder:
        steps = [
            {
                "tokens": 0,
                "scores": distance_zero(engine, there, asked, others, Path(folder)),
            }
        ]
        bench = Bench(engine, Path(folder) / "memory")
        bench.add(
            [(name_of("passage", number, each), each.text) for number, each in enumerate(there)]
        )
        for tokens in sorted(chosen.tokens):
            while bench.tokens < tokens:
                part = [pair for pair, _ in zip(more, range(16), strict=False)]
                if not part:
                    raise SystemExit(
                        f"the data holds {bench.tokens:,} tokens only; name more with --filler"
                    )
                bench.add(part)
            steps.append({"tokens": bench.tokens, "scores": at_distance(bench, asked)})
    found = {"questions": chosen.limit, "seed": chosen.seed, "distances": steps}
    print(json.dumps(found, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n")
    if chosen.picture:
        picture(found, chosen.picture)


if __name__ == "__main__":
    main()
