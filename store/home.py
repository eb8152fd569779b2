"""Where a memory lies: the only file that joins paths. Format version, lock, atomic write."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from store.errors import DamagedError, LockedError, MplusError, NoMemoryError

FORMAT_VERSION = 1
FOLDER_NAME = ".mplus"
# What a memory that was never finished may have left.
_OWN = {"lock", "index.db", "index.db-wal", "index.db-shm", "segments", "states", "cache"}


@dataclass(frozen=True)
class Spec:
    """What a memory is made for: one model's sizes and the seed of its draws (letters of docs/design.md).

    `origin_vectors` counts per layer the vectors that the checkpoint itself brings; `pool_full` says that
    the last N of them are the pool (else the pool starts empty and fills). `retrieval_layers` names the layers
    whose keys find whole chunks for all layers; with none, every layer finds single vectors for itself.
    """

    model: str
    identity: str
    dtype: str
    quantize: str
    layers: int  # L
    hidden: int  # d
    num_tokens: int  # T
    pool_vectors: int  # N
    retrieved_vectors: int  # K0
    selector: int  # h, 0 without a retriever
    capacity_vectors: int  # long-term vectors kept per layer, 0 without a long-term memory
    drop_per_layer: bool
    origin_vectors: tuple[int, ...]  # [L]
    pool_full: bool
    retrieval_layers: tuple[int, ...] = ()
    seed: int = 0

    @property
    def key_layers(self) -> int:
        """Layers that have keys."""
        return len(self.retrieval_layers) or self.layers


class Home:
    """The folder of one memory.

    Raises `NoMemoryError` where there is none, `DamagedError` where `memory.json` can't be read, `MplusError`
    where its format is unknown.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec = self._read_spec()

    @staticmethod
    def create(path: Path, spec: Spec) -> Home:
        """Describe a new memory; with this file it exists."""
        described = {"format": FORMAT_VERSION} | asdict(spec)
        atomic_write(path / "memory.json", (json.dumps(described, indent=1) + "\n").encode())
        return Home(path)

    @staticmethod
    def exists(path: Path) -> bool:
        return (path / "memory.json").is_file()

    def _read_spec(self) -> Spec:
        file = self.path / "memory.json"
        try:
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NoMemoryError(f"there is no memory at {self.path}", "make one with: mplus inject PATH") from None
        except ValueError as error:
            raise DamagedError(f"{file} is damaged: {error}") from error
        version = found.pop("format", None) if isinstance(found, dict) else None
        if version != FORMAT_VERSION:
            raise MplusError(
                f"{self.path} has memory format {version!r}, this mplus reads format {FORMAT_VERSION}",
                "use the version of mplus that wrote it",
            )
        if set(found) != {field.name for field in fields(Spec)}:
            raise DamagedError(f"{file} is damaged: its fields are not those of format {FORMAT_VERSION}")
        return Spec(**found | {name: tuple(found[name]) for name in ("origin_vectors", "retrieval_layers")})

    def segment(self, key: str) -> Path:
        return self.path / "segments" / key[:2] / f"{key}.safetensors"

    @property
    def index(self) -> Path:
        return index_file(self.path)

    def state(self, digest: str) -> Path:
        return self.path / "states" / f"{digest}.safetensors"

    @property
    def pace(self) -> Path:
        """How fast the model wrote on this machine; derived, may be missing."""
        return self.path / "cache" / "pace.json"

    def size_bytes(self) -> int:
        """Bytes of all files of this memory."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())


def index_file(path: Path) -> Path:
    return path / "index.db"


def make_folders(path: Path) -> None:
    """The folders of a new memory, mode 0700: it holds private text.

    Raises `MplusError` where something else lies at `path`.
    """
    if path.exists() and {entry.name for entry in path.iterdir()} - _OWN:
        raise MplusError(f"{path} is not empty and is not a memory", "name an empty or a new folder with --memory")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    for name in ("segments", "states", "cache"):
        (path / name).mkdir(mode=0o700, exist_ok=True)


@contextmanager
def locked(path: Path, timeout_s: float) -> Iterator[None]:
    """Hold the writer's lock of the memory at `path`; `LockedError` when it stays taken for `timeout_s`.

    The operating system lets go of the lock when its process ends, however it ends.
    """
    lock = FileLock(path / "lock", timeout=timeout_s)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            f"another process is writing to the memory at {path}", "try again when it has ended"
        ) from None
    try:
        yield
    finally:
        lock.release()


def atomic_write(file: Path, content: bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one, whole and on the disk."""
    if not file.parent.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        sync_folder(file.parent.parent)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk (where the system has no such call, it does so by itself)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
