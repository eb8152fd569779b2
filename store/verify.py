"""Whether a memory is whole: what is wrong with it, where, and what mends it. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.disk import OnProgress
from store.errors import RESTORE, DamagedError, reason_of
from store.home import Home
from store.index.reader import Index
from store.kinds import State, kind_of
from store.records import (
    DocumentRow,
    Extent,
    Finding,
    Generation,
    SegmentFile,
    document_digest,
    generation_digest,
)
from store.segments.files import FileSegments, count_vectors, file_digest
from store.spec import Spec
from store.state_files import Folding, is_derived, kept_state, state_of

if TYPE_CHECKING:
    from store.kinds.layout import Layout

_AGAIN = "remove that file and run mplus inject {path}, or mplus import a snapshot that has it"
_PACKED_AGAIN = "mplus inject {path}, or mplus import a snapshot that has it"
_MADE_ANEW = "mplus forget {id}, then mplus inject {path}; or mplus import a snapshot that has it"
_OLD = "mplus import a snapshot that has it, or mplus gc --keep-last 1 to drop what has it"
_OTHER_MODEL = (
    "mplus import a snapshot that has it, or mplus gc --keep-last 1 to drop what {model} wrote"
)
_FOLDED = "mplus gc"  # what is derived is made anew there
_AFRESH = "remove the file of its state, then mplus gc"
_ROLL_BACK = "mplus rollback to a whole generation, then mplus gc --keep-last 1; or " + RESTORE


class Verifier:
    """Looks at all of a memory; `findings` is what is wrong with it.

    `read_data` reads every byte of the segments and compares its SHA-256; `replay` folds each
    generation's journal from the start and compares with the stored state. Without them sizes,
    headers and shapes are looked at.
    """

    def __init__(self, home: Home, read_data: bool, replay: bool, progress: OnProgress) -> None:
        self._home = home
        self._read_data, self._replay, self._progress = read_data, replay, progress
        self.findings: list[Finding] = []
        self._done = self._total = 0  # bytes of segments

    def run(self) -> Extent:
        try:
            index = Index.as_kept(self._home)
        except DamagedError as error:
            self._found(str(self._home.index), error.message, RESTORE)
            return Extent(0, 0, 0, 0)
        try:
            with index.snapshot():
                return self._look(index)
        except DamagedError as error:  # of the index: other files' are found where they are met
            self._found(str(self._home.index), error.message, RESTORE)
            return Extent(0, 0, 0, 0)
        finally:
            index.close()

    def _look(self, index: Index) -> Extent:
        for wrong in index.check():
            self._found(str(self._home.index), wrong, RESTORE)
        specs = index.specs()
        documents = index.all_documents()
        for document in documents:
            self._look_at_document(index, document)
        generations = index.generations()[::-1]
        for generation in generations:
            self._look_at_generation(index, generation)
        # One of them, where another process goes from one model to another meanwhile.
        named = {self._home.spec.identity, Home(self._home.path).spec.identity}
        if generations and generations[-1].identity not in named:
            self._found(
                str(self._home.path / "memory.json"),
                "it names another model than the last generation",
                RESTORE,
            )
        if self._replay and not self.findings:  # a damaged journal can't be folded
            self._fold(index, generations)
        read = self._look_at_all_segments(index, specs)
        if self._read_data and not self.findings:
            for spec in specs.values():
                self._look_at_packed_keys(spec)
        return Extent(len(generations), len(documents), *read)

    def _look_at_all_segments(self, index: Index, specs: dict[str, Spec]) -> tuple[int, int]:
        """How many there are, and their bytes."""
        files, owners = index.segment_files(), index.owners()
        missing = [key for key in owners if key not in files]
        for key in missing:
            self._found(str(self._home.index), f"the segment {key} has no row", RESTORE)
        identities = index.identities()
        made_for = {key: specs[each] for key, each in identities.items() if each in specs}
        self._total = sum(file.bytes for file in files.values())
        packed: dict[str, list[SegmentFile]] = {}
        alone: list[SegmentFile] = []
        for key, file in files.items():
            lean = key in made_for and made_for[key].lean
            (packed.setdefault(identities[key], []) if lean else alone).append(file)
        self._look_at_segments(alone, owners, made_for)
        for identity, some in packed.items():
            self._look_at_pack(index, specs[identity], some, owners)
        return len(files), self._total

    def _look_at_document(self, index: Index, document: DocumentRow) -> None:
        wrong = ""
        try:
            if document_digest(document, *index.content(document.id)) != document.digest:
                wrong = "what the index says of it does not match its digest"
        except DamagedError as error:
            wrong = error.message
        if wrong:
            self._found(
                f"document {document.id}, {document.path}",
                wrong,
                f"mplus forget {document.id}, then mplus inject {document.path}",
            )

    def _look_at_generation(self, index: Index, generation: Generation) -> None:
        name = f"generation {generation.id}"
        digests = [document.digest for document in index.documents(generation.id)]
        if generation_digest(generation, digests) != generation.digest:
            self._found(name, "what the index says of it does not match its digest", _ROLL_BACK)
        spec, entries = index.spec(generation), index.entries(generation.id)
        has_file = kind_of(spec).keeps_state_files
        try:
            state: State = (
                kept_state(self._home, generation.state, spec)
                if has_file
                else state_of(self._home, spec, entries)
            )
        except DamagedError as error:
            self._found(name, error.message, _FOLDED if is_derived(spec) else _ROLL_BACK)
            return
        if has_file:
            same = len(entries) == len(state.journal)
            same = same and entries.begin_with(state.journal, state.sizes)
        else:
            same = state.digest == generation.state
        if not same:
            self._found(name, "its state does not have the journal of its documents", _ROLL_BACK)

    def _fold(self, index: Index, generations: list[Generation]) -> None:
        """Fold every journal that has a state file."""
        folding = Folding(self._home)
        for number, generation in enumerate(generations, 1):
            spec = index.spec(generation)
            kind = kind_of(spec)
            if not kind.keeps_state_files:  # it was folded to be looked at
                continue
            try:
                state = folding.state(spec, index.entries(generation.id))
                same = kind.agree(kept_state(self._home, generation.state, spec), state)
            except DamagedError:  # of a segment, which is found where they are looked at
                continue
            if not same:
                self._found(
                    f"generation {generation.id}",
                    "folding its journal again gives another state",
                    _AFRESH if is_derived(spec) else _ROLL_BACK,
                )
            self._progress(number, len(generations))

    def _look_at_segments(
        self, files: list[SegmentFile], owners: dict[str, str], made_for: dict[str, Spec]
    ) -> None:
        """At those that are files of their own; `made_for`: by the model that wrote each."""
        for file in files:
            spec = made_for.get(file.key, self._home.spec)
            wrong = self._wrong_with(file, kind_of(spec).layout)
            if wrong:
                own = spec.identity == self._home.spec.identity
                mend = (_AGAIN if own else _OTHER_MODEL).format(
                    path=owners.get(file.key, "PATH"), model=spec.model
                )
                self._found(str(self._home.segment(file.key)), wrong, mend)
            self._has_looked(file)

    def _has_looked(self, file: SegmentFile) -> None:
        self._done += file.bytes
        self._progress(self._done, self._total)

    def _look_at_pack(
        self, index: Index, spec: Spec, files: list[SegmentFile], owners: dict[str, str]
    ) -> None:
        """At those of a lean model."""
        from store.segments.lean import LeanSegments
        from store.segments.verify import LOST, PackVerifier

        pack = PackVerifier(LeanSegments(self._home, spec), self._read_data)
        for wrong in pack.wrong_counts(files)[:1]:  # what follows is wrong with it
            self._found(str(pack.records), wrong, "mplus gc")
            return
        held: dict[str, int] | None = None  # segment -> a document of the last generation
        for file, wrong in pack.look(files):
            if wrong:
                held = self._held(index) if held is None else held
                document, mend = held.get(file.key), _OLD
                path = owners.get(file.key, "PATH")
                if spec.identity != self._home.spec.identity:
                    mend = _OTHER_MODEL
                elif document is not None:
                    mend = _PACKED_AGAIN if wrong == LOST else _MADE_ANEW
                    path = index.document(document).path
                mend = mend.format(path=path, id=document, model=spec.model)
                self._found(f"{pack.records.parent}, segment {file.key}", wrong, mend)
            self._has_looked(file)
        if self._read_data:
            for damaged in pack.damaged_vectors():
                self._found(str(damaged), "it is a cache, and not what was written", "mplus gc")

    def _held(self, index: Index) -> dict[str, int]:
        last = index.generation()
        entries = index.entries(last.id) if last else ()
        return {segment: document for document, segment, _ in entries}

    def _look_at_packed_keys(self, spec: Spec) -> None:
        folder = self._home.packed_keys(spec.identity)
        if spec.lean or not folder.exists():
            return
        for key in FileSegments(self._home, spec).keys.wrong():
            self._found(
                str(folder),
                f"the keys of segment {key} are not those of its file",
                "mplus gc",
            )

    def _wrong_with(self, expected: SegmentFile, layout: Layout) -> str:
        file = self._home.segment(expected.key)
        try:
            size = file.stat().st_size
        except OSError as error:
            return f"it can't be read: {reason_of(error)}"
        if size != expected.bytes:
            return f"it has {size:,} bytes, not {expected.bytes:,}"
        if self._read_data and file_digest(file) != expected.sha256:
            return "its bytes do not match their SHA-256"
        try:
            vectors = count_vectors(file, layout)
        except DamagedError as error:
            return error.message
        return "" if vectors == expected.vectors else "it has another number of vectors"

    def _found(self, where: str, wrong: str, mend: str) -> None:
        self.findings.append(Finding(where, wrong, mend))
