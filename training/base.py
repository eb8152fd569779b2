"""The base that parts are trained for: any prepared model that finds whole chunks.

What its description says is taken from it: the retrieval layers, the width of their keys, the size
of chunks, what stands in front of them, how it is asked and how it declines. `Recipe` has the rest.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mplus_cli.engine import Engine
from mplus_cli.errors import ModelError
from mplus_cli.model.config import ModelConfig, Provenance
from mplus_cli.model.prepared.checkpoint import Overlay, read_json
from mplus_cli.model.prepared.known import DEFAULT
from mplus_cli.settings import DEVICES, load_settings
from store.errors import MplusError

_RECORD = "base.json"  # in the folder of a run


@dataclass(frozen=True)
class Recipe:
    """What is trained: projectors [F,h,d] of the retrieval layers, adapters on q, k, v, gate, up
    and down of all layers to read, and to write from layer `first_written` on.
    """

    layers: tuple[int, ...]
    width: int
    rank: int = 32
    write_rank: int = 16

    @property
    def first_written(self) -> int:
        """From there on the write adapter changes no key."""
        return max(self.layers)


def recipe_of(config: ModelConfig) -> Recipe:
    """The recipe for a base. Raises `ModelError` for one that is read in another way, or computed
    in numbers that training can't use.
    """
    memory, net = config.memory, config.architecture
    if not memory.finds_chunks or memory.keeps_states:
        raise ModelError(
            f"{config.name} finds single vectors, and parts are trained that find whole chunks",
            "take a chat model without memory of its own",
        )
    if not config.answering.declines:
        raise ModelError(f"{config.name} never declines, and a reader has to learn when to")
    if net.dtype == "float16":
        raise ModelError(
            f"{config.name} is in float16, in which small gradients become zero",
            "take its weights in bfloat16 or float32",
        )
    return Recipe(memory.retrieval_layers, min(memory.selector, net.hidden))


def base_options(parser: argparse.ArgumentParser) -> None:
    """Options that name the base and where it is run."""
    parser.add_argument("--base", default=DEFAULT, help="a prepared model (default: %(default)s)")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="default: the fastest")


def opened(base: str, device: str, run: Path) -> Engine:
    """The base with its weights as they are, for a run whose parts are all of one base.

    Raises `ModelError` where it is not prepared, or the run is another base's.
    """
    engine = Engine(load_settings({"model": base, "device": device, "quantize": "none"}), None)
    run.mkdir(parents=True, exist_ok=True)
    if (run / _RECORD).exists():
        need_run_of(run, engine.config)
    record = {"model": engine.config.name, "identity": _identity(engine.config)}
    (run / _RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return engine


def need_run_of(run: Path, config: ModelConfig) -> None:
    """Raise `ModelError` where a run's parts are another base's, or of the same one as it was
    prepared by another mplus.
    """
    found = read_json(run / _RECORD)
    if found["identity"] != _identity(config):
        raise ModelError(
            f"the run {run} is of another base: {found['model']}, identity "
            f"{found['identity'][:16]}",
            f"take another folder for {config.name}",
        )


def _identity(config: ModelConfig) -> str:
    """Of the base alone: parts that it has already are not what is trained on."""
    files = config.provenance.files
    own = {name: digest for name, digest in files.items() if name.startswith(Overlay.BASE)}
    return replace(config, provenance=Provenance(config.name, own or files)).identity("none")


def copy_record(runs: Sequence[Path], target: Path) -> None:
    """Say of another folder that its parts are of the base of these runs. Raises `ModelError` where
    they are of several.
    """
    if len({read_json(run / _RECORD)["identity"] for run in runs}) > 1:
        raise ModelError("the runs are of several bases", "take runs of one")
    shutil.copy(runs[0] / _RECORD, target)


def as_program(main: Callable[[], None]) -> None:
    """Run a command whose errors are told in words."""
    try:
        main()
    except MplusError as error:
        sys.exit("\n".join(filter(None, (error.message, error.hint))))
