"""Make a memory of whole chunks in format 3, which later versions must be able to open, ask and
change, its snapshot and the model that wrote it: `python -m tests.archive.make_chunks`.

Run once, by mplus before format 4, never again: the point is that its bytes are old.
"""

import json
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from safetensors.torch import load_file, save_file

from mplus_cli import Memory
from mplus_cli.model.prepared import catalog
from tests.toy import make_checkpoint

HERE = Path(__file__).parent
NAME = "chunks-format-3"
QUESTION = "What is the gate code?"
TEXTS = {
    "gate.txt": "The gate code is 4417.",
    "pump.txt": "The pump draws 450 watts. " * 6,
    "roof.txt": "The roof was mended in May. " * 6,
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _make(work)
        for left in ("readers", "lock", "writer.json"):
            (work / "memory" / left).unlink(missing_ok=True)
        shutil.rmtree(work / "memory" / "cache")
        with tarfile.open(HERE / f"{NAME}.tar.xz", "w:xz") as archive:
            archive.add(work / "memory", "memory")
            archive.add(work / "checkpoint", "checkpoint")


def _make(work: Path) -> None:
    checkpoint = make_checkpoint(work / "checkpoint", "chunks")
    weights = checkpoint / "model.safetensors"
    rounded = {name: each.bfloat16().float() for name, each in load_file(weights).items()}
    save_file(rounded, weights)  # of which half the bytes are zeros, and are packed away
    catalog.pull(str(checkpoint), work / "cache", None, False, lambda done, of: None)
    os.chdir(work)
    with Memory(work / "memory", model=str(checkpoint), cache=work / "cache") as memory:
        for name, text in TEXTS.items():
            Path(name).write_text(text)
            memory.inject(name)
        memory.tag("three")
        memory.forget("pump.txt")
        memory.export(HERE / f"{NAME}.mplus", force=True)
        answer = memory.ask(QUESTION, among="gate.txt", max_tokens=4)
        said = {
            "state": memory.status().state_digest,
            "identity": memory.status().identity,
            "answer": answer.text,
        }
        (HERE / f"{NAME}.json").write_text(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
