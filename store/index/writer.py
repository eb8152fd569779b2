"""Changing the SQLite index: every way to change it is one transaction.

A commit is one transaction that also adds the generation's row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

from sqlite_utils import Database
from sqlite_utils.db import Table

from store.errors import FullDiskError, LockedError
from store.home import Home
from store.index import text_index
from store.index.kept import (
    ADD_CHUNK,
    ADD_DOCUMENT,
    LISTS,
    NEWEST,
    PUT_COMMON,
    PUT_INPUT,
    PUT_SEGMENT,
    kept,
    kept_digest,
    kept_generation,
    kept_list,
)
from store.index.moved import Move, place_of
from store.index.packed_texts import packed
from store.index.reader import Index
from store.index.schema import digests, migrate, put_specs, seal_generation
from store.records import (
    Common,
    Content,
    DocumentRow,
    Entry,
    Generation,
    Root,
    SegmentFile,
    chunk_fields,
    document_digest,
    generation_digest,
)
from store.spec import Spec, described

_MAX_LOG_BYTES = 1 << 22  # of the log that a commit left, as long as others read
# Columns that hold the number of a document.
_NUMBERED = (
    ("documents", "id"),
    ("chunks", "document"),
    ("texts", "document"),
    ("journal", "document"),
)


class IndexWriter(Index):
    """An index that is changed, by the thread that opened it."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        with self._connections.watched():
            self._db = Database(self._connections.own, execute_plugins=False)

    @classmethod
    def create(cls, file: Path, spec: Spec) -> None:
        """Make the index of a new memory."""
        with closing(cls(file)) as index:
            with index._connections.watched():
                index._db.enable_wal()
            index._migrate(spec)
            index._settle()

    @classmethod
    def open(cls, home: Home) -> Self:
        """The index of a memory. It and the description are brought up to date, and the description
        first, so that no older mplus takes the new tables for its own.
        """
        index = cls._found(home)
        try:
            if not home.current:
                Home.create(home.path, home.spec)
            is_old = NEWEST not in index._applied()
            index._migrate(home.spec)
            if is_old:
                index._pack()
            index._settle()
        except BaseException:
            index.close()
            raise
        return index

    def _migrate(self, spec: Spec) -> None:
        with self._connections.watched():
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute(f"PRAGMA journal_size_limit = {_MAX_LOG_BYTES}")
            with self._sensible():
                migrate(self._db, spec)

    def _pack(self) -> None:
        """Write the file anew, as small as it is now; where there is no room for that, what is free
        within it is used again.
        """
        with suppress(FullDiskError), self._connections.watched():
            self._db.execute("VACUUM")

    def _settle(self) -> None:
        """Remember where the memory lies; where its files moved along, with the paths that they
        have now.
        """
        move, certain = self._moved()
        place = place_of(self._file.parent)
        if not certain or place in self._query(lambda row: row["folder"], "SELECT * FROM place"):
            return
        with self._changing():
            self._db.execute("DELETE FROM place")
            self._table("place").insert({"folder": place})
            if move is not None:
                self._carry_over(move)

    def _carry_over(self, move: Move) -> None:
        """Write down the paths that files have now, with new digests; what did not match its digest
        before does not afterwards.
        """
        whole = self._whole_generations().values()
        for each in self.all_documents():
            moved = replace(each, path=move.carried(each.path))
            if moved.path != each.path:
                content, row = self.content(each.id), {"path": moved.path}
                if document_digest(each, *content) == each.digest:
                    row["digest"] = document_digest(moved, *content)
                self._table("documents").update(each.id, kept(row))
        for table, column in (("inputs", "path"), ("roots", "name")):
            for (name,) in self._db.execute(f"SELECT {column} FROM {table}").fetchall():
                sql = f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {column} = ?"
                if move.carried(name) != name:
                    self._db.execute(sql, [move.carried(name), name])
        for generation in whole:
            lists: Any = {name: [*map(move.carried, getattr(generation, name))] for name in LISTS}
            told = {name: kept_list(paths) for name, paths in lists.items()}
            self._table("generations").update(generation.id, told)
            seal_generation(self._db, replace(generation, **lists))

    def commit(
        self,
        generation: Generation,
        added: Iterable[Content],
        removed: Iterable[int],
        returned: Iterable[int],
        segments: Iterable[SegmentFile],
        inputs: Mapping[str, str | None],
        spec: Spec,
        numbers: Mapping[int, int],
    ) -> list[DocumentRow]:
        """Add a generation, made for `spec`: documents leave, known ones come back (at the end of
        the journal), new ones come.

        A new document with a number takes it over from one that left; in the end those in `numbers`
        have others. Gives the rows of the new documents.
        """
        came = []
        with self._changing(), text_index.adding(self._db.conn) as index:
            put_specs(self._db, [spec])
            self._insert_generations([generation])
            self.put_segments(segments)
            for document in removed:
                self._db.execute(
                    "UPDATE journal SET until = ? WHERE document = ? AND until IS NULL",
                    [generation.id, document],
                )
            for document in returned:
                self._enter(generation.id, document)
            for content in added:
                number = content[0].id or None
                if number is not None:
                    self._renumber({number: self._free_number()})
                came.append(self._add_document(content, number, index))
                self._enter(generation.id, came[-1].id)
            self.note_inputs(inputs)
            self._renumber(numbers)
            seal_generation(self._db, generation)
        return came

    def put_history(
        self,
        generations: Iterable[Generation],
        documents: Iterable[Content],
        journal: Iterable[Entry],
        segments: Iterable[SegmentFile],
        tags: dict[str, int],
        specs: Iterable[Spec],
        numbers: Mapping[int, int],
    ) -> None:
        """Take over another memory's history, of which this one has a beginning or nothing.

        numbers: of the documents that are there -> those that they have in that history.
        """
        with self._changing(), text_index.adding(self._db.conn) as index:
            put_specs(self._db, specs)
            self._renumber(numbers)
            there = self._documents()
            self.put_segments(segments)
            for content in documents:
                if content[0].id not in there:
                    self._add_document(content, content[0].id, index)
            self._db.execute("DELETE FROM journal")
            self._table("journal").insert_all(asdict(entry) for entry in journal)
            self._db.execute("DELETE FROM generations")
            self._insert_generations(generations)
            self._table("tags").upsert_all(
                ({"name": name, "generation": number} for name, number in tags.items()), pk="name"
            )

    def set_tag(self, name: str, generation: int | None) -> None:
        """Name a generation; None takes the name away."""
        with self._changing():
            if generation is None:
                self._table("tags").delete(name)
            else:
                self._table("tags").upsert({"name": name, "generation": generation}, pk="name")

    def note_roots(self, roots: Iterable[Root], dropped: Iterable[str] = ()) -> None:
        """Remember roots and drop others, by name."""
        with self._changing():
            rows = (
                {"name": root.name, "options": json.dumps(root.options, sort_keys=True)}
                for root in roots
            )
            self._table("roots").upsert_all(rows, pk="name")
            self._drop("roots", "name", dropped)

    def note_inputs(self, inputs: Mapping[str, str | None]) -> None:
        """Remember what was read; an input without a digest is dropped."""
        with self._changing():
            found = ((path, kept_digest(each)) for path, each in inputs.items() if each is not None)
            self._db.conn.executemany(PUT_INPUT, found)
            self._drop("inputs", "path", (path for path, each in inputs.items() if each is None))

    def note_common(self, common: Common) -> None:
        """Remember what the memory has in common with a repository."""
        with self._changing():
            self._db.execute(PUT_COMMON, kept(vars(common)))

    def put_segments(self, files: Iterable[SegmentFile]) -> None:
        """Say what the bytes of some segments are."""
        with self._changing():
            self._db.conn.executemany(PUT_SEGMENT, (kept(vars(file)) for file in files))

    def make_lean(
        self,
        spec: Spec,
        files: Iterable[SegmentFile],
        states: Mapping[int, tuple[str, int, int]],
    ) -> None:
        """Let the generations of a model be made for its lean `spec`: with other bytes of segments,
        and states. states: generation -> its state's digest, vectors in the pool and beyond.
        """
        with self._changing():
            whole = self._whole_generations()
            self._table("specs").upsert(
                {"identity": spec.identity, "spec": described(spec).decode()}, pk="identity"
            )
            self.put_segments(files)
            for number, (state, pool, longterm) in states.items():
                told: Any = {"state": state, "pool_vectors": pool, "ltm_vectors": longterm}
                self._table("generations").update(number, told)
                if number in whole:
                    seal_generation(self._db, replace(whole[number], **told))

    def _whole_generations(self) -> dict[int, Generation]:
        """Those that are as their digests say."""
        return {
            each.id: each
            for each in self.generations()
            if generation_digest(each, digests(self._db, each.id)) == each.digest
        }

    def keep(self, generations: Sequence[int]) -> None:
        """Drop all generations but these, and what only they held, words in the text index, too."""
        ids = {"kept": json.dumps(sorted(generations))}
        kept = "(SELECT value FROM json_each(:kept))"
        with self._changing():
            there = self._documents()
            for sql in (
                f"DELETE FROM generations WHERE id NOT IN {kept}",
                f"DELETE FROM tags WHERE generation NOT IN {kept}",
                "DELETE FROM journal WHERE NOT EXISTS (SELECT 1 FROM generations WHERE id >= since "
                "AND (until IS NULL OR id < until))",
                "UPDATE journal SET since = (SELECT min(id) FROM generations WHERE id >= since), "
                "until = (SELECT min(id) FROM generations WHERE id >= until)",
                "DELETE FROM chunks WHERE document NOT IN (SELECT document FROM journal)",
                "DELETE FROM texts WHERE document NOT IN (SELECT document FROM journal)",
                "DELETE FROM documents WHERE id NOT IN (SELECT document FROM journal)",
                "DELETE FROM segments WHERE key NOT IN (SELECT segment FROM chunks)",
                "DELETE FROM specs WHERE identity NOT IN (SELECT identity FROM generations)",
            ):
                self._db.execute(sql, ids if ":kept" in sql else {})
            if self._documents() != there:
                with self._sensible():
                    text_index.rebuild(self._db.conn)

    def unname(self, documents: Iterable[DocumentRow], instead: str) -> None:
        """Take the paths of documents out of what the generations say about themselves, and out of
        the inputs.
        """
        gone, contents = (
            {getattr(each, name) for each in documents} for name in ("path", "sha256")
        )
        with self._changing():
            self._drop("inputs", "sha256", map(kept_digest, contents))
            for table, column in (("inputs", "path"), ("roots", "name")):
                self._drop(table, column, gone)
            for generation in self.generations():
                lists = {name: getattr(generation, name) for name in LISTS}
                if gone.isdisjoint(path for names in lists.values() for path in names):
                    continue
                told: Any = {
                    name: [instead if path in gone else path for path in lists[name]]
                    for name in LISTS
                }
                self._table("generations").update(
                    generation.id, {name: kept_list(told[name]) for name in LISTS}
                )
                seal_generation(self._db, replace(generation, **told))

    def compact(self) -> None:
        """Write the file anew, without what was deleted, and empty the log.

        Raises `LockedError` where somebody else goes on reading the log.
        """
        with self._connections.watched():
            self._db.execute("VACUUM")
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:  # a reader has a snapshot of what should be gone
            raise LockedError(
                f"another process is reading the index {self._file}",
                "call it again when that has ended: the log still holds what was erased",
            )

    def _insert_generations(self, generations: Iterable[Generation]) -> None:
        self._table("generations").insert_all(map(kept_generation, generations))

    def _add_document(
        self, content: Content, number: int | None, index: text_index.Put
    ) -> DocumentRow:
        document, chunks, whole = content
        row = replace(document, digest=document_digest(*content))
        added = self._db.execute(ADD_DOCUMENT, kept(vars(row)) | {"id": number})
        found = int(added.lastrowid)  # type: ignore[arg-type]
        places = ({"document": found, "ordinal": number} for number in range(len(chunks)))
        rows = (
            place | kept(chunk_fields(chunk)) for place, chunk in zip(places, chunks, strict=True)
        )
        self._db.conn.executemany(ADD_CHUNK, rows)
        if whole is not None:
            self._db.execute("INSERT INTO texts VALUES (?, ?)", [found, packed(whole)])
        index(found, document.path, whole)
        return replace(row, id=found)

    def _free_number(self) -> int:
        return int(self._db.execute("SELECT max(id) + 1 FROM documents").fetchone()[0])

    def _renumber(self, numbers: Mapping[int, int]) -> None:
        """Give documents other numbers, which are free or given up here, too."""
        moves = [(old, new) for old, new in numbers.items() if old != new]
        if not {old for old, _ in moves}.isdisjoint(new for _, new in moves):
            # First out of each other's way: no number is negative.
            moves = [(old, -new) for old, new in moves] + [(-new, new) for _, new in moves]
        for old, new in moves:
            for table, column in _NUMBERED:
                self._db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [new, old])

    def _documents(self) -> set[int]:
        return {number for (number,) in self._db.execute("SELECT id FROM documents")}

    def _enter(self, generation: int, document: int) -> None:
        sql = "INSERT INTO journal (document, since) VALUES (?, ?)"
        self._db.execute(sql, [document, generation])

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._connections.watched(), self._db.atomic():
            yield

    def _table(self, name: str) -> Table:
        return self._db.table(name)

    def _drop(self, table: str, column: str, values: Iterable[str | bytes]) -> None:
        for value in values:
            self._db.execute(f"DELETE FROM {table} WHERE {column} = ?", [value])
