"""Make a lean memory in format 4, which later versions must be able to open, ask and change, and
its snapshots: `python -m tests.archive.make_lean`. The model is that of `make_chunks`.

Run once, by the first mplus with format 4, never again: the point is that its bytes are old.
"""

import json
import os
import tarfile
import tempfile
from pathlib import Path

from mplus_cli import Memory
from mplus_cli.model.prepared import catalog
from tests.archive.make_chunks import HERE, NAME, QUESTION, TEXTS

LEAN = "lean-format-4"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with tarfile.open(HERE / f"{NAME}.tar.xz") as archive:
            archive.extractall(work / "kept", filter="data")
        _make(work, str(work / "kept" / "checkpoint"))
        for left in ("readers", "lock", "writer.json"):
            (work / "memory" / left).unlink(missing_ok=True)
        with tarfile.open(HERE / f"{LEAN}.tar.xz", "w:xz") as archive:
            archive.add(work / "memory", "memory")


def _make(work: Path, model: str) -> None:
    catalog.pull(model, work / "cache", None, False, lambda done, of: None)
    os.chdir(work)
    with Memory(work / "memory", model=model, cache=work / "cache") as memory:
        for name, text in TEXTS.items():
            Path(name).write_text(text)
            memory.inject(name)
        memory.tag("three")
        memory.forget("pump.txt")
        answer = memory.ask(QUESTION, among="gate.txt", max_tokens=4)
        memory.export(HERE / f"{LEAN}.mplus", force=True)
        memory.export(HERE / f"{LEAN}-vectors.mplus", vectors=True, force=True)
        memory.trim()
        said = {
            "state": memory.status().state_digest,
            "identity": memory.status().identity,
            "answer": answer.text,
        }
        (HERE / f"{LEAN}.json").write_text(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
