"""Taking a snapshot in: everything is checked before anything is kept, then one commit."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from store.archive import Reader, Stream
from store.change import Change, make_memory
from store.disk import OnProgress, place
from store.errors import DamagedError, MplusError, NoMemoryError, OtherModelError
from store.file_segments import count_vectors, file_digest
from store.home import Home, make_folders
from store.index import Index
from store.index_writer import IndexWriter
from store.kinds import Kind, kind_of
from store.kinds.journal import Entries
from store.locks import write_lock
from store.older_snapshots import renew
from store.records import Content, SegmentFile
from store.snapshot import (
    DOCUMENTS,
    MANIFEST,
    MANY_MODELS,
    MAX_MANIFEST_BYTES,
    Manifest,
    Member,
    read_documents,
)
from store.spec import Spec, check_model
from store.state_files import state_of

_SEGMENT = re.compile(r"segments/([0-9a-f]{2})/(\1[0-9a-f]{62})\.safetensors")
_STATE = re.compile(r"states/([0-9a-f]{64})\.safetensors")
_HEADER_BYTES = 4096  # at most, of a segment or a state with its few tensors


@dataclass(frozen=True)
class Imported:
    """What came in: `generations` were taken over as they are, or `documents` were appended as one
    new generation.

    `documents`, and how many are `unchanged`: of the last generation; `versions`: how many versions
    of documents came in with all generations.
    """

    generation: int
    state: str | None
    generations: int
    documents: list[str]
    versions: int
    unchanged: int
    mended: int


def import_snapshot(path: Path, file: Stream, timeout_s: float, progress: OnProgress) -> Imported:
    """Take a snapshot into the memory at `path`, which is made where there is none.

    A memory whose history is a beginning of the snapshot's goes on with it; to another one the
    documents of the snapshot's last generation are appended. Files of the memory that are missing
    or damaged are mended. Raises `DamagedError`, `OtherModelError`, and `MplusError` where a part
    that is needed is not there; nothing stays then.
    """
    reader = Reader(file)
    members = iter(reader)
    with _blamed():
        manifest = _read_manifest(reader, members)
        if not manifest.generations:
            raise DamagedError("it holds no generation")
        last = manifest.spec(manifest.generations[-1])
    with _memory(path, timeout_s, last) as home, home.staging() as staged:
        home.settle()
        with closing(IndexWriter.open(home)) as index:
            if home.spec.identity not in manifest.specs:  # else its history may be a beginning
                check_model(home.spec, last)
            _check_layouts(index.specs(), manifest.specs, path)
            coming = _Coming(home, manifest, staged)
            with _blamed():
                coming.stage(reader, members, progress)
                if manifest.version < MANY_MODELS:
                    coming.manifest = renew(manifest, coming.file(DOCUMENTS))
                coming.check()
            with closing(Change(home, index, "import")) as change:
                return _join(coming, change)


def _check_layouts(own: dict[str, Spec], coming: dict[str, Spec], path: Path) -> None:
    for identity in own.keys() & coming.keys():
        kinds = [kind_of(spec) for spec in (own[identity], coming[identity])]
        if len({(kind.layout, kind.keeps_state_files) for kind in kinds}) > 1:
            raise OtherModelError(
                f"the snapshot and the memory at {path} keep chunks in different forms: one is "
                "from an older mplus",
                "import it into a new memory: name one with --memory",
            )


@contextmanager
def _blamed() -> Iterator[None]:
    """Say of what is wrong that it is the snapshot."""
    try:
        yield
    except DamagedError as error:
        raise DamagedError(
            f"the snapshot can't be used: {error.message}", "take another copy of it"
        ) from error


@contextmanager
def _memory(path: Path, timeout_s: float, spec: Spec) -> Iterator[Home]:
    """The memory at `path`, locked; one that is made for this goes away again when the import
    fails.
    """
    take_away = None
    try:
        Home(path)
    except NoMemoryError:
        take_away = make_folders(path)
    with write_lock(path, timeout_s, "import"):
        if Home.exists(path):
            take_away = None
        else:
            make_folders(path)  # who had the lock before may have taken them away
            make_memory(path, spec)
        try:
            yield Home(path)
        except BaseException:
            if take_away is not None:
                take_away()
            raise


def _read_manifest(reader: Reader, members: Iterator[tuple[str, int]]) -> Manifest:
    name, size = next(members, ("", 0))
    if name != MANIFEST or size > MAX_MANIFEST_BYTES:
        raise DamagedError("it does not begin with a manifest")
    content = b"".join(iter(lambda: reader.read(size), b""))
    return Manifest.from_bytes(content)


class _Coming:
    """A snapshot on its way into a memory."""

    def __init__(self, home: Home, manifest: Manifest, staged: Path) -> None:
        self.home, self.manifest, self._staged = home, manifest, staged
        self.digests: dict[int, str] = {}  # of its documents

    def stage(
        self, reader: Reader, members: Iterator[tuple[str, int]], progress: OnProgress
    ) -> None:
        """Bring every member into the staging folder, in the manifest's order, each checked by size
        and SHA-256.
        """
        expected = self.manifest.members
        self._refuse_unfit(expected)
        total, done = sum(member.bytes for member in expected), 0
        self._refuse_too_large(total)
        for member in expected:
            name, size = next(members, ("", 0))
            if (name, size) != (member.name, member.bytes):
                raise DamagedError(
                    f"{member.name} of {member.bytes:,} bytes was announced, {name!r} of "
                    f"{size:,} came"
                )
            digest = hashlib.sha256()
            with self.file(name).open("wb") as out:
                while block := reader.read(size):
                    digest.update(block)
                    out.write(block)
            if digest.hexdigest() != member.sha256:
                raise DamagedError(f"{name} is damaged: it does not match its SHA-256")
            done += size
            progress(done, total)
        if next(members, None) is not None:
            raise DamagedError("it holds more than its manifest names")

    def file(self, name: str) -> Path:
        """Where a member lies until it joins."""
        return self._staged / name.rpartition("/")[2]

    def documents(self) -> Iterator[Content]:
        return read_documents(self.file(DOCUMENTS))

    def check(self) -> None:
        """Whether the parts fit together. Raises `DamagedError`."""
        manifest, kinds = self.manifest, dict[str, Kind]()  # segment -> of the model that wrote it
        pieces: dict[int, list[tuple[str, int]]] = {}
        for document, chunks, _ in self.documents():
            pieces[document.id] = [(chunk.segment, chunk.vectors) for chunk in chunks]
            self.digests[document.id] = document.digest
            for key, vectors in pieces[document.id]:
                if key not in manifest.segments or manifest.segments[key].vectors != vectors:
                    raise DamagedError(
                        f"document {document.id} has a segment that it does not name"
                    )
        manifest.check(self.digests)
        for generation in manifest.generations:
            journal = [
                piece for document in manifest.held_by(generation) for piece in pieces[document]
            ]
            spec = manifest.spec(generation)
            kinds |= dict.fromkeys((key for key, _ in journal), kind_of(spec))
            self._check_state(generation.state, journal, spec)
        for name in self._names(_SEGMENT):
            key = self.file(name).stem
            if key not in kinds:
                raise DamagedError(f"it has {name}, which is of none of its generations")
            if count_vectors(self.file(name), kinds[key].layout) != manifest.segments[key].vectors:
                raise DamagedError(f"{name} has another number of vectors than announced")

    def _check_state(self, digest: str, journal: list[tuple[str, int]], spec: Spec) -> None:
        kind, name = kind_of(spec), f"states/{digest}.safetensors"
        if not kind.keeps_state_files:
            state = state_of(self.home, spec, Entries.of((0, *piece) for piece in journal))
            if state.digest != digest:
                raise DamagedError(f"{digest} is not the state of its documents")
            return
        file = self.file(name) if self.file(name).exists() else self.home.state(digest)
        if not file.exists():
            raise self._incomplete()
        state = kind.parse(file.read_bytes(), name)
        if list(zip(state.journal, state.sizes.tolist(), strict=False)) != journal:
            raise DamagedError(f"{name} is not the state of its documents")

    def _incomplete(self) -> MplusError:
        return MplusError(
            f"this snapshot holds only what is new since generation {self.manifest.since}, "
            f"and the memory at {self.home.path} lacks the rest",
            "import the snapshot that it goes on from first",
        )

    def _names(self, pattern: re.Pattern[str]) -> list[str]:
        return [member.name for member in self.manifest.members if pattern.fullmatch(member.name)]

    def take_segments(
        self, keys: Iterable[str], own: dict[str, SegmentFile]
    ) -> tuple[list[SegmentFile], int]:
        """Bring those into the memory that it lacks or has damaged.

        `own`: what the memory's index says of its segments; whole ones stay, even where another
        machine's have other last bits. Gives what lies there then, and how many were damaged or
        gone.
        """
        there: list[SegmentFile] = []
        mended = 0
        for key in keys:
            target, coming = self.home.segment(key), self.manifest.segments[key]
            digest = file_digest(target) if target.exists() else ""
            if key in own and digest == own[key].sha256:
                there.append(own[key])
                continue
            if digest != coming.sha256:
                if not self.file(target.name).exists():
                    raise self._incomplete()
                place(self.file(target.name), target)
                mended += key in own
            there.append(coming)
        return there, mended

    def take_states(self) -> None:
        for name in self._names(_STATE):
            target = self.home.state(self.file(name).stem)
            if not target.exists() or file_digest(target) != target.stem:
                place(self.file(name), target)

    def _refuse_unfit(self, members: list[Member]) -> None:
        """Raise `DamagedError` for names and sizes that no snapshot has."""
        if len({member.name for member in members}) != len(members):
            raise DamagedError("it names a file twice")
        if not members or members[0].name != DOCUMENTS:
            raise DamagedError(f"it does not name {DOCUMENTS} first")
        for member in members[1:]:
            if not 0 <= member.bytes <= self._largest(member) + _HEADER_BYTES:
                raise DamagedError(
                    f"it announces {member.name} with {member.bytes:,} bytes, which can't be"
                )

    def _largest(self, member: Member) -> int:
        """The most bytes that a segment or a state may have, beside its header."""
        if (found := _SEGMENT.fullmatch(member.name)) and (
            file := self.manifest.segments.get(found[2])
        ):
            if (file.bytes, file.sha256) == (member.bytes, member.sha256):
                layouts = [kind_of(spec).layout for spec in self.manifest.specs.values()]
                return max(layout.bytes(layout.most_vectors) for layout in layouts)
        elif (found := _STATE.fullmatch(member.name)) and found[1] == member.sha256:
            chunks = max(generation.chunks for generation in self.manifest.generations)
            kinds = map(kind_of, self.manifest.specs.values())
            if sizes := [each.most_bytes(chunks) for each in kinds if each.keeps_state_files]:
                return max(sizes)
        raise DamagedError(f"it names {member.name!r}, which no snapshot holds")

    def _refuse_too_large(self, total: int) -> None:
        free = shutil.disk_usage(self.home.path).free
        if total > free:
            raise MplusError(
                (
                    f"the snapshot needs {total:,} bytes, and there are {free:,} free at "
                    f"{self.home.path}"
                ),
                "make room there",
            )


def _join(coming: _Coming, change: Change) -> Imported:
    """Commit what was staged."""
    own = change.index.segment_files()
    if _goes_on(coming, change.index):
        return _go_on(coming, change, own)
    manifest = coming.manifest
    check_model(change.spec, manifest.spec(manifest.generations[-1]))
    own_skip_keys = {document.skip_key for document in change.documents}
    last = manifest.generations[-1].id
    order = [entry.document for entry in manifest.journal if entry.there(last)]
    new = {
        document.id: (replace(document, id=0), chunks, whole)
        for document, chunks, whole in coming.documents()
        if document.id in set(order) and document.skip_key not in own_skip_keys
    }
    needed = {chunk.segment for _, chunks, _ in new.values() for chunk in chunks}
    files, mended = coming.take_segments(
        sorted(needed | own.keys() & manifest.segments.keys()), own
    )
    change.adopt(files)
    for document in order:
        if document in new:
            change.add(*new[document])
    generation = change.commit()
    if generation is None:
        change.index.put_segments(files)
        generation = change.index.generation()
    return Imported(
        generation=generation.id if generation else 0,
        state=generation.state if generation else None,
        generations=0,
        documents=[document.path for document, *_ in new.values()],
        versions=len(new),
        unchanged=len(order) - len(new),
        mended=mended,
    )


def _goes_on(coming: _Coming, index: Index) -> bool:
    """Whether the memory's history is a beginning of the snapshot's."""
    theirs = {generation.id: generation.digest for generation in coming.manifest.generations}
    ours = {generation.id: generation.digest for generation in index.generations()}
    return ours.items() <= theirs.items()


def _numbers(coming: _Coming, index: Index) -> dict[int, int]:
    """The numbers of the memory's documents -> those that the snapshot has for them: since a memory
    was written anew, older versions of its documents have others.
    """
    numbers: dict[int, int] = {}
    for generation in index.generations():
        ours = (document.id for document in index.documents(generation.id))
        numbers |= zip(ours, coming.manifest.held_by(generation), strict=True)
    if len(set(numbers.values())) < len(numbers):
        raise DamagedError(
            "the snapshot can't be used: it has one document for two", "take another copy of it"
        )
    return numbers


def _go_on(coming: _Coming, change: Change, own: dict[str, SegmentFile]) -> Imported:
    manifest, index = coming.manifest, change.index
    ours = {generation.id for generation in index.generations()}
    numbers = _numbers(coming, index)
    before = set(numbers.values())
    files, mended = coming.take_segments(manifest.segments, own)
    coming.take_states()
    new = {each.id: each.path for each, *_ in coming.documents() if each.id not in before}
    last = manifest.generations[-1]
    held = manifest.held_by(last)
    # What the memory knows of a model stays, as in the index.
    spec = index.specs().get(last.identity, manifest.specs[last.identity])
    with change.home.described_as(spec):
        index.put_history(
            manifest.generations,
            coming.documents(),
            manifest.journal,
            files,
            manifest.tags,
            manifest.specs.values(),
            numbers,
        )
    return Imported(
        generation=last.id,
        state=last.state,
        generations=len(manifest.generations) - len(ours),
        documents=[new[number] for number in held if number in new],
        versions=len(new),
        unchanged=sum(number in before for number in held),
        mended=mended,
    )
