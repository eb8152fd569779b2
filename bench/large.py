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
well, as vectors and as keys and values, which `fit.py` does not count. Without quantization
decoding is the network's own: a CPU's 8-bit weights beside the others are left out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import torch

from bench.large_parts import measure, pool_kv_bytes, timed
from bench.machine import ROOT, machine
from bench.random_model import write_prepared
from mplus_cli.model.config import Architecture, MemoryLayout
from mplus_cli.model.machine import fit
from mplus_cli.model.machine.fit import Sizes, Weights
from mplus_cli.model.prepared.known import MPLUS_8B
from mplus_cli.model.prepared.quantized import bitsandbytes_version


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
