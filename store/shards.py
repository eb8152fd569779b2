"""A memory split by document into several, each a memory of its own: shards.

A shard is what a memory is that has read its documents and no others, in their order. What the
chunks have written is taken over, so no model is asked.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from store.change import Change, change
from store.disk import OnProgress, atomic_write, sync_folder
from store.errors import (
    DamagedError,
    MplusError,
    NoMemoryError,
    is_full,
    reason_of,
    unwritable,
)
from store.home import Home
from store.index.reader import Index
from store.index.writer import IndexWriter
from store.locks import read_lock
from store.records import DocumentRow, SegmentFile
from store.segments.lean import LeanSegments
from store.segments.packs import Packed
from store.spec import Spec
from store.verify import Verifier

_AT_ONCE_BYTES = 1 << 25  # of packed segments that are brought to the disk together
_LOCK = "lock"


@dataclass(frozen=True)
class Made:
    """A shard: where it is, and what it holds."""

    path: Path
    documents: int
    chunks: int
    tokens: int
    bytes: int


def split(
    path: Path, folder: Path, into: int, timeout_s: float, progress: OnProgress
) -> list[Made]:
    """Split the newest generation of a memory into `shard-1`, `shard-2`, … in a new folder, which
    is there when all of them are whole.

    Documents keep their order, texts, places and dates, and the inputs that they came from. Roots
    stay behind: each shard would read all that they lead to. Raises `NoMemoryError`,
    `DamagedError` where something of the memory is, and `MplusError` where it has fewer documents
    than there are to be shards, or something lies at `folder`.
    """
    home = Home(path)
    with read_lock(path, timeout_s), closing(Index.open(home)) as index, index.snapshot():
        generation = index.generation()
        if generation is None:
            raise NoMemoryError(f"the memory at {path} is empty", "fill it with: mplus inject PATH")
        documents = index.documents(generation.id)
        if len(documents) < into:
            raise MplusError(
                f"the memory at {path} has {len(documents):,} documents, too few for {into:,} "
                "shards",
                "split it into fewer, at most one for each document",
            )
        source = _Source(home, index, index.spec(generation))
        with _made_whole(folder) as staged:
            done = 0
            for place, some in enumerate(shared_out(documents, into)):
                name = f"shard-{place + 1:0{len(str(into))}}"
                source.write(staged / name, some, timeout_s)
                done += sum(document.tokens for document in some)
                progress(done, generation.tokens)
    names = sorted(entry.name for entry in folder.iterdir())
    return [_settled(folder / name) for name in names]


def shared_out(documents: Iterable[DocumentRow], into: int) -> list[list[DocumentRow]]:
    """Documents in `into` parts, each in the order that they had: one after the other goes to the
    part that has the fewest tokens by then. So parts differ by no more than the longest document.
    """
    parts: list[list[DocumentRow]] = [[] for _ in range(into)]
    tokens = [0] * into
    for document in documents:
        least = min(range(into), key=lambda part: (tokens[part], len(parts[part])))
        parts[least].append(document)
        tokens[least] += document.tokens
    return parts


class _Source:
    """The memory that is split, at one generation."""

    def __init__(self, home: Home, index: Index, spec: Spec) -> None:
        self._home, self._index, self._spec = home, index, spec
        self._files = index.segment_files()
        self._inputs: dict[str, list[str]] = {}  # content -> where it lies
        for name, sha256 in index.inputs().items():
            self._inputs.setdefault(sha256, []).append(name)

    def write(self, path: Path, documents: Sequence[DocumentRow], timeout_s: float) -> None:
        """Make a memory of some documents, and look whether it is whole."""
        with change(path, "shard", timeout_s, create=self._spec) as shard:
            for document in documents:
                chunks, whole = self._index.content(document.id)
                shard.add(replace(document, id=0), chunks, whole)
                for name in self._inputs.get(document.sha256, ()):
                    shard.note(name, document.sha256)
            self._take_segments(shard, documents)
            shard.commit()
        looked = Verifier(Home(path), read_data=True, replay=True, progress=lambda done, of: None)
        looked.run()
        for wrong in looked.findings:
            raise DamagedError(f"{wrong.where}: {wrong.wrong}", "split the memory again")

    def _take_segments(self, shard: Change, documents: Sequence[DocumentRow]) -> None:
        keys = sorted(self._index.segments_of(document.id for document in documents))
        try:
            files = [self._files[key] for key in keys]
        except KeyError as error:
            raise _damaged(str(error)) from error
        if self._spec.lean:
            self._take_packed(shard.home, files)
        else:
            for file in files:
                self._take_file(shard.home, file)
        shard.adopt(files)

    def _take_packed(self, target: Home, files: Sequence[SegmentFile]) -> None:
        own, theirs = LeanSegments(self._home, self._spec), LeanSegments(target, self._spec)
        waiting, size_bytes = list[Packed](), 0
        with own.pack.opened([file.key for file in files]) as packs:
            for number, file in zip(packs.numbers.tolist(), files, strict=True):
                packed = packs.packed(number) if number >= 0 else None
                if packed is None or own.wrong_with(packed, file):
                    raise _damaged(file.key)
                waiting.append(packed)
                size_bytes += file.bytes
                if size_bytes >= _AT_ONCE_BYTES:
                    theirs.append(waiting)
                    waiting, size_bytes = [], 0
        theirs.append(waiting)

    def _take_file(self, target: Home, file: SegmentFile) -> None:
        try:
            content = self._home.segment(file.key).read_bytes()
        except OSError as error:
            raise _damaged(file.key) from error
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise _damaged(file.key)
        atomic_write(target.segment(file.key), content)


def _damaged(key: str) -> DamagedError:
    return DamagedError(
        f"the segment {key} is missing or damaged", "see what mends it: mplus verify"
    )


@contextmanager
def _made_whole(folder: Path) -> Iterator[Path]:
    """A folder to fill, which takes its name and its place when it is whole.

    Until then it lies beside that, locked; what a killed run has left there goes first.
    """
    from filelock import FileLock, Timeout

    try:
        if folder.exists() and any(folder.iterdir()):
            raise MplusError(f"{folder} is not empty", "name an empty or a new folder")
        staged = folder.with_name(f".{folder.name}.unfinished")
        staged.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(staged / _LOCK, timeout=0)
        lock.acquire()
    except Timeout:
        raise MplusError(
            f"another process is making {folder}", "try again when it has ended, or name another"
        ) from None
    except OSError as error:
        if is_full(error):
            raise unwritable(folder, error) from error
        raise MplusError(
            f"{folder} can't be made: {reason_of(error)}", "name a folder where you may write"
        ) from error
    try:
        for entry in staged.iterdir():
            if entry.name != _LOCK:
                shutil.rmtree(entry)
        yield staged
        lock.release()
        (staged / _LOCK).unlink(missing_ok=True)
        sync_folder(staged)
        if folder.exists():
            folder.rmdir()
        staged.rename(folder)
        sync_folder(folder.parent)
    except BaseException:
        lock.release()
        shutil.rmtree(staged, ignore_errors=True)
        raise


def _settled(path: Path) -> Made:
    """A shard that has come to its place, which its index remembers from now on."""
    home = Home(path)
    with closing(IndexWriter.open(home)) as index:
        generation = index.generation()
        assert generation is not None
        return Made(
            path, generation.documents, generation.chunks, generation.tokens, home.size_bytes()
        )
