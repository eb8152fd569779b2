"""Snapshots: a memory, or what is new in it, as one file that vouches for itself.

An archive of: `manifest.json` (what it is, the history, and size and SHA-256 of everything else),
`documents.jsonl`, the state files and the segment files. Equal memories make equal snapshots.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from store import archive
from store.disk import OnProgress
from store.errors import DamagedError, MplusError, NoMemoryError, reason_of
from store.home import Home
from store.index import Index
from store.kinds import kind_of
from store.records import (
    ChunkRow,
    Content,
    DocumentRow,
    Entry,
    Generation,
    SegmentFile,
    chunk_fields,
    document_digest,
    generation_digest,
)
from store.spec import Spec, spec_from
from store.texts import WholeText, described, from_described
from store.typed import made

SNAPSHOT_VERSION = 4  # 3: specs have no `id_bytes`; 2 and 1: see `store.older_snapshots`
MANY_MODELS = 3  # from this version on each generation names its model
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
    version: int = SNAPSHOT_VERSION

    def check(self, digests: Mapping[int, str]) -> None:
        """Whether the generations are what their digests say, with these of the documents. Raises
        `DamagedError`.
        """
        for generation in self.generations:
            if not digests.keys() >= set(self.held_by(generation)):
                raise DamagedError(f"generation {generation.id} has documents that are not in it")
            if self._digest(generation, digests) != generation.digest:
                raise DamagedError(f"generation {generation.id} does not match its digest")

    def held_by(self, generation: Generation) -> list[int]:
        """The documents of a generation, in journal order."""
        return [entry.document for entry in self.journal if entry.there(generation.id)]

    def resealed(self, digests: Mapping[int, str]) -> Manifest:
        """The same with the generations' digests that follow from those of the documents."""
        generations = [
            replace(each, digest=self._digest(each, digests)) for each in self.generations
        ]
        return replace(self, generations=generations)

    def _digest(self, generation: Generation, digests: Mapping[int, str]) -> str:
        return generation_digest(generation, [digests[each] for each in self.held_by(generation)])

    def spec(self, generation: Generation) -> Spec:
        """What a generation is made for. Raises `KeyError` where it is not in the manifest."""
        if self.version < MANY_MODELS:  # there is one for all of them
            return next(iter(self.specs.values()))
        return self.specs[generation.identity]

    def _check_numbers(self) -> None:
        """Raises `ValueError` where generations are not in order, or what names one names none: a
        later generation of that number would be another than its state.
        """
        numbers = {generation.id for generation in self.generations}
        if [each.id for each in self.generations] != sorted(numbers):
            raise ValueError("its generations are not in order")
        for entry in self.journal:
            ends = entry.until is None or (entry.until in numbers and entry.since < entry.until)
            if entry.since not in numbers or not ends:
                raise ValueError(f"its journal has document {entry.document} in no generation")
        if not numbers >= set(self.tags.values()):
            raise ValueError("a tag names no generation")

    def to_bytes(self) -> bytes:
        described = {
            "kind": KIND,
            "version": self.version,
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
            rows = [found["spec"]] if found["version"] < MANY_MODELS else found["specs"]
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
                version=found["version"],
            )
            needed = {manifest.spec(each).identity for each in manifest.generations}
            manifest._check_numbers()
            # Of a model that none is for nothing here could be checked.
            kept = {name: spec for name, spec in manifest.specs.items() if name in needed}
            return replace(manifest, specs=kept)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DamagedError(f"its manifest is damaged: {error}") from error


def sealed(described: dict[str, Any]) -> bytes:
    """A manifest as JSON, with a digest of all else that it says."""
    told = {name: value for name, value in described.items() if name != "digest"}
    digest = hashlib.sha256(_line(told)).hexdigest()
    return _line(told | {"digest": digest})


def _line(fields: dict[str, Any], ensure_ascii: bool = True) -> bytes:
    line = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=ensure_ascii)
    return line.encode() + b"\n"


@dataclass(frozen=True)
class Exported:
    """What was written. `digest`: SHA-256 of the manifest, and so of all content; `documents`:
    those of the last generation; `versions`: of documents in any generation.
    """

    digest: str
    generation: int
    generations: int
    documents: int
    versions: int
    members: int
    bytes: int


def export(
    home: Home, out: IO[bytes], since: int | None, text: bool, progress: OnProgress
) -> Exported:
    """Write a snapshot. Raises `DamagedError` where a file of the memory is not what the index
    says.
    """
    with tempfile.TemporaryFile() as documents:
        with closing(Index.as_kept(home)) as index, index.snapshot():
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
        documents=manifest.generations[-1].documents,
        versions=len({entry.document for entry in manifest.journal}),
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
    for document, chunks, content in _documents(index, text):
        line = document_line(document, chunks, content)
        whole.update(line)
        documents.write(line)
        digests[document.id] = document.digest
    segments = index.segment_files()
    left_out = _held_by(index, since)
    members = [Member(DOCUMENTS, documents.tell(), whole.hexdigest())]
    specs, tags = index.specs(), index.tags()
    with_file = (each for each in generations if kind_of(specs[each.identity]).keeps_state_files)
    for digest in sorted({generation.state for generation in with_file}):
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
    found = Manifest(specs, generations, journal, tags, segments, members, since, text)
    return found.resealed(digests)


def _documents(index: Index, text: bool) -> Iterator[Content]:
    for document in index.all_documents():
        chunks, whole = index.content(document.id)
        if text:
            yield document, chunks, whole
        else:
            bare = [replace(chunk, text="", section="") for chunk in chunks]
            yield replace(document, digest=document_digest(document, bare, None)), bare, None


def _held_by(index: Index, since: int | None) -> set[str]:
    """Keys of segments and names of states that a generation has, and so whoever has that
    generation.
    """
    if since is None:
        return set()
    generation = index.generation(since)
    assert generation is not None
    return {generation.state} | {key for _, key, _ in index.entries(since)}


def document_line(
    document: DocumentRow, chunks: Sequence[ChunkRow], whole: WholeText | None
) -> bytes:
    rows = [chunk_fields(chunk) for chunk in chunks]
    return _line(asdict(document) | {"rows": rows, "whole": described(whole) if whole else None})


def _parsed(found: dict[str, Any]) -> tuple[Content, str]:
    """A document from its line, and the digest that it must have."""
    rows, content = found.pop("rows"), found.pop("whole")
    whole = from_described(content) if content is not None else None
    chunks = [
        made(ChunkRow, row | {"text": whole.passage(row["start"], row["end"]) if whole else ""})
        for row in rows
    ]
    document = made(DocumentRow, found)
    return (document, chunks, whole), document_digest(document, chunks, whole)


def read_documents(
    file: Path, parse: Callable[[dict[str, Any]], tuple[Content, str]] = _parsed
) -> Iterator[Content]:
    """The documents of a snapshot. Raises `DamagedError` where one is not what its digest says.

    parse: makes of a line's fields the document and the digest that it must have.
    """
    with file.open("rb") as lines:
        for line in lines:
            try:
                found: dict[str, Any] = json.loads(line)
                _line(found, ensure_ascii=False)  # JSON may hold what is no text
                content, digest = parse(found)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise DamagedError(f"{DOCUMENTS} is damaged: {error}") from error
            document = content[0]
            if digest != document.digest:
                raise DamagedError(
                    f"{DOCUMENTS} is damaged: document {document.id} does not match its digest"
                )
            yield content


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise DamagedError(
            f"{path} can't be read: {reason_of(error)}", "see what is wrong: mplus verify"
        ) from error
