"""Taking a snapshot in: everything is checked before anything is kept, then one commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from store.change import Change, make_memory
from store.disk import OnProgress
from store.errors import DamagedError, NoMemoryError, OtherModelError
from store.home import Home, make_folders
from store.index.reader import Index
from store.index.writer import IndexWriter
from store.kinds import kind_of
from store.locks import write_lock
from store.records import SegmentFile
from store.snapshots.archive import Reader, Stream
from store.snapshots.coming import Coming, VectorBudget
from store.snapshots.manifest import DOCUMENTS, MANIFEST, MANY_MODELS, MAX_MANIFEST_BYTES, Manifest
from store.snapshots.older import renew
from store.spec import Spec, check_model

_ANOTHER_COPY = "take another copy of it"


@dataclass(frozen=True)
class Imported:
    """What came in: `generations` were taken over as they are, or `documents` were appended as one
    new generation.

    `documents`, and how many are `unchanged`: of the last generation; `versions`: how many versions
    of documents came in with all generations.
    """

    generation: int
    state: str | None
    generations: int
    documents: list[str]
    versions: int
    unchanged: int
    mended: int


def import_snapshot(
    path: Path,
    file: Stream,
    timeout_s: float,
    progress: OnProgress,
    budget: VectorBudget = lambda home, spec: None,
) -> Imported:
    """Take a snapshot into the memory at `path`, which is made where there is none.

    A memory whose history is a beginning of the snapshot's goes on with it; to another one the
    documents of the snapshot's last generation are appended. Files of the memory that are missing
    or damaged are mended. Raises `DamagedError`, `OtherModelError`, and `MplusError` where a part
    that is needed is not there; nothing stays then.
    """
    reader = Reader(file)
    members = iter(reader)
    with blamed("the snapshot", _ANOTHER_COPY):
        manifest = _read_manifest(reader, members)
        if not manifest.generations:
            raise DamagedError("it holds no generation")
        last = manifest.spec(manifest.generations[-1])
    with opened_or_made(path, timeout_s, "import", last) as home, home.staging() as staged:
        home.settle()
        with closing(IndexWriter.open(home)) as index:
            if home.spec.identity not in manifest.specs:  # else its history may be a beginning
                check_model(home.spec, last)
            own = index.specs() | {home.spec.identity: home.spec}
            check_folders(home, {*own, *manifest.specs})
            check_layouts(own, manifest.specs, path)
            coming = Coming(home, manifest, staged)
            with blamed("the snapshot", _ANOTHER_COPY):
                coming.stage(reader, members, progress)
                if manifest.version < MANY_MODELS:
                    coming.manifest = renew(manifest, coming.file(DOCUMENTS))
                coming.check()
            with closing(Change(home, index, "import")) as change:
                done = _join(coming, change)
            coming.take_vectors(budget)
            return done


def check_folders(home: Home, identities: set[str]) -> None:
    """Raise `DamagedError` where two models would have one folder: of two real ones none has."""
    if len({home.packs(identity) for identity in identities}) < len(identities):
        raise DamagedError(
            "what comes can't be used: it has a model with the name of another one", _ANOTHER_COPY
        )


def check_layouts(
    own: Mapping[str, Spec], coming: Mapping[str, Spec], path: Path, what: str = "the snapshot"
) -> None:
    """Raise `OtherModelError` where the same model's segments are kept in another form here."""
    for identity in own.keys() & coming.keys():
        here, there = own[identity], coming[identity]
        if here.lean and not there.lean:
            raise OtherModelError(
                f"{what} is of a memory that is not lean, as older versions made them, and "
                f"the memory at {path} is",
                "import it into a new memory (name one with --memory), make that one lean with: "
                "mplus trim, export it again, and import that",
            )
        if there.lean and not here.lean:
            raise OtherModelError(
                f"{what} is of a lean memory, and the one at {path} is not",
                "make it lean with: mplus trim",
            )
        kinds = [kind_of(spec) for spec in (here, there)]
        if kinds[0].layout != kinds[1].layout or here.id_bytes != there.id_bytes:
            raise OtherModelError(
                f"{what} and the memory at {path} keep chunks in different forms: one is "
                "from an older mplus, or has hidden states in 8 bits",
                "import it into a new memory: name one with --memory",
            )


@contextmanager
def blamed(what: str, way_out: str) -> Iterator[None]:
    """Say of what is wrong that it is the snapshot, or whatever else comes in."""
    try:
        yield
    except DamagedError as error:
        raise DamagedError(f"{what} can't be used: {error.message}", way_out) from error


@contextmanager
def opened_or_made(
    path: Path,
    timeout_s: float,
    command: str,
    spec: Spec,
    resumed: tuple[type[BaseException], ...] = (),
) -> Iterator[Home]:
    """The memory at `path`, locked; one that is made for this goes away again when that fails, but
    for its cache after an error that another try goes on from.
    """
    take_away = None
    try:
        Home(path)
    except NoMemoryError:
        take_away = make_folders(path)
    with write_lock(path, timeout_s, command):
        try:
            if Home.exists(path):
                take_away = None
            else:
                make_folders(path)  # who had the lock before may have taken them away
                make_memory(path, spec)
            yield Home(path)
        except BaseException as error:
            if take_away is not None:
                goes_on = isinstance(error, resumed)
                take_away("cache" if goes_on else "")
            raise


def _read_manifest(reader: Reader, members: Iterator[tuple[str, int]]) -> Manifest:
    name, size = next(members, ("", 0))
    if name != MANIFEST or size > MAX_MANIFEST_BYTES:
        raise DamagedError("it does not begin with a manifest")
    content = b"".join(iter(lambda: reader.read(size), b""))
    return Manifest.from_bytes(content)


def _join(coming: Coming, change: Change) -> Imported:
    """Commit what was staged."""
    own = change.index.segment_files()
    if _goes_on(coming, change.index):
        return _go_on(coming, change, own)
    manifest = coming.manifest
    check_model(change.spec, manifest.spec(manifest.generations[-1]))
    own_skip_keys = {document.skip_key for document in change.documents}
    last = manifest.generations[-1].id
    order = [entry.document for entry in manifest.journal if entry.there(last)]
    new = {
        document.id: (replace(document, id=0), chunks, whole)
        for document, chunks, whole in coming.documents()
        if document.id in set(order) and document.skip_key not in own_skip_keys
    }
    needed = {chunk.segment for _, chunks, _ in new.values() for chunk in chunks}
    files, mended = coming.take_segments(
        sorted(needed | own.keys() & manifest.segments.keys()), own
    )
    change.adopt(files)
    for document in order:
        if document in new:
            change.add(*new[document])
    generation = change.commit()
    if generation is None:
        change.index.put_segments(files)
        generation = change.index.generation()
    return Imported(
        generation=generation.id if generation else 0,
        state=generation.state if generation else None,
        generations=0,
        documents=[document.path for document, *_ in new.values()],
        versions=len(new),
        unchanged=len(order) - len(new),
        mended=mended,
    )


def _goes_on(coming: Coming, index: Index) -> bool:
    """Whether the memory's history is a beginning of the snapshot's."""
    theirs = {generation.id: generation.digest for generation in coming.manifest.generations}
    ours = {generation.id: generation.digest for generation in index.generations()}
    return ours.items() <= theirs.items()


def _numbers(coming: Coming, index: Index) -> dict[int, int]:
    """The numbers of the memory's documents -> those that the snapshot has for them: since a memory
    was written anew, older versions of its documents have others.
    """
    numbers: dict[int, int] = {}
    for generation in index.generations():
        ours = (document.id for document in index.documents(generation.id))
        numbers |= zip(ours, coming.manifest.held_by(generation), strict=True)
    if len(set(numbers.values())) < len(numbers):
        raise DamagedError(
            "the snapshot can't be used: it has one document for two", "take another copy of it"
        )
    return numbers


def _go_on(coming: Coming, change: Change, own: dict[str, SegmentFile]) -> Imported:
    manifest, index = coming.manifest, change.index
    ours = {generation.id for generation in index.generations()}
    numbers = _numbers(coming, index)
    before = set(numbers.values())
    files, mended = coming.take_segments(manifest.segments, own)
    coming.take_states()
    new = {each.id: each.path for each, *_ in coming.documents() if each.id not in before}
    last = manifest.generations[-1]
    held = manifest.held_by(last)
    # What the memory knows of a model stays, as in the index.
    spec = index.specs().get(last.identity, manifest.specs[last.identity])
    with change.home.described_as(spec):
        index.put_history(
            manifest.generations,
            coming.documents(),
            manifest.journal,
            files,
            manifest.tags,
            manifest.specs.values(),
            numbers,
        )
    return Imported(
        generation=last.id,
        state=last.state,
        generations=len(manifest.generations) - len(ours),
        documents=[new[number] for number in held if number in new],
        versions=len(new),
        unchanged=sum(number in before for number in held),
        mended=mended,
    )
