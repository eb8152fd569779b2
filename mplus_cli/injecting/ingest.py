"""The write path: file -> Document -> chunks -> segments -> memory. Yields what happens, prints
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing

from mplus_cli.chunking.passages import model_chunks
from mplus_cli.chunking.whole import whole_text
from mplus_cli.engine import Engine
from mplus_cli.errors import ClusterError, ReadError
from mplus_cli.injecting import plan as plans
from mplus_cli.injecting.ahead import ahead
from mplus_cli.injecting.elsewhere import Elsewhere
from mplus_cli.injecting.events import (
    DocumentDone,
    Event,
    Gone,
    Mended,
    Planned,
    Previewed,
    Removed,
    Skipped,
    Unchanged,
    Withheld,
)
from mplus_cli.injecting.plan import Plan, Request, skip_key
from mplus_cli.injecting.writing import (
    AHEAD_BYTES,
    Prepared,
    Writing,
    groups,
    to_compute,
)
from mplus_cli.inputs.piece import Kept, Piece
from mplus_cli.readers import read_document
from store.change import Change
from store.inventory import Inventory
from store.records import ChunkRow, DocumentRow, now
from store.segments import Segments

# A long run commits whole documents this often, so that a crash loses little; in a large memory so
# seldom that commits take no more than a twentieth of the time.
COMMIT_EVERY_S, COMMIT_REST = 10.0, 20

Stopped = Callable[[], bool]


def inject(
    request: Request,
    engine: Engine,
    change: Change,
    stopped: Stopped = lambda: False,
    elsewhere: Elsewhere | None = None,
    tell: Callable[[Event], None] = lambda event: None,
) -> Iterator[Event]:
    """Read documents into a memory, those that are not there yet; whole documents only.

    `stopped` is asked after every chunk; once true, what is whole is committed and the rest left.
    `elsewhere`: machines that write the segments, and `tell` what they say of themselves. Raises
    the storage's and the model's errors; one bad input is an event. Where other machines fail, what
    is whole is committed first.
    """
    plan = yield from plans.make(request, engine, change.inventory, stopped)
    run = _Run(plan, engine, change, stopped)
    yield from run.settle(request.prune)
    yield Planned(len(plan.todo), sum(piece.size_bytes for piece in plan.todo))
    read = run.writing.read
    if elsewhere is None:
        line = read_ahead(plan, engine, stopped, read)
        found = groups(line, engine)
    else:
        line = elsewhere.line(plan, engine, change, stopped, tell)
        found = ([read(one)] for one in line)  # nothing is left to be computed together
    try:
        with closing(line):
            yield from _take_in(found, run, stopped)
    except ClusterError:
        yield from run.writing.commit()
        raise
    yield from run.writing.commit()
    run.writing.pace.keep()


def _take_in(
    found: Iterable[list[Prepared | Skipped]], run: _Run, stopped: Stopped
) -> Iterator[Event]:
    """Bring groups of documents into a change; commits now and then."""
    committed, took = time.monotonic(), 0.0
    for group in found:
        run.write_small(group)
        for prepared in group:
            yield from run.take_in(prepared)
        if stopped():
            break
        begun = time.monotonic()
        if begun - committed > max(COMMIT_EVERY_S, COMMIT_REST * took):
            yield from run.writing.commit()
            committed = time.monotonic()
            took = committed - begun


def preview(
    request: Request, engine: Engine, known: Inventory, segments: Segments | None
) -> Iterator[Event]:
    """What `inject` would do, with the tokens it would read; nothing is written and the network is
    not loaded.
    """
    plan = yield from plans.make(request, engine, known)
    yield from plan.skipped
    yield from plan.unchanged
    yield from _missing(plan, request.prune, known)
    yield Planned(len(plan.todo), sum(piece.size_bytes for piece in plan.todo))
    paths = {document.path for document in known.documents}
    there: set[str] = set()
    with closing(read_ahead(plan, engine, lambda: False)) as line:
        for prepared in line:
            if (
                isinstance(prepared, Skipped)
                or prepared.row.skip_key in plan.known.keys() - known.broken
            ):
                yield _told(prepared, plan.known)
                continue
            row = prepared.row
            plan.known[row.skip_key] = row.path
            compute_tokens = to_compute(prepared.chunks, engine, segments, there)
            changed = row.path in paths
            notes = prepared.notes
            yield Previewed(row.path, changed, row.tokens, compute_tokens, row.chunks, notes)


def read_ahead(
    plan: Plan,
    engine: Engine,
    stopped: Stopped,
    read: Callable[[Prepared | Skipped], Prepared | Skipped] = lambda one: one,
) -> Generator[Prepared | Skipped, None, None]:
    """What a plan has to do, read and cut in its order while the caller uses the one before."""
    return ahead(
        plan.todo,
        lambda piece: read(prepare(piece, plan.kept, engine)),
        lambda piece: piece.size_bytes,
        AHEAD_BYTES,
        stopped,
    )


def prepare(piece: Piece, kept: Kept, engine: Engine) -> Prepared | Skipped:
    """Read one input and cut it into chunks. Runs in the reader's thread, or on a worker."""
    try:
        content = kept.take(piece)
        document = read_document(content.name, content.data, piece.options, content.charset)
        chunks = model_chunks(document, engine.tokenizer, engine.config.memory)
    except ReadError as error:
        return Skipped.of(piece, error)
    row = DocumentRow(
        path=piece.path,
        sha256=content.sha256,
        skip_key=skip_key(content, piece.options, engine),
        reader=document.reader,
        bytes=len(content.data),
        tokens=sum(len(chunk.ids) for chunk in chunks),
        chunks=len(chunks),
        added_at=now(),
    )
    return Prepared(row, chunks, whole_text(document), document.notes, piece.size_bytes)


def _told(prepared: Prepared | Skipped, known: dict[str, str]) -> Skipped | Unchanged:
    """What there is to say of an input that need not be written."""
    if isinstance(prepared, Skipped):
        return prepared
    return Unchanged(prepared.row.path, known[prepared.row.skip_key])


def _missing(plan: Plan, prune: bool, known: Inventory) -> Iterator[Removed | Gone | Withheld]:
    """What there is to say of files that are gone."""
    yield from (Removed(document.path) for document in plan.leaving)
    if plan.withheld:
        yield Withheld(plan.withheld, len(known.documents))
    if plan.withheld or not prune:
        held = plans.held(known)
        yield from (Gone(path) for path in plan.gone if path in held)


class _Run:
    """A plan being carried out on a change."""

    def __init__(self, plan: Plan, engine: Engine, change: Change, stopped: Stopped) -> None:
        self.writing = Writing(engine, change)
        self._plan, self._change, self._stopped = plan, change, stopped
        self._old = {document.path: document for document in change.documents}
        self._noted: set[str] = set()
        self._paths: dict[str, list[str]] = {}
        for path, sha256 in change.inventory.inputs.items():
            self._paths.setdefault(sha256, []).append(path)

    def settle(self, prune: bool) -> Iterator[Event]:
        """All that needs no reading: what can't be read, what is gone, what is there already."""
        yield from self._plan.skipped
        if prune and not self._plan.withheld:
            for path in self._plan.gone:
                self._note(path, None)
        for document in self._plan.leaving:
            self._take_out(document, None)
        yield from _missing(self._plan, prune, self._change.inventory)
        for unchanged in self._plan.unchanged:
            digest = self._plan.digests[unchanged.path]
            self._leave(unchanged.path, digest, self._plan.keys[unchanged.path])
            yield unchanged

    def write_small(self, group: Sequence[Prepared | Skipped]) -> None:
        """Compute what small documents that are new lack."""
        self.writing.begin(group)
        self.writing.write_small(
            one
            for one in group
            if isinstance(one, Prepared) and one.row.skip_key not in self._plan.known
        )

    def take_in(self, prepared: Prepared | Skipped) -> Iterator[Event]:
        """One document into the change, unless it can't be read or the run is stopped before its
        end.
        """
        if isinstance(prepared, Skipped) or prepared.row.skip_key in self._plan.known:
            if isinstance(prepared, Prepared):
                self._leave(prepared.row.path, prepared.row.sha256, prepared.row.skip_key)
                if prepared.row.skip_key in self._change.inventory.broken:
                    yield from self._mend(prepared)
                    return
            yield _told(prepared, self._plan.known)
            return
        row, rows = prepared.row, list[ChunkRow]()
        for event in self.writing.write(prepared, rows):
            yield event
            if rows and self._stopped() and len(rows) < len(prepared.chunks):
                return
        changed = row.path in self._old
        if changed:
            self._take_out(self._old[row.path], row.sha256)
        self._change.add(row, rows, prepared.whole)
        self._note(row.path, row.sha256)
        self._plan.known[row.skip_key] = row.path
        yield DocumentDone(row.path, row.tokens, len(rows), changed, prepared.notes)

    def _mend(self, prepared: Prepared) -> Iterator[Event]:
        """Write the segments of a document anew that are broken; the memory's state stays as it
        is.
        """
        row, rows = prepared.row, list[ChunkRow]()
        yield from self.writing.write(prepared, rows)
        self._change.mend(rows)
        yield Mended(row.path)

    def _leave(self, path: str, sha256: str, key: str) -> None:
        """Leave an input as it is in the memory. Its old version goes where the new content has
        another path.
        """
        if path in self._old and self._old[path].skip_key != key:
            self._take_out(self._old[path], sha256)
        self._note(path, sha256)

    def _take_out(self, document: DocumentRow, successor: str | None) -> None:
        """Take a document out for another content. Its copies are unknown now: `plan` has those
        read that stay.
        """
        self._change.remove(document)
        if successor != document.sha256:
            for path in self._paths.get(document.sha256, ()):
                if path not in self._noted:
                    self._change.note(path, None)

    def _note(self, path: str, sha256: str | None) -> None:
        self._noted.add(path)
        self._change.note(path, sha256)
