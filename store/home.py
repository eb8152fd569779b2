"""Where a memory lies: the only file that joins paths."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from store.disk import atomic_write, file_bytes, naming, place, remove, size_bytes
from store.errors import (
    RESTORE,
    DamagedError,
    MplusError,
    NoMemoryError,
    not_permitted,
    unwritable,
)
from store.index.connections import last_described
from store.nearest import FOLDER_NAME, holds_memory
from store.spec import Spec, described, parse_spec

# What a memory that was never finished may have left.
_OWN = {
    "lock",
    "memory.next.json",
    "readers",
    "writer.json",
    "index.db",
    "index.db-journal",
    "index.db-wal",
    "index.db-shm",
    "segments",
    "packs",
    "states",
    "cache",
}
_UNFINISHED = (".new-", "import-")  # begin the names of what no command has finished


class Home:
    """The folder of one memory: `spec` says what its newest generation is made for, `current` that
    it is described as today: in the newest format, with a digest.

    The description and the index can't change in one step, so a change from one model to another,
    or to a lean memory, lays the coming description beside the present one, commits what it is of,
    and puts it in its place (`described_as`). Where that was cut short, the last generation says
    which of the two stands: whoever looks takes that one, and the next command that writes settles
    it.

    Raises `NoMemoryError` where there is none, `DamagedError` where `memory.json` makes no sense,
    `MplusError` where its format is unknown or it may not be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file, self._next = path / "memory.json", path / "memory.next.json"
        try:
            self._look()
        except PermissionError:
            raise not_permitted(self._file if os.access(path, os.X_OK) else path) from None

    def _look(self) -> None:
        coming = self._next.exists()  # asked first: it may take the other's place meanwhile
        try:
            self.spec, self.current = _read(self._file)
        except FileNotFoundError:
            raise self._missing() from None
        if coming and self._has_come(self.spec):
            try:
                self.spec, self.current = _read(self._next)
            except FileNotFoundError:  # it is in its place by now
                self.spec, self.current = _read(self._file)

    def _has_come(self, before: Spec) -> bool:
        """Whether the last generation is no longer what was described before: another model's, or
        lean.
        """
        last = last_described(self.index)
        if last is None:
            return False
        spec, _ = parse_spec(last.encode(), self.index)
        return (spec.identity, spec.lean) != (before.identity, before.lean)

    @contextmanager
    def described_as(self, spec: Spec) -> Iterator[None]:
        """Let the memory be described by `spec` once the generation is there that is committed
        inside.
        """
        if (spec.identity, spec.lean) != (self.spec.identity, self.spec.lean):
            atomic_write(self._next, described(spec))
        yield
        self.settle()
        self.spec = spec

    def settle(self) -> None:
        """Finish or drop a change of the description that was cut short. For who holds the writer's
        lock.
        """
        if not self._next.exists():
            return
        if self._has_come(_read(self._file)[0]):
            place(self._next, self._file)
        else:
            remove(self._next)

    @staticmethod
    def create(path: Path, spec: Spec) -> Home:
        """Describe a new memory; with this file it exists."""
        atomic_write(path / "memory.json", described(spec))
        return Home(path)

    exists = staticmethod(holds_memory)

    def _missing(self) -> MplusError:
        if any(any((self.path / name).glob("*")) for name in ("states", "segments", "packs")):
            return DamagedError(
                f"{self.path / 'memory.json'} is missing, and the memory's other files are there",
                RESTORE,
            )
        nearer = self.path / FOLDER_NAME
        return NoMemoryError(
            f"there is no memory at {self.path}",
            f"there is one at {nearer}"
            if self.exists(nearer)
            else "make one with: mplus inject PATH",
        )

    def segment(self, key: str) -> Path:
        return self.path / "segments" / key[:2] / f"{key}.safetensors"

    def segment_bytes(self, key: str) -> int | None:
        """Bytes of a segment's file; None where there is none that can be looked at."""
        return file_bytes(
            f"{self.path}/segments/{key[:2]}/{key}.safetensors"
        )  # quick, for millions

    @property
    def index(self) -> Path:
        return index_file(self.path)

    def state(self, digest: str) -> Path:
        return self.path / "states" / f"{digest}.safetensors"

    @property
    def pace(self) -> Path:
        """How fast the model wrote on this machine; derived, may be missing."""
        return self.path / "cache" / "pace.json"

    def packed_keys(self, identity: str) -> Path:
        """All keys of the segments that a model wrote, joined for searching; derived, may be
        missing.
        """
        return self.path / "cache" / f"keys-{identity[:16]}"

    def packs(self, identity: str) -> Path:
        """The packs of a model's segments whose vectors are derived."""
        return self.path / "packs" / identity[:16]

    def derived_vectors(self, identity: str) -> Path:
        """The vectors of these; derived, may be missing."""
        return self.path / "cache" / f"vectors-{identity[:16]}"

    def pool_kv(self, state: str) -> Path:
        """Keys and values of a state's pool; derived, may be missing."""
        return self.path / "cache" / f"pool-{state}.safetensors"

    def of_repository(self, repository: str) -> Path:
        """What came of a repository, by its id: its packs' indexes, and parts that a pull goes on
        from; derived, may be missing.
        """
        return self.path / "cache" / f"repository-{repository}"

    def segments(self) -> Iterator[Path]:
        """The segment files that lie here, whether or not a generation refers to them."""
        return (self.path / "segments").glob("??/*.safetensors")

    def packed(self) -> Iterator[Path]:
        """The folders with packs that lie here, of each model those that count and others."""
        return (self.path / "packs").glob("*/*")

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
            with naming(self.path):
                yield folder
        finally:
            remove(folder)

    def size_bytes(self) -> int:
        """Bytes of all files of this memory but those that are derived."""
        return size_bytes(self.path, without="cache")


def _read(file: Path) -> tuple[Spec, bool]:
    try:
        return parse_spec(file.read_bytes(), file)
    except IsADirectoryError as error:
        raise DamagedError(f"{file} is a folder", RESTORE) from error


def index_file(path: Path) -> Path:
    return path / "index.db"


def make_folders(path: Path) -> Callable[..., None]:
    """Make the folders of a new memory, mode 0700: it holds private text.

    Gives what takes away again all that came to lie there, but for what it is told to `leave`; for
    who holds the writer's lock and has found that nothing comes of this memory. Raises
    `MplusError` where something else lies at `path`.
    """
    strange = path.exists() and any(not _is_own(entry.name) for entry in path.iterdir())
    if strange and not Home.exists(path):  # who else is about to make one may just have done so
        raise MplusError(
            f"{path} is not empty and is not a memory",
            "name an empty or a new folder with --memory",
        )
    there = set(path.iterdir()) if path.exists() else set()
    new = [each for each in (path, *path.parents) if not each.exists()]

    def take_away(leave: str = "") -> None:
        for each in set(path.iterdir()) - there:
            if each.name != leave:
                remove(each)
        with suppress(OSError):  # another process has something in one by now
            for each in new:
                each.rmdir()

    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        for name in ("segments", "states", "cache"):
            (path / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    return take_away


def _is_own(name: str) -> bool:
    return name in _OWN or name.startswith(_UNFINISHED)
