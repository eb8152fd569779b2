"""The objects of a repository: their names, what is in them, and whether that is what it says.

`mplus.json`: which repository this is. `generations/<10 digits>`: a generation, which names its
documents by lists. `packs/<sha256>`: documents, segments and lists (`store.repository.packs`).
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from store.backends import Backend, MissingObjectError, damaged
from store.errors import DamagedError, NewerError
from store.index.packed_texts import compressed, decompressed
from store.records import Content, DocumentRow, Generation, generation_digest
from store.snapshots.export import document_line, parsed_document
from store.snapshots.manifest import sealed
from store.spec import Spec, fields_of, need_known, spec_from
from store.typed import made

FORMAT = 1
REPOSITORY, GENERATIONS, PACKS = "mplus.json", "generations/", "packs/"
_KIND = "mplus repository"
_MOST_ABOUT_BYTES = 1 << 16
_MOST_GENERATION_BYTES = 1 << 26
_MOST_UNPACKED = 1 << 28  # of a generation
MOST_DOCUMENT_BYTES = 1 << 29  # unpacked: readers make at most 100 million characters
MOST_LIST_BYTES = 1 << 20  # unpacked
_MOST_ITEMS = 2048  # of a list; mostly it ends after some 256
_NUMBERED = re.compile(r"generations/([0-9]{10})")
_DIGEST = re.compile("[0-9a-f]{64}")

Pieces = Sequence[tuple[str, int]]
"""Key and K of each segment of a document, in order."""


@dataclass(frozen=True)
class Item:
    """A document in the list of a generation: its digest, and its mark (`mark_of`)."""

    digest: str
    mark: str


@dataclass(frozen=True)
class Stage:
    """A generation in a repository.

    `number`: the repository's own; `row`: as the memory had it that pushed it, but for its digest,
    which follows from the items'; `lists`: names of the lists that have the items; `parent`: number
    and digest of the one before, None for the first; `text`: whether it was pushed with texts;
    `digest`: of all that it says.
    """

    number: int
    row: Generation
    spec: Spec
    lists: tuple[str, ...]
    parent: tuple[int, str] | None
    text: bool
    digest: str = ""

    def to_bytes(self) -> bytes:
        """The content of its object."""
        return compressed(self._sealed())

    def _sealed(self) -> bytes:
        told = asdict(self) | {"format": FORMAT, "spec": fields_of(self.spec)}
        return sealed(told)

    def resealed(self) -> Stage:
        """The same with its digest."""
        return replace(self, digest=json.loads(self._sealed())["digest"])


def mark_of(document: DocumentRow, pieces: Pieces) -> str:
    """What tells a document, whoever read it, when, and wherever it lay: SHA-256 over its skip key
    and the keys and K of its segments. Documents of one mark lead to one state.
    """
    digest = hashlib.sha256(f"mplus document\n{document.skip_key}\n".encode())
    for key, vectors in pieces:
        digest.update(f"{key} {vectors}\n".encode())
    return digest.hexdigest()


# What repository this is


def identity_of(backend: Backend) -> str | None:
    """The id of the repository at an address; None where there is none.

    Raises `DamagedError` where something else is there, `NewerError` where its format is unknown.
    """
    try:
        content = backend.get(REPOSITORY, _MOST_ABOUT_BYTES)
    except MissingObjectError:
        return None
    with _sensible(backend, REPOSITORY):
        found = json.loads(content)
        if found["kind"] != _KIND:
            raise ValueError("it is no repository's")
        _need_format(backend, found["format"])
        if sealed(found) != content or not re.fullmatch("[0-9a-f]{32}", found["id"]):
            raise ValueError("it does not match its digest")
        return str(found["id"])


def _need_format(backend: Backend, found: object) -> None:
    if found != FORMAT:
        why = f"it has format {found!r}, this one reads format {FORMAT}"
        raise NewerError(f"the repository at {backend.address}", why)


def made_identity(backend: Backend) -> str:
    """The id of the repository at an address, which begins there where there is none."""
    found = identity_of(backend)
    if found is None:
        about = {"kind": _KIND, "format": FORMAT, "id": secrets.token_hex(16)}
        backend.create(REPOSITORY, sealed(about))
        found = identity_of(backend)
    assert found is not None
    return found


# Generations


def stage_name(number: int) -> str:
    return f"{GENERATIONS}{number:010}"


def stage_numbers(backend: Backend) -> list[int]:
    """The numbers of a repository's generations, ascending."""
    found = (_NUMBERED.fullmatch(name) for name, _ in backend.names(GENERATIONS))
    return sorted(int(each[1]) for each in found if each)


def read_stage(backend: Backend, number: int) -> Stage:
    """A generation of a repository. Raises `MissingObjectError`, `DamagedError` where it is not
    what it says, and `NewerError` where its form or its kind of memory is unknown.
    """
    name = stage_name(number)
    content = backend.get(name, _MOST_GENERATION_BYTES)
    with _sensible(backend, name):
        content = decompressed(content, _MOST_UNPACKED)
        found: dict[str, Any] = json.loads(content)
        if sealed(found) != content:
            raise ValueError("it does not match its digest")
        _need_format(backend, found.pop("format"))
        need_known(found["spec"], f"the repository at {backend.address}")
        found["row"], found["spec"] = made(Generation, found["row"]), spec_from(found["spec"])
        found["parent"] = _parent(found["parent"])
        found["lists"] = tuple(map(str, found["lists"]))
        stage = Stage(**found)
        digests = (stage.row.state, stage.digest, *stage.lists)
        if type(stage.number) is not int or stage.number != number:
            raise ValueError("it is another one")
        if stage.row.identity != stage.spec.identity:
            raise ValueError("it is of another model")
        if len(set(stage.lists)) < len(stage.lists):
            raise ValueError("it names a list twice")
        if type(stage.text) is not bool or not all(map(_DIGEST.fullmatch, digests)):
            raise ValueError("a name that is no digest")
        return stage


def _parent(found: Any) -> tuple[int, str] | None:
    if found is None:
        return None
    number, digest = found
    if type(number) is not int or type(digest) is not str:
        raise TypeError(f"a generation before is {found!r}")
    return number, digest


def check_items(backend: Backend, stage: Stage, items: Iterable[Item]) -> None:
    """Raise `DamagedError` where a generation is not one of these documents."""
    if generation_digest(stage.row, (item.digest for item in items)) != stage.row.digest:
        raise damaged(backend.address, stage_name(stage.number), "its documents are others")


# Lists: the documents of a generation, in journal order. A list ends where the marks say so, so
# that generations which differ by a few documents have all other lists in common.


def listed(items: Sequence[Item]) -> Iterator[tuple[str, bytes]]:
    """Name and content of each list of a generation's documents."""
    some = list[Item]()
    for at, item in enumerate(items, 1):
        some.append(item)
        if item.mark.startswith("00") or len(some) == _MOST_ITEMS or at == len(items):
            content = json.dumps([[each.digest, each.mark] for each in some]).encode()
            yield hashlib.sha256(content).hexdigest(), compressed(content)
            some = []


def read_list(name: str, content: bytes) -> list[Item]:
    """The documents of a list. Raises `ValueError`, `TypeError` where it is another one."""
    unpacked = decompressed(content, MOST_LIST_BYTES)
    if hashlib.sha256(unpacked).hexdigest() != name:
        raise ValueError("it is not what its name says")
    items = [Item(*each) for each in json.loads(unpacked)]
    if not all(_DIGEST.fullmatch(name) for each in items for name in (each.digest, each.mark)):
        raise ValueError("a name that is no digest")
    return items


# Documents


def packed_document(content: Content) -> bytes:
    """A document with its chunks and its text, as an entry of a pack has it."""
    return compressed(document_line(*content))


def read_document(item: Item, content: bytes) -> Content:
    """A document. Raises `ValueError`, `KeyError` and `TypeError` where it is another one."""
    line = decompressed(content, MOST_DOCUMENT_BYTES)
    found, digest = parsed_document(line)
    document, chunks, _ = found
    if not document.digest == digest == item.digest:
        raise ValueError("it does not match its digest")
    if mark_of(document, [(chunk.segment, chunk.vectors) for chunk in chunks]) != item.mark:
        raise ValueError("its segments are others")
    return found


@contextmanager
def _sensible(backend: Backend, name: str) -> Iterator[None]:
    """An object that nothing can be made of is damage."""
    try:
        yield
    except DamagedError as error:
        raise damaged(backend.address, name, error.message) from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise damaged(backend.address, name, str(error)) from error
