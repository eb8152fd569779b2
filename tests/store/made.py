"""Small memories made without a model: what a chunk writes is drawn from its own numbers."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from store.change import Change
from store.home import Home
from store.index.reader import Index
from store.kinds import state
from store.kinds.layout import layout_of
from store.kinds.mplus import Memory
from store.kinds.vectors import Origin
from store.records import ChunkRow, DocumentRow, Finding
from store.segments import Segment, segment_key
from store.segments.chosen import segments_of
from store.spec import UNLIMITED, Spec
from store.state_files import read_state
from store.texts import TextSpan, WholeText
from store.verify import Verifier

SPEC = Spec(
    model="toy",
    identity="0" * 64,
    dtype="float32",
    quantize="none",
    layers=3,
    hidden=4,
    num_tokens=6,
    pool_vectors=10,
    retrieved_vectors=5,
    selector=2,
    capacity_vectors=25,
    drop_per_layer=True,
    origin_vectors=(14, 12, 14),
    pool_full=True,
    seed=3,
)
# As the default model has it: no vectors of its own, keys at some layers, and 8-bit keys and
# values.
EIGHT = replace(
    SPEC, origin_vectors=(0, 0, 0), pool_full=False, retrieval_layers=(0, 2), kv_width=6
)
LEAN = replace(EIGHT, pool_vectors=0, capacity_vectors=UNLIMITED, id_bytes=3)
# A matrix of slots, and nothing else.
SLOTS = replace(
    SPEC,
    num_tokens=8,
    pool_vectors=0,
    retrieved_vectors=0,
    selector=0,
    capacity_vectors=0,
    origin_vectors=(0, 0, 0),
    pool_full=False,
    slots=7,
    tag=4,
    slot_value=21,
)
SPECS = [
    SPEC,
    EIGHT,
    LEAN,
    replace(SPEC, origin_vectors=(0, 0, 0), pool_full=False),
    replace(SPEC, drop_per_layer=False),
    replace(SPEC, hidden=64, eight_bit_states=True),
    replace(SPEC, retrieved_vectors=0, selector=0, capacity_vectors=0, origin_vectors=(10, 10, 10)),
]


def own_vectors(spec: Spec) -> Origin:
    generator = torch.Generator().manual_seed(1)
    vectors = [torch.randn(size, spec.hidden, generator=generator) for size in spec.origin_vectors]
    keys = [torch.randn(size, spec.selector, generator=generator) for size in spec.origin_vectors]
    return Origin(vectors, keys if spec.selector else None)


def segment(spec: Spec, document: int, ordinal: int, count: int) -> Segment:
    """What a model would have written: it depends on the chunk alone."""
    generator = torch.Generator().manual_seed(1000 * document + ordinal)
    if spec.recurrent:
        rows = write_rows(spec, count, generator)
        return Segment(rows[None], None, ids_of(document, ordinal, count))
    keys = (
        torch.randn(layout_of(spec).key_layers, count, spec.selector, generator=generator)
        if spec.selector
        else None
    )
    width = layout_of(spec).width
    return Segment(
        torch.randn(spec.layers, count, width, generator=generator),
        keys,
        ids_of(document, ordinal, count),
    )


def write_rows(spec: Spec, count: int, generator: torch.Generator) -> torch.Tensor:
    """Random write rows [R,w] of an LM2 memory: keys of length 1, values and gates within their
    bounds.
    """
    keys = torch.randn(count, 2, spec.tag, generator=generator)
    values = torch.randn(count, spec.slot_value, generator=generator).tanh()
    gates = torch.rand(count, 3, generator=generator)
    keys = torch.nn.functional.normalize(keys, dim=-1).flatten(1)
    return torch.cat([keys, values, gates], dim=1).half()


def ids_of(document: int, ordinal: int, count: int) -> list[int]:
    """The ids [K] of that chunk."""
    return [100 * document + ordinal] * count


def kept(spec: Spec, document: int, ordinal: int, count: int) -> torch.Tensor:
    """The vectors of that segment [L,K,w] as a memory gives them back."""
    vectors = segment(spec, document, ordinal, count).vectors
    layout = layout_of(spec)
    rows = layout.rows(layout.pack(vectors, None), "vectors")
    assert rows is not None
    return rows.unpacked(vectors.dtype)


def searched_keys(memory: Memory, layer: int) -> torch.Tensor:
    """All keys [*,h] that a search of whole chunks may compare, at one of the layers with keys."""
    with memory.chunk_keys() as keys:
        return torch.cat([block for block, _ in keys.blocks(layer, np.arange(len(keys)))])


def add(opened: Change, document: int, sizes: tuple[int, ...], section: str = "") -> None:
    rows: list[ChunkRow] = []
    spans = []
    for ordinal, count in enumerate(sizes):
        key = segment_key(opened.spec.identity, None, ids_of(document, ordinal, count))
        if not opened.has_segment(key):
            opened.put_segments({key: segment(opened.spec, document, ordinal, count)})
        text = f"document {document} chunk {ordinal}"
        start = rows[-1].end + 1 if rows else 0
        end, line = start + len(text), ordinal + 1
        rows.append(ChunkRow(key, count, count, start, end, "line", line, line, section, text))
        spans.append(TextSpan(start, end, line, line, section, False, ""))
    described = DocumentRow(str(document), "", str(document), "text", 0, sum(sizes), len(sizes), "")
    opened.add(
        described, rows, WholeText("\n".join(row.text for row in rows), tuple(spans), "line")
    )


def last_state(path: Path) -> Any:
    """The state of the last generation, of the type of its kind."""
    home = Home(path)
    with closing(Index.open(home)) as index:
        generation = index.generation()
        assert generation is not None
        return read_state(home, index, generation, home.spec)


def forget(opened: Change, document: int) -> None:
    opened.remove(next(row for row in opened.documents if row.path == str(document)))


def what_it_says(path: Path) -> list[object]:
    """All that a memory's files say, whatever row numbers they say it with: its history, tags and
    segment sizes.
    """
    home = Home(path)
    index = Index.open(home)
    said: list[object] = [home.spec, index.tags(), index.segment_files()]
    for generation in index.generations():
        documents = index.documents(generation.id)
        chunks = [index.content(document.id) for document in documents]
        state = read_state(home, index, generation, index.spec(generation))
        said.append((generation, documents, chunks, state.to_bytes()))
    index.close()
    return said


def findings(path: Path, read_data: bool = True, replay: bool = True) -> list[Finding]:
    """What `mplus verify` finds."""
    verifier = Verifier(Home(path), read_data, replay, lambda done, of: None)
    verifier.run()
    return verifier.findings


def what_it_holds(path: Path) -> list[torch.Tensor]:
    """For each layer all vectors of the last generation's pool and long-term memory, in order of
    birth.
    """
    home = Home(path)
    current = last_state(path)
    memory = Memory(home.spec, current, segments_of(home, home.spec), own_vectors(home.spec))
    held = []
    for layer in range(home.spec.layers):
        longterm = np.flatnonzero(state.longterm_mask(home.spec, current, layer))
        held.append(memory.gather(layer, np.sort(np.concatenate([longterm, current.pool[layer]]))))
    return held
