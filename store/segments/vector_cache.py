"""Vectors of chunks in files that may be missing: derived data, within a budget.

Only speed hangs on them: where there are none, the model writes the chunk again. So no file is
waited for until it lies on the disk, one that a crash has spoilt is told by its checksum, and
nothing that goes wrong is an error. Those stay that were last written or read.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from store.home import Home
from store.kinds.layout import Layout, layout_of
from store.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor

    from store.segments.quantized import Rows

_SUFFIX, _LOCK = ".safetensors", "lock"
_CHECKSUM = "crc32"  # against rot, not against people; 0.7 ms for 3 MB, SHA-256 takes 1.7
_RENEWED_AFTER_S = 300.0  # what is read often has its file's time renewed now and then
_MOST_MAPPED = 64
_SLACK = 16  # a share of the budget that is freed beyond it: the folder is looked through seldom


class Trimmed(NamedTuple):
    """What was removed."""

    files: int
    bytes: int


@dataclass
class _Mapped:
    """Rows of a file, and when its time was last looked at (s, `time.monotonic`)."""

    rows: Rows
    looked_s: float


class VectorCache:
    """Vectors [L,K,w] of the chunks that one model wrote, by the keys of their segments; for any
    number of threads and processes.

    budget_bytes: what all files may take, which `put` and `keep_budget`
    see to; None: all are kept; 0: none are
    written. It may be set at any time.
    """

    def __init__(self, folder: Path, layout: Layout, budget_bytes: int | None) -> None:
        self._folder, self.budget_bytes = folder, budget_bytes
        self._layout = replace(layout, selector=0)  # without keys
        self._mapped = OrderedDict[str, _Mapped]()
        self._size_bytes: int | None = None  # of all files, as far as this object knows
        self._turn = threading.Lock()

    def get(self, key: str) -> Rows | None:
        """A chunk's vectors, mapped; None where there are none that are whole.

        The last opened ones stay mapped, and can be read on after their files were removed. A
        damaged file is removed.
        """
        with self._turn:
            if found := self._mapped.get(key):
                self._mapped.move_to_end(key)
                self._look_after(key, found)
                return found.rows
        rows = self._open(key)
        if rows is not None:
            with self._turn:
                self._mapped[key] = opened = _Mapped(rows, -_RENEWED_AFTER_S)
                self._look_after(key, opened)
                if len(self._mapped) > _MOST_MAPPED:
                    self._mapped.popitem(last=False)
        return rows

    def put(self, key: str, vectors: Rows) -> bool:
        """Keep a chunk's vectors where budget and disk have room for them, and the budget with
        them; whether they are kept.
        """
        from safetensors.torch import save

        if self.budget_bytes == 0:
            self.keep_budget()
            return False
        tensors = _tensors(vectors)
        content = save(tensors, {_CHECKSUM: _checksum(key, tensors)})
        fits = self.budget_bytes is None or len(content) <= self.budget_bytes
        written = fits and self._write(key, content)
        self.keep_budget(len(content) if written else 0)
        return written

    def keeps(self, tokens: int) -> bool:
        """Whether a chunk's vectors that are put now stay when those of so many tokens follow."""
        return self.budget_bytes is None or self._layout.bytes(tokens) < self.budget_bytes

    def keep_budget(self, written_bytes: int = 0) -> None:
        """Remove what is beyond the budget, now that so many bytes were written."""
        most = self.budget_bytes
        if most is not None and self._grown_bytes(written_bytes) > most:
            with suppress(OSError):  # read-only
                self._trim(most - most // _SLACK, wait_s=0)

    def trim(self, budget_bytes: int) -> Trimmed:
        """Remove files, those first that were longest neither written nor read, until the others
        take no more than a budget. Waits while another process does so.

        Raises `OSError` where nothing can be removed.
        """
        return self._trim(budget_bytes, wait_s=-1)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """No process removes files beyond the budget meanwhile, where that can be seen to."""
        from filelock import FileLock

        with ExitStack() as stack:
            if self._folder.is_dir():
                with suppress(OSError):  # read-only: then nobody does
                    stack.enter_context(FileLock(self._folder / _LOCK))
            yield

    def whole_file(self, key: str) -> Path | None:
        """The file of a chunk's vectors; None where there are none that are whole."""
        return None if self._open(key) is None else self._file(key)

    def size_bytes(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size, _ in _files(self._folder))

    def keys(self) -> Iterator[str]:
        """The segments that have vectors here, in no order."""
        names = (Path(path).name for _, _, path in _files(self._folder))
        return (name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))

    def files(self) -> Iterator[tuple[Path, int]]:
        """All files with their bytes, those included that were never finished."""
        return ((Path(path), size) for _, size, path in _files(self._folder))

    def is_whole(self, file: Path) -> bool:
        """Whether one of the files is what was written: told without torch, and left as it is.

        Raises `OSError` where it can't be read.
        """
        content = memoryview(file.read_bytes())
        start = 8 + int.from_bytes(content[:8], "little")  # as safetensors lays a file down
        try:
            header = json.loads(bytes(content[8:start]))
            told = header.pop("__metadata__")[_CHECKSUM]
            forms = {name: (each["shape"], each["dtype"]) for name, each in header.items()}
            found = zlib.crc32(file.name.removesuffix(_SUFFIX).encode())
            for name in sorted(header):
                first, last = header[name]["data_offsets"]
                found = zlib.crc32(content[start + first : start + last], found)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            return False
        return bool(told == f"{found:08x}" and self._layout.count(forms) is not None)

    def _file(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}{_SUFFIX}"

    def _look_after(self, key: str, mapped: _Mapped) -> None:
        """Renew the time of a file that is read, where it is old."""
        if time.monotonic() - mapped.looked_s < _RENEWED_AFTER_S:
            return
        mapped.looked_s, file = time.monotonic(), self._file(key)
        with suppress(OSError):  # removed meanwhile, or read-only
            if time.time() - file.stat().st_mtime > _RENEWED_AFTER_S:
                os.utime(file)

    def _open(self, key: str) -> Rows | None:
        from safetensors import SafetensorError, safe_open

        rows, file = None, self._file(key)
        try:
            with suppress(SafetensorError), safe_open(file, framework="pt") as opened:
                rows = self._whole(key, opened)
        except (OSError, RuntimeError):  # missing, not ours to read, or removed while it was opened
            return None
        if rows is None:
            with suppress(OSError):
                file.unlink()
        return rows

    def _whole(self, key: str, opened: Any) -> Rows | None:
        """A file's rows; None where they are not what was written."""
        slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118
        forms = {name: (each.get_shape(), each.get_dtype()) for name, each in slices.items()}
        if self._layout.count(forms) is None:
            return None
        tensors = {name: opened.get_tensor(name) for name in slices}
        is_whole = (opened.metadata() or {}).get(_CHECKSUM) == _checksum(key, tensors)
        return self._layout.rows(tensors, "vectors") if is_whole else None

    def _write(self, key: str, content: bytes) -> bool:
        """Bring a file to its place whole, if that can be; not waiting for the disk."""
        file, temporary = self._file(key), None
        try:
            descriptor, temporary = self._new_file(file.parent)
            with os.fdopen(descriptor, "wb") as out:
                out.write(content)
            Path(temporary).replace(file)
            temporary = None
        except OSError:  # no room, or read-only
            return False
        finally:
            if temporary is not None:
                with suppress(OSError):
                    Path(temporary).unlink()
        return True

    def _new_file(self, folder: Path) -> tuple[int, str]:
        """A file without a name of its own yet, open, in a folder that may not be there."""
        with suppress(FileNotFoundError):
            return tempfile.mkstemp(dir=folder, prefix=".new-")
        for each in (self._folder.parent, self._folder, folder):
            each.mkdir(mode=0o700, exist_ok=True)
        return tempfile.mkstemp(dir=folder, prefix=".new-")

    def _grown_bytes(self, written: int) -> int:
        """Bytes of all files, now that so many came; other processes' are known since the last
        look alone.
        """
        with self._turn:
            if self._size_bytes is None:
                self._size_bytes = self.size_bytes()
            else:
                self._size_bytes += written
            return self._size_bytes

    def _trim(self, budget_bytes: int, wait_s: float) -> Trimmed:
        from filelock import FileLock, Timeout

        if not self._folder.is_dir():
            return Trimmed(0, 0)
        try:
            with FileLock(self._folder / _LOCK, timeout=wait_s):
                trimmed, left = self._remove(budget_bytes)
        except Timeout:  # another process does it
            return Trimmed(0, 0)
        with self._turn:
            self._size_bytes = left
            if trimmed.files:
                self._mapped.clear()  # what is mapped has its room on the disk still
        return trimmed

    def _remove(self, budget_bytes: int) -> tuple[Trimmed, int]:
        """Remove the oldest files; these, and the bytes of those that are left."""
        files, gone = sorted(_files(self._folder)), [0, 0]
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= budget_bytes:
                break
            with suppress(OSError):
                Path(path).unlink()
                gone = [gone[0] + 1, gone[1] + size]
            left -= size  # what can't be removed is not asked for again and again
        return Trimmed(*gone), left


def vector_cache_of(home: Home, spec: Spec) -> VectorCache:
    """The vectors that the model of a lean `spec` wrote in a memory; without a limit yet."""
    return VectorCache(home.derived_vectors(spec.identity), layout_of(spec), None)


def _tensors(vectors: Rows) -> dict[str, Tensor]:
    found = {"vectors": vectors.numbers.contiguous()}
    if vectors.scales is not None:
        found["vectors_scales"] = vectors.scales.contiguous()
    return found


def _checksum(key: str, tensors: Mapping[str, Tensor]) -> str:
    """CRC-32 of a segment's key and the bytes of its tensors, by name."""
    from torch import uint8

    found = zlib.crc32(key.encode())
    for name in sorted(tensors):
        found = zlib.crc32(tensors[name].view(uint8).numpy().data, found)
    return f"{found:08x}"


def _files(folder: Path) -> Iterator[tuple[int, int, str]]:
    """Times (ns), bytes and paths of all files, those included that were never finished; not of
    what another process removes meanwhile.
    """
    try:
        folders = [entry.path for entry in os.scandir(folder) if entry.is_dir()]
    except OSError:
        return
    for each in folders:
        with suppress(OSError), os.scandir(each) as entries:
            for entry in entries:
                with suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    yield found.st_mtime_ns, found.st_size, entry.path
