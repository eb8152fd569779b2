"""How many bytes a model takes, by quantization, and which form fits; arithmetic alone, no torch.

Letters as in docs/design.md. Everything is counted as the prepared form and the network lay it out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mplus_cli.errors import ModelError
from mplus_cli.model.config import ModelConfig, Quantization, in_steps

FORMS: tuple[Quantization, ...] = ("none", "int8", "nf4")
# nf4: half a byte, a one-byte scale for 64 weights, a float32 scale for 256 of those.
BYTES_A_WEIGHT: dict[Quantization, float] = {"int8": 1.0, "nf4": 0.5 + 1 / 64 + 4 / (64 * 256)}
ROW_SCALE_BYTES = 4  # int8: one float32 a row
SCALE_BYTES = 2  # of 8-bit vectors and keys

SMALL_BYTES = 4_000_000_000  # weights up to this are not quantized unless the user says so
SHARE_OF_GPU = (
    0.6  # of what is free: keys and values of the memory, and the work itself, need the rest
)
SHARE_OF_RAM = 0.7
ANSWER_ROWS = 1024  # a prompt and its answer, behind the memory's rows
RUNTIME_BYTES = 500_000_000  # Python, torch and its kernels


@dataclass(frozen=True)
class Sizes:
    """What decides how large a model is. `value_bytes`: of a weight or vector as prepared."""

    layers: int  # L
    hidden: int  # d
    inner: int  # width of the MLP
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool
    adapters: int  # 2: write and read
    rank: int  # r of one projection's adapter
    adapted: tuple[str, ...]  # projections that have adapters
    selector: int  # h
    selector_depth: int  # 1: d -> h, 2: d -> 2h -> h
    key_layers: int  # layers with a retriever
    num_tokens: int  # T
    chunk_tokens: int  # C
    pool_vectors: int  # N
    retrieved_vectors: int  # K0
    capacity_vectors: int
    origin_vectors: int  # of the checkpoint itself, a layer
    reads_pool: bool = True  # a question reads all of the pool, not whole chunks alone
    with_tail: bool = True  # writing a chunk sees the T vectors before it
    value_bytes: int = 2

    @property
    def projections(self) -> dict[str, list[tuple[int, int]]]:
        """Fused projection -> (rows, columns) of each part."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return {
            "q": [(queries, self.hidden)],
            "kv": [(keys, self.hidden)] * 2,
            "o": [(self.hidden, queries)],
            "gate_up": [(self.inner, self.hidden)] * 2,
            "down": [(self.hidden, self.inner)],
        }

    @property
    def parameters(self) -> int:
        """Of the base projections and the head: what a token is multiplied with."""
        parts = [part for parts in self.projections.values() for part in parts]
        return (
            self.layers * sum(rows * columns for rows, columns in parts)
            + self.vocabulary * self.hidden
        )


def sizes_of(folder: Path) -> Sizes:
    """Of a prepared model, from its config and the headers of its files. Raises `ModelError`."""
    config = ModelConfig.load(folder)
    outer = _header(folder / "outer.safetensors")
    layer = _header(folder / f"layer-{min(config.retrieval_layers, default=0):03}.safetensors")
    downs = {name: found["shape"][0] for name, found in layer.items() if name.endswith(".a")}
    parts = {"kv": 2, "gate_up": 2}
    return Sizes(
        layers=config.layers,
        hidden=config.hidden,
        inner=layer["down.weight"]["shape"][1],
        heads=config.heads,
        kv_heads=config.kv_heads,
        head_dim=config.head_dim,
        vocabulary=config.vocabulary,
        tied="head" not in outer,
        adapters=len({name.split(".")[1] for name in downs}),
        rank=max(
            (rank // parts.get(name.split(".")[0], 1) for name, rank in downs.items()), default=0
        ),
        adapted=tuple(sorted({name.split(".")[0] for name in downs})),
        selector=config.selector,
        selector_depth=sum(name.startswith("key_proj.") for name in layer),
        key_layers=(len(config.retrieval_layers) or config.layers) if config.selector else 0,
        num_tokens=config.num_tokens,
        chunk_tokens=config.chunk_tokens,
        pool_vectors=config.pool_vectors,
        retrieved_vectors=config.retrieved_vectors,
        capacity_vectors=config.capacity_vectors,
        origin_vectors=max(config.origin_vectors),
        reads_pool=not config.retrieval_layers,
        with_tail=config.write_context == "tail",
        value_bytes=4 if config.dtype == "float32" else 2,
    )


def _header(file: Path) -> dict[str, dict[str, list[int]]]:
    try:
        with file.open("rb") as opened:
            found: dict[str, dict[str, list[int]]] = json.loads(
                opened.read(int.from_bytes(opened.read(8), "little"))
            )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the prepared model is damaged: {file}: {error}",
            "prepare it again with: mplus model pull --again",
        ) from error
    return found


def layer_bytes(sizes: Sizes, quantize: Quantization) -> int:
    """One layer without its retriever: base projections in their form, the rest as prepared."""
    count = 0.0
    small = 2 * sizes.hidden
    for name, parts in sizes.projections.items():
        rows, columns = sum(part[0] for part in parts), parts[0][1]
        if quantize == "none":
            count += rows * columns * sizes.value_bytes
        else:
            count += rows * columns * BYTES_A_WEIGHT[quantize] + (
                rows * ROW_SCALE_BYTES if quantize == "int8" else 0
            )
        if name in sizes.adapted:
            small += sizes.adapters * len(parts) * sizes.rank * (rows + columns)
    return round(count) + small * sizes.value_bytes


def retriever_bytes(sizes: Sizes) -> int:
    """Projectors of queries and keys, on all layers that have them."""
    d, h = sizes.hidden, sizes.selector
    one = d * h if sizes.selector_depth < 2 else 2 * h * (d + h)
    return sizes.key_layers * 2 * one * sizes.value_bytes


def weights_bytes(sizes: Sizes, quantize: Quantization) -> int:
    """The whole network: embedding, head, layers."""
    tables = (1 if sizes.tied else 2) * sizes.vocabulary * sizes.hidden * sizes.value_bytes
    return tables + sizes.layers * layer_bytes(sizes, quantize) + retriever_bytes(sizes)


def read_rows(sizes: Sizes) -> int:
    """Rows that a question reads at once from a full memory, the sequence start among them."""
    return 1 + (
        sizes.retrieved_vectors + sizes.pool_vectors if sizes.reads_pool else sizes.num_tokens
    )


def read_cache_bytes(sizes: Sizes) -> int:
    """Keys and values of a full memory, a prompt and its answer, in all layers."""
    rows = in_steps(read_rows(sizes) + ANSWER_ROWS)
    return sizes.layers * 2 * rows * sizes.kv_heads * sizes.head_dim * sizes.value_bytes


def work_bytes(sizes: Sizes) -> int:
    """Reading one layer's memory rows: as they come, as one tensor, and normed."""
    return 3 * read_rows(sizes) * sizes.hidden * sizes.value_bytes


def longterm_bytes(sizes: Sizes, vectors: int) -> int:
    """So many long-term vectors a layer, with their keys, as segments keep them."""
    if sizes.with_tail:
        return (
            vectors
            * (sizes.layers * sizes.hidden + sizes.key_layers * sizes.selector)
            * sizes.value_bytes
        )
    kept = (
        2 * sizes.kv_heads * sizes.head_dim + 2 * SCALE_BYTES
    )  # 8-bit keys and values for reading
    return vectors * (sizes.layers * kept + sizes.key_layers * (sizes.selector + SCALE_BYTES))


def peak_bytes(sizes: Sizes, quantize: Quantization, longterm_here: bool = False) -> int:
    """What answering takes on the device; `longterm_here`: with a full long-term memory beside the
    weights.
    """
    longterm = longterm_bytes(sizes, sizes.capacity_vectors) if longterm_here else 0
    return (
        RUNTIME_BYTES
        + weights_bytes(sizes, quantize)
        + read_cache_bytes(sizes)
        + work_bytes(sizes)
        + longterm
    )


def disk_bytes(sizes: Sizes, quantize: Quantization) -> int:
    """The prepared form, and the quantized one beside it. A download comes on top, in the Hub's own
    cache.
    """
    prepared = weights_bytes(sizes, "none") + longterm_bytes(sizes, sizes.origin_vectors)
    return prepared + (
        0
        if quantize == "none"
        else sizes.layers * layer_bytes(sizes, quantize) + retriever_bytes(sizes)
    )


def bytes_a_token(sizes: Sizes) -> int:
    """What one injected token adds to a memory's folder, in whole chunks."""
    return longterm_bytes(sizes, sizes.num_tokens) // sizes.chunk_tokens


def decode_bytes(sizes: Sizes, quantize: Quantization) -> int:
    """What one token of an answer reads: all weights but the embedding, and the memory's keys and
    values.
    """
    embedding = 0 if sizes.tied else sizes.vocabulary * sizes.hidden * sizes.value_bytes
    return weights_bytes(sizes, quantize) - embedding + read_cache_bytes(sizes)


def inject_operations(sizes: Sizes) -> float:
    """Multiplications and additions for one injected token: 2 a weight, its share of the rows
    beside it included.
    """
    rows = 1 + sizes.chunk_tokens + (sizes.num_tokens if sizes.with_tail else 0)
    return 2 * (sizes.parameters - sizes.vocabulary * sizes.hidden) * rows / sizes.chunk_tokens


@dataclass(frozen=True)
class Choice:
    """A form that fits, and a line that says why it was taken."""

    quantize: Quantization
    why: str


def choose(weights: Mapping[Quantization, int], device: str, available: int) -> Choice:
    """The quickest form that fits. Raises `ModelError` where none does.

    weights: bytes by form, of the forms that can be made here; available: free memory of the
    device.
    """
    share = SHARE_OF_GPU if device == "cuda" else SHARE_OF_RAM
    # A GPU has quick kernels for nf4, and int8 gains it nothing.
    order: tuple[Quantization, ...] = {"cpu": FORMS, "cuda": ("none", "nf4")}.get(device, ("none",))
    have = f"{available / 1e9:.1f} GB of memory are free ({device})"
    for form in [form for form in order if form in weights]:
        if weights[form] <= share * available:
            left = (
                f"unquantized they are {weights['none'] / 1e9:.1f} GB, " if form != "none" else ""
            )
            return Choice(
                form, f"--quantize {form}: weights of {weights[form] / 1e9:.1f} GB; {left}{have}"
            )
    smallest = min(order, key=lambda form: weights.get(form, weights["none"]))
    raise ModelError(
        f"the model does not fit: its weights are {weights[smallest] / 1e9:.1f} GB at "
        f"least ({smallest}), "
        f"and {have}, of which {share:.0%} may be weights",
        "close other programs or take a smaller model; --quantize FORM tries it all the same",
    )


def available_ram() -> int:
    """Bytes that programs can still have; no more than a container's limit."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(
            int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")
        )
    except (OSError, StopIteration):
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")  # macOS tells no more
    try:
        return min(free, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or one without a limit
        return free
