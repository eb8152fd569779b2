"""A snapshot, or a part of a repository, on its way into a memory: staged, and checked, before
anything of it joins.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from store.disk import OnProgress, place
from store.errors import DamagedError, MplusError
from store.home import Home
from store.kinds import State, kind_of
from store.kinds.journal import Entries
from store.records import Content, SegmentFile
from store.segments.chosen import segments_of
from store.segments.files import count_vectors, file_digest
from store.segments.lean import RECORDS, LeanSegments
from store.segments.packs import RECORD_BYTES
from store.segments.vector_cache import VectorCache
from store.snapshots.archive import Reader
from store.snapshots.export import read_documents
from store.snapshots.manifest import (
    DOCUMENTS,
    PACKED,
    SEGMENT,
    STATE,
    VECTORS,
    Manifest,
    Member,
    packed_name,
    vectors_name,
)
from store.snapshots.packs import ComingPacks, columns_kept
from store.spec import Spec
from store.state_files import is_derived, make_states

Pieces = list[tuple[str, int]]
"""Name and K of each segment of a document."""
VectorBudget = Callable[[Home, Spec], int | None]
"""What the derived vectors of a memory may take for a model, in bytes; None: there is no limit."""

_HEADER_BYTES = 4096  # at most, of a segment or a state with its few tensors


@dataclass(frozen=True)
class There:
    """Documents of a memory that generations on their way into it have, too, by number: their
    digests, and their segments.
    """

    digests: Mapping[int, str]
    pieces: Mapping[int, Pieces]


class Coming:
    """The members of a snapshot, in a staging folder of the memory under their names.

    there: documents that do not come, for the memory has them; then the states are made here.
    """

    def __init__(
        self, home: Home, manifest: Manifest, staged: Path, there: There | None = None
    ) -> None:
        self.home, self.manifest, self._staged = home, manifest, staged
        self._there = there
        self.digests: dict[int, str] = dict(there.digests) if there else {}  # of its documents
        self._models: dict[str, str] = {}  # segment -> identity of the model that wrote it
        self._pieces: dict[int, Pieces] = dict(there.pieces) if there else {}
        self._folded: dict[str, tuple[list[int], State]] = {}  # documents and state, by models
        self._lean = {
            identity: LeanSegments(home, spec)
            for identity, spec in manifest.specs.items()
            if spec.lean
        }

    # Bringing them in

    def stage(
        self, reader: Reader, members: Iterator[tuple[str, int]], progress: OnProgress
    ) -> None:
        """Bring every member into the staging folder, in the manifest's order, each checked by size
        and SHA-256.
        """
        expected = self.manifest.members
        self.refuse(expected)
        total, done = sum(member.bytes for member in expected), 0
        for member in expected:
            name, size = next(members, ("", 0))
            if (name, size) != (member.name, member.bytes):
                raise DamagedError(
                    f"{member.name} of {member.bytes:,} bytes was announced, {name!r} of "
                    f"{size:,} came"
                )
            digest = hashlib.sha256()
            self.file(name).parent.mkdir(parents=True, exist_ok=True)
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
        return self._staged / name

    def _own(self, target: Path) -> Path:
        """Where the member lies that is to be a file of the memory."""
        return self.file(target.relative_to(self.home.path).as_posix())

    def documents(self) -> Iterator[Content]:
        return read_documents(self.file(DOCUMENTS))

    def refuse(self, members: Sequence[Member]) -> None:
        """Raise `DamagedError` for names and sizes that no snapshot has, `MplusError` for more
        than the disk has room for; before anything comes.
        """
        if len({member.name for member in members}) != len(members):
            raise DamagedError("it names a file twice")
        if not members or members[0].name != DOCUMENTS:
            raise DamagedError(f"it does not name {DOCUMENTS} first")
        for member in members[1:]:
            if not 0 <= member.bytes <= self._largest(member):
                raise DamagedError(
                    f"it announces {member.name} with {member.bytes:,} bytes, which can't be"
                )
        for identity, own in self._lean.items():
            files = {RECORDS, *(column.name for column in columns_kept(own))}
            names = {packed_name(identity, file) for file in files}
            if 0 < len(names.intersection(each.name for each in members)) < len(names):
                raise DamagedError(f"it lacks columns of what {own.spec.model} wrote")
        self._refuse_too_large(sum(member.bytes for member in members))

    def _largest(self, member: Member) -> int:
        """The most bytes that a member may have behind the documents."""
        manifest = self.manifest
        if found := SEGMENT.fullmatch(member.name):
            file = manifest.segments.get(found[2])
            if file and (file.bytes, file.sha256) == (member.bytes, member.sha256):
                return self._most_of_segment()
        elif (found := STATE.fullmatch(member.name)) and found[1] == member.sha256:
            chunks = max(generation.chunks for generation in manifest.generations)
            kinds = map(kind_of, manifest.specs.values())
            if sizes := [each.most_bytes(chunks) for each in kinds if each.sends_state_files]:
                return max(sizes) + _HEADER_BYTES
        elif found := PACKED.fullmatch(member.name):
            own = self._lean.get(found[1])
            widths = {column.name: column.row_bytes for column in columns_kept(own)} if own else {}
            if own and found[2] == RECORDS:
                return len(manifest.segments) * RECORD_BYTES
            if found[2] in widths:
                rows = sum(file.vectors for file in manifest.segments.values())
                return rows * widths[found[2]]
        elif (found := VECTORS.fullmatch(member.name)) and found[2] in manifest.segments:
            return self._most_of_segment()
        raise DamagedError(f"it names {member.name!r}, which no snapshot holds")

    def _most_of_segment(self) -> int:
        layouts = [kind_of(spec).layout for spec in self.manifest.specs.values()]
        most = max(layout.bytes(layout.most_vectors) for layout in layouts)
        return most + _HEADER_BYTES

    def _refuse_too_large(self, total: int) -> None:
        free = shutil.disk_usage(self.home.path).free
        if total > free:
            raise MplusError(
                (
                    f"what comes needs {total:,} bytes, and there are {free:,} free at "
                    f"{self.home.path}"
                ),
                "make room there",
            )

    # Whether the parts fit together

    def check(self) -> None:
        """Raises `DamagedError` where they do not."""
        manifest, pieces = self.manifest, self._pieces
        for document, chunks, _ in self.documents():
            pieces[document.id] = [(chunk.segment, chunk.vectors) for chunk in chunks]
            self.digests[document.id] = document.digest
            for key, vectors in pieces[document.id]:
                if key not in manifest.segments or manifest.segments[key].vectors != vectors:
                    raise DamagedError(
                        f"document {document.id} has a segment that it does not name"
                    )
        manifest.check(self.digests)
        self._check_generations()
        self._check_files()
        come = len(self._names(SEGMENT))
        for identity in self._lean:
            come += self._packs(identity).check(self._files_of(identity))
        if manifest.since is None and come < len(manifest.segments):
            raise DamagedError("it lacks segments of its documents")

    def _check_files(self) -> None:
        for name in (*self._names(SEGMENT), *self._names(VECTORS)):
            key = self.file(name).stem
            spec, is_derived = self._spec(key), VECTORS.fullmatch(name) is not None
            if spec is None or spec.lean != is_derived:
                raise DamagedError(f"it has {name}, which is of none of its generations")
            if is_derived:  # their content is looked at when they are taken
                continue
            vectors = count_vectors(self.file(name), kind_of(spec).layout)
            if vectors != self.manifest.segments[key].vectors:
                raise DamagedError(f"{name} has another number of vectors than announced")

    def _spec(self, segment: str) -> Spec | None:
        """What the model wrote for that wrote a segment; None where no generation has it."""
        return self.manifest.specs.get(self._models.get(segment, ""))

    def _files_of(self, identity: str) -> dict[str, SegmentFile]:
        """What the manifest says of the segments of one model."""
        files = self.manifest.segments
        return {key: files[key] for key, by in self._models.items() if by == identity}

    def _packs(self, identity: str) -> ComingPacks:
        return ComingPacks(self.file(packed_name(identity, RECORDS)).parent, self._lean[identity])

    def _check_generations(self) -> None:
        """Whether the states are those of their documents."""
        pieces = self._pieces
        seen: set[tuple[int, str]] = set()
        for generation in self.manifest.generations:
            spec, held = self.manifest.spec(generation), self.manifest.held_by(generation)
            for document in held:
                if (document, spec.identity) not in seen:
                    seen.add((document, spec.identity))
                    self._note_model(spec.identity, pieces[document])
            if is_derived(spec):  # it is made when the segments are there
                if kind_of(spec).told(self._entries(held))[0] != generation.state:
                    raise _not_the_state(generation.state)
            elif kind_of(spec).keeps_state_files and self._there is None:
                journal = [piece for document in held for piece in pieces[document]]
                self._check_state_file(generation.state, journal, spec)
            else:
                self._check_state(generation.state, held, spec)
        if self._models.keys() != self.manifest.segments.keys():
            raise DamagedError("it names segments that no document of its generations has")

    def _note_model(self, identity: str, pieces: Pieces) -> None:
        for key, _ in pieces:
            if self._models.setdefault(key, identity) != identity:
                raise DamagedError(f"it says that two models have written the segment {key}")

    def _entries(self, held: Sequence[int]) -> Entries:
        """What these documents let enter."""
        return Entries.of((0, *piece) for document in held for piece in self._pieces[document])

    def _check_state(self, digest: str, held: list[int], spec: Spec) -> None:
        """Fold the journal, from that of the generation before where it goes on with it."""
        kind = kind_of(spec)
        before, state = self._folded.get(spec.identity, ([], kind.initial()))
        if held[: len(before)] != before:
            before, state = [], kind.initial()
        entries = self._entries(held[len(before) :])
        state = kind.fold(state, entries, segments_of(self.home, spec))
        self._folded[spec.identity] = held, state
        if state.digest != digest:
            raise _not_the_state(digest)
        if kind.keeps_state_files:
            file = self._own(self.home.state(digest))
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(state.to_bytes())

    def _check_state_file(self, digest: str, journal: Pieces, spec: Spec) -> None:
        name, target = f"states/{digest}.safetensors", self.home.state(digest)
        file = self.file(name) if self.file(name).exists() else target
        if not file.exists():
            if self.manifest.since is None:
                raise DamagedError(f"it lacks {name}")
            raise self._incomplete()
        state = kind_of(spec).parse(file.read_bytes(), name, digest)
        if list(zip(state.journal, state.sizes.tolist(), strict=False)) != journal:
            raise DamagedError(f"{name} is not the state of its documents")

    def _incomplete(self) -> MplusError:
        if self._there is not None:
            return DamagedError(
                f"the memory at {self.home.path} lacks segments of its documents",
                "see what mends it: mplus verify --read-data",
            )
        return MplusError(
            f"this snapshot holds only what is new since generation {self.manifest.since}, "
            f"and the memory at {self.home.path} lacks the rest",
            "import the snapshot that it goes on from first",
        )

    def _names(self, pattern: re.Pattern[str]) -> list[str]:
        return [member.name for member in self.manifest.members if pattern.fullmatch(member.name)]

    # Letting them join

    def take_segments(
        self, keys: Iterable[str], own: dict[str, SegmentFile]
    ) -> tuple[list[SegmentFile], int]:
        """Bring those into the memory that it lacks or has damaged.

        `own`: what the memory's index says of its segments; whole ones stay, even where another
        machine's have other last bits. Gives what lies there then, and how many were damaged or
        gone.
        """
        wanted: dict[str, list[str]] = {}
        for key in keys:
            wanted.setdefault(self._models[key], []).append(key)
        there, mended = list[SegmentFile](), 0
        for identity, some in wanted.items():
            if identity in self._lean:
                taken = self._packs(identity).take(some, self.manifest.segments, own)
            else:
                taken = self._take_files(some, own)
            if taken is None:
                raise self._incomplete()
            there += taken[0]
            mended += taken[1]
        return there, mended

    def _take_files(
        self, keys: Iterable[str], own: dict[str, SegmentFile]
    ) -> tuple[list[SegmentFile], int] | None:
        """See `ComingPacks.take`."""
        there, wanted, mended = list[SegmentFile](), list[Path](), 0
        for key in keys:
            target, coming = self.home.segment(key), self.manifest.segments[key]
            digest = file_digest(target) if target.exists() else ""
            if key in own and digest == own[key].sha256:
                there.append(own[key])
                continue
            if digest != coming.sha256:
                if not self._own(target).exists():
                    return None
                wanted.append(target)
                mended += key in own
            there.append(coming)
        for target in wanted:
            place(self._own(target), target)
        return there, mended

    def take_states(self, before: tuple[str, Spec] | None = None) -> None:
        """Bring the states that came into the memory, and make those that are derived, of the
        segments that lie there by now. before: a state that they may go on from.
        """
        for file in sorted(self.file("states").glob("*")):
            target = self.home.state(file.stem)
            if not target.exists() or file_digest(target) != target.stem:
                place(file, target)
        manifest = self.manifest
        known = ((each, manifest.spec(each)) for each in manifest.generations)
        make_states(
            self.home,
            (
                (each.state, spec, self._entries(manifest.held_by(each)))
                for each, spec in known
                if is_derived(spec)
            ),
            before,
        )

    def take_vectors(self, budget: VectorBudget) -> None:
        """Let derived vectors join the cache of the memory that has their segments now, as far as
        its budget has room; those that are damaged are left out.
        """
        coming = [self.file(name).stem for name in self._names(VECTORS)]
        for identity, own in self._lean.items():
            keys = [key for key in coming if self._models[key] == identity]
            keys = [key for key, is_there in zip(keys, own.there(keys), strict=True) if is_there]
            if keys:
                own.cache.budget_bytes = budget(self.home, own.spec)
                self._take_vectors(
                    keys,
                    own.cache,
                    VectorCache(self.file("vectors"), kind_of(own.spec).layout, None),
                )

    def _take_vectors(self, keys: Sequence[str], cache: VectorCache, staged: VectorCache) -> None:
        there, size_bytes = set(cache.keys()), cache.size_bytes()
        for key in keys:
            size_bytes += self.file(vectors_name(key)).stat().st_size
            if cache.budget_bytes is not None and size_bytes > cache.budget_bytes:
                return
            rows = staged.get(key) if key not in there else None
            if rows is not None and rows.numbers.shape[1] == self.manifest.segments[key].vectors:
                cache.put(key, rows)


def _not_the_state(digest: str) -> DamagedError:
    return DamagedError(f"{digest} is not the state of its documents")
