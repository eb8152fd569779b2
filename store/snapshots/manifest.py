"""The manifest of a snapshot: what it holds, and what vouches for all of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from store.errors import DamagedError, NewerError
from store.records import Entry, Generation, SegmentFile, generation_digest
from store.spec import Spec, fields_of, need_known, spec_from
from store.typed import made

SNAPSHOT_VERSION = 4  # 3: specs have no `id_bytes`; 2 and 1: see `store.snapshots.older`
SLOTS_VERSION = 5  # specs may have slots: older versions refuse it by name
MANY_MODELS = 3  # from this version on each generation names its model
KIND = "mplus snapshot"
MANIFEST, DOCUMENTS = "manifest.json", "documents.jsonl"
MAX_MANIFEST_BYTES = 256 << 20
_DIGEST = re.compile("[0-9a-f]{64}")
# The names of the other members. A digest can't climb out of a folder.
SEGMENT = re.compile(r"segments/([0-9a-f]{2})/(\1[0-9a-f]{62})\.safetensors")
STATE = re.compile(r"states/([0-9a-f]{64})\.safetensors")
PACKED = re.compile(r"packs/([0-9a-f]{64})/([0-9a-z.]+)")
VECTORS = re.compile(r"vectors/([0-9a-f]{2})/(\1[0-9a-f]{62})\.safetensors")


def packed_name(identity: str, file: str) -> str:
    """The name of a file of the packs of one model."""
    return f"packs/{identity}/{file}"


def vectors_name(segment: str) -> str:
    """The name of the derived vectors of a segment."""
    return f"vectors/{segment[:2]}/{segment}.safetensors"


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

    def _check_names(self) -> None:
        """Raises `ValueError` where what files are named after is no digest."""
        names = [generation.state for generation in self.generations]
        names += [name for file in self.segments.values() for name in (file.key, file.sha256)]
        if not all(map(_DIGEST.fullmatch, names)):
            raise ValueError("a name that is no digest")

    def to_bytes(self) -> bytes:
        described = {
            "kind": KIND,
            "version": self.version,
            "specs": [fields_of(spec) for spec in self.specs.values()],
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
        """Raises `DamagedError` where it is no manifest, `NewerError` where its version or a kind
        of memory in it is unknown.
        """
        try:
            found = json.loads(content)
            if found["kind"] != KIND:
                raise DamagedError("it is no snapshot of mplus")
            if found["version"] not in range(1, SLOTS_VERSION + 1):
                raise NewerError(
                    "the snapshot",
                    f"it has version {found['version']!r}, this one reads up to {SLOTS_VERSION}",
                )
            if sealed(found) != content:
                raise DamagedError("its manifest does not match its digest")
            segments = [made(SegmentFile, row) for row in found["segments"]]
            rows = [found["spec"]] if found["version"] < MANY_MODELS else found["specs"]
            for row in rows:
                need_known(row, "the snapshot")
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
            manifest._check_names()
            # Of a model that none is for nothing here could be checked.
            kept = {name: spec for name, spec in manifest.specs.items() if name in needed}
            return replace(manifest, specs=kept)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DamagedError(f"its manifest is damaged: {error}") from error


def sealed(described: dict[str, Any]) -> bytes:
    """A manifest as JSON, with a digest of all else that it says."""
    told = {name: value for name, value in described.items() if name != "digest"}
    digest = hashlib.sha256(line_of(told)).hexdigest()
    return line_of(told | {"digest": digest})


def line_of(fields: dict[str, Any], ensure_ascii: bool = True) -> bytes:
    line = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=ensure_ascii)
    return line.encode() + b"\n"
