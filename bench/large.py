"""The published 8B layout with random weights: how fast it is here, what it takes, and what
`fit.py` counts for it.

    python -m bench.large [--device auto] [--quantize none nf4] [--longterm 153600] [--folder DIR]
                          [--json FILE]
    python -m bench.large --small          a quick try, on a CPU too

A prepared model in bfloat16 is written to a temporary folder under DIR (about 70 GB; with
`--memory-files 1` all layers share one file of long-term vectors, and 25 GB do). Each form of its
weights is measured in a process of its own: a chunk written after others, and questions to a full
pool with a full long-term memory, which lies in mapped files first and, where there is room, on the
device then. "first" is a generation's first question, which makes the pool's keys and values;
"next" is what a later command takes, its memory opened anew; "again" goes to a memory that is open.
The vectors' files were written just before, so the system may hold them in its cache.

Memory of a GPU is what tensors take there. On a CPU it is anonymous memory above what the imports
took, and the weights, which are mapped. A long-term memory on the device has the pool there as
well, as vectors and as keys and values, which `fit.py` does not count. Decoding is the network's
own: a CPU's 8-bit decoding is left out.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import torch

from bench.machine import ROOT, Sampler, machine, status_bytes
from bench.random_model import write_prepared
from mplus_cli.engine import make_spec
from mplus_cli.kinds.passes import read_by_layer, write_after
from mplus_cli.kinds.pool_kv import pool_kv
from mplus_cli.model.config import Architecture, MemoryLayout
from mplus_cli.model.machine import fit
from mplus_cli.model.machine.fit import Sizes, Weights
from mplus_cli.model.net.cache import Cache
from mplus_cli.model.net.generate import generate
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.catalog import MPLUS_8B
from mplus_cli.model.prepared.load import free_memory, load, load_origin
from mplus_cli.model.prepared.quantized import bitsandbytes_version
from store.home import Home, make_folders
from store.kinds import state as states
from store.kinds.mplus import Memory
from store.kinds.vectors import Origin
from store.segments import Segments


def changed(sizes: Sizes, values: dict[str, Any]) -> Sizes:
    """Sizes with other values of the fields of any section."""
    parts: dict[str, Any] = {
        name: replace(part, **{key: value for key, value in values.items() if hasattr(part, key)})
        for name, part in vars(sizes).items()
    }
    return Sizes(**parts)


SMALL = changed(
    MPLUS_8B,
    {
        "layers": 2,
        "hidden": 256,
        "inner": 512,
        "heads": 4,
        "kv_heads": 2,
        "head_dim": 64,
        "vocabulary": 1024,
        "selector": 32,
        "num_tokens": 32,
        "chunk_tokens": 64,
        "pool_vectors": 256,
        "retrieved_vectors": 64,
    },
)
SMALL_LONGTERM = 2000
# The long-term memory follows from the others.
SETTABLE = [
    item.name
    for section in (Architecture, MemoryLayout, Weights)
    for item in fields(section)
    if item.type == "int"
    and item.name not in ("adapters", "selector_depth", "max_positions", "capacity_vectors")
]
PROMPT_TOKENS = 50
ROUNDS = 3


def main() -> None:
    chosen = arguments()
    sizes = chosen_sizes(chosen)
    if chosen.measure:
        step, folder = chosen.measure
        print(json.dumps(measured(step, Path(folder), sizes, chosen)))
        return
    found: dict[str, Any] = {"machine": here(chosen.device), "sizes": asdict(sizes)}
    with tempfile.TemporaryDirectory(dir=chosen.folder) as made:
        folder = Path(made)
        check_disk(folder, sizes, chosen)
        found |= in_a_process("write", folder) | {"forms": {}}
        for form in chosen.quantize:
            found["forms"][form] = in_a_process(form, folder)
            shutil.rmtree(folder / form, ignore_errors=True)
            if chosen.json:
                chosen.json.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))
    print_table(found)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument(
        "--quantize", nargs="+", choices=fit.FORMS, default=["none", "nf4"], help="forms to measure"
    )
    parser.add_argument("--small", action="store_true", help="begin with small sizes")
    parser.add_argument("--longterm", type=int, help="long-term vectors a layer")
    for name in SETTABLE:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int)
    parser.add_argument(
        "--memory-files", type=int, help="layers with long-term vectors of their own (all)"
    )
    parser.add_argument("--answer", type=int, default=64, help="tokens to decode")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--measure", nargs=2, metavar=("STEP", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.device == "auto":
        chosen.device = "cuda" if torch.cuda.is_available() else "cpu"
    if chosen.device == "cuda" and not torch.cuda.is_available():
        parser.error("PyTorch sees no GPU here")
    return chosen


def chosen_sizes(chosen: argparse.Namespace) -> Sizes:
    base, longterm = (
        (SMALL, SMALL_LONGTERM) if chosen.small else (MPLUS_8B, MPLUS_8B.memory.capacity_vectors)
    )
    given = {name: getattr(chosen, name) for name in SETTABLE if getattr(chosen, name) is not None}
    sizes = changed(base, given)
    longterm = longterm if chosen.longterm is None else chosen.longterm
    own = (sizes.memory.pool_vectors + longterm,) * sizes.architecture.layers
    return changed(sizes, {"capacity_vectors": longterm, "origin_vectors": own})


def here(device: str) -> dict[str, Any]:
    found = machine() | {"device": device, "bitsandbytes": bitsandbytes_version()}
    if device == "cuda":
        about = torch.cuda.get_device_properties(0)
        found |= {"gpu": about.name, "gpu_bytes": about.total_memory, "cuda": torch.version.cuda}
    return found


def check_disk(folder: Path, sizes: Sizes, chosen: argparse.Namespace) -> None:
    """Say what is needed; end where it is not there."""
    of_memory = fit.longterm_bytes(sizes, sizes.origin_vectors)
    linked = of_memory - of_memory * memory_files(sizes, chosen) // sizes.architecture.layers
    needed = (
        max(fit.disk_bytes(sizes, form) for form in chosen.quantize) - linked + pool_kv_bytes(sizes)
    )
    free = shutil.disk_usage(folder).free
    line = (
        f"{needed / 1e9:.1f} GB of disk are needed in {folder.parent}, {free / 1e9:.1f} GB are free"
    )
    if needed > free:
        sys.exit(f"{line}; see --folder and --memory-files")
    print(line, file=sys.stderr)


def memory_files(sizes: Sizes, chosen: argparse.Namespace) -> int:
    layers = sizes.architecture.layers
    return min(chosen.memory_files or layers, layers)


def pool_kv_bytes(sizes: Sizes) -> int:
    """The pool's keys and values of all layers, as they lie beside the memory."""
    net = sizes.architecture
    return net.layers * sizes.memory.pool_vectors * net.kv_width * net.value_bytes


def in_a_process(step: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.large", *sys.argv[1:], "--measure", step, str(folder)]
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured(step: str, folder: Path, sizes: Sizes, chosen: argparse.Namespace) -> dict[str, Any]:
    if step != "write":
        return measure(folder, chosen.device, step, chosen.answer)
    writing = timed(
        lambda: write_prepared(folder, sizes, chosen.device, memory_files(sizes, chosen))
    )
    return {"written_s": round(writing[0], 1)}


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
        "bytes": compared(sizes, form, weights, injecting, asked, meter),
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
        memory = Memory(home.spec, states.initial(home.spec), Segments(home), origin)
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
    files, here = asked["in files"], asked.get("on the device")
    peak = fit.peak_bytes(sizes, form) - fit.RUNTIME_BYTES
    rows: dict[str, tuple[int, int | None]] = {
        "weights": (weights, fit.weights_bytes(sizes, form)),
        "read cache": (files["cache"], fit.read_cache_bytes(sizes)),
        "work of reading": (files["peak"] - weights - files["cache"], fit.work_bytes(sizes)),
        "peak, asking": (files["peak"], peak),
        "peak, first question": (files["first_peak"], peak),
        "peak, injecting": (injecting, peak),
        "runtime": (meter.runtime(), fit.RUNTIME_BYTES),
    }
    if here:
        counted = fit.peak_bytes(sizes, form, longterm_here=True) - fit.RUNTIME_BYTES
        rows["peak, asking, long-term memory on the device"] = (here["peak"], counted)
    if meter.is_gpu:
        rows["reserved by PyTorch, with its cache"] = (torch.cuda.max_memory_reserved(), None)
    return {
        name: {"measured": got, "counted": count, "ratio": round(got / count, 3) if count else None}
        for name, (got, count) in rows.items()
    }


def print_table(found: dict[str, Any]) -> None:
    for form, row in found["forms"].items():
        print(
            f"\n{form}: "
            + "  ".join(f"{name} {value} s" for name, value in row["seconds"].items()),
            file=sys.stderr,
        )
        print(f"  injects {row['injected_tokens_per_s']} tokens/s", file=sys.stderr)
        for where, asked in row["asked"].items():
            times = "  ".join(f"{name} {value} s" for name, value in asked["seconds"].items())
            print(
                f"  long-term memory {where}: {times}  {asked['tokens_per_s']} tokens/s",
                file=sys.stderr,
            )
        print_bytes(row["bytes"])


def print_bytes(rows: dict[str, dict[str, Any]]) -> None:
    print(f"  {'megabytes':<46}{'measured':>12}{'counted':>12}{'ratio':>8}", file=sys.stderr)
    for name, row in rows.items():
        numbers: Sequence[str] = [
            f"{row[key] / 1e6:,.1f}" if row[key] else "" for key in ("measured", "counted")
        ]
        print(
            f"  {name:<46}{numbers[0]:>12}{numbers[1]:>12}{row['ratio'] or '':>8}", file=sys.stderr
        )


if __name__ == "__main__":
    main()
