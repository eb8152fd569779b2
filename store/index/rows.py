"""Asking the SQLite index: rows as records, with the paths that files have now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from store.errors import RESTORE, DamagedError
from store.index.connections import Connections
from store.index.kept import LISTS, document_row, generation_row, told
from store.index.moved import Move, find_move, place_of
from store.records import DocumentRow, Generation

T = TypeVar("T")
Row = dict[str, Any]


class Rows:
    """One index and its connections. Paths in rows are those that the memory's files have now,
    where it was moved along with them.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connections = Connections(file)
        self._move: Move | None = None

    def close(self) -> None:
        """Let go of the file, when no thread asks any more."""
        self._connections.close()

    def snapshot(self) -> AbstractContextManager[None]:
        """Inside, all that this thread asks is answered from one state of the index."""
        return self._connections.snapshot()

    def _moved(self) -> tuple[Move | None, bool]:
        """How files moved along with the memory since a command wrote, and whether it is certain.

        None where it lies where it lay.
        """
        now = place_of(self._file.parent)
        [before] = self._query(lambda row: str(row["folder"]), "SELECT folder FROM place") or [now]
        if before == now:
            return None, True
        roots = self._query(lambda row: str(row["name"]), "SELECT name FROM roots")
        files = self._query(
            lambda row: str(row["path"]), "SELECT path FROM documents UNION SELECT path FROM inputs"
        )
        return find_move(before, now, roots, files)

    def _carried(self, name: str) -> str:
        return self._move.carried(name) if self._move else name

    def _document(self, row: Row) -> DocumentRow:
        return document_row(row | {"path": self._carried(row["path"])})

    def _generation(self, row: Row) -> Generation:
        found = generation_row(row)
        if self._move is None:
            return found
        lists: Any = {name: [*map(self._carried, getattr(found, name))] for name in LISTS}
        return replace(found, **lists)

    def _query(
        self, make: Callable[[Row], T], sql: str, parameters: dict[str, Any] | None = None
    ) -> list[T]:
        """What `make` makes of each row."""
        rows = self._rows(sql, parameters or {})
        with self._sensible():
            return [make(row) for row in rows]

    def _rows(self, sql: str, parameters: dict[str, Any]) -> list[Row]:
        with self._connections.watched():
            found = self._connections.execute(sql, parameters)
            names = [column[0] for column in found.description]
            return [told(dict(zip(names, row, strict=True))) for row in found]

    def _tuples(self, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Rows as they come, where there are many."""
        with self._connections.watched():
            return self._connections.execute(sql, parameters).fetchall()

    @contextmanager
    def _sensible(self) -> Iterator[None]:
        """A row that nothing can be made of is damage."""
        try:
            yield
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise DamagedError(
                f"the index {self._file} is damaged: it has a row without sense ({error})", RESTORE
            ) from error
