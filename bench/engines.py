"""Search engines for the first step of finding chunks, beside the scan that mplus does.

    pip install faiss-cpu usearch
    python -m bench.engines --data qa-dev.jsonl.gz --filler qa-train.jsonl.gz

Mean keys of chunks and weighed mean queries of questions come from the memory that bench.search
asks, both layers side by side. As many chunks as wanted are drawn from these: each is a mixture of
two, with noise. What is looked for are the chunks with the largest products; `recall` is the share
of the scan's first ones that an engine finds. One thread; processor's milliseconds a question,
seconds to build and to add 1,000 chunks more, bytes on the disk, and by how much the process has
grown. None of these is a dependency.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.search import chunks_of
from mplus_cli.engine import Engine as Model
from mplus_cli.kinds.passes import find
from mplus_cli.settings import load_settings
from store.kinds.chunks import SAMPLE, late_interaction, weights_of
from store.segments.byte_products import ByteQuery
from store.segments.two_bits import rotated
from training.data import load
from training.packed import Keys
from training.states import states_of

FIRST = 64
MORE = 1000
LARGEST_MEAN = 0.4  # number of a mean key, about
AT_ONCE = 4096  # rows that the scan reads at a time
_MOST = 127


@dataclass
class Engine:
    """build: rows -> an index; add: rows to it; ask: the first rows' numbers for a query, looking
    at so many lists (IVF) or candidates (HNSW), of which `depths` are tried; save: to a file.
    """

    build: Callable[[np.ndarray], Any]
    add: Callable[[Any, np.ndarray], None]
    ask: Callable[[Any, np.ndarray, int], np.ndarray]
    save: Callable[[Any, str], None]
    depths: Sequence[int] = (0,)


class Scan:
    """What `ChunkKeys.near` does: bytes of a file, block by block."""

    def __init__(self, rows: np.ndarray) -> None:
        self._step = float(np.abs(rows).max()) / _MOST
        self._width = rows.shape[1]
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self.add(rows)

    def add(self, rows: np.ndarray) -> None:
        self._file.seek(0, os.SEEK_END)
        self._file.write((rows / self._step).round().clip(-_MOST, _MOST).astype(np.int8).data)

    def __len__(self) -> int:
        return int(os.fstat(self._file.fileno()).st_size // self._width)

    def ask(self, query: np.ndarray, _depth: int) -> np.ndarray:
        asked, found = ByteQuery(torch.from_numpy(query)), torch.empty(len(self))
        content = np.empty((AT_ONCE, self._width), np.int8)
        self._file.seek(0)
        for start in range(0, len(found), AT_ONCE):
            block = content[: len(found) - start]
            self._file.readinto(block.data)
            found[start : start + len(block)] = asked.products(torch.from_numpy(block))
        return np.asarray(found.topk(min(FIRST, len(found))).indices)

    def save(self, path: str) -> None:
        self._file.seek(0)
        Path(path).write_bytes(self._file.read())


def means_and_queries(chosen: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Of real chunks [S,w] and real questions [Q,w], float32."""
    model = Model(load_settings({"model": chosen.model}), None)
    asked, fillers = load(chosen.data), load(chosen.filler)
    random.Random(0).shuffle(fillers)
    chunks = chunks_of(model, asked, fillers, chosen.tokens)
    queries, layers = [], range(len(model.network.retrievers))
    numbers = sorted(model.network.retrievers)
    states = states_of(model.network, [chunk.ids for chunk in chunks], numbers, "chunks")
    with (
        tempfile.TemporaryDirectory() as folder,
        Keys(Path(folder), model, states).chunk_keys() as keys,
    ):
        places = np.arange(len(keys))
        means = [
            torch.cat(
                [block.float().mean(0) for layer in layers for block, _ in keys.blocks(layer, at)]
            )
            for at in places[:, None]
        ]
        some = places[:: -(-len(keys) // SAMPLE)]
        for question in (one for passage in asked for one in passage.questions):
            found = find(model.network, model.tokenizer.encode(question.text)[0]).float()
            parts = rotated(torch.nn.functional.normalize(found, dim=-1))
            weighed = [
                weights_of(late_interaction(keys.blocks(layer, some), part)) @ part
                for layer, part in zip(layers, parts, strict=True)
            ]
            queries.append(torch.cat(weighed))
    return torch.stack(means).numpy(), torch.stack(queries).numpy()


def drawn(means: np.ndarray, count: int, seed: int) -> np.ndarray:
    """So many rows like these."""
    rng = np.random.default_rng(seed)
    first, second = (means[rng.integers(len(means), size=count)] for _ in range(2))
    share = rng.uniform(0.5, 1.0, (count, 1)).astype(np.float32)
    noise = rng.standard_normal(first.shape, dtype=np.float32) * (means.std(0) * 0.5)
    mixed: np.ndarray = first * share + second * (1 - share) + noise
    return mixed


def faiss_engine(recipe: str, depths: Sequence[int]) -> Engine:
    """recipe: as FAISS's index factory reads it."""
    faiss: Any = import_module("faiss")
    faiss.omp_set_num_threads(1)

    def build(rows: np.ndarray) -> Any:
        index = faiss.index_factory(rows.shape[1], recipe, faiss.METRIC_INNER_PRODUCT)
        index.train(rows[:: max(1, len(rows) // 100_000)])
        index.add(rows)
        return index

    def ask(index: Any, query: np.ndarray, depth: int) -> np.ndarray:
        if "IVF" in recipe:
            faiss.extract_index_ivf(index).nprobe = depth
        if "HNSW" in recipe:
            index.hnsw.efSearch = depth
        return np.asarray(index.search(query[None], FIRST)[1][0])

    return Engine(build, lambda index, rows: index.add(rows), ask, faiss.write_index, depths)


def usearch_engine(dtype: str, depths: Sequence[int]) -> Engine:
    usearch: Any = import_module("usearch.index")

    def add(index: Any, rows: np.ndarray) -> None:
        keys = np.arange(len(index), len(index) + len(rows))
        index.add(keys, _as(dtype, rows, LARGEST_MEAN), threads=1)

    def build(rows: np.ndarray) -> Any:
        index = usearch.Index(ndim=rows.shape[1], metric="ip", dtype=dtype)
        add(index, rows)
        return index

    def ask(index: Any, query: np.ndarray, depth: int) -> np.ndarray:
        index.expansion_search = depth
        asked = _as(dtype, query, float(np.abs(query).max()))
        return np.asarray(index.search(asked, FIRST, threads=1).keys)

    return Engine(build, add, ask, lambda index, path: index.save(path), depths)


def _as(dtype: str, rows: np.ndarray, largest: float) -> np.ndarray:
    if dtype == "f16":
        return rows.astype(np.float16)
    # Given floats, it makes rows of length one of them; products want their lengths kept.
    return (rows * (_MOST / largest)).round().clip(-_MOST, _MOST).astype(np.int8)


def engines(count: int, wanted: Sequence[str]) -> Iterator[tuple[str, Engine]]:
    lists = 2 ** round(np.log2(2 * count**0.5))
    yield "scan", Engine(Scan, Scan.add, Scan.ask, Scan.save)
    if "faiss" in wanted:
        yield "faiss SQ8", faiss_engine("SQ8", [0])
        yield f"faiss IVF{lists},SQ8", faiss_engine(f"IVF{lists},SQ8", [8, 32, 128])
        yield f"faiss IVF{lists},PQ32", faiss_engine(f"IVF{lists},PQ32", [32])
        yield "faiss HNSW16_SQ8", faiss_engine("HNSW16_SQ8", [128, 512])
    if "usearch" in wanted:
        for dtype in ("i8", "f16"):
            yield f"usearch {dtype}", usearch_engine(dtype, [128, 512])


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measured(
    engine: Engine, rows: np.ndarray, queries: np.ndarray, right: list[set[int]]
) -> Iterator[dict[str, Any]]:
    """Figures for each depth. right: what the scan finds for each query; filled where empty."""
    gc.collect()
    before, start = resident(), time.process_time()
    index = engine.build(rows[:-MORE])
    built, grown = time.process_time() - start, resident() - before
    start = time.process_time()
    engine.add(index, rows[-MORE:])
    added = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        engine.save(index, f"{folder}/index")
        size = Path(folder, "index").stat().st_size
    for depth in engine.depths:
        times, found = [], []
        for query in queries:
            start = time.process_time()
            first = engine.ask(index, query, depth)
            times.append((time.process_time() - start) * 1000)
            found.append(set(first.tolist()))
        if not right:
            right.extend(found)
        shares = [len(a & b) / len(b) for a, b in zip(found, right, strict=True)]
        yield {
            "depth": depth,
            "recall": round(float(np.mean(shares)), 3),
            "ms": round(float(np.median(times)), 3),
            "memory_mb": round(grown / 1e6, 1),
            "disk_bytes_a_chunk": round(size / len(rows), 1),
            "build_s": round(built, 2),
            "add_1000_s": round(added, 3),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="passages with questions")
    parser.add_argument("--filler", type=Path, required=True, help="more passages")
    parser.add_argument("--tokens", type=int, default=160_000, help="of real chunks")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--chunks", type=int, nargs="+", default=[3906, 390_625])
    parser.add_argument("--engines", nargs="*", default=["faiss", "usearch"])
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    means, queries = means_and_queries(chosen)
    for count in chosen.chunks:
        rows, right = drawn(means, count, 0), list[set[int]]()
        for name, engine in engines(count, chosen.engines):
            for told in measured(engine, rows, queries, right):
                print(json.dumps({"chunks": count, "engine": name} | told), flush=True)


if __name__ == "__main__":
    main()
