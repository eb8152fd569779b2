"""A whole memory written anew for another model, from the texts that it keeps: no file is read.

Segments lie on the disk as they are computed, and one commit at the end makes them a generation. So
until then the memory is what it was, and what was cut short goes on where it ended.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from mplus_cli.chunking.passages import model_chunks
from mplus_cli.chunking.whole import document_of
from mplus_cli.engine import Engine
from mplus_cli.errors import ReadError
from mplus_cli.injecting import pace
from mplus_cli.injecting.ahead import ahead
from mplus_cli.injecting.events import (
    Chosen,
    Committed,
    DocumentDone,
    Event,
    Looked,
    Planned,
)
from mplus_cli.injecting.plan import key_for_another
from mplus_cli.injecting.writing import (
    AHEAD_BYTES,
    Prepared,
    Writing,
    groups,
    to_compute,
)
from mplus_cli.results.runs import Rebuilding, Rebuilt
from store.change import Change, change
from store.errors import MplusError
from store.home import Home
from store.index.reader import Index
from store.records import ChunkRow, DocumentRow
from store.segments.chosen import segments_of
from store.spec import Spec, check_sizes

Keys = Mapping[int, str | None]
"""Document -> its skip key from now on; None where that can't be known."""

_NAMED_AT_MOST = 5  # of documents in an error


@dataclass(frozen=True)
class Rebuild:
    """One memory, and the engine of the model that is to write it. `watch` is told every event,
    `stopped` asked in between.

    Raises `NoMemoryError`, and `MplusError` where the memory has no text of a document.
    """

    engine: Engine
    memory: Path
    timeout_s: float
    watch: Callable[[Event], None]
    stopped: Callable[[], bool]

    def preview(self) -> Rebuilding:
        """What there is to do; tokenizes, loads no network and changes nothing."""
        home, there = Home(self.memory), set[str]()
        segments = segments_of(home, self.engine.spec)
        with closing(Index.open(home)) as index, index.snapshot():
            documents = self._documents(index, home.spec)
            generations, held = index.generations(), index.segment_files().values()
            tokens = compute_tokens = chunks = 0
            for document in documents:
                prepared = self._prepare(document, index)
                computed = to_compute(prepared.chunks, self.engine, segments, there)
                tokens, compute_tokens = tokens + prepared.row.tokens, compute_tokens + computed
                chunks += len(prepared.chunks)
                self.watch(Looked(document.path))
        engine = self.engine
        rate, where_from = pace.expected(
            home, engine.pace, engine.spec.identity, engine.relative_speed
        )
        seconds, tokens_per_second = rate.estimated(compute_tokens, chunks)
        return Rebuilding(
            memory=str(self.memory),
            model=self.engine.spec.model,
            before=home.spec.model,
            documents=len(documents),
            tokens=tokens,
            tokens_to_compute=compute_tokens,
            tokens_per_second=tokens_per_second,
            rate=where_from,
            seconds_estimated=round(seconds, 1),
            generations=len(generations),
            bytes=sum(file.bytes for file in held),
            needless=self._is_needless(home.spec),
        )

    def carry_out(self) -> Rebuilt:
        """Write it. Where it is stopped the memory stays as it was, and the segments that are
        written stay for the next time.
        """
        start, tokens, committed = time.perf_counter(), 0, False
        with change(self.memory, "rebuild", self.timeout_s) as opened:
            before = opened.home.spec
            documents = self._documents(opened.index, before)
            keys = {each.id: key_for_another(each, before, self.engine) for each in documents}
            needless = self._is_needless(before)
            for event in () if needless else self._write(documents, opened, keys):
                tokens += event.tokens if isinstance(event, DocumentDone) else 0
                committed = committed or isinstance(event, Committed)
                self.watch(event)
            return Rebuilt(
                memory=str(self.memory),
                model=self.engine.spec.model,
                before=before.model,
                documents=len(documents),
                tokens=tokens,
                generation=opened.generation,
                read_again=tuple(each.path for each in documents if keys[each.id] is None),
                seconds=round(time.perf_counter() - start, 3),
                needless=needless,
                interrupted=not (committed or needless),
            )

    def _is_needless(self, before: Spec) -> bool:
        """Whether the memory is this model's already."""
        return before.identity == self.engine.spec.identity

    def _documents(self, index: Index, before: Spec) -> list[DocumentRow]:
        """What is to be written, in the order of the journal."""
        last = index.generation()
        if last is None or self._is_needless(before):
            return []
        without = index.without_text(last.id)
        if without:
            paths = [each.path for each in without[:_NAMED_AT_MOST]]
            more = f" and {len(without) - len(paths):,} more" if len(without) > len(paths) else ""
            ids = " ".join(str(each.id) for each in without)
            raise MplusError(
                f"the memory has no text of {', '.join(paths)}{more}, so that nothing can be "
                "written anew",
                f"inject them again after: mplus forget {ids}",
            )
        return index.documents(last.id)

    def _write(self, documents: list[DocumentRow], opened: Change, keys: Keys) -> Iterator[Event]:
        """Yields what happens: the generation last, and none where it is stopped."""
        if self.engine.choice:
            yield Chosen(self.engine.choice)
        spec = replace(self.engine.spec, seed=opened.spec.seed)
        known = opened.index.specs().get(spec.identity, spec)
        check_sizes(known, spec)
        opened.write_anew(known)
        yield Planned(len(documents), sum(document.bytes for document in documents))
        writing = Writing(self.engine, opened)
        with closing(self._ahead(documents, opened.index, writing)) as line:
            for group in groups(line, self.engine):
                writing.begin(group)
                writing.write_small(group)
                for prepared in group:
                    yield from self._write_one(prepared, writing, opened, keys)
                    if self.stopped():
                        break
                if self.stopped():
                    break
        if not self.stopped():
            yield from writing.commit()
        writing.pace.keep()

    def _write_one(
        self, prepared: Prepared, writing: Writing, opened: Change, keys: Keys
    ) -> Iterator[Event]:
        rows: list[ChunkRow] = []
        for event in writing.write(prepared, rows):
            yield event
            if self.stopped():
                return
        row = prepared.row
        key = keys[row.id] or _unknown(row.skip_key, opened.spec.identity)
        bare = [replace(each, text="") for each in rows]  # the text stays where it is
        opened.add(replace(row, skip_key=key), bare, None)
        yield DocumentDone(row.path, row.tokens, len(rows), True, ())

    def _ahead(
        self, documents: list[DocumentRow], index: Index, writing: Writing
    ) -> Generator[Prepared, None, None]:
        return ahead(
            documents,
            lambda document: writing.read(self._prepare(document, index)),
            lambda document: document.bytes,
            AHEAD_BYTES,
            self.stopped,
        )

    def _prepare(self, document: DocumentRow, index: Index) -> Prepared:
        """Cut the text of a document for the new model. Runs in the reader's thread."""
        whole = index.whole_text(document.id)
        assert whole is not None  # `_documents` has looked
        try:
            read, memory = document_of(whole, document.reader), self.engine.config.memory
            chunks = model_chunks(read, self.engine.tokenizer, memory)
        except ReadError as error:  # none of its tokens
            raise error.of(document.path) from error
        tokens = sum(len(chunk.ids) for chunk in chunks)
        row = replace(document, tokens=tokens, chunks=len(chunks))
        return Prepared(row, chunks, whole, (), document.bytes)


def _unknown(skip_key: str, identity: str) -> str:
    """A skip key that no input has."""
    return hashlib.sha256(f"rebuilt {skip_key} {identity}".encode()).hexdigest()
