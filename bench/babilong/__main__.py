"""Memories side by side on one base: see the package."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bench.babilong
from bench.babilong.arm import Arm
from bench.babilong.as_here import Shipped, Trained
from bench.babilong.asking import CONTROLS, asked, writing_ms
from bench.babilong.base import Base
from bench.babilong.in_context import InContext, Tuned
from bench.babilong.learning import trained
from bench.babilong.longterm import MPlus
from bench.babilong.material import LENGTHS, TASKS, Material
from bench.babilong.pools import MemoryLlm
from bench.babilong.published import Published
from bench.babilong.results import ARMS, Results, tables
from bench.babilong.rmt import Rmt
from bench.babilong.whole_chunks import InFloat32, WholeChunks
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.settings import load_settings
from training.base import as_program, base_options, opened

_LONGEST_OF_ALL = LENGTHS["16K"]  # segments; only qa1 and qa2 are asked of longer stories
TOGETHER = {"cpu": 8_192, "cuda": 131_072}  # tokens of stories that are asked about at once
_START = 0  # segments: nothing is written


def main() -> None:
    parser = argparse.ArgumentParser(
        description=bench.babilong.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    ask_options(commands.add_parser("ask", help="train memories and ask them"))
    for name, show in (("table", show_tables), ("picture", draw)):
        command = commands.add_parser(name, help=f"a {name} of what was found")
        command.add_argument("json", type=Path)
        if name == "picture":
            command.add_argument("file", type=Path, help="an SVG (needs matplotlib)")
        command.set_defaults(run=show)
    chosen = parser.parse_args()
    chosen.run(chosen)


def ask_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder of the trained memories")
    parser.add_argument("--json", type=Path, help="results, which this run adds to")
    parser.add_argument("--arms", nargs="+", choices=ARMS, help="default: all that can be")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--lengths", nargs="+", choices=[*LENGTHS], default=["0K", "1K", "4K"])
    parser.add_argument("--questions", type=int, default=200, help="of a task and length; 0: train")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--minutes", type=float, default=12, help="of training: each; of a core")
    parser.add_argument(
        "--budget", type=float, default=600, help="seconds for the questions of a cell"
    )
    parser.add_argument("--background", type=Path, nargs="+", default=[], help="passages")
    parser.add_argument("--babi", type=Path, help="bAbI's files to ask about (test ones)")
    parser.add_argument("--weights", type=Path, help="of the memory `shipped`")
    base_options(parser)
    parser.set_defaults(run=ask)


def ask(chosen: argparse.Namespace) -> None:
    """Each memory is trained with each seed and asked before the next one is."""
    if "shipped" in (chosen.arms or ()) and not chosen.weights:
        raise UsageError("the memory `shipped` has no weights", "name their file with --weights")
    engine = opened(chosen.base, chosen.device, chosen.out)
    material, results = Material(engine, chosen.background, chosen.babi), Results(chosen.json)
    for name in chosen.arms or [name for name in ARMS if name != "shipped" or chosen.weights]:
        for seed in chosen.seeds:
            ask_one(name, seed, engine, material, chosen, results)
            gc.collect()  # networks refer to themselves, and one is enough at a time
    print(tables(results.cells))


def ask_one(
    name: str,
    seed: int,
    engine: Engine,
    material: Material,
    chosen: argparse.Namespace,
    results: Results,
) -> None:
    """One memory with one seed: all of its cells that there is nothing known of yet."""
    wanted = [
        {"arm": name, "seed": seed, "task": task, "segments": segments, "source": material.source}
        for task, segments in cells(chosen)
    ]
    missing = [key for key in wanted if not results.has(key)]
    if not missing and chosen.questions:
        return
    arm = make(name, engine, material, chosen)
    minutes = trained(arm, chosen.out / name / f"seed-{seed}", chosen.minutes, seed)
    if not chosen.questions:
        return
    on_cpu = engine.device == "cpu"
    about = {"minutes": round(minutes, 1), "trained_on": arm.trained_on}
    about["writing_ms"] = writing_ms(arm, material)
    for key in missing:
        task, segments = str(key["task"]), int(str(key["segments"]))
        count = chosen.questions if segments else min(chosen.questions, CONTROLS)
        try:
            cell = material.cell(task, segments, count, seed)
        except UsageError as error:  # real stories may be missing, or too long for a segment
            print(f"{task}: {error.message}")
            continue
        found = asked(arm, cell, chosen.budget, TOGETHER["cpu" if on_cpu else "cuda"])
        results.add(key | about | found)
        print(f"{name} {task} {segments} segments:", found)


def cells(chosen: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Tasks and numbers of segments."""
    for segments in (_START, *(LENGTHS[length] for length in chosen.lengths)):
        for task in chosen.tasks:
            if segments <= _LONGEST_OF_ALL or task in ("qa1", "qa2"):
                yield task, segments


def make(name: str, engine: Engine, material: Material, chosen: argparse.Namespace) -> Arm[Any]:
    """A memory by its name, on a base of its own."""
    if name == "chunks":
        settings = {"model": chosen.base, "device": chosen.device, "quantize": "none"}
        return WholeChunks(InFloat32(load_settings(settings), None), material)
    base = Base(engine)
    if name == "shipped":
        return Shipped(base, material).load(chosen.weights)
    kinds = (InContext, Tuned, Published, Trained, Rmt, MemoryLlm, MPlus)
    kind: Callable[[Base, Material], Arm[Any]] = {each.name: each for each in kinds}[name]
    return kind(base, material)


def show_tables(chosen: argparse.Namespace) -> None:
    print(tables(Results(chosen.json).cells))


def draw(chosen: argparse.Namespace) -> None:
    from bench.babilong.picture import picture

    picture(Results(chosen.json).cells, chosen.file)


if __name__ == "__main__":
    as_program(main)
