"""What `bench.large` measures in a process of its own: a chunk written, questions asked, memory."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from bench.machine import Sampler, status_bytes
from mplus_cli.engine import make_spec
from mplus_cli.kinds.passes import read_by_layer, write_after
from mplus_cli.kinds.pool_kv import pool_kv
from mplus_cli.model.machine import fit
from mplus_cli.model.machine.fit import Sizes, available_ram
from mplus_cli.model.machine.precision import quick_type
from mplus_cli.model.net.cache import Cache
from mplus_cli.model.net.generate import generate
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.load import free_memory, load, load_origin
from mplus_cli.model.prepared.quantized import bitsandbytes_version
from store.home import Home, make_folders
from store.kinds import state as states
from store.kinds.mplus import Memory
from store.kinds.vectors import Origin
from store.segments.chosen import segments_of

PROMPT_TOKENS = 50
ROUNDS = 3


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what the function gives, which must be on the CPU: a GPU works on after a
    call.
    """
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


class Meter:
    """Memory of a device, in bytes, from when the meter was made."""

    def __init__(self, device: str) -> None:
        self.is_gpu = device == "cuda"
        self.mapped_bytes = 0  # of the weights on a CPU
        self._runtime_bytes = status_bytes("VmRSS")
        self._start_bytes = status_bytes("RssAnon")

    def begin(self) -> None:
        """Look for a peak from now on, until `peak` tells it."""
        gc.collect()
        if self.is_gpu:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        else:
            self._sampler = Sampler()

    def peak(self) -> int:
        if self.is_gpu:
            return torch.cuda.max_memory_allocated()
        return self._sampler.stop() - self._start_bytes + self.mapped_bytes

    def runtime(self) -> int:
        """What is taken and is no tensor's: of a GPU all that no process of PyTorch's allocator
        here has.
        """
        if not self.is_gpu:
            return self._runtime_bytes
        free, total = torch.cuda.mem_get_info()
        return total - free - torch.cuda.memory_reserved()


def measure(folder: Path, device: str, form: Any, answer_tokens: int) -> dict[str, Any]:
    """One form of the weights: seconds, tokens per second, and bytes beside what is counted for
    them.
    """
    if form != "none":
        bitsandbytes_version()  # imports it
    sizes, meter = fit.sizes_of(folder), Meter(device)
    as_computed = fit.computed(sizes, form, quick_type(device), available_ram())
    made_s = timed(lambda: load(folder, device, form))[0]
    gc.collect()
    load_s, model = timed(lambda: load(folder, device, form))
    weights = torch.cuda.memory_allocated() if meter.is_gpu else network_bytes(model)
    meter.mapped_bytes = 0 if meter.is_gpu else weights
    own = load_origin(folder)
    origin = Origin([vectors for vectors, _ in own], [keys for _, keys in own if keys is not None])
    chunk_s, injecting = inject(model, origin, meter)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        asked = {"in files": ask(Path(place), model, origin, meter, answer_tokens)}
    room = fit.longterm_bytes(sizes, sizes.origin_vectors) + pool_kv_bytes(sizes)
    if room + fit.work_bytes(sizes) + fit.read_cache_bytes(sizes) < free_memory(device):
        origin = Origin(
            [moved(rows, device) for rows in origin.vectors],
            [moved(k, device) for k in origin.keys or ()],
        )
        with tempfile.TemporaryDirectory(dir=folder) as place:
            asked["on the device"] = ask(Path(place), model, origin, meter, answer_tokens, device)
    return {
        "seconds": {
            "load, first": round(made_s, 2),
            "load": round(load_s, 2),
            "chunk": round(chunk_s, 4),
        },
        "injected_tokens_per_s": round(sizes.memory.chunk_tokens / chunk_s, 1),
        "asked": {
            where: {name: row[name] for name in ("seconds", "tokens_per_s")}
            for where, row in asked.items()
        },
        "bytes": compared(as_computed, form, weights, injecting, asked, meter),
    }


def network_bytes(network: Network) -> int:
    """All tensors of a network, with the scales of quantized ones."""
    modules = (network.llama, *network.retrievers.values())
    tensors = [each for module in modules for each in (*module.parameters(), *module.buffers())]
    for weight in list(tensors):
        state = getattr(weight, "quant_state", None)
        tensors += (
            [state.absmax, state.code, state.state2.absmax, state.state2.code] if state else []
        )
        scales = getattr(weight, "SCB", None)
        tensors += [scales] if scales is not None else []
    return sum({tensor.data_ptr(): tensor.nbytes for tensor in tensors}.values())


def moved(tensor: torch.Tensor, device: str) -> torch.Tensor:
    """On the device, and no longer mapped where that is the CPU."""
    return tensor.to(device, copy=True)


def random_ids(count: int, vocabulary: int) -> list[int]:
    found: list[int] = torch.randint(
        vocabulary, (count,), generator=torch.Generator().manual_seed(0)
    ).tolist()
    return found


def inject(model: Network, origin: Origin, meter: Meter) -> tuple[float, int]:
    """Seconds for a chunk that is written after others, with its vectors on the CPU, and the
    peak.
    """
    config = model.config
    ids = random_ids(config.memory.chunk_tokens, config.architecture.vocabulary)
    tail = torch.stack([vectors[-config.memory.num_tokens :] for vectors in origin.vectors])
    meter.begin()
    times = []

    def write() -> torch.Tensor:
        return write_after(model, ids, tail).vectors.cpu()

    for _ in range(1 + ROUNDS):
        seconds, tail = timed(write)
        times.append(seconds)
    assert tail.isfinite().all()
    return statistics.median(times[1:]), meter.peak()


def ask(
    place: Path,
    model: Network,
    origin: Origin,
    meter: Meter,
    answer_tokens: int,
    here: str | None = None,
) -> dict[str, Any]:
    """Questions to a new memory of the checkpoint's own vectors; `here`: its pool is kept on that
    device, too.
    """
    make_folders(place)
    home = Home.create(place, make_spec(model.config, model.quantize))
    ids = random_ids(PROMPT_TOKENS, model.config.architecture.vocabulary)

    def opened() -> Memory:
        memory = Memory(home.spec, states.initial(home.spec), segments_of(home, home.spec), origin)
        rows = pool_kv(home, memory, model)
        memory.pool_kv = [moved(each, here) for each in rows] if here else rows
        return memory

    def question(memory: Memory) -> tuple[Cache, torch.Tensor]:
        cache, logits = read_by_layer(model, ids, memory, fit.ANSWER_ROWS - len(ids))
        return cache, logits.cpu()

    meter.begin()
    first_s = timed(lambda: question(opened()))[0]
    first_peak = meter.peak()
    next_s = min(timed(lambda: question(opened()))[0] for _ in range(ROUNDS))
    memory = opened()
    meter.begin()
    again_s = min(timed(lambda: question(memory))[0] for _ in range(ROUNDS))
    cache, logits = question(memory)
    decoding_s, answer = timed(lambda: list(generate(model, cache, logits, answer_tokens)))
    assert logits.isfinite().all() and len(answer) == answer_tokens
    assert len(cache.readings[-1].ids) == home.spec.pool_vectors + home.spec.retrieved_vectors
    return {
        "seconds": {
            "first": round(first_s, 4),
            "next": round(next_s, 4),
            "again": round(again_s, 4),
        },
        "tokens_per_s": round(
            (answer_tokens - 1) / decoding_s, 2
        ),  # the first one comes with the question
        "first_peak": first_peak,
        "peak": meter.peak(),
        "cache": cache.keys.nbytes + cache.values.nbytes,
    }


def pool_kv_bytes(sizes: Sizes) -> int:
    """The pool's keys and values of all layers, as they lie beside the memory."""
    net = sizes.architecture
    return net.layers * sizes.memory.pool_vectors * net.kv_width * net.value_bytes


def compared(
    sizes: Sizes,
    form: Any,
    weights: int,
    injecting: int,
    asked: dict[str, dict[str, Any]],
    meter: Meter,
) -> dict[str, dict[str, Any]]:
    """Measured bytes, those that `fit.py` counts, and their ratio; the runtime is counted by
    itself.
    """
    device = "cuda" if meter.is_gpu else "cpu"
    files, here = asked["in files"], asked.get("on the device")
    peak = fit.peak_bytes(sizes, form, device=device) - fit.RUNTIME_BYTES
    rows: dict[str, tuple[int, int | None]] = {
        "weights": (weights, fit.weights_bytes(sizes, form, device)),
        "read cache": (files["cache"], fit.read_cache_bytes(sizes)),
        "work of reading": (files["peak"] - weights - files["cache"], fit.work_bytes(sizes)),
        "peak, asking": (files["peak"], peak),
        "peak, first question": (files["first_peak"], peak),
        "peak, injecting": (injecting, peak),
        "runtime": (meter.runtime(), fit.RUNTIME_BYTES),
    }
    if here:
        counted = peak + fit.longterm_bytes(sizes, sizes.memory.capacity_vectors)
        rows["peak, asking, long-term memory on the device"] = (here["peak"], counted)
    if meter.is_gpu:
        rows["reserved by PyTorch, with its cache"] = (torch.cuda.max_memory_reserved(), None)
    return {
        name: {"measured": got, "counted": count, "ratio": round(got / count, 3) if count else None}
        for name, (got, count) in rows.items()
    }
