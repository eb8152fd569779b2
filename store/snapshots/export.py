"""Snapshots: a memory, or what is new in it, as one file that vouches for itself.

An archive of: `manifest.json` (what it is, the history, and size and SHA-256 of everything else),
`documents.jsonl`, the state files that are no derived ones, the segment files, and lean segments in
packs. Equal memories make equal snapshots; derived vectors, which may go along, are no part of a
memory.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from store.disk import OnProgress, file_bytes
from store.errors import DamagedError, NoMemoryError, reason_of
from store.home import Home
from store.index.reader import Index
from store.kinds import kind_of
from store.records import (
    ChunkRow,
    Content,
    DocumentRow,
    SegmentFile,
    chunk_fields,
    document_digest,
)
from store.segments.files import file_digest
from store.segments.lean import LeanSegments
from store.snapshots import archive
from store.snapshots.manifest import (
    DOCUMENTS,
    MANIFEST,
    SLOTS_VERSION,
    SNAPSHOT_VERSION,
    Manifest,
    Member,
    line_of,
    vectors_name,
)
from store.snapshots.packs import Source, packed_sources
from store.texts import WholeText, described, from_described
from store.typed import made


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
    home: Home,
    out: IO[bytes],
    since: int | None,
    text: bool,
    progress: OnProgress,
    vectors: bool = False,
) -> Exported:
    """Write a snapshot. Raises `DamagedError` where a file or a segment of the memory is not what
    the index says.

    vectors: take the derived vectors that are there along.
    """
    with tempfile.TemporaryFile() as documents, ExitStack() as opened:
        with closing(Index.as_kept(home)) as index, index.snapshot():
            if index.generation() is None:
                raise NoMemoryError(
                    f"the memory at {home.path} is empty", "fill it with: mplus inject PATH"
                )
            digests, described = _documents_into(documents, index, text)
            left_out = _held_by(index, since)
            sources = [
                described,
                *_state_sources(home, index, left_out),
                *_segment_sources(home, index, left_out, vectors, opened),
            ]
            manifest = _manifest(index, since, text, sources).resealed(digests)
        _write(manifest, sources, out, progress)
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
    manifest: Manifest, sources: Sequence[Source], out: IO[bytes], progress: OnProgress
) -> None:
    total, done = sum(member.bytes for member in manifest.members), 0
    content = manifest.to_bytes()
    with archive.writing(out) as packed:
        packed.add(MANIFEST, len(content), io.BytesIO(content), lambda block: None)
        for member, opened in sources:
            digest = hashlib.sha256()
            with opened() as stream:
                packed.add(member.name, member.bytes, stream, digest.update)
            if digest.hexdigest() != member.sha256:
                raise DamagedError(
                    f"{member.name} is damaged: it does not match its SHA-256", "see: mplus verify"
                )
            done += member.bytes
            progress(done, total)


def _manifest(index: Index, since: int | None, text: bool, sources: Sequence[Source]) -> Manifest:
    specs = index.specs()
    has_slots = any(spec.recurrent for spec in specs.values())
    return Manifest(
        specs,
        index.generations()[::-1],
        index.journal(),
        index.tags(),
        index.segment_files(),
        [member for member, _ in sources],
        since,
        text,
        SLOTS_VERSION if has_slots else SNAPSHOT_VERSION,
    )


def _state_sources(home: Home, index: Index, left_out: Collection[str]) -> Iterator[Source]:
    with_file = {each for each, spec in index.specs().items() if kind_of(spec).sends_state_files}
    states = {each.state for each in index.generations() if each.identity in with_file}
    for digest in sorted(states.difference(left_out)):
        file = home.state(digest)
        yield _file_source(home, file, file_bytes(file) or 0, digest)


def _segment_sources(
    home: Home, index: Index, left_out: Collection[str], vectors: bool, opened: ExitStack
) -> Iterator[Source]:
    """The members with segments: files of their own, then those of lean models, by model. Packs
    stay open as long as `opened`.
    """
    models = {identity: spec for identity, spec in index.specs().items() if spec.lean}
    lean: dict[str, list[SegmentFile]] = {identity: [] for identity in models}
    identities = index.identities() if models else {}
    for key, file in index.segment_files().items():
        identity = identities.get(key, "")
        if key in left_out:
            continue
        if identity in lean:
            lean[identity].append(file)
        else:
            yield _file_source(home, home.segment(key), file.bytes, file.sha256)
    some = [(LeanSegments(home, models[each]), lean[each]) for each in lean if lean[each]]
    for segments, files in some:
        packs = opened.enter_context(segments.pack.opened([file.key for file in files]))
        yield from packed_sources(segments, files, packs)
    for segments, files in some if vectors else ():
        opened.enter_context(segments.cache.kept())
        yield from _vector_sources(segments, files)


def _vector_sources(segments: LeanSegments, files: Sequence[SegmentFile]) -> Iterator[Source]:
    there = set(segments.cache.keys())
    for key in (file.key for file in files if file.key in there):
        file = segments.cache.whole_file(key)
        if file is not None:
            member = Member(vectors_name(key), file.stat().st_size, file_digest(file))
            yield member, partial(_opened, file)


def _file_source(home: Home, file: Path, size_bytes: int, sha256: str) -> Source:
    """The member with a file of the memory."""
    name = file.relative_to(home.path).as_posix()
    return Member(name, size_bytes, sha256), partial(_opened, file)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise DamagedError(
            f"{path} can't be read: {reason_of(error)}", "see what is wrong: mplus verify"
        ) from error


def _documents_into(out: IO[bytes], index: Index, text: bool) -> tuple[dict[int, str], Source]:
    """Write the documents; their digests by number, and the member."""
    digests: dict[int, str] = {}
    whole = hashlib.sha256()
    for document, chunks, content in _documents(index, text):
        line = document_line(document, chunks, content)
        whole.update(line)
        out.write(line)
        digests[document.id] = document.digest
    member = Member(DOCUMENTS, out.tell(), whole.hexdigest())
    out.seek(0)
    return digests, (member, lambda: nullcontext(out))


def _documents(index: Index, text: bool) -> Iterator[Content]:
    for document in index.all_documents():
        chunks, whole = index.content(document.id)
        if text:
            yield document, chunks, whole
        else:
            yield without_text(document, chunks)


def without_text(document: DocumentRow, chunks: Sequence[ChunkRow]) -> Content:
    """A document with nothing of what it says."""
    bare = [replace(chunk, text="", section="") for chunk in chunks]
    return replace(document, digest=document_digest(document, bare, None)), bare, None


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
    return line_of(asdict(document) | {"rows": rows, "whole": described(whole) if whole else None})


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


def parsed_document(
    line: bytes, parse: Callable[[dict[str, Any]], tuple[Content, str]] = _parsed
) -> tuple[Content, str]:
    """A document from its line, and the digest that it must have. Raises `ValueError`, `KeyError`,
    `TypeError` and `RecursionError` where there is none.
    """
    found: dict[str, Any] = json.loads(line)
    line_of(found, ensure_ascii=False)  # JSON may hold what is no text
    return parse(found)


def read_documents(
    file: Path, parse: Callable[[dict[str, Any]], tuple[Content, str]] = _parsed
) -> Iterator[Content]:
    """The documents of a snapshot. Raises `DamagedError` where one is not what its digest says.

    parse: makes of a line's fields the document and the digest that it must have.
    """
    with file.open("rb") as lines:
        for line in lines:
            try:
                content, digest = parsed_document(line, parse)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise DamagedError(f"{DOCUMENTS} is damaged: {error}") from error
            document = content[0]
            if digest != document.digest:
                raise DamagedError(
                    f"{DOCUMENTS} is damaged: document {document.id} does not match its digest"
                )
            yield content
