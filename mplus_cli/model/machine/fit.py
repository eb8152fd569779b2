"""How many bytes a model takes, by quantization, and which form fits; arithmetic alone, no torch.

Letters as in docs/design.md. Everything is counted as the prepared form and the network lay it out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mplus_cli.errors import ModelError
from mplus_cli.model.config import (
    Architecture,
    MemoryLayout,
    ModelConfig,
    Quantization,
    damaged,
    in_steps,
)

FORMS: tuple[Quantization, ...] = ("none", "int8", "nf4")
# nf4: half a byte, and for 64 weights a scale of two bytes (of one, but on a CPU).
BYTES_A_WEIGHT: dict[Quantization, float] = {"int8": 1.0, "nf4": 0.5 + 2 / 64}
ROW_SCALE_BYTES = 4  # int8: one float32 a row
SCALE_BYTES = 2  # of 8-bit vectors and keys
ROW_BYTES = 2  # of a number that is written into slots

SMALL_BYTES = 4_000_000_000  # weights up to this are not quantized unless the user says so
SHARE_OF_GPU = (
    0.6  # of what is free: keys and values of the memory, and the work itself, need the rest
)
SHARE_OF_RAM = 0.7
ANSWER_ROWS = 1024  # a prompt and its answer, behind the memory's rows
SENTENCE_TOKENS = 12  # of one that writes into slots: about as many
SLOT_PARAMETERS = 2_000_000  # of what writes and reads these, about
RUNTIME_BYTES = 500_000_000  # Python, torch and its kernels


@dataclass(frozen=True)
class Weights:
    """What the files of a model hold, beside what its description says."""

    inner: int  # width of the MLP
    tied: bool  # the embedding is the head
    adapters: int  # 2: write and read
    rank: int  # r of one projection's adapter
    adapted: tuple[str, ...]  # projections that have adapters
    selector_depth: int  # 1: d -> h, 2: d -> 2h -> h


@dataclass(frozen=True)
class Sizes:
    """What decides how large a model is."""

    architecture: Architecture
    memory: MemoryLayout
    weights: Weights

    @property
    def key_layers(self) -> int:
        """Layers with a retriever."""
        own = len(self.memory.retrieval_layers) or self.architecture.layers
        return own if self.memory.selector else 0

    @property
    def origin_vectors(self) -> int:
        """Of the checkpoint itself, in the layer that has most."""
        return max(self.memory.origin_vectors)

    @property
    def projections(self) -> dict[str, list[tuple[int, int]]]:
        """Fused projection -> (rows, columns) of each part."""
        net, inner = self.architecture, self.weights.inner
        queries, keys = net.heads * net.head_dim, net.kv_heads * net.head_dim
        return {
            "q": [(queries, net.hidden)],
            "kv": [(keys, net.hidden)] * 2,
            "o": [(net.hidden, queries)],
            "gate_up": [(inner, net.hidden)] * 2,
            "down": [(net.hidden, inner)],
        }

    @property
    def layer_parameters(self) -> int:
        """Of the base projections of all layers."""
        parts = [part for parts in self.projections.values() for part in parts]
        return self.architecture.layers * sum(rows * columns for rows, columns in parts)

    @property
    def table_parameters(self) -> int:
        """Of the embedding or the head."""
        return self.architecture.vocabulary * self.architecture.hidden

    @property
    def parameters(self) -> int:
        """Of the base projections and the head: what a token is multiplied with."""
        return self.layer_parameters + self.table_parameters


_Header = dict[str, dict[str, list[int]]]


def sizes_of(folder: Path) -> Sizes:
    """Of a prepared model, from its config and the headers of its files. Raises `ModelError`."""
    config = ModelConfig.load(folder)
    first = min(config.memory.retrieval_layers, default=0)  # a layer with a retriever
    outer, file = _header(folder / "outer.safetensors"), folder / f"layer-{first:03}.safetensors"
    layer = _header(file)
    try:
        return Sizes(config.architecture, config.memory, _weights(outer, layer))
    except (TypeError, LookupError, AttributeError) as error:
        raise damaged(file, "has not the tensors of a layer") from error


def _weights(outer: _Header, layer: _Header) -> Weights:
    downs = {name: found["shape"][0] for name, found in layer.items() if name.endswith(".a")}
    parts = {"kv": 2, "gate_up": 2}
    ranks = [rank // parts.get(name.split(".")[0], 1) for name, rank in downs.items()]
    return Weights(
        inner=layer["down.weight"]["shape"][1],
        tied="head" not in outer,
        adapters=len({name.split(".")[1] for name in downs}),
        rank=max(ranks, default=0),
        adapted=tuple(sorted({name.split(".")[0] for name in downs})),
        selector_depth=sum(name.startswith("key_proj.") for name in layer),
    )


def _header(file: Path) -> _Header:
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if length > file.stat().st_size:
                raise damaged(file, "is cut off, or no safetensors file")
            found: _Header = json.loads(opened.read(length))
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(file, error) from error
    if not isinstance(found, dict):
        raise damaged(file, "is no safetensors file")
    return found


def layer_bytes(sizes: Sizes, quantize: Quantization) -> int:
    """One layer without its retriever: base projections in their form, the rest as prepared."""
    value_bytes, weights = sizes.architecture.value_bytes, sizes.weights
    count = 0.0
    small = sizes.architecture.norm_width
    for name, parts in sizes.projections.items():
        rows, columns = sum(part[0] for part in parts), parts[0][1]
        if quantize == "none":
            count += rows * columns * value_bytes
        else:
            count += rows * columns * BYTES_A_WEIGHT[quantize] + (
                rows * ROW_SCALE_BYTES if quantize == "int8" else 0
            )
        if name in weights.adapted:
            small += weights.adapters * len(parts) * weights.rank * (rows + columns)
    return round(count) + small * value_bytes


def retriever_bytes(sizes: Sizes) -> int:
    """Projectors of queries and keys, on all layers that have them."""
    d, h = sizes.architecture.hidden, sizes.memory.selector
    one = d * h if sizes.weights.selector_depth < 2 else 2 * h * (d + h)
    return sizes.key_layers * 2 * one * sizes.architecture.value_bytes


def weights_bytes(sizes: Sizes, quantize: Quantization, device: str = "cpu") -> int:
    """The whole network: embedding, head, layers."""
    net = sizes.architecture
    if quantize != "none" and device == "cpu":
        head = head8_bytes(sizes)  # the embedding is not quantized, so it can't be the head, too
    else:
        head = 0 if sizes.weights.tied else sizes.table_parameters * net.value_bytes
    embedding = sizes.table_parameters * net.value_bytes
    return embedding + head + net.layers * layer_bytes(sizes, quantize) + retriever_bytes(sizes)


def head8_bytes(sizes: Sizes) -> int:
    """The head in 8 bits, with a scale a row."""
    return sizes.table_parameters + sizes.architecture.vocabulary * sizes.architecture.value_bytes


def decode8_bytes(sizes: Sizes) -> int:
    """The 8-bit weights that decode on a CPU beside unquantized ones: layers, with the adapters
    added in, and head.
    """
    return sizes.layer_parameters + head8_bytes(sizes)


def read_rows(sizes: Sizes) -> int:
    """Rows that a question reads at once from a full memory, and what stands in front of them."""
    return sizes.memory.prefix_rows + sizes.memory.read_vectors


def read_cache_bytes(sizes: Sizes) -> int:
    """Keys and values of a full memory, a prompt and its answer, in all layers."""
    net = sizes.architecture
    rows = in_steps(read_rows(sizes) + ANSWER_ROWS)
    return net.layers * rows * net.kv_width * net.value_bytes


def work_bytes(sizes: Sizes) -> int:
    """Reading one layer's memory rows: as they come, as one tensor, and normed."""
    return 3 * read_rows(sizes) * sizes.architecture.hidden * sizes.architecture.value_bytes


def longterm_bytes(sizes: Sizes, vectors: int) -> int:
    """So many long-term vectors a layer, with their keys, as segments keep them."""
    net, h = sizes.architecture, sizes.memory.selector
    if sizes.memory.keeps_states:
        return vectors * (net.layers * net.hidden + sizes.key_layers * h) * net.value_bytes
    kept = net.kv_width + 2 * SCALE_BYTES  # 8-bit keys and values for reading
    return vectors * (net.layers * kept + sizes.key_layers * (h + SCALE_BYTES))


def peak_bytes(sizes: Sizes, quantize: Quantization, device: str = "cpu") -> int:
    """What answering takes on the device, without the 8-bit weights beside unquantized ones, which
    a CPU decodes with where they fit.
    """
    return (
        RUNTIME_BYTES
        + weights_bytes(sizes, quantize, device)
        + read_cache_bytes(sizes)
        + work_bytes(sizes)
    )


def computed(sizes: Sizes, quantize: Quantization, quick_type: str, available: int) -> Sizes:
    """A prepared model as it is computed: in its own type, or in float32 where that is the quick
    one (`precision`, on a CPU alone) and fits beside the 8-bit weights that decode.

    available: free memory. What is kept on the disk has the prepared type either way.
    """
    if quick_type != "float32":
        return sizes
    wide = replace(sizes, architecture=replace(sizes.architecture, dtype=quick_type))
    weights = weights_bytes(wide, quantize) + (decode8_bytes(sizes) if quantize == "none" else 0)
    fits = weights <= room_bytes("cpu", available) and peak_bytes(wide, quantize) <= available
    return wide if fits else sizes


def disk_bytes(sizes: Sizes, quantize: Quantization) -> int:
    """The prepared form, and the quantized one beside it. A download comes on top, in the Hub's own
    cache.
    """
    prepared = weights_bytes(sizes, "none") + longterm_bytes(sizes, sizes.origin_vectors)
    if quantize == "none":
        return prepared
    layers = sizes.architecture.layers * layer_bytes(sizes, quantize)
    return prepared + layers + retriever_bytes(sizes) + head8_bytes(sizes)


def bytes_a_token(sizes: Sizes) -> int:
    """What one injected token adds to a memory's folder, in whole chunks."""
    memory = sizes.memory
    if memory.recurrent:
        return memory.write_heads * memory.row_numbers * ROW_BYTES // SENTENCE_TOKENS
    return longterm_bytes(sizes, sizes.memory.num_tokens) // sizes.memory.chunk_tokens


def decode_bytes(sizes: Sizes, quantize: Quantization, device: str = "cpu") -> int:
    """What one token of an answer reads: the weights of layers and head, and the memory's keys and
    values.

    A CPU takes the head in 8 bits, and all weights where they are not quantized, if they fit.
    """
    if sizes.memory.recurrent:  # unquantized on every device
        return sizes.parameters * sizes.architecture.value_bytes + read_cache_bytes(sizes)
    if device == "cpu" and quantize == "none":
        return decode8_bytes(sizes) + read_cache_bytes(sizes)
    head = (
        head8_bytes(sizes)
        if device == "cpu"
        else sizes.table_parameters * sizes.architecture.value_bytes
    )
    layers = sizes.architecture.layers * layer_bytes(sizes, quantize)
    return layers + head + read_cache_bytes(sizes)


def inject_operations(sizes: Sizes) -> float:
    """Multiplications and additions for one injected token: 2 a weight, its share of the rows
    beside it included.
    """
    memory = sizes.memory
    if memory.recurrent:  # the base's layers take no part in it
        return 2 * SLOT_PARAMETERS
    before = memory.num_tokens if memory.keeps_states else 0
    rows = 1 + before + memory.chunk_tokens
    return 2 * sizes.layer_parameters * rows / memory.chunk_tokens


@dataclass(frozen=True)
class Choice:
    """A form that fits, and a line that says why it was taken."""

    quantize: Quantization
    why: str


def room_bytes(device: str, available: int) -> float:
    """What weights may take of so much free memory."""
    return (SHARE_OF_GPU if device == "cuda" else SHARE_OF_RAM) * available


def choose(weights: Mapping[Quantization, int], device: str, available: int) -> Choice:
    """The quickest form that fits. Raises `ModelError` where none does.

    weights: bytes by form, of the forms that can be made here; available: free memory of the
    device.
    """
    room = room_bytes(device, available)
    # A GPU has quick kernels for nf4, and int8 gains it nothing.
    order: tuple[Quantization, ...] = {"cpu": FORMS, "cuda": ("none", "nf4")}.get(device, ("none",))
    have = f"{available / 1e9:.1f} GB of memory are free ({device})"
    for form in [form for form in order if form in weights]:
        if weights[form] <= room:
            left = (
                f"unquantized they are {weights['none'] / 1e9:.1f} GB, " if form != "none" else ""
            )
            return Choice(
                form, f"--quantize {form}: weights of {weights[form] / 1e9:.1f} GB; {left}{have}"
            )
    smallest = min(order, key=lambda form: weights.get(form, weights["none"]))
    least = weights.get(smallest, weights["none"])
    raise ModelError(
        f"the model does not fit: its weights are {least / 1e9:.1f} GB at "
        f"least ({smallest}), "
        f"and {have}, of which {room / 1e9:.1f} GB may be weights: "
        f"{(least - room) / 1e9:.1f} GB too much",
        "close other programs; --quantize FORM tries it all the same",
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
