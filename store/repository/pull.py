"""Pulling: what a memory lacks of a repository comes, is staged and checked as a snapshot is, and
joins in one commit.

Where nothing is new here, the generations there follow as they are. Where both have grown, one new
generation has what both did (`store.repository.merge`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from store.backends import Backend, MissingObjectError, UnreachableError, damaged
from store.disk import OnProgress
from store.errors import MplusError
from store.home import Home
from store.index.writer import IndexWriter
from store.inventory import missing_segments
from store.kinds import kind_of
from store.kinds.journal import Entries
from store.records import (
    Common,
    Generation,
    Turnover,
    generation_digest,
    next_generation,
)
from store.repository.arriving import MOST_NUMBER, Arriving, found_in
from store.repository.fetched import Fetched
from store.repository.layout import (
    MOST_LIST_BYTES,
    PACKS,
    Item,
    Stage,
    check_items,
    identity_of,
    read_list,
    read_stage,
    stage_name,
    stage_numbers,
)
from store.repository.merge import JOINED, Growing, joined
from store.repository.own import Own
from store.repository.packs import Packs, list_entry
from store.repository.travel import side_by_side
from store.snapshots.restore import blamed, check_folders, check_layouts, opened_or_made
from store.spec import Spec, check_model

_TRIES = 3  # what goes away while it is read is looked for again
_STAGE_BYTES = 1 << 20  # about
_WAY_OUT = "a memory that is whole can be pushed to a new address: mplus push URL"


@dataclass(frozen=True)
class Pulled:
    """What came: `generations` that follow as they were pushed, or, where `merged`, one that has
    what both sides did.

    `documents` came and `removed` went, by their paths, and so many are `unchanged`: of the last
    generation; `bytes`: that travelled; `text`: whether all came with texts.
    """

    generation: int
    state: str | None
    generations: int
    documents: list[str]
    removed: list[str]
    unchanged: int
    merged: bool
    bytes: int
    text: bool


def pull(path: Path, backend: Backend, timeout_s: float, progress: OnProgress) -> Pulled:
    """Bring what is new in a repository into the memory at `path`, which is made where there is
    none: all of it, or nothing.

    Raises `DamagedError`, `OtherModelError`, and `MplusError` where there is no repository.
    """
    repository = identity_of(backend)
    numbers = stage_numbers(backend) if repository else []
    if repository is None or not numbers:
        raise MplusError(
            f"there is nothing at {backend.address} that was pushed",
            f"push a memory there with: mplus push {backend.address}",
        )
    spec = read_stage(backend, numbers[-1]).spec
    resumed = (UnreachableError, KeyboardInterrupt)
    with opened_or_made(path, timeout_s, "pull", spec, resumed) as home:
        home.settle()
        fetched = Fetched(backend, home.of_repository(repository), progress)
        with closing(IndexWriter.open(home)) as index:
            pulling = _Pull(home, index, backend, repository, fetched)
            done = _again(pulling.carry_out)
        fetched.forget()
        return done


@dataclass
class Made:
    """Generations that are to follow ours: what they say, how the journal goes on, and the
    documents that the last one holds.
    """

    growing: Growing
    held: Sequence[int]
    rows: list[Generation] = field(default_factory=list)

    def add(self, row: Generation, held: Sequence[int]) -> None:
        """Let one follow that holds some documents."""
        self.rows.append(row)
        self.growing.hold(row.id, held)
        self.held = held


class _Pull:
    """A pull into a memory that is locked for it."""

    def __init__(
        self, home: Home, index: IndexWriter, backend: Backend, repository: str, fetched: Fetched
    ) -> None:
        self._home, self._index, self._backend = home, index, backend
        self._repository, self._fetched = repository, fetched

    def carry_out(self) -> Pulled:
        self._own = Own(self._index)
        self._packs = Packs(self._backend, self._home.of_repository(self._repository))
        numbers = stage_numbers(self._backend)
        common, last = self._common(numbers), self._own.last
        new = [number for number in numbers if common is None or number > common.number]
        if not new:
            made = Made(Growing(()), self._own.held(last))
            return self._told(made, None, False, True)
        follows = last is None or (common is not None and last.id <= common.local)
        stages = self._stages(new if follows else new[-1:])
        self._check_chain(stages, numbers, common)
        self._check_models(stages, follows)
        items = self._items(stages)
        with self._home.staging() as staged:
            lost = missing_segments(self._home, self._index, writing=True)
            arriving = Arriving(self._home, self._own, lost, self._packs, self._fetched, staged)
            if follows:
                made = self._following(stages, items, arriving)
            else:
                made = self._merged(stages[-1], items[-1], arriving, common)
            self._join(made, arriving)
        self._note(stages[-1], items[-1], made, arriving)
        return self._told(made, arriving, not follows, arriving.text)

    # What is there

    def _common(self, numbers: Sequence[int]) -> Common | None:
        """What memory and repository have in common; None where this is another copy of it, or an
        older one.
        """
        found = self._index.common(self._repository)
        if found is None or numbers[-1] < found.number:
            return None
        if found.number not in numbers:  # erased
            return found
        return found if read_stage(self._backend, found.number).digest == found.digest else None

    def _stages(self, numbers: Sequence[int]) -> list[Stage]:
        work = ((_STAGE_BYTES, partial(read_stage, self._backend, each)) for each in numbers)
        return list(side_by_side(work))

    def _check_chain(
        self, stages: Sequence[Stage], numbers: Sequence[int], common: Common | None
    ) -> None:
        """Raise `DamagedError` where a generation goes on from another one than is there. One that
        was erased may be missing.
        """
        digests = {stage.number: stage.digest for stage in stages}
        if common is not None:
            digests[common.number] = common.digest
        before = dict(zip(numbers[1:], numbers, strict=False))
        for stage in stages:
            number, digest = stage.parent or (0, "")
            least = before.get(stage.number, 0)
            fits = least <= number < stage.number and digests.get(number, digest) == digest
            if not fits or not 0 < stage.row.id < MOST_NUMBER:
                raise damaged(
                    self._backend.address, stage_name(stage.number), "it goes on from another one"
                )

    def _check_models(self, stages: Sequence[Stage], follows: bool) -> None:
        last, spec = stages[-1].spec, self._home.spec
        specs = {stage.spec.identity: stage.spec for stage in stages}
        if not follows or (self._own.last is None and spec.identity not in specs):
            check_model(spec, last)
        own = self._own.specs | {spec.identity: spec}
        check_folders(self._home, {*own, *specs})
        what = f"the repository at {self._backend.address}"
        check_layouts(own, specs, self._home.path, what)
        self._specs = {identity: own.get(identity, specs[identity]) for identity in specs}

    def _items(self, stages: Sequence[Stage]) -> list[list[Item]]:
        """The documents of each generation."""
        names = dict.fromkeys(name for stage in stages for name in stage.lists)
        places = found_in(self._packs, [list_entry(name) for name in names], MOST_LIST_BYTES)
        self._fetched.fetch(places.values())
        lists = dict[str, list[Item]]()
        for name in names:
            place = places[list_entry(name)]
            try:
                lists[name] = read_list(name, self._fetched.read(place))
            except (ValueError, TypeError, RecursionError) as error:
                raise damaged(self._backend.address, PACKS + place.pack, str(error)) from error
        found = list[list[Item]]()
        for stage in stages:
            items = [item for name in stage.lists for item in lists[name]]
            check_items(self._backend, stage, items)
            if len({item.mark for item in items}) < len(items):
                name = stage_name(stage.number)
                raise damaged(self._backend.address, name, "it has a document twice")
            found.append(items)
        return found

    # What is made of it

    def _following(
        self, stages: Sequence[Stage], items: Sequence[Sequence[Item]], arriving: Arriving
    ) -> Made:
        """The generations that were pushed, with numbers that follow ours."""
        known = dict(self._own.numbers)
        new = dict[str, tuple[Item, Spec]]()
        for stage, some in zip(stages, items, strict=True):
            for item in some:
                if item.mark not in known:
                    new.setdefault(item.mark, (item, self._specs[stage.spec.identity]))
        known |= arriving.bring_documents(list(new.values()))
        last = self._own.last
        made = Made(Growing(self._own.journal), self._own.held(last))
        for stage, some in zip(stages, items, strict=True):
            if last is not None and _is_again(stage.row, last):
                continue
            number = max(last.id + 1 if last else 1, stage.row.id)
            held = [known[item.mark] for item in some]
            row = replace(stage.row, id=number, parent=last.id if last else None)
            last = self._sealed(row, held, arriving)
            made.add(last, held)
        return made

    def _merged(
        self, stage: Stage, items: Sequence[Item], arriving: Arriving, common: Common | None
    ) -> Made:
        """One generation that has what was done there and here; none where that is here by now."""
        own, last = self._own, self._own.last
        before = own.held(last)
        base = common.documents() if common else []
        ours = [own.marks[document] for document in before]
        marks = joined(base, ours, [item.mark for item in items])
        spec, known, wanted = self._specs[stage.spec.identity], dict(own.numbers), set(marks)
        new = [(item, spec) for item in items if item.mark in wanted and item.mark not in known]
        known |= arriving.bring_documents(new)
        documents = own.documents | arriving.documents
        theirs = {item.mark for item in items}
        taken = {documents[known[mark]].skip_key for mark in marks if mark in theirs}
        held = [
            known[mark]
            for mark in marks
            if mark in theirs or documents[known[mark]].skip_key not in taken
        ]
        made = Made(Growing(own.journal), before)
        if held != before:
            row = self._next(before, held, arriving, spec)
            made.add(self._sealed(row, held, arriving), held)
        return made

    def _next(
        self, before: Sequence[int], held: Sequence[int], arriving: Arriving, spec: Spec
    ) -> Generation:
        documents, pieces = (
            self._own.documents | arriving.documents,
            self._own.pieces | arriving.pieces,
        )
        kind = kind_of(spec)
        entries = Entries.of((0, *piece) for each in held for piece in pieces.get(each, ()))
        state, counts = kind.told(entries)
        came, went = set(held).difference(before), set(before).difference(held)
        turnover = Turnover(
            [documents[each] for each in held],
            [documents[each] for each in held if each in came],
            [documents[each] for each in before if each in went],
        )
        vectors = [
            sum(k for each in some for _, k in pieces.get(each, ())) for some in (came, went)
        ]
        return next_generation(
            self._own.last,
            JOINED,
            spec.identity,
            state,
            counts,
            turnover,
            (vectors[0], vectors[1]),
        )

    def _sealed(self, row: Generation, held: Sequence[int], arriving: Arriving) -> Generation:
        documents = self._own.documents
        digests = [(documents.get(each) or arriving.documents[each]).digest for each in held]
        return replace(row, digest=generation_digest(row, digests))

    # Letting it join

    def _join(self, made: Made, arriving: Arriving) -> None:
        if not made.rows:
            return
        specs = {row.identity: self._specs[row.identity] for row in made.rows}
        coming = arriving.coming(made.rows, made.growing.entries, specs)
        with blamed(f"the repository at {self._backend.address}", _WAY_OUT):
            coming.refuse(coming.manifest.members)
        arriving.bring_segments()
        with blamed(f"the repository at {self._backend.address}", _WAY_OUT):
            coming.check()
        files, _ = coming.take_segments(arriving.keys(), self._own.files)
        last = self._own.last
        coming.take_states((last.state, self._own.specs[last.identity]) if last else None)
        with self._home.described_as(specs[made.rows[-1].identity]):
            self._index.put_history(
                [*self._own.generations, *made.rows],
                coming.documents(),
                made.growing.entries,
                files,
                {},
                specs.values(),
                {},
            )

    def _note(self, stage: Stage, items: Sequence[Item], made: Made, arriving: Arriving) -> None:
        """Remember what is in common. The newest generation here is to be pushed where it has other
        documents.
        """
        marks = [item.mark for item in items]
        here = self._own.marks | arriving.marks
        last = (made.rows or self._own.generations)[-1].id
        same = [here[each] for each in made.held] == marks
        told = b"".join(map(bytes.fromhex, marks))
        self._index.note_common(
            Common(self._repository, stage.number, stage.digest, last if same else last - 1, told)
        )

    def _told(self, made: Made, arriving: Arriving | None, merged: bool, text: bool) -> Pulled:
        before = self._own.held(self._own.last)
        documents = self._own.documents | (arriving.documents if arriving else {})
        came = [documents[each].path for each in made.held if each not in set(before)]
        last = (made.rows or self._own.generations)[-1]
        return Pulled(
            generation=last.id,
            state=last.state,
            generations=len(made.rows),
            documents=came,
            removed=[documents[each].path for each in before if each not in set(made.held)],
            unchanged=len(made.held) - len(came),
            merged=merged and bool(made.rows),
            bytes=self._fetched.bytes,
            text=text,
        )


def _again(work: Callable[[], Pulled]) -> Pulled:
    """Do it, and once more where something went away while it was read."""
    for _ in range(_TRIES - 1):
        with suppress(MissingObjectError):
            return work()
    return work()


def _is_again(row: Generation, last: Generation) -> bool:
    """Whether a generation is the last one once more, as `erase` brings it."""
    names = ("state", "identity", "command", "author", "created_at", "documents")
    return all(getattr(row, name) == getattr(last, name) for name in names)
