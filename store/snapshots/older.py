"""Snapshots of versions 1 and 2, made into today's before anything else looks at them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from store.index import older
from store.records import ChunkRow, Content, DocumentRow, document_digest
from store.snapshots.export import document_line, read_documents
from store.snapshots.manifest import DOCUMENTS, SNAPSHOT_VERSION, Manifest
from store.typed import made


def renew(manifest: Manifest, file: Path) -> Manifest:
    """Write the documents of an older snapshot anew, with whole texts; gives its manifest, whose
    generations name their model, with the digests that all have then. Raises `DamagedError` where
    those that they had are wrong.
    """
    had: dict[int, str] = {}
    have: dict[int, str] = {}
    new = file.with_name(f"new-{DOCUMENTS}")
    with new.open("wb") as out:
        for document, chunks, whole in read_documents(file, _parsed):
            had[document.id] = document.digest
            have[document.id] = document_digest(document, chunks, whole)
            renewed = replace(document, digest=have[document.id])
            out.write(document_line(renewed, chunks, whole))
    new.replace(file)
    manifest.check(had)
    generations = [
        replace(each, identity=manifest.spec(each).identity) for each in manifest.generations
    ]
    named = replace(manifest, generations=generations, version=SNAPSHOT_VERSION)
    return named.resealed(have)


def _parsed(found: dict[str, Any]) -> tuple[Content, str]:
    """A document from its line, and the digest that it must have come with."""
    chunks = [made(ChunkRow, row) for row in found.pop("rows")]
    document = made(DocumentRow, found)
    return (document, *older.assembled(chunks)), older.document_digest(document, chunks)
