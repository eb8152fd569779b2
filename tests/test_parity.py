"""Parity with the published classes: every golden case through the product's own classes.

A case is a folder with `config.json`, the checkpoint and `expected.safetensors` (docs/design.md,
section 3). Each step is checked twice: restarted from the golden state of the step before, and
chained from the start. Where there is a GPU, all of it runs there, too, compared on the CPU with
the same tolerances: the cases are float32, and PyTorch does not round float32 products to TF32
unless it is told to.
"""

import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from mplus_cli.engine import make_spec
from mplus_cli.kinds.passes import read_by_layer, write_after
from mplus_cli.model.net.generate import generate
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.load import load, load_origin
from mplus_cli.model.prepared.prepare import folder_source, prepare
from store.home import Home, make_folders
from store.kinds import state as states
from store.kinds.journal import Entries
from store.kinds.layout import layout_of
from store.kinds.mplus import Memory
from store.kinds.state import State
from store.kinds.vectors import Origin
from store.segments import Segment, Segments, segment_key
from store.segments.chosen import segments_of
from store.segments.quantized import joined
from tests.updates import apply

GOLDEN = Path(os.environ.get("MPLUS_GOLDEN_DIR") or Path(__file__).parent / "golden")
CASES = sorted(path.parent for path in GOLDEN.glob("*/expected.safetensors"))
DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
RESTARTED, CHAINED = 5e-4, 5e-3


@dataclass
class Run:
    """One golden case: the model as the product loads it, an empty memory, and what is expected."""

    model: Network
    prepared: Path
    home: Home
    expected: dict[str, Tensor]

    @property
    def steps(self) -> range:
        return range(
            1 + max(int(name.split(".")[0].removeprefix("step")) for name in self.expected)
        )

    @cached_property
    def segments(self) -> Segments:
        return segments_of(self.home, self.home.spec)

    def origin(self) -> Origin:
        own = load_origin(self.prepared)
        keys = [pair[1] for pair in own if pair[1] is not None]
        return Origin([pair[0] for pair in own], keys or None)

    def write(self, step: int, tail: Tensor, name: str) -> str:
        """Write the chunk of a step and bring its segment to the disk, as `inject` does."""
        ids = self.expected[f"step{step}.inject.ids"].tolist()
        written = write_after(self.model, ids, tail)
        key = segment_key(self.home.spec.identity, name, ids)
        arriving = self.segments.arriving()
        arriving.put({key: Segment(written.vectors, written.keys, ids)})
        arriving.close()
        return key

    def enter(self, state: State, step: int, key: str) -> State:
        vectors = self.segments.vectors(key).numbers.shape[1]
        dropped = self.expected[f"step{step}.inject.dropped"].numpy()
        return apply(self.home.spec, state, key, vectors, np.sort(dropped, axis=1))[0]

    def tail(self, memory: Memory) -> Tensor:
        """The last T pool rows of every layer: what a document's next chunk sees."""
        last = memory.state.pool[:, -self.model.config.memory.num_tokens :]
        return torch.stack([memory.gather(layer, row) for layer, row in enumerate(last)])


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    assert not torch.backends.cuda.matmul.allow_tf32
    return str(request.param)


@pytest.fixture(params=CASES, ids=lambda path: path.name)
def run(request: pytest.FixtureRequest, tmp_path: Path, device: str) -> Run:
    prepared = tmp_path / "prepared"
    prepare(folder_source(request.param.name, request.param), prepared)
    model = load(prepared, device)
    make_folders(tmp_path / "memory")
    home = Home.create(tmp_path / "memory", make_spec(model.config, "none"))
    return Run(model, prepared, home, load_file(request.param / "expected.safetensors"))


def close(actual: Tensor, expected: Tensor, tolerance: float, what: str) -> None:
    assert actual.shape == expected.shape, what
    worst = (actual.cpu().double() - expected.double()).abs().max() / expected.double().abs().max()
    assert worst <= tolerance, f"{what}: off by {worst:.2e} of the largest value"


def check_state(run: Run, memory: Memory, step: int, tolerance: float) -> None:
    name = f"step{step}"
    for layer in range(run.model.config.architecture.layers):
        pool = memory.gather(layer, memory.state.pool[layer])
        close(pool, run.expected[f"{name}.pool"][layer], tolerance, f"{name}.pool.{layer}")
        if f"{name}.ltm_vectors.{layer}" in run.expected:
            ids = np.flatnonzero(states.longterm_mask(memory.spec, memory.state, layer))
            vectors, keys = memory.gather(layer, ids), joined(list(memory.keys(layer))).numbers
            start = memory.state.origin - memory.spec.origin_vectors[layer]
            close(
                vectors,
                run.expected[f"{name}.ltm_vectors.{layer}"],
                tolerance,
                f"{name}.ltm_vectors.{layer}",
            )
            close(
                keys[ids - start],
                run.expected[f"{name}.ltm_keys.{layer}"],
                tolerance,
                f"{name}.ltm_keys.{layer}",
            )


def check_questions(run: Run, memory: Memory, step: int, tolerance: float) -> None:
    for question in (
        name
        for name in run.expected
        if name.startswith(f"step{step}.ask") and name.endswith(".ids")
    ):
        name = question.removesuffix(".ids")
        ids, greedy = run.expected[question].tolist(), run.expected[f"{name}.greedy_ids"].tolist()
        cache, logits = read_by_layer(run.model, ids, memory, len(greedy), all_logits=True)
        close(logits, run.expected[f"{name}.logits"], tolerance, f"{name}.logits")
        for layer, reading in enumerate(cache.readings):
            check_retrieved(
                run, memory, f"step{step}", f"{name}.retrieved.{layer}", layer, reading, tolerance
            )
        rows = [logits[-1]]
        for token in greedy[:-1]:
            rows.append(run.model.step(cache, token))
        assert [int(row.argmax()) for row in rows] == greedy, name
        close(
            torch.stack(rows),
            run.expected[f"{name}.greedy_logits"],
            tolerance,
            f"{name}.greedy_logits",
        )
        check_decoding(run, memory, ids, greedy)


def check_retrieved(
    run: Run, memory: Memory, step: str, name: str, layer: int, reading: Any, tolerance: float
) -> None:
    found = ~reading.scores.isnan()
    if name not in run.expected:
        assert not found.any()
        return
    expected = run.expected[name]
    close(memory.gather(layer, reading.ids[found.numpy()]), expected, tolerance, name)
    # Identity: each retrieved row is the long-term row whose golden vector was retrieved there.
    golden = run.expected[f"{step}.ltm_vectors.{layer}"]
    longterm = np.flatnonzero(states.longterm_mask(memory.spec, memory.state, layer))
    rows = torch.cdist(expected.double(), golden.double()).argmin(dim=1).numpy()
    assert (reading.ids[found.numpy()] == longterm[rows]).all(), name


def check_decoding(run: Run, memory: Memory, ids: list[int], greedy: list[int]) -> None:
    """The product's own decoding stops at an end token; the golden ids go on."""
    ends = [
        place for place, token in enumerate(greedy) if token in run.model.config.special.eos_ids
    ]
    cache, logits = read_by_layer(run.model, ids, memory, len(greedy))
    assert (
        list(generate(run.model, cache, logits, len(greedy))) == greedy[: ends[0] if ends else None]
    )


def test_chained(run: Run) -> None:
    state = states.initial(run.home.spec)
    for step in run.steps:
        if step:
            tail = run.tail(Memory(run.home.spec, state, run.segments, run.origin()))
            state = run.enter(state, step, run.write(step, tail, f"chained{step}"))
            new = run.segments.vectors(state.journal[-1]).numbers
            close(
                new,
                run.expected[f"step{step}.inject.new_vectors"],
                CHAINED,
                f"step{step}.new_vectors",
            )
        memory = Memory(run.home.spec, state, run.segments, run.origin())
        check_state(run, memory, step, CHAINED)
        check_questions(run, memory, step, CHAINED)


def test_restarted(run: Run) -> None:
    for step in run.steps:
        memory = golden_memory(run, step)
        check_questions(run, memory, step, RESTARTED)
        if step + 1 in run.steps:
            key = run.write(step + 1, run.tail(memory), f"restarted{step}")
            new = run.segments.vectors(key).numbers
            close(
                new,
                run.expected[f"step{step + 1}.inject.new_vectors"],
                RESTARTED,
                f"step{step + 1}.new",
            )
            after = run.enter(memory.state, step + 1, key)
            grown = Memory(memory.spec, after, run.segments, memory.origin)
            check_state(run, grown, step + 1, RESTARTED)


def test_states_in_8_bits(run: Run) -> None:
    """What reading makes of the golden states is off by a hundredth, where they are kept so."""
    layout = layout_of(replace(run.home.spec, eight_bit_states=True))
    for layer, rows in enumerate(golden_memory(run, 0).origin.vectors):
        kept = layout.as_kept(rows[None])[0]
        exact, rounded = (run.model.as_kv(layer, each) for each in (rows, kept))
        assert 0 < (rounded - exact).norm() / exact.norm() < 0.01


def golden_memory(run: Run, step: int) -> Memory:
    """A memory whose segment 0 is the golden state of a step, in its order of birth."""
    config, name = run.model.config, f"step{step}"
    vectors, keys, pools = [], [], []
    for layer in range(config.architecture.layers):
        pool = run.expected[f"{name}.pool"][layer]
        rows, order = pool, torch.arange(len(pool))
        if config.memory.selector:
            kinds = ("ltm_ages", "pool_ages")
            ages = torch.cat([run.expected[f"{name}.{kind}.{layer}"] for kind in kinds])
            order = ages.argsort(descending=True, stable=True)
            rows = torch.cat([run.expected[f"{name}.ltm_vectors.{layer}"], pool])
            norm, retriever = run.model.layers[layer].norm, run.model.retrievers[layer]
            assert retriever is not None
            with torch.inference_mode():
                own = retriever.keys(norm(pool.to(run.model.device))).cpu()
            keys.append(torch.cat([run.expected[f"{name}.ltm_keys.{layer}"], own])[order])
        vectors.append(rows[order])
        pools.append(np.flatnonzero((order >= len(rows) - len(pool)).numpy()))
    spec = replace(run.home.spec, origin_vectors=tuple(len(rows) for rows in vectors))
    none, origin = Entries.of(()), max(spec.origin_vectors)
    state = State(origin, none.journal, none.sizes, np.stack(pools))
    return Memory(spec, state, run.segments, Origin(vectors, keys or None))


def test_there_are_cases() -> None:
    assert CASES, f"no golden cases under {GOLDEN}"
