"""Make the memory of this format that later versions must be able to open: `python -m
tests.archive.make`.

Run once for a format version, never again: the point is that its bytes are old. What it must say
stands beside it.
"""

import hashlib
import json
import shutil
import tarfile
import tempfile
from pathlib import Path

from store.change import change
from store.spec import FORMAT_VERSION
from tests.store.made import EIGHT, add, forget, last_state, what_it_holds

HERE = Path(__file__).parent


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        memory = Path(folder) / "memory"
        for document in (1, 2, 3):
            with change(memory, "inject", 1, create=EIGHT) as opened:
                add(opened, document, (6, 6, document))
                opened.commit()
        with change(memory, "forget", 1) as opened:
            forget(opened, 2)
            opened.commit()
            opened.index.set_tag("three", 3)
        for left in ("readers", "lock"):
            (memory / left).unlink(missing_ok=True)
        shutil.rmtree(memory / "cache")
        name = f"memory-format-{FORMAT_VERSION}"
        with tarfile.open(HERE / f"{name}.tar.xz", "w:xz") as archive:
            archive.add(memory, "memory")
        expected = {"state": last_state(memory).digest, "vectors": vectors_digest(memory)}
        (HERE / f"{name}.json").write_text(json.dumps(expected, indent=1) + "\n")


def taken_out(version: int, folder: Path) -> Path:
    """The memory of a format, as it was kept, in a folder."""
    return unpacked_to(folder, f"memory-format-{version}")


def unpacked_to(folder: Path, name: str) -> Path:
    """The memory of an archive here, in a folder."""
    with tarfile.open(HERE / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "memory"


def vectors_digest(memory: Path) -> str:
    """SHA-256 over all vectors that the memory holds, layer by layer, in order of birth."""
    digest = hashlib.sha256()
    for vectors in what_it_holds(memory):
        digest.update(vectors.numpy().tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
