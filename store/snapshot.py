"""Snapshots: a memory, or what is new in it, as one file that vouches for itself.

An archive of: `manifest.json` (what it is, the history, and size and SHA-256 of everything else),
`documents.jsonl`, the state files and the segment files. Equal memories make equal snapshots.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from store import archive
from store.disk import OnProgress
from store.errors import DamagedError, MplusError, NoMemoryError
from store.home import Home
from store.index import Index
from store.records import (
    ChunkRow,
    DocumentRow,
    Entry,
    Generation,
    SegmentFile,
    document_digest,
    generation_digest,
)
from store.spec import Spec, spec_from
from store.typed import made

SNAPSHOT_VERSION = 3  # 2: one spec for all generations; 1: it has no `kv_width`
KIND = "mplus snapshot"
MANIFEST, DOCUMENTS = "manifest.json", "documents.jsonl"
MAX_MANIFEST_BYTES = 256 << 20


@dataclass(frozen=True)
class Member:
    """A file in the snapshot."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a snapshot holds. `since`: the generation whose segments and states are left out, None
    for a whole one.
    """

    specs: dict[str, Spec]  # by the models' identities
    generations: list[Generation]  # oldest first
    journal: list[Entry]
    tags: dict[str, int]
    segments: dict[str, SegmentFile]  # all that the documents have, those left out, too
    members: list[Member]
    since: int | None
    text: bool

    def spec(self, generation: Generation) -> Spec:
        """What a generation is made for. Raises `KeyError` where it is not in the manifest."""
        if not generation.identity and len(self.specs) == 1:  # before version 3
            return next(iter(self.specs.values()))
        return self.specs[generation.identity]

    def to_bytes(self) -> bytes:
        described = {
            "kind": KIND,
            "version": SNAPSHOT_VERSION,
            "specs": [asdict(spec) for spec in self.specs.values()],
            "generations": [asdict(generation) for generation in self.generations],
            "journal": [asdict(entry) for entry in self.journal],
            "tags": self.tags,
            "segments": [asdict(file) for file in self.segments.values()],
            "members": [asdict(member) for member in self.members],
            "since": self.since,
            "text": self.text,
        }
        return sealed(described)

    @staticmethod
    def from_bytes(content: bytes) -> Manifest:
        """Raises `DamagedError` where it is no manifest, `MplusError` where its version is
        unknown.
        """
        try:
            found = json.loads(content)
            if found["kind"] != KIND:
                raise DamagedError("it is no snapshot of mplus")
            if found["version"] not in range(1, SNAPSHOT_VERSION + 1):
                raise MplusError(
                    (
                        f"it has snapshot version {found['version']!r}, this mplus reads up "
                        f"to {SNAPSHOT_VERSION}"
                    ),
                    "use the version of mplus that wrote it",
                )
            if sealed(found) != content:
                raise DamagedError("its manifest does not match its digest")
            segments = [made(SegmentFile, row) for row in found["segments"]]
            rows = [found["spec"]] if found["version"] < 3 else found["specs"]
            specs = [spec_from(row) for row in rows]
            manifest = Manifest(
                specs={spec.identity: spec for spec in specs},
                generations=[made(Generation, row) for row in found["generations"]],
                journal=[made(Entry, row) for row in found["journal"]],
                tags={str(name): int(number) for name, number in found["tags"].items()},
                segments={file.key: file for file in segments},
                members=[made(Member, row) for row in found["members"]],
                since=found["since"],
                text=found["text"],
            )
            for generation in manifest.generations:
                manifest.spec(generation)
            numbers = [generation.id for generation in manifest.generations]
            if numbers != sorted(set(numbers)):
                raise ValueError("its generations are not in order")
            return manifest
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DamagedError(f"its manifest is damaged: {error}") from error


def sealed(described: dict[str, Any]) -> bytes:
    """A manifest as JSON, with a digest of all else that it says."""
    told = {name: value for name, value in described.items() if name != "digest"}
    digest = hashlib.sha256(_line(told)).hexdigest()
    return _line(told | {"digest": digest})


def _line(described: dict[str, Any]) -> bytes:
    return json.dumps(described, sort_keys=True, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True)
class Exported:
    """What was written. `digest`: SHA-256 of the manifest, and so of all content."""

    digest: str
    generation: int
    generations: int
    documents: int
    members: int
    bytes: int


def export(
    home: Home, out: IO[bytes], since: int | None, text: bool, progress: OnProgress
) -> Exported:
    """Write a snapshot. Raises `DamagedError` where a file of the memory is not what the index
    says.
    """
    with tempfile.TemporaryFile() as documents:
        with closing(Index.open(home)) as index, index.snapshot():
            if index.generation() is None:
                raise NoMemoryError(
                    f"the memory at {home.path} is empty", "fill it with: mplus inject PATH"
                )
            manifest = _manifest(home, index, since, text, documents)
        documents.seek(0)
        _write(home, manifest, documents, out, progress)
    content = manifest.to_bytes()
    return Exported(
        digest=hashlib.sha256(content).hexdigest(),
        generation=manifest.generations[-1].id,
        generations=len(manifest.generations),
        documents=len({entry.document for entry in manifest.journal}),
        members=len(manifest.members),
        bytes=len(content) + sum(member.bytes for member in manifest.members),
    )


def _write(
    home: Home, manifest: Manifest, documents: IO[bytes], out: IO[bytes], progress: OnProgress
) -> None:
    total, done = sum(member.bytes for member in manifest.members), 0
    content = manifest.to_bytes()
    with archive.writing(out) as packed:
        packed.add(MANIFEST, len(content), io.BytesIO(content), lambda block: None)
        for member in manifest.members:
            digest = hashlib.sha256()
            if member.name == DOCUMENTS:
                packed.add(member.name, member.bytes, documents, digest.update)
            else:
                with _opened(home.path / member.name) as file:
                    packed.add(member.name, member.bytes, file, digest.update)
            if digest.hexdigest() != member.sha256:
                raise DamagedError(
                    f"{member.name} is damaged: it does not match its SHA-256", "see: mplus verify"
                )
            done += member.bytes
            progress(done, total)


def _manifest(
    home: Home, index: Index, since: int | None, text: bool, documents: IO[bytes]
) -> Manifest:
    """The manifest; the lines of `documents.jsonl` are written on the way."""
    generations, journal = index.generations()[::-1], index.journal()
    digests: dict[int, str] = {}
    whole = hashlib.sha256()
    for document, chunks in _documents(index, text):
        line = document_line(document, chunks)
        whole.update(line)
        documents.write(line)
        digests[document.id] = document.digest
    segments = index.segment_files()
    left_out = _held_by(index, since)
    members = [Member(DOCUMENTS, documents.tell(), whole.hexdigest())]
    for digest in sorted({generation.state for generation in generations}):
        if digest not in left_out:
            members.append(
                Member(
                    f"states/{home.state(digest).name}", home.state(digest).stat().st_size, digest
                )
            )
    for key, file in segments.items():
        if key not in left_out:
            name = home.segment(key).relative_to(home.path).as_posix()
            members.append(Member(name, file.bytes, file.sha256))
    sealed = [_sealed(generation, journal, digests) for generation in generations]
    return Manifest(index.specs(), sealed, journal, index.tags(), segments, members, since, text)


def _documents(index: Index, text: bool) -> Iterator[tuple[DocumentRow, list[ChunkRow]]]:
    for document in index.all_documents():
        chunks = index.chunks(document.id)
        if text:
            yield document, chunks
        else:
            bare = [replace(chunk, text="", section="") for chunk in chunks]
            yield replace(document, digest=document_digest(document, bare)), bare


def _sealed(generation: Generation, journal: list[Entry], digests: dict[int, str]) -> Generation:
    there = [digests[entry.document] for entry in journal if entry.there(generation.id)]
    return replace(generation, digest=generation_digest(generation, there))


def _held_by(index: Index, since: int | None) -> set[str]:
    """Keys of segments and names of states that a generation has, and so whoever has that
    generation.
    """
    if since is None:
        return set()
    generation = index.generation(since)
    assert generation is not None
    return {generation.state} | {key for _, key, _ in index.entries(since)}


def document_line(document: DocumentRow, chunks: list[ChunkRow]) -> bytes:
    return _line(asdict(document) | {"rows": [asdict(chunk) for chunk in chunks]})


def read_documents(file: Path) -> Iterator[tuple[DocumentRow, list[ChunkRow]]]:
    """The documents of a snapshot. Raises `DamagedError` where one is not what its digest says."""
    with file.open("rb") as lines:
        for line in lines:
            try:
                found: dict[str, Any] = json.loads(line)
                chunks = [made(ChunkRow, row) for row in found.pop("rows")]
                document = made(DocumentRow, found)
                matches = document_digest(document, chunks) == document.digest
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise DamagedError(f"{DOCUMENTS} is damaged: {error}") from error
            if not matches:
                raise DamagedError(
                    f"{DOCUMENTS} is damaged: document {document.id} does not match its digest"
                )
            yield document, chunks


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise DamagedError(
            f"{path} can't be read: {error.strerror}", "see what is wrong: mplus verify"
        ) from error
