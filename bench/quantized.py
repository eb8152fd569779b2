"""What larger models cost on a CPU in each form of their weights, beside llama.cpp.

    python -m bench.quantized [--model 1b 4b] [--quantize none int8 nf4] [--rounds 3] [--json FILE]
                              [--llama-cpp PYTHON] [--folder DIR]

A plain model of the sizes of Llama 3.2 1B or Qwen3 4B is made of random weights in a temporary
folder under DIR (3 to 25 GB), and each form is measured in a process of its own, in turns: a chunk
of 256 and of 512 tokens written and read (all layers and the head, as a prompt is), and an answer's
tokens behind 512 others. Figures are medians over the rounds. PYTHON: one that has
llama-cpp-python; it gets the same weights in Q8_0 and Q4_0, and as many threads.

--cpu-time: one thread each, and its CPU seconds in place of the clock's. On a machine that is busy
with other things threads wait for each other, and ratios of CPU seconds are all that can be had.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import torch

from bench.machine import ROOT, Sampler, keep, machine, megabytes, status_bytes
from bench.random_gguf import write_gguf
from bench.random_model import write_prepared
from bench.with_llama_cpp import FORMS as GGUF_FORMS
from mplus_cli.kinds.passes import write_alone
from mplus_cli.model.config import Architecture, MemoryLayout, Quantization
from mplus_cli.model.machine import fit
from mplus_cli.model.machine.fit import Sizes, Weights
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.load import load

CHUNKS = (256, 512)
ANSWER_TOKENS = 32
REPEATS = 3
# "none" as a user gets it: an answer's tokens by the 8-bit weights beside the others.
OURS = ("none", "int8", "nf4")

Clock = Callable[[], float]


def plain(layers: int, d: int, heads: int, head_dim: int, inner: int, vocabulary: int) -> Sizes:
    """Sizes of a chat model without M+ parts: 8 key-value heads, a tied head."""
    net = Architecture(
        "bfloat16", layers, d, heads, 8, head_dim, vocabulary, 1e-5, "silu", 131_072, 1.0
    )
    none = (0,) * layers
    memory = MemoryLayout(
        512, 1024, 1536, 2**20, 0, True, 512, "input", "none", none, False, (), "write"
    )
    return Sizes(net, memory, Weights(inner, True, 0, 0, (), 1))


MODELS = {
    "1b": plain(16, 2048, 32, 64, 8192, 128_256),
    "4b": plain(36, 2560, 32, 128, 9728, 151_936),
    "small": plain(2, 256, 8, 32, 512, 1024),  # a quick try
}


def main() -> None:
    chosen = arguments()
    if chosen.measure:
        clock = time.process_time if chosen.cpu_time else time.perf_counter
        folder, form = chosen.measure
        print(json.dumps(measure(Path(folder), form, chosen.threads, clock)))
        return
    found: dict[str, Any] = {"machine": machine() | {"threads": chosen.threads}, "models": {}}
    for name in chosen.model:
        with tempfile.TemporaryDirectory(dir=chosen.folder) as made:
            found["models"][name] = of_model(Path(made), MODELS[name], chosen)
        keep(found, chosen.json)
    for name, rows in found["models"].items():
        print_table(name, rows)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--model", nargs="+", choices=sorted(MODELS), default=["1b"])
    parser.add_argument("--quantize", nargs="+", choices=OURS, default=list(OURS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu-time", action="store_true", help="CPU seconds of one thread")
    parser.add_argument("--llama-cpp", metavar="PYTHON", help="a Python with llama-cpp-python")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--measure", nargs=2, metavar=("FOLDER", "FORM"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    chosen.threads = 1 if chosen.cpu_time else chosen.threads
    return chosen


def of_model(folder: Path, sizes: Sizes, chosen: argparse.Namespace) -> dict[str, Any]:
    """Form -> its figures, medians over the rounds."""
    write_prepared(folder, sizes, "cpu", 1)
    ways: dict[str, Callable[[], dict[str, Any]]] = {
        form: partial(ours, folder, form, chosen) for form in chosen.quantize
    }
    for form in GGUF_FORMS if chosen.llama_cpp else ():
        file = folder / f"{form}.gguf"
        write_gguf(folder, file, form)
        ways[f"llama.cpp {form}"] = partial(theirs, file, chosen)
    rounds = [{name: run() for name, run in ways.items()} for _ in range(chosen.rounds)]
    rows = {name: medians([each[name] for each in rounds]) for name in ways}
    for form in chosen.quantize:
        rows[form] |= {
            "first_load_s": rounds[0][form]["load_s"],
            "disk_mb": megabytes(disk_bytes(folder, form)),
            "counted_mb": megabytes(counted_bytes(sizes, form)),
        }
    return rows


def ours(folder: Path, form: str, chosen: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.quantized", "--threads", str(chosen.threads)]
    how = ["--cpu-time"] if chosen.cpu_time else []
    return of_process([*command, *how, "--measure", str(folder), form])


def theirs(file: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    script, clock = ROOT / "bench" / "with_llama_cpp.py", "cpu" if chosen.cpu_time else "wall"
    sizes = ",".join(map(str, CHUNKS))
    given = (script, file, chosen.threads, sizes, ANSWER_TOKENS, clock)
    return of_process([chosen.llama_cpp, *map(str, given)])


def of_process(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def medians(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: round(statistics.median(row[name] for row in rows), 3) for name in rows[0]}


def measure(folder: Path, form: str, threads: int, clock: Clock) -> dict[str, Any]:
    """One form in this process: seconds, tokens a second, the peak of what is resident."""
    torch.set_num_threads(threads)
    sampler = Sampler("VmRSS")
    start = clock()
    model = load(folder, quantize=cast(Quantization, form), decode8=form == "none")
    found: dict[str, Any] = {"load_s": clock() - start}
    for tokens in CHUNKS:
        ids = random_ids(tokens, model)
        write = seconds(partial(write_alone, model, [ids], as_kv=True), clock, REPEATS)
        read = seconds(partial(model.read, ids, nothing(model), 0), clock, REPEATS)
        found |= {f"write_{tokens}_s": write, f"prefill_{tokens}": tokens / read}
    cache, _ = model.read(random_ids(CHUNKS[-1], model), nothing(model), ANSWER_TOKENS + 1)
    return found | {
        "decode": 1 / seconds(partial(model.step, cache, 1), clock, ANSWER_TOKENS),
        "peak_mb": megabytes(sampler.stop()),
        "anonymous_mb": megabytes(status_bytes("RssAnon")),
    }


def seconds(work: Callable[[], Any], clock: Clock, rounds: int) -> float:
    """The median, after one round that does not count."""
    work()
    times = []
    for _ in range(rounds):
        start = clock()
        work()
        times.append(clock() - start)
    return statistics.median(times)


def random_ids(count: int, model: Network) -> list[int]:
    random = torch.Generator().manual_seed(0)
    drawn = torch.randint(model.config.architecture.vocabulary, (count,), generator=random)
    return cast(list[int], drawn.tolist())


def nothing(model: Network) -> Callable[[int, torch.Tensor], Any]:
    """A memory that has nothing to read: a prompt alone."""
    net = model.config.architecture
    empty = SimpleNamespace(
        ids=np.empty(0, np.int64),
        scores=torch.empty(0),
        states=torch.empty(0, net.hidden),
        kv=torch.empty(0, net.kv_width),
    )
    return lambda layer, normed: empty


def disk_bytes(folder: Path, form: str) -> int:
    """The prepared model and what is kept beside it for this form."""
    names = {"none": ["decode8"], "int8": ["int8"], "nf4": ["nf4", "nf4-cpu"]}[form]
    kept = [folder.glob("*.safetensors"), *(folder.glob(f"{name}/*") for name in names)]
    head = [folder / "decode8" / "outer.safetensors"] if form != "none" else []
    files: Iterator[Path] = (file for each in [*kept, head] for file in each if file.exists())
    return sum(file.stat().st_size for file in files)


def counted_bytes(sizes: Sizes, form: str) -> int:
    """What `fit.py` says that this takes; with the 8-bit weights that `none` decodes with."""
    beside = fit.decode8_bytes(sizes) if form == "none" else 0
    return fit.peak_bytes(sizes, cast(Quantization, form)) + beside


def print_table(name: str, rows: dict[str, Any]) -> None:
    columns = sorted({column for row in rows.values() for column in row})
    print(f"\n{name}", file=sys.stderr)
    print(f"  {'':<16}" + "".join(f"{column:>15}" for column in columns), file=sys.stderr)
    for form, row in rows.items():
        cells = "".join(f"{row.get(column, ''):>15}" for column in columns)
        print(f"  {form:<16}{cells}", file=sys.stderr)


if __name__ == "__main__":
    main()
