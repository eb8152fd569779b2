"""One change to a memory: take the lock, add and remove documents, commit.

Commit order: the segments lie on the disk already, then the state file, then one SQLite transaction
that adds the generation. A crash at any point leaves the generation before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import NoMemoryError
from store.home import Home, index_file, make_folders
from store.index.reader import Index
from store.index.writer import IndexWriter
from store.inventory import Inventory, inventory_of, missing_segments
from store.kinds import State, kind_of
from store.kinds.holdings import Faded
from store.kinds.journal import Entries
from store.locks import write_lock
from store.records import (
    ChunkRow,
    Content,
    DocumentRow,
    Generation,
    Root,
    SegmentFile,
    Turnover,
    next_generation,
)
from store.segments import Segment
from store.segments.chosen import segments_of
from store.spec import Spec, check_model
from store.state_files import nearest_state, read_state, write_state
from store.texts import WholeText

if TYPE_CHECKING:
    from store.segments.carried import Carried
    from store.segments.quantized import Rows


class Change:
    """Documents to add to and to remove from one memory. Nothing is there before `commit`."""

    def __init__(self, home: Home, index: IndexWriter, command: str) -> None:
        self.home = home
        self.index = index
        self._be_for(home.spec)
        self._command = command
        self._missing = missing_segments(home, index, writing=True)  # once: it asks for all of them
        self._broken = frozenset(index.having(self._missing)) if self._missing else frozenset()
        self._made: tuple[int, State] | None = None  # the last generation made, and its state
        self._start(inventory_of(index, self._broken))

    def _be_for(self, spec: Spec) -> None:
        """Let the next generation be for the model of `spec`."""
        self.spec, self._kind, self.segments = spec, kind_of(spec), segments_of(self.home, spec)
        self._arriving = self.segments.arriving()

    def _start(self, inventory: Inventory) -> None:
        self._parent, self.inventory = self.index.generation(), inventory
        self._added: list[Content] = []
        self._removed: list[DocumentRow] = []
        self._returned: list[DocumentRow] = []
        self._goal: Generation | None = None
        self._files: dict[str, SegmentFile] = {}
        self._adopted: set[str] = set()
        self._noted: dict[str, str | None] = {}
        self._numbers: dict[int, int] = {}

    @property
    def documents(self) -> Sequence[DocumentRow]:
        """Documents of the last committed generation."""
        return self.inventory.documents

    @property
    def generation(self) -> int:
        """The last committed generation, 0 before the first."""
        return self._parent.id if self._parent else 0

    def has_segment(self, key: str) -> bool:
        """Whether a segment is on the disk or on its way there; then it need not be computed."""
        return not self.lacking([key])

    def lacking(self, keys: Sequence[str]) -> set[str]:
        """Those of some segments that are neither there nor on their way."""
        asked = [key for key in keys if key not in self._files and key not in self._arriving]
        for key, is_there in zip(asked, self.segments.there(asked), strict=True):
            if is_there and key not in self._missing:
                file = self.segments.find(key, self.index.segment_file(key))
                if file is not None:
                    self._files[key] = file
        return {key for key in asked if key not in self._files}

    def segment_rows(self, key: str) -> Rows:
        """The vectors of a segment that is there, or will be in a moment."""
        if key in self._arriving:
            self._arriving.wait_for(key)
        return self.segments.vectors(key)

    def expect(self, tokens: int) -> None:
        """Say how many tokens of segments will come, at least, behind those that come now."""
        self._arriving.expect(tokens)

    def put_segments(self, segments: Mapping[str, Segment]) -> None:
        """Bring segments that were written together to the disk, by their keys, while other work
        goes on; an error shows at a later call.
        """
        self._arriving.put(segments)

    def take_segments(self, segments: Sequence[Carried]) -> None:
        """Bring segments to the disk that another machine wrote; what is there by now stays as it
        is. Raises `DamagedError` for what is no segment of this memory.
        """
        lacking = self.lacking([each.key for each in segments])
        self._arriving.take([each for each in segments if each.key in lacking])

    def _all_arrive(self) -> None:
        self._files |= self._arriving.all()

    def close(self) -> None:
        """Wait until nothing is being written any more."""
        self._arriving.close()

    def mend(self, chunks: Iterable[ChunkRow]) -> None:
        """Say what the bytes of a document's segments are, now that those that were broken are
        written again.
        """
        self._all_arrive()
        self.index.put_segments([self._files[chunk.segment] for chunk in chunks])

    def adopt(self, files: Iterable[SegmentFile]) -> None:
        """Segments that came to the disk from elsewhere, and what the index is to say of them."""
        self._files |= {file.key: file for file in files}
        self._adopted |= {file.key for file in files}

    def segment_vectors(self, key: str) -> int:
        """Vectors per layer (K) of a segment of this change."""
        there = key in self._arriving
        return self._arriving.vectors(key) if there else self._files[key].vectors

    def add(
        self, document: DocumentRow, chunks: Sequence[ChunkRow], whole: WholeText | None
    ) -> None:
        """Let a document come, with its whole text if that is known: each chunk's is a part."""
        self._added.append((document, chunks, whole))

    def _contents(self) -> Iterator[Content]:
        """What enters. A document with a number is one that is written anew: its text stays, and is
        read when its turn comes, for a memory's texts may be many.
        """
        for document, chunks, whole in self._added:
            yield document, chunks, self.index.whole_text(document.id) if document.id else whole

    def remove(self, document: DocumentRow) -> None:
        self._removed.append(document)

    def note(self, path: str, sha256: str | None) -> None:
        """Remember which content lies at a path, or with None that nothing does any more."""
        if path in self._noted or self.inventory.inputs.get(path) != sha256:
            self._noted[path] = sha256

    def name_roots(self, roots: Iterable[Root], dropped: Iterable[str] = ()) -> None:
        """Remember, at once, what the user named to be read, and drop other roots by name."""
        there = {root.name: root for root in self.inventory.roots}
        new = [root for root in roots if there.get(root.name) != root]
        old = [name for name in dropped if name in there]
        if new or old:
            self.index.note_roots(new, old)

    def roll_back(self, goal: Generation) -> None:
        """Make the next generation hold what an earlier one held: the same documents in the same
        order.
        """
        wanted = self.index.documents(goal.id)
        same = 0
        while (
            same < min(len(wanted), len(self.documents))
            and wanted[same].id == self.documents[same].id
        ):
            same += 1
        self._removed, self._returned, self._goal = list(self.documents[same:]), wanted[same:], goal
        spec = self.index.spec(goal)
        if spec.identity != self.spec.identity:
            self.close()
            self._be_for(spec)
            self._keep_numbers()

    def _keep_numbers(self) -> None:
        """Let documents that come back as another model wrote them have the numbers that they have
        now.
        """
        now: dict[tuple[str, str], list[int]] = {}  # copies may have one path: in journal order
        for each in self._removed:
            now.setdefault((each.path, each.sha256), []).append(each.id)
        for each in self._returned:
            if numbers := now.get((each.path, each.sha256)):
                number = numbers.pop(0)
                self._numbers |= {each.id: number, number: each.id}

    def write_anew(self, spec: Spec) -> None:
        """Make the next generation for another model: of documents that are added, with the numbers
        of those that leave for them.
        """
        self.close()
        self._be_for(spec)
        self._removed = list(self.documents)

    def commit(self) -> Generation | None:
        """Make the next generation; None where there is nothing to commit."""
        other = self.spec.identity != self.home.spec.identity
        if not (self._added or self._removed or self._returned or other):
            if self._noted:
                self.index.note_inputs(self._noted)
            self._start(self._inventory_with(self.generation, ()))
            return None
        self._all_arrive()
        state = self._next_state()
        generation = self._describe(state, write_state(self.home, state, self.spec))
        used = {chunk.segment for _, chunks, _ in self._added for chunk in chunks}
        with self.home.described_as(self.spec):
            added = self.index.commit(
                generation,
                self._contents(),
                [document.id for document in self._removed],
                [document.id for document in self._returned],
                [self._files[key] for key in sorted(used | self._adopted)],
                self._noted,
                self.spec,
                self._numbers,
            )
        self._made = generation.id, state
        if other or self._returned:  # whose rows were there before
            self._start(inventory_of(self.index, self._broken))
        else:
            self._start(self._inventory_with(generation.id, added))
        return generation

    def _inventory_with(self, generation: int, added: Iterable[DocumentRow]) -> Inventory:
        """The inventory after this change; `added`: the rows of what came."""
        gone = {document.id for document in self._removed}
        return self.inventory.after(generation, gone, added, self._noted)

    def faded(self) -> Faded:
        """What no question reads of the last generation, for the memory is full, and newer chunks
        have taken its place. In a matrix of slots that is what they are for.
        """
        if self._parent is None or self.spec.unlimited or self.spec.recurrent:
            return Faded(0, 0)
        documents = [(each.id, each.chunks) for each in self.documents]
        faded: Faded = self._kind.holdings(self._read(self._parent), documents).faded()
        return faded

    def pack_keys(self) -> None:
        """Join the keys of the last generation's segments for searching, as far as that is not
        done.
        """
        if self._parent is not None:
            self.segments.keys.grow(self._read(self._parent).journal)

    def _next_state(self) -> State:
        """Go on from the parent's state, or, where a document left or that is another model's, fold
        what stays from before that.
        """
        if self._goal is not None:
            return self._read(self._goal)
        parent = self._parent
        if parent is None or self._removed or parent.identity != self.spec.identity:
            entries = self._staying() + self._appended()
            gone = {document.id for document in self._removed}
            state = nearest_state(self.home, self.index, self.spec, entries, gone)
            entries = entries.part(len(state.journal))
        else:
            state, entries = self._read(parent), self._appended()
        folded: State = self._kind.fold(state, entries, self.segments)
        return folded

    def _read(self, generation: Generation) -> State:
        """Its state. That of the generation just made is at hand: a long run commits often."""
        if self._made is not None and self._made[0] == generation.id:
            return self._made[1]
        state: State = read_state(self.home, self.index, generation, self.spec)
        return state

    def _staying(self) -> Entries:
        """The parent's journal without the documents that leave."""
        if self._parent is None:
            return Entries.of(())
        return self.index.entries(self._parent.id).without(each.id for each in self._removed)

    def _appended(self) -> Entries:
        """What comes, of documents that have no number yet."""
        added = (chunk for _, chunks, _ in self._added for chunk in chunks)
        return Entries.of((0, chunk.segment, chunk.vectors) for chunk in added)

    def _describe(self, state: State, digest: str) -> Generation:
        left = {document.id for document in self._removed}
        back = {document.id for document in self._returned}
        came = [document for document in self._returned if document.id not in left]
        came += [document for document, *_ in self._added]
        went = [document for document in self._removed if document.id not in back]
        there = [document for document in self.documents if document.id not in left]
        there += [*self._returned, *(document for document, *_ in self._added)]
        new = sum(chunk.vectors for _, chunks, _ in self._added for chunk in chunks)
        return next_generation(
            self._parent,
            self._command,
            self.spec.identity,
            digest,
            self._kind.counts(state),
            Turnover(there, came, went),
            vectors=(
                new + self.index.vectors(back - left),
                self.index.vectors(document.id for document in went),
            ),
        )


@contextmanager
def change(
    path: Path,
    command: str,
    timeout_s: float,
    create: Spec | None = None,
    alone: bool = False,
    if_used: bool = False,
) -> Iterator[Change]:
    """Open a memory for one command that changes it; the lock is held until the block ends.

    `create`: the model's spec, where the memory may be new; one that exists must have been written
    by the same model. `if_used`: a new one in which nothing was kept goes again. `alone`: keep
    readers out, too. Raises `OtherModelError`, `NoMemoryError`, `LockedError`.
    """
    take_away = None
    try:
        Home(path)
    except NoMemoryError:
        if create is None:
            raise
        take_away = make_folders(path)
    with write_lock(path, timeout_s, command, alone):
        if create is None or Home.exists(path):
            take_away = None
        else:
            make_folders(path)  # who had the lock before may have taken them away
            make_memory(path, create)
        try:
            with _opened(path, command, create) as opened:
                yield opened
        finally:
            if if_used and take_away is not None and not _keeps_something(path):
                take_away()


@contextmanager
def _opened(path: Path, command: str, create: Spec | None) -> Iterator[Change]:
    home = Home(path)
    if create is not None:
        check_model(home.spec, create)
    home.settle()
    with (
        closing(IndexWriter.open(home)) as index,
        closing(Change(home, index, command)) as opened,
    ):
        yield opened


def _keeps_something(path: Path) -> bool:
    """Whether a memory has a generation, names to be read again, or segments that were written
    before a run was cut short.
    """
    home = Home(path)
    with closing(Index.open(home)) as index:
        written = any(home.segments()) or any(home.packed())
        return bool(index.generation() or index.roots() or written)


def make_memory(path: Path, spec: Spec) -> None:
    """Make an empty memory; with its description, which comes last, it exists."""
    IndexWriter.create(index_file(path), spec)
    Home.create(path, spec)
