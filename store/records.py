"""What the index keeps: documents, chunks, generations; and the digests that vouch for them."""

from __future__ import annotations

import getpass
import hashlib
import json
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from store.texts import WholeText, described

MARK_BYTES = 32
LOCATED_BEFORE, LOCATED_BEGINNING = 20_000, 4_000


@dataclass(frozen=True)
class ChunkRow:
    """One chunk of a document: its segment, its token count, its characters [start,end) and where
    it stands.

    `first` and `last` are numbers in `unit` ("page", "line", "slide"), None where the place has no
    numbers; `section` is the heading path, the chapter or the sheet. `text` is that stretch of the
    document's whole text, which alone is kept; empty where the memory has no texts.
    """

    segment: str
    tokens: int
    vectors: int
    start: int
    end: int
    unit: str
    first: int | None
    last: int | None
    section: str
    text: str


@dataclass(frozen=True)
class SegmentFile:
    """What the index keeps of a segment: SHA-256 and size of its bytes, vectors per layer."""

    key: str
    sha256: str
    bytes: int
    vectors: int


@dataclass(frozen=True)
class DocumentRow:
    """One version of a document. `id` and `digest` (see `document_digest`) come with the commit."""

    path: str
    sha256: str
    skip_key: str
    reader: str
    bytes: int
    tokens: int
    chunks: int
    added_at: str
    digest: str = ""
    id: int = 0


@dataclass(frozen=True)
class Generation:
    """One committed state: its number, its parent's, the state file's SHA-256, what it holds and
    what changed.

    `vectors_in`, `vectors_out`: vectors per layer that entered and left with the documents.
    `identity`: of the model that it is for (`Index.specs`); empty in snapshots of versions 1 and 2,
    whose generations are all for one. `digest`: see `generation_digest`; it comes with the commit.
    """

    id: int
    parent: int | None
    command: str
    author: str
    created_at: str
    state: str
    documents: int
    chunks: int
    tokens: int
    pool_vectors: int
    ltm_vectors: int
    vectors_in: int
    vectors_out: int
    added: list[str]
    changed: list[str]
    removed: list[str]
    identity: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Root:
    """What a user named to be read: a path, a glob, an address; and the options it was named
    with.
    """

    name: str
    options: dict[str, Any]


@dataclass(frozen=True)
class Located:
    """A chunk of the journal together with its document, and what was read of that when.

    `title` is what its text begins with for the model; `before`, what stands in front of the chunk
    in its document, at most `LOCATED_BEFORE` characters; `beginning`, how the document begins, at
    most `LOCATED_BEGINNING`; all "" where no text is kept.
    """

    document: int
    path: str
    sha256: str
    bytes: int
    read_at: str
    ordinal: int
    chunk: ChunkRow
    title: str = ""
    before: str = ""
    beginning: str = ""


@dataclass(frozen=True)
class Entry:
    """A row of the journal: a document is there from generation `since` on, before `until` (None:
    still).
    """

    document: int
    since: int
    until: int | None

    def there(self, generation: int) -> bool:
        return self.since <= generation and (self.until is None or self.until > generation)


@dataclass(frozen=True)
class Common:
    """What a memory and a repository have in common since a push or a pull.

    `repository`: its id; `number` and `digest`: of its generation then; `local`: the newest
    generation here that it need not be told of; `marks`: 32 bytes for each document that its
    generation had (`store.repository.layout.mark_of`).
    """

    repository: str
    number: int
    digest: str
    local: int
    marks: bytes

    def documents(self) -> list[str]:
        """The marks, in order."""
        told = self.marks
        return [told[at : at + MARK_BYTES].hex() for at in range(0, len(told), MARK_BYTES)]


# A document with its chunks and its whole text, None where that was left out of a snapshot.
Content = tuple[DocumentRow, Sequence[ChunkRow], WholeText | None]


def chunk_fields(chunk: ChunkRow) -> dict[str, Any]:
    """A chunk as it is kept: without its text, which the document has."""
    kept = {**vars(chunk)}
    del kept["text"]
    return kept


def document_digest(
    document: DocumentRow, chunks: Iterable[ChunkRow], whole: WholeText | None
) -> str:
    """SHA-256 over a document, its chunks and its text as the index keeps them, whatever their row
    numbers are.
    """
    rows = [document_fields(document), *map(chunk_fields, chunks)]
    return digest_of([*rows, described(whole)] if whole else rows)


def document_fields(document: DocumentRow) -> dict[str, Any]:
    """What a document's digest says of the document itself."""
    return vars(document) | {"id": 0, "digest": ""}


def generation_digest(generation: Generation, documents: Iterable[str]) -> str:
    """SHA-256 over a generation and the digests of its documents, in journal order."""
    said = asdict(generation) | {"digest": ""}
    if not generation.identity:  # as before there was one
        del said["identity"]
    digest = hashlib.sha256(_line(said))
    for document in documents:
        digest.update(document.encode())
    return digest.hexdigest()


def digest_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over rows, each as a line of JSON."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(_line(row))
    return digest.hexdigest()


def _line(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True).encode() + b"\n"


def now() -> str:
    """The time as the index keeps it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def author() -> str:
    """Who changes a memory: user@host."""
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # an account without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


@dataclass(frozen=True)
class Turnover:
    """Documents that are there in a new generation, and those that came and went with it."""

    there: Sequence[DocumentRow]
    came: Sequence[DocumentRow]
    went: Sequence[DocumentRow]

    def lists(self) -> dict[str, Any]:
        """The paths that a generation tells: of what is new, changed, and gone."""
        added, removed = ([each.path for each in some] for some in (self.came, self.went))
        return {
            "added": [path for path in added if path not in removed],
            "changed": [path for path in added if path in removed],
            "removed": [path for path in removed if path not in added],
        }


def next_generation(
    parent: Generation | None,
    command: str,
    identity: str,
    state: str,
    counts: tuple[int, int],
    documents: Turnover,
    vectors: tuple[int, int],
) -> Generation:
    """What a generation says that is made now, behind its parent.

    counts: vectors per layer in the pool and beyond; vectors: those that came, and that went.
    """
    return Generation(
        id=parent.id + 1 if parent else 1,
        parent=parent.id if parent else None,
        command=command,
        author=author(),
        created_at=now(),
        state=state,
        documents=len(documents.there),
        chunks=sum(document.chunks for document in documents.there),
        tokens=sum(document.tokens for document in documents.there),
        pool_vectors=counts[0],
        ltm_vectors=counts[1],
        vectors_in=vectors[0],
        vectors_out=vectors[1],
        **documents.lists(),
        identity=identity,
    )


@dataclass(frozen=True)
class Finding:
    """Something wrong: where, what, and what mends it."""

    where: str
    wrong: str
    mend: str


@dataclass(frozen=True)
class Extent:
    """How much was looked at."""

    generations: int
    documents: int
    segments: int
    bytes: int
