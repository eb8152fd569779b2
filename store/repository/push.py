"""Pushing: what a repository lacks travels in packs, and then the generations that name it.

Nobody names packs, so what a broken push has left of them is used by the next one. Generations come
last and in order, each of them whole, and a name can be created once: who comes second learns it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from store.backends import Backend, MissingObjectError
from store.disk import OnProgress
from store.errors import DamagedError, NoMemoryError, PushedFirstError
from store.home import Home
from store.index.reader import Index
from store.index.writer import IndexWriter
from store.locks import read_lock, write_lock
from store.records import (
    Common,
    Content,
    Generation,
    Turnover,
    document_digest,
    generation_digest,
)
from store.repository.erase import NOTHING, Held, erase, has_more, held_in
from store.repository.layout import (
    Item,
    Stage,
    listed,
    made_identity,
    packed_document,
    read_stage,
    stage_name,
    stage_numbers,
)
from store.repository.merge import JOINED
from store.repository.own import Own
from store.repository.packs import (
    Packed,
    Packs,
    document_entry,
    item_of,
    list_entry,
    packs_of,
    segment_entry,
)
from store.repository.travel import side_by_side
from store.segments.lean import LeanSegments, kept_bytes
from store.segments.packs import OpenPack
from store.snapshots.export import without_text
from store.spec import Spec

_TEXT_BYTES = 8  # a token, about, of a document as it travels
_SEE = "see what mends it: mplus verify --read-data"


@dataclass(frozen=True)
class Pushed:
    """What went to a repository: `number` is that of its last generation now, of which
    `generations` are new; `documents`, `objects` and `bytes` travelled.

    `held`: documents that it still has and no generation here, `erased` those that it no longer
    has.
    """

    number: int
    generations: int
    documents: int
    objects: int
    bytes: int
    held: Held
    erased: Held


def push(
    path: Path, backend: Backend, timeout_s: float, text: bool, erases: bool, progress: OnProgress
) -> Pushed:
    """Bring the generations of a memory to a repository, which begins there where there is none.

    text: whether the documents' texts go along; erases: remove from the repository what no
    generation here has. Raises `PushedFirstError` where it has what was not pulled yet; then
    nothing has travelled.
    """
    home = Home(path)
    with write_lock(path, timeout_s, "push"):
        home.settle()
        with closing(IndexWriter.open(home)) as index:
            if index.generation() is None:
                raise NoMemoryError(
                    f"the memory at {path} is empty", "fill it with: mplus inject PATH"
                )
            repository = made_identity(backend)
            common = index.common(repository)
    pushing = _Push(home, backend, repository, common, text, progress)
    try:
        with read_lock(path, timeout_s), closing(Index.as_kept(home)) as seen, seen.snapshot():
            return pushing.carry_out(seen, erases)
    finally:
        if pushing.common not in (None, common):
            with write_lock(path, timeout_s, "push"), closing(IndexWriter.open(home)) as index:
                if index.common(repository) == common:  # else somebody came further meanwhile
                    index.note_common(pushing.common)


class _Push:
    """A push. `common`: what memory and repository have in common by now."""

    def __init__(
        self,
        home: Home,
        backend: Backend,
        repository: str,
        common: Common | None,
        text: bool,
        progress: OnProgress,
    ) -> None:
        self._home, self._backend, self._repository = home, backend, repository
        self.common, self._text, self._progress = common, text, progress
        self._documents = self._objects = self._bytes = 0
        self._total_bytes = 0

    def carry_out(self, index: Index, erases: bool) -> Pushed:
        self._index, self._own = index, Own(index)
        numbers = stage_numbers(self._backend)
        self._look_again()
        stages = self._new_stages(numbers)
        known = self._already(stages, numbers)
        self._send(stages)
        for stage in stages:
            self._name(stage)
        if stages:
            self._bring_back(stages)
        held, gone = held_in(self._packs, self._own), NOTHING
        if erases and has_more(self._packs, self._own):
            if len(known) == len(stages):
                self._fence()
            erase(self._packs, self._own, self.common.number if self.common else 0)
            held, gone = NOTHING, held
        return Pushed(
            number=self.common.number if self.common else 0,
            generations=len(stages) - len(known),
            documents=self._documents,
            objects=self._objects,
            bytes=self._bytes,
            held=held,
            erased=gone,
        )

    # What is there, and what is to come

    def _look_again(self) -> None:
        """See `_look`; once more where a pack is written anew meanwhile."""
        with suppress(MissingObjectError):
            return self._look()
        return self._look()

    def _look(self) -> None:
        """Find what the repository's packs have."""
        self._packs = Packs(self._backend, self._home.of_repository(self._repository))
        self._there = set[str]()
        self._known = dict[str, Item]()  # by mark: a document has one digest in a repository
        for name, _ in self._packs.entries():
            self._there.add(name)
            if item := item_of(name):
                self._known.setdefault(item.mark, item)

    def _new_stages(self, numbers: Sequence[int]) -> list[Stage]:
        """The generations that the repository is to have more, with their lists in `_lists`."""
        common = self.common
        if common is not None and common.number in numbers:
            if read_stage(self._backend, common.number).digest != common.digest:
                common = None  # another copy of it, which went on by itself
        elif common is not None and common.number > max(numbers, default=0):
            common = None
        self.common, self._lists, self._items = common, dict[str, bytes](), dict[int, Item]()
        parent = (common.number, common.digest) if common else None
        before = common.documents() if common else []
        stages = list[Stage]()
        for generation in self._own.generations:
            if common is None or generation.id > common.local:
                stages.append(self._stage(self._as_there(generation, before), parent))
                parent = stages[-1].number, stages[-1].digest
                before = [self._own.marks[each] for each in self._own.held(generation)]
        return stages

    def _as_there(self, generation: Generation, before: Sequence[str]) -> Generation:
        """What a generation says where these documents were there before: one that has joined both
        sides says here what came from there.
        """
        if generation.command != JOINED:
            return generation
        own, held = self._own, self._own.held(generation)
        there, known = {own.marks[each] for each in held}, set(before)
        came = [each for each in held if own.marks[each] not in known]
        went = [own.numbers[mark] for mark in before if mark not in there and mark in own.numbers]
        lists = Turnover(
            [], [own.documents[each] for each in came], [own.documents[each] for each in went]
        ).lists()
        return replace(
            generation, vectors_in=own.vectors(came), vectors_out=own.vectors(went), **lists
        )

    def _stage(self, generation: Generation, parent: tuple[int, str] | None) -> Stage:
        items = [self._item(document) for document in self._own.held(generation)]
        names = list[str]()
        for name, content in listed(items):
            names.append(name)
            if list_entry(name) not in self._there:
                self._lists.setdefault(name, content)
        row = replace(
            generation, digest=generation_digest(generation, [item.digest for item in items])
        )
        number, spec = parent[0] + 1 if parent else 1, self._own.specs[generation.identity]
        return Stage(number, row, spec, tuple(names), parent, self._text).resealed()

    def _item(self, document: int) -> Item:
        found = self._items.get(document)
        if found is None:
            mark, row = self._own.marks[document], self._own.documents[document]
            found = self._known.get(mark)
            if found is None:
                digest = row.digest if self._text else self._content(document)[0].digest
                found = Item(digest, mark)
            self._items[document] = found
        return found

    def _content(self, document: int) -> Content:
        """A document as it travels. Raises `DamagedError` where it is not what its digest says."""
        row, (chunks, whole) = self._own.documents[document], self._index.content(document)
        if document_digest(row, chunks, whole) != row.digest:
            raise DamagedError(f"document {document} does not match its digest", _SEE)
        return (row, chunks, whole) if self._text else without_text(row, chunks)

    def _already(self, stages: Sequence[Stage], numbers: Sequence[int]) -> set[int]:
        """Which of these a push has brought that was cut short before it was noted. Raises
        `PushedFirstError` where others are there.
        """
        before = self.common.number if self.common else 0
        found = {stage.number: stage.digest for stage in stages}
        later = [number for number in numbers if number > before]
        for number in later:
            if number not in found or read_stage(self._backend, number).digest != found[number]:
                raise self._pushed_first()
        return set(later)

    def _pushed_first(self) -> PushedFirstError:
        return PushedFirstError(
            f"somebody else has pushed to {self._backend.address} first",
            f"take in what is new there, then push again: mplus pull {self._backend.address}",
        )

    # Packs

    def _send(self, stages: Sequence[Stage]) -> None:
        models = {
            document: stage.spec
            for stage in reversed(stages)
            for document in self._own.held(stage.row)
        }
        with ExitStack() as opened:
            self._segments = _Segments(self._home, self._own, opened)
            self._total_bytes = self._expected_bytes(models)
            packs = packs_of(self._entries(models))
            work = ((len(pack.content), partial(self._create, pack)) for pack in packs)
            for size in side_by_side(work):
                self._objects += 1
                self._bytes += size
                self._total_bytes = max(self._total_bytes, self._bytes)
                self._progress(self._bytes, self._total_bytes)

    def _bring_back(self, stages: Sequence[Stage]) -> None:
        """Bring once more what went meanwhile: who erased may have found it needed by nobody, and
        by now these generations need it.
        """
        if self._packs.sizes.keys() <= self._packs.as_now().sizes.keys():
            return
        self._look_again()
        items = ([self._items[each] for each in self._own.held(stage.row)] for stage in stages)
        lists = dict(each for some in items for each in listed(some))
        self._lists = {
            name: content for name, content in lists.items() if list_entry(name) not in self._there
        }
        self._send(stages)

    def _create(self, pack: Packed) -> int:
        self._packs.put(pack)
        return len(pack.content)

    def _entries(self, models: Mapping[int, Spec]) -> Iterator[tuple[str, bytes]]:
        """What the repository lacks: documents, their segments, and lists."""
        for document in models:
            name = document_entry(self._items[document])
            if self._lacks(name):
                found = self._content(document)
                if found[0].digest == self._items[document].digest:  # else others have brought it
                    self._documents += 1
                    yield name, packed_document(found)
        for document, spec in models.items():
            for key, _ in self._own.pieces.get(document, ()):
                if self._lacks(segment_entry(key)):
                    yield segment_entry(key), self._segments.content(key, spec)
        for name, content in self._lists.items():
            yield list_entry(name), content

    def _lacks(self, name: str) -> bool:
        """Whether an entry is not there yet; when it is asked for again, it is."""
        if name in self._there:
            return False
        self._there.add(name)
        return True

    def _expected_bytes(self, models: Mapping[int, Spec]) -> int:
        """What will travel, about."""
        keys, size = set[str](), sum(map(len, self._lists.values()))
        for document in models:
            if document_entry(self._items[document]) not in self._there:
                size += _TEXT_BYTES * self._own.documents[document].tokens
            keys.update(key for key, _ in self._own.pieces.get(document, ()))
        return size + sum(
            self._own.files[key].bytes for key in keys if segment_entry(key) not in self._there
        )

    # Generations

    def _name(self, stage: Stage) -> None:
        """Bring a generation with which memory and repository have all in common."""
        self._create_stage(stage)
        marks = (self._own.marks[document] for document in self._own.held(stage.row))
        told = b"".join(map(bytes.fromhex, marks))
        self.common = Common(self._repository, stage.number, stage.digest, stage.row.id, told)

    def _fence(self) -> None:
        """Bring the last generation once more: whoever goes on from the one before comes too late,
        so nobody relies on what is erased.
        """
        assert self.common is not None
        before = read_stage(self._backend, self.common.number)
        stage = replace(before, number=before.number + 1, parent=(before.number, before.digest))
        self._create_stage(stage.resealed())
        self.common = replace(self.common, number=stage.number, digest=stage.resealed().digest)

    def _create_stage(self, stage: Stage) -> None:
        """Raises `PushedFirstError` where by now another one is there."""
        content = stage.to_bytes()
        if self._backend.create(stage_name(stage.number), content):
            self._objects += 1
            self._bytes += len(content)
        elif read_stage(self._backend, stage.number).digest != stage.digest:
            raise self._pushed_first()


class _Segments:
    """The bytes of a memory's segments as they travel; packs stay open as long as `opened`."""

    def __init__(self, home: Home, own: Own, opened: ExitStack) -> None:
        self._home, self._own, self._opened = home, own, opened
        self._packs = dict[str, OpenPack]()

    def content(self, key: str, spec: Spec) -> bytes:
        """Raises `DamagedError` for one that is not what the index says of it."""
        content = self._packed(key, spec) if spec.lean else self._file(key)
        if content is None or hashlib.sha256(content).hexdigest() != self._own.files[key].sha256:
            raise DamagedError(f"the segment {key} is missing or damaged", _SEE)
        return content

    def _packed(self, key: str, spec: Spec) -> bytes | None:
        if spec.identity not in self._packs:
            opened = LeanSegments(self._home, spec).pack.opened(())
            self._packs[spec.identity] = self._opened.enter_context(opened)
        pack = self._packs[spec.identity]
        number = pack.number(key)
        return kept_bytes(pack.packed(number)) if number >= 0 else None

    def _file(self, key: str) -> bytes | None:
        try:
            return self._home.segment(key).read_bytes()
        except FileNotFoundError:
            return None
