"""Where a memory lies: the only file that joins paths. Format version, lock, atomic write."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from store.errors import DamagedError, LockedError, MplusError, NoMemoryError
from store.typed import made

FORMAT_VERSION = 2
FOLDER_NAME = ".mplus"
RESTORE = "restore it from a snapshot (mplus import FILE) or a backup"
# What a memory that was never finished may have left.
_OWN = {
    "lock",
    "readers",
    "writer.json",
    "index.db",
    "index.db-wal",
    "index.db-shm",
    "segments",
    "states",
    "cache",
}
_UNFINISHED = (
    ".new-",
    "import-",
)  # begins the names of files and folders that no command has finished


@dataclass(frozen=True)
class Spec:
    """What a memory is made for: one model's sizes and the seed of its draws (letters of
    docs/design.md).

    `origin_vectors` counts per layer the vectors that the checkpoint itself brings; `pool_full`
    says that the last N of them are the pool (else the pool starts empty and fills).
    `retrieval_layers` names the layers whose keys find whole chunks for all layers; with none,
    every layer finds single vectors for itself. `kv_width` is what segments keep of a vector: so
    many numbers, the keys and values of reading's attention, in 8 bits; 0: the vector itself, in
    `dtype`.
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
    kv_width: int = 0  # 2·G·e; not there in format 1

    @property
    def key_layers(self) -> int:
        """Layers that have keys."""
        return len(self.retrieval_layers) or self.layers


def spec_from(found: dict[str, Any]) -> Spec:
    """A spec from its fields, as JSON gives them. Raises `DamagedError` where they are others."""
    try:
        return made(Spec, {name: value for name, value in found.items() if name != "format"})
    except (TypeError, ValueError) as error:
        raise DamagedError(
            "the fields of this memory are not those of its format", RESTORE
        ) from error


class Home:
    """The folder of one memory.

    Raises `NoMemoryError` where there is none, `DamagedError` where `memory.json` can't be read,
    `MplusError` where its format is unknown.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec = self._read_spec()

    @staticmethod
    def create(path: Path, spec: Spec) -> Home:
        """Describe a new memory; with this file it exists."""
        described = {"format": FORMAT_VERSION} | asdict(spec)
        described["digest"] = _digest(described)
        atomic_write(path / "memory.json", (json.dumps(described, indent=1) + "\n").encode())
        return Home(path)

    @staticmethod
    def exists(path: Path) -> bool:
        return (path / "memory.json").is_file()

    def _read_spec(self) -> Spec:
        file = self.path / "memory.json"
        try:
            found: Any = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise self._missing() from None
        except ValueError as error:
            raise DamagedError(f"{file} is damaged: {error}", RESTORE) from error
        if not isinstance(found, dict) or "format" not in found:
            raise DamagedError(f"{file} is damaged: it names no format", RESTORE)
        if found["format"] not in range(1, FORMAT_VERSION + 1):
            raise MplusError(
                (
                    f"{self.path} has memory format {found['format']!r}, this mplus reads up "
                    f"to format {FORMAT_VERSION}"
                ),
                "use the version of mplus that wrote it",
            )
        digest = found.pop("digest", None)
        self.sealed = digest is not None  # mplus 0.1.0 wrote none
        if self.sealed and digest != _digest(found):
            raise DamagedError(f"{file} is damaged: its content does not match its digest", RESTORE)
        return spec_from(found)

    def _missing(self) -> MplusError:
        if any((self.path / "states").glob("*")):
            return DamagedError(
                f"{self.path / 'memory.json'} is missing, and the memory's other files are there",
                RESTORE,
            )
        return NoMemoryError(
            f"there is no memory at {self.path}", "make one with: mplus inject PATH"
        )

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

    @property
    def packed_keys(self) -> Path:
        """All keys of the segments, joined for searching; derived, may be missing."""
        return self.path / "cache" / "keys"

    def pool_kv(self, state: str) -> Path:
        """Keys and values of a state's pool; derived, may be missing."""
        return self.path / "cache" / f"pool-{state}.safetensors"

    def segments(self) -> Iterator[Path]:
        """The segment files that lie here, whether or not a generation refers to them."""
        return (self.path / "segments").glob("??/*.safetensors")

    def states(self) -> Iterator[Path]:
        """The state files that lie here."""
        return (self.path / "states").glob("*.safetensors")

    def unfinished(self) -> Iterator[Path]:
        """Files and folders that a command which was killed has left."""
        for folder in (
            self.path,
            self.path / "segments",
            self.path / "states",
            *(self.path / "segments").glob("??"),
        ):
            yield from (entry for entry in folder.iterdir() if entry.name.startswith(_UNFINISHED))

    def derived(self) -> Iterator[Path]:
        """What lies in the cache: it can be made anew."""
        return (self.path / "cache").glob("*")

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder for files that may join this memory; it is gone at the end."""
        folder = Path(tempfile.mkdtemp(dir=self.path, prefix="import-"))
        try:
            yield folder
        finally:
            remove(folder)

    def size_bytes(self) -> int:
        """Bytes of all files of this memory but those that are derived."""
        return _size(self.path, without="cache")


def _size(folder: Path | str, without: str = "") -> int:
    size = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                size += _size(entry.path) if entry.name != without else 0
            else:
                size += entry.stat(follow_symlinks=False).st_size
    return size


def index_file(path: Path) -> Path:
    return path / "index.db"


def make_folders(path: Path) -> None:
    """The folders of a new memory, mode 0700: it holds private text.

    Raises `MplusError` where something else lies at `path`.
    """
    if path.exists() and any(not _is_own(entry.name) for entry in path.iterdir()):
        raise MplusError(
            f"{path} is not empty and is not a memory",
            "name an empty or a new folder with --memory",
        )
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    for name in ("segments", "states", "cache"):
        (path / name).mkdir(mode=0o700, exist_ok=True)


def _is_own(name: str) -> bool:
    return name in _OWN or name.startswith(_UNFINISHED)


@contextmanager
def locked(path: Path, timeout_s: float, command: str, alone: bool = False) -> Iterator[None]:
    """Hold the writer's lock of the memory at `path`; `LockedError` when it stays taken for
    `timeout_s`.

    `alone`: wait for those that read, too, and keep new ones out: files will go away. The operating
    system lets go of both locks when a process ends, however it ends, so a lock is never stale.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path / "lock", timeout=timeout_s)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            f"another process is writing to the memory at {path}{_writer(path)}",
            "try again when it has ended",
        ) from None
    try:
        _name_writer(path, command)
        with _readers_kept_out(path, timeout_s) if alone else nullcontext():
            yield
    finally:
        (path / "writer.json").unlink(missing_ok=True)
        lock.release()


@contextmanager
def _readers_kept_out(path: Path, timeout_s: float) -> Iterator[None]:
    from filelock import ReadWriteLock, Timeout

    readers = ReadWriteLock(path / "readers", timeout=timeout_s, is_singleton=False)
    try:
        with readers.write_lock():
            yield
    except Timeout:
        raise LockedError(
            f"another process is reading the memory at {path}", "try again when it has ended"
        ) from None
    finally:
        readers.close()


@contextmanager
def reading(path: Path, timeout_s: float) -> Iterator[None]:
    """Keep the files of a memory from going away while they are read; others may read and write
    meanwhile.
    """
    if not os.access(path, os.W_OK):  # then nobody removes anything there, either
        yield
        return
    from filelock import ReadWriteLock, Timeout

    readers = ReadWriteLock(path / "readers", timeout=timeout_s, is_singleton=False)
    try:
        with readers.read_lock():
            yield
    except Timeout:
        raise LockedError(
            f"another process is removing files from the memory at {path}{_writer(path)}",
            "try again when it has ended",
        ) from None
    finally:
        readers.close()


def author() -> str:
    """Who changes a memory: user@host."""
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # an account without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def _name_writer(path: Path, command: str) -> None:
    (path / "writer.json").write_text(
        json.dumps({"command": command, "pid": os.getpid(), "author": author()})
    )


def _writer(path: Path) -> str:
    """Who holds the lock, in words; nothing where that can't be told."""
    try:
        found = json.loads((path / "writer.json").read_text(encoding="utf-8"))
        return f": mplus {found['command']} (process {found['pid']}, {found['author']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _digest(described: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def atomic_write(file: Path, content: bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one, whole and on the disk."""
    _make_parent(file)
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
        place(Path(temporary), file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def place(new: Path, file: Path) -> None:
    """Bring a whole file of the same file system to its place, and to the disk."""
    _make_parent(file)
    with new.open("rb") as written:
        os.fsync(written.fileno())
    new.replace(file)
    sync_folder(file.parent)


def _make_parent(file: Path) -> None:
    if not file.parent.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        sync_folder(file.parent.parent)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all in it, and bring that to the disk."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk (where the system has no such call, it does so by
    itself).
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
