"""The part of the façade that needs no model: what a memory holds, its history, and its care."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mplus_cli.results import Progress, unwatched

if TYPE_CHECKING:
    from mplus_cli.budget import BudgetRule
    from mplus_cli.results.contents import Document, DocumentText, Status
    from mplus_cli.results.history import Diff, Generation
    from mplus_cli.results.upkeep import (
        Collected,
        Exported,
        Forgotten,
        Imported,
        Pulled,
        Pushed,
        Shard,
        Verified,
    )
    from mplus_cli.upkeep.overview import Overview


class Upkeep(ABC):
    """See `mplus_cli.api.Memory`. Each method loads what it needs."""

    @property
    @abstractmethod
    def path(self) -> Path:
        """The memory's folder."""

    @property
    @abstractmethod
    def _timeout_s(self) -> float: ...

    @property
    @abstractmethod
    def _budget_rule(self) -> BudgetRule: ...

    # What it holds

    def status(self) -> Status:
        """What the memory holds, and which model it belongs to."""
        return self.overview().status

    def documents(self) -> list[Document]:
        """The documents of the newest generation, in the order in which they came."""
        return list(self.overview().documents)

    def paths(self) -> list[str]:
        """The paths of the documents of the newest generation, in the order in which they came."""
        from mplus_cli.upkeep import history

        return history.paths(self.path)

    def text(self, document: int) -> DocumentText:
        """What a document of the newest generation says, and where its chunks are in it.

        Raises `UnknownError` where there is no such document.
        """
        from mplus_cli.upkeep.texts import text_of

        return text_of(self.path, document)

    def page_picture(self, document: int, chunk: int) -> bytes:
        """The page of a PDF on which a chunk begins, as PNG, with a frame around the chunk.

        Raises `UnknownError` where there is none, or the file is not the one that was read.
        """
        from mplus_cli.upkeep.pages import picture_of

        return picture_of(self.path, document, chunk)

    @property
    def reads_pool(self) -> bool:
        """Whether questions read the pool and the long-term memory vector by vector.

        Else they read whole chunks, and what a document has in either says nothing about answers.
        """
        from store.home import Home
        from store.kinds import kind_of

        return kind_of(Home(self.path).spec).reads_pool

    @property
    def identity(self) -> str:
        """Of the model that the memory is for."""
        from store.home import Home

        return Home(self.path).spec.identity

    def overview(self) -> Overview:
        """Status and documents with all that pictures of them need."""
        from mplus_cli.upkeep.overview import overview_of

        return overview_of(self.path, self._budget_rule)

    def newest(self) -> Generation | None:
        """The newest generation; None before the first."""
        from mplus_cli.upkeep import history

        return history.newest(self.path)

    def generations(self) -> list[Generation]:
        """All generations, newest first: who made each, when, and what it changed."""
        from mplus_cli.upkeep import history

        return history.log(self.path)

    def diff(self, first: str | int, second: str | int = "last") -> Diff:
        """Compare two generations, by number, tag or `last`."""
        from mplus_cli.upkeep import history

        return history.diff(self.path, first, second)

    # Going back, naming, forgetting

    def rollback(self, generation: str | int) -> tuple[int, Generation]:
        """Go back to what a generation held; the number of that one, and the newest one now.

        The newest one is new, unless it held the same before: this can be undone, too.
        """
        from mplus_cli.upkeep import history

        return history.roll_back(self.path, self._timeout_s, generation)

    def tag(self, name: str, generation: str | int = "last") -> int:
        """Name a generation; its number. `gc` keeps those that have a name."""
        from mplus_cli.upkeep import history

        return history.tag(self.path, self._timeout_s, name, generation)

    def untag(self, name: str) -> int:
        """Take a name away; the number of the generation that had it."""
        from mplus_cli.upkeep import history

        return history.tag(self.path, self._timeout_s, name, None)

    def forget(
        self,
        *names: str | Path,
        erase: bool = False,
        dry_run: bool = False,
        progress: Progress = unwatched,
    ) -> Forgotten:
        """Take documents out, exactly: as if the memory had never read them.

        names: paths, folders, ids, or patterns such as "*.log"; one that means nothing is an error,
        and nothing is forgotten then. erase: remove every byte, and the generations that held them.
        """
        from mplus_cli.upkeep.forgetting import forget

        return forget(
            self.path,
            self._timeout_s,
            [str(name) for name in names],
            erase=erase,
            dry_run=dry_run,
            progress=progress,
        )

    # Whether it is whole, and room on the disk

    def verify(
        self, *, read_data: bool = False, replay: bool = False, progress: Progress = unwatched
    ) -> Verified:
        """Look whether the memory is whole. Changes nothing.

        read_data: read every byte; replay: fold every journal again and compare.
        """
        from mplus_cli.upkeep.care import verify

        return verify(self.path, self._timeout_s, read_data, replay, progress)

    def gc(
        self,
        *,
        keep_last: int | None = None,
        dry_run: bool = False,
        progress: Progress = unwatched,
    ) -> Collected:
        """Remove what no generation refers to.

        keep_last: keep so many of the last generations, and those with a tag; None: all.
        """
        from mplus_cli.upkeep.care import gc

        return gc(self.path, self._timeout_s, keep_last, dry_run, progress)

    # As one file

    def export(
        self,
        target: str | Path | IO[bytes],
        *,
        since: str | int | None = None,
        text: bool = True,
        vectors: bool = False,
        force: bool = False,
        progress: Progress = unwatched,
    ) -> Exported:
        """Write the memory with all its generations into one file, or to a stream.

        since: only what is new since that generation; text: whether stored passages go along;
        vectors: take derived vectors along, as far as they are kept here; force: write over a file
        that is there.
        """
        from mplus_cli.upkeep.snapshots import export

        target = Path(target) if isinstance(target, str) else target
        return export(
            self.path,
            self._timeout_s,
            target,
            since=since,
            text=text,
            vectors=vectors,
            force=force,
            progress=progress,
        )

    def import_(
        self, source: str | Path | IO[bytes], *, progress: Progress = unwatched
    ) -> Imported:
        """Take a snapshot in, all or nothing: as a new memory, or into the one that is there."""
        from mplus_cli.upkeep.snapshots import import_

        source = Path(source) if isinstance(source, str) else source
        return import_(
            self.path, self._timeout_s, source, rule=self._budget_rule, progress=progress
        )

    # As several memories

    def shard(
        self, folder: str | Path, into: int = 4, *, progress: Progress = unwatched
    ) -> list[Shard]:
        """Split the newest generation by document into memories of their own below a new folder,
        which are there when all are whole. This memory stays as it is.
        """
        from mplus_cli.upkeep.sharding import shard

        return shard(self.path, self._timeout_s, Path(folder), into, progress)

    # In pieces at an address, shared with others

    def push(
        self,
        address: str | Path,
        *,
        text: bool = True,
        erase: bool = False,
        progress: Progress = unwatched,
    ) -> Pushed:
        """Bring what is new to a repository: a folder, or an object store (`s3://bucket/prefix`).

        text: whether the documents' texts go along; erase: remove from it what no generation here
        has any more. Raises `PushedFirstError` where somebody else has pushed what is not here.
        """
        from mplus_cli.upkeep.repositories import push

        return push(
            self.path, self._timeout_s, str(address), text=text, erase=erase, progress=progress
        )

    def pull(self, address: str | Path, *, progress: Progress = unwatched) -> Pulled:
        """Bring in what is new in a repository, all or nothing: as a new memory, or into the one
        that is there. Where both have grown, one new generation has what both did.
        """
        from mplus_cli.upkeep.repositories import pull

        return pull(self.path, self._timeout_s, str(address), progress=progress)
