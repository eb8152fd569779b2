"""What comes out of a repository, put into a memory's staging folder as the members of a snapshot,
so that it is checked and joins as one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from store.backends import check_size, damaged, missing
from store.errors import DamagedError
from store.home import Home
from store.records import DocumentRow, Entry, Generation, SegmentFile
from store.repository.fetched import Fetched
from store.repository.layout import PACKS, Item, read_document
from store.repository.own import Own
from store.repository.packs import Packs, Place, document_entry, segment_entry
from store.segments.lean import RECORDS, LeanSegments
from store.segments.packs import RECORD_BYTES, record_of
from store.snapshots.coming import Coming, There
from store.snapshots.export import document_line
from store.snapshots.manifest import DOCUMENTS, Manifest, Member, packed_name
from store.snapshots.packs import columns_kept
from store.spec import Spec

MOST_NUMBER = 1 << 40  # of documents and generations: what follows needs numbers, too
_MOST_PACKED_BYTES = 1 << 28  # of a document


class Arriving:
    """Documents and segments of a repository on their way into a memory.

    `documents`, `pieces`, `marks`: of those that come, by the numbers that they will have; `text`:
    whether all that come have their texts.
    """

    def __init__(
        self,
        home: Home,
        own: Own,
        lost: Collection[str],
        packs: Packs,
        fetched: Fetched,
        staged: Path,
    ) -> None:
        """lost: segments that the memory should have and has not."""
        self._home, self._own, self._packs, self._fetched = home, own, packs, fetched
        self._staged, self._lost = staged, lost
        self.documents: dict[int, DocumentRow] = {}
        self.pieces: dict[int, list[tuple[str, int]]] = {}
        self.marks: dict[int, str] = {}
        self.text = True
        self._specs: dict[int, Spec] = {}  # of the models that wrote them
        self._segments: dict[str, SegmentFile] = {}
        self._places: dict[str, Place] = {}
        self._wanted: dict[str, tuple[int, Spec]] = {}  # K and model of segments that are lacking
        self._packed: dict[str, LeanSegments] = {}

    def bring_documents(self, wanted: Sequence[tuple[Item, Spec]]) -> dict[str, int]:
        """Stage documents, each with the model that wrote it; gives the number of each mark.

        They have the numbers that they were pushed with, as far as these are free.
        """
        places = found_in(
            self._packs, [document_entry(item) for item, _ in wanted], _MOST_PACKED_BYTES
        )
        self._fetched.fetch(places.values())
        numbers, free = dict[str, int](), max(self._own.documents, default=0) + 1
        with (self._staged / DOCUMENTS).open("wb") as out:
            for item, spec in wanted:
                place = places[document_entry(item)]
                try:
                    document, chunks, whole = read_document(item, self._fetched.read(place))
                except (ValueError, KeyError, TypeError, RecursionError) as error:
                    raise self._damaged(place, str(error)) from error
                number = document.id
                if not 0 < number < MOST_NUMBER or self._is_taken(number):
                    number = free
                free = max(free, number + 1)
                document = replace(document, id=number)
                out.write(document_line(document, chunks, whole))
                self.text &= whole is not None or any(chunk.text for chunk in chunks)
                numbers[item.mark], self.marks[number] = number, item.mark
                self.documents[number], self._specs[number] = document, spec
                self.pieces[number] = [(chunk.segment, chunk.vectors) for chunk in chunks]
        return numbers

    def _is_taken(self, number: int) -> bool:
        return number in self._own.documents or number in self.documents

    def coming(
        self, generations: Sequence[Generation], journal: Sequence[Entry], specs: Mapping[str, Spec]
    ) -> Coming:
        """All that comes, with generations that hold it. Segments are known, and are to be brought
        when the sizes that are announced are fit.
        """
        self._find_segments()
        held = {
            entry.document for entry in journal if any(entry.there(each.id) for each in generations)
        }
        there = held.difference(self.documents)
        pieces = {number: self._own.pieces.get(number, []) for number in there}
        known = {key for each in (*pieces.values(), *self.pieces.values()) for key, _ in each}
        files = {key: self._own.files[key] for key in known if key in self._own.files}
        manifest = Manifest(
            specs=dict(specs),
            generations=list(generations),
            journal=list(journal),
            tags={},
            segments=files | self._segments,
            members=self._members(),
            since=0,
            text=True,
        )
        digests = {number: self._own.documents[number].digest for number in there}
        return Coming(self._home, manifest, self._staged, There(digests, pieces))

    def keys(self) -> list[str]:
        """The segments of the documents that come."""
        return sorted({key for pieces in self.pieces.values() for key, _ in pieces})

    def _find_segments(self) -> None:
        """Find those of the documents that come which the memory lacks."""
        for number, pieces in self.pieces.items():
            for key, vectors in pieces:
                if key not in self._own.files or key in self._lost:
                    self._wanted[key] = vectors, self._specs[number]
        places = found_in(self._packs, [segment_entry(key) for key in self._wanted])
        for key, (vectors, spec) in self._wanted.items():
            place = places[segment_entry(key)]
            if spec.lean and place.size != vectors * self._row_bytes(spec):
                raise self._damaged(place, f"a segment of {vectors:,} vectors has other bytes")
            self._places[key] = place
            self._segments[key] = SegmentFile(key, place.sha256, place.size, vectors)

    def _lean(self, spec: Spec) -> LeanSegments:
        if spec.identity not in self._packed:
            self._packed[spec.identity] = LeanSegments(self._home, spec)
        return self._packed[spec.identity]

    def _row_bytes(self, spec: Spec) -> int:
        return sum(column.row_bytes for column in columns_kept(self._lean(spec)))

    def _by_model(self) -> dict[str, list[str]]:
        """The segments that come of each lean model, sorted."""
        found: dict[str, list[str]] = {}
        for key in sorted(self._wanted):
            spec = self._wanted[key][1]
            if spec.lean:
                found.setdefault(spec.identity, []).append(key)
        return found

    def _members(self) -> list[Member]:
        """What lies in the staging folder, or will."""
        members = [Member(DOCUMENTS, (self._staged / DOCUMENTS).stat().st_size, "")]
        for key, (_, spec) in sorted(self._wanted.items()):
            if not spec.lean:
                name = self._home.segment(key).relative_to(self._home.path).as_posix()
                members.append(Member(name, self._places[key].size, self._places[key].sha256))
        for identity, keys in self._by_model().items():
            rows = sum(self._wanted[key][0] for key in keys)
            members.append(Member(packed_name(identity, RECORDS), RECORD_BYTES * len(keys), ""))
            for column in columns_kept(self._packed[identity]):
                size = rows * column.row_bytes
                members.append(Member(packed_name(identity, column.name), size, ""))
        return members

    def bring_segments(self) -> None:
        """Stage the segments."""
        self._fetched.fetch(self._places.values())
        for key, (_, spec) in self._wanted.items():
            if not spec.lean:
                file = self._staged / self._home.segment(key).relative_to(self._home.path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(self._fetched.read(self._places[key]))
        for identity, keys in self._by_model().items():
            folder = (self._staged / packed_name(identity, RECORDS)).parent
            folder.mkdir(parents=True)
            columns = columns_kept(self._packed[identity])
            with ExitStack() as opened:
                records, *files = (
                    opened.enter_context((folder / name).open("wb"))
                    for name in (RECORDS, *(column.name for column in columns))
                )
                for key in keys:
                    content, count = self._fetched.read(self._places[key]), self._wanted[key][0]
                    records.write(record_of(key, count))
                    for column, out in zip(columns, files, strict=True):
                        size = count * column.row_bytes
                        out.write(content[:size])
                        content = content[size:]

    def _damaged(self, place: Place, wrong: str) -> DamagedError:
        return damaged(self._packs.backend.address, PACKS + place.pack, wrong)


def found_in(packs: Packs, names: Sequence[str], most: int | None = None) -> dict[str, Place]:
    """The places of some entries. Raises `MissingObjectError` where one is in no pack,
    `DamagedError` where one has more bytes than `most`.
    """
    places = packs.find(names)
    for name in names:
        if name not in places:
            raise missing(packs.backend.address, name)
        if most is not None:
            place = places[name]
            check_size(packs.backend.address, PACKS + place.pack, place.size, most)
    return places
