"""Make a memory of slots in format 5, which later versions must be able to open, ask and change,
its snapshot, and what its model has beside that of `make_chunks`: `python -m
tests.archive.make_slots`.

Run once, in the first days of format 5, never again: the point is that its bytes are old. State
files are as the very first ones were, which vouched for all that they hold, not for matrices alone.
"""

import json
import math
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor

from mplus_cli import Memory
from mplus_cli.model.prepared import catalog
from mplus_cli.results.answers import Answer
from store.kinds.slots import SlotState
from tests.archive.make_chunks import HERE, NAME, QUESTION, TEXTS
from tests.store.made import last_state
from tests.toy import make_checkpoint

SLOTS = "slots-format-5"
OWN = ("config.json", "lm2.safetensors")  # of the model, the rest is in the archive of chunks


def main() -> None:
    SlotState.to_bytes = SlotState.to_first_bytes  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        unpack_model(work)
        _add_own(work)
        _make(work)
        for left in ("readers", "lock", "writer.json"):
            (work / "memory" / left).unlink(missing_ok=True)
        shutil.rmtree(work / "memory" / "cache", ignore_errors=True)
        with tarfile.open(HERE / f"{SLOTS}.tar.xz", "w:xz") as archive:
            archive.add(work / "memory", "memory")
            for name in OWN:
                archive.add(work / "checkpoint" / name, f"checkpoint/{name}")


def unpack_model(folder: Path) -> None:
    """The checkpoint that lends the model all but its own files."""
    with tarfile.open(HERE / f"{NAME}.tar.xz") as archive:
        members = [each for each in archive if each.name.startswith("checkpoint")]
        archive.extractall(folder, members, filter="data")


def _add_own(work: Path) -> None:
    made = make_checkpoint(work / "toy", "lm2", answering={"system": "", "declines": ""})
    config, tensors = (made / name for name in OWN)
    shutil.copy(config, work / "checkpoint")
    rounded = {name: _few_values(each) for name, each in load_file(tensors).items()}
    save_file(rounded, work / "checkpoint" / tensors.name)


def _few_values(tensor: Tensor) -> Tensor:
    """So that it is packed into little."""
    _, exponent = math.frexp(float(tensor.abs().max()))
    step = 2.0 ** (exponent - 2)
    return (tensor / step).round() * step


def _make(work: Path) -> None:
    model = str(work / "checkpoint")
    catalog.pull(model, work / "cache", None, False, lambda done, of: None)
    os.chdir(work)
    with Memory(work / "memory", model=model, cache=work / "cache") as memory:
        for name, text in TEXTS.items():
            Path(name).write_text(text)
            memory.inject(name)
        memory.tag("three")
        memory.forget("pump.txt")
        memory.export(HERE / f"{SLOTS}.mplus", force=True)
        answer = memory.ask(QUESTION, max_tokens=4)
        status, log, documents = memory.status(), memory.generations(), memory.documents()
    (matrix,) = last_state(work / "memory").matrices
    said = {
        "state": status.state_digest,
        "identity": status.identity,
        "answer": answer.text,
        "sources": weights(answer),
        "documents": [Path(each.path).name for each in documents],
        "log": [f"{each.command} {each.vectors_in} {each.vectors_out}" for each in log],
        "usage": _told(matrix.usage),
        "slots": [_told(slot) for slot in matrix.slots],
    }
    (HERE / f"{SLOTS}.json").write_text(json.dumps(said, indent=1) + "\n")


def weights(answer: Answer) -> dict[str, float]:
    """What it was drawn from, each chunk by its document and place."""
    return {f"{Path(each.path).name} {each.chunk}": each.weight for each in answer.sources}


def _told(numbers: NDArray[np.float32]) -> str:
    return " ".join(f"{number:.6f}" for number in numbers)


if __name__ == "__main__":
    main()
