"""The façade: a memory as Python programs, the commands and all else that uses it see it.

    with Memory("notes.mplus") as memory:
        memory.inject("papers/")
        print(memory.ask("Which optimizer did they use?").text)

It gives back records (`mplus_cli.results`), prints nothing, and reads neither the environment nor a
config file: these are the command line's affair. Importing it loads no model; each method loads
what it needs. Every error is an `MplusError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Unpack

from mplus_cli.asking.among import Among, Narrowing
from mplus_cli.asking.how import How
from mplus_cli.asking.shared import Shared
from mplus_cli.results import Progress
from mplus_cli.settings import Settings, user_cache

if TYPE_CHECKING:
    from mplus_cli.asking.answer import Response
    from mplus_cli.asking.batch import Asked
    from mplus_cli.injecting.events import Event
    from mplus_cli.injecting.named import Named
    from mplus_cli.injecting.run import Run
    from mplus_cli.results.answers import Answer, Passage
    from mplus_cli.results.contents import Document, Status
    from mplus_cli.results.history import Diff, Generation
    from mplus_cli.results.runs import Preview, Report
    from mplus_cli.results.upkeep import Collected, Exported, Forgotten, Imported, Verified
    from mplus_cli.texts import Taking
    from mplus_cli.upkeep.overview import Overview


def _unwatched(done: int, of: int) -> None:
    pass


def _unheard(event: Event) -> None:
    pass


def _never() -> bool:
    return False


class Questions:
    """What a memory can be asked, as one generation has it: the newest, unless one is named.

    What `Memory.at` gives shares the model of that memory, and is closed with it.
    """

    def __init__(self, shared: Shared, seed: int, at: str | None) -> None:
        self._shared, self._seed, self._at = shared, seed, at

    def ask(self, question: str, **how: Unpack[How]) -> Answer:
        """Answer a question. Changes nothing.

        Raises `UsageError` where question and answer don't fit the model's positions, or no such
        document is there.
        """
        return self.stream(question, **how).answer

    def stream(self, question: str, **how: Unpack[How]) -> Response:
        """The answer as it grows: iterate over its pieces; its `answer` is the whole one.

        One that its limit cuts has pieces beyond its last whole sentence, with which `answer` ends.
        """
        from mplus_cli.asking.how import Asking

        asking = Asking(seed=self._seed, **how)
        return self._shared.asker().respond(question, asking, self._at)

    def search(self, words: str, k: int = 5, **narrowing: Unpack[Narrowing]) -> list[Passage]:
        """The k passages that fit some words best, best first; no answer is made of them."""
        return self._shared.asker().search(words, k, self._at, Among.of(**narrowing))


class Memory(Questions):
    """A memory in a folder. The folder is made by the first `inject` or `import_`.

    Safe to use from several threads: what only reads goes on side by side, questions take turns at
    the model, and of those that change the memory one does (the others wait `lock_timeout_s`).
    Errors common to most methods: `NoMemoryError` where there is none, `DamagedError`,
    `LockedError` where another one is writing, `OtherModelError` where another model wrote it,
    `ModelError`.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        model: str | None = None,
        device: str = "auto",
        quantize: str = "auto",
        seed: int = 0,
        cache: str | Path | None = None,
        lock_timeout_s: float = 3.0,
    ) -> None:
        """model: a name, or a checkpoint's folder; None is the memory's own, else the default one.

        device: auto, cpu, cuda or mps; quantize: auto, nf4, int8 or none; seed: of the draws of a
        new memory and of sampled answers; cache: where prepared models lie. Raises `UsageError`.
        """
        settings = Settings(
            memory=Path(path).expanduser().absolute(),
            model=model,
            device=device,
            quantize=quantize,
            seed=seed,
            cache=Path(cache).expanduser() if cache is not None else user_cache(),
            lock_timeout_s=lock_timeout_s,
        )
        super().__init__(Shared(settings), settings.seed, None)
        self._settings = settings

    @classmethod
    def of(cls, settings: Settings) -> Memory:
        """A memory by settings that were put together elsewhere."""
        memory = cls.__new__(cls)
        Questions.__init__(memory, Shared(settings), settings.seed, None)
        memory._settings = settings
        return memory

    def at(self, generation: str | int) -> Questions:
        """The memory as a generation had it, for questions: by number, tag or `last`."""
        return Questions(self._shared, self._settings.seed, str(generation))

    @property
    def path(self) -> Path:
        return self._settings.memory

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and model. A closed memory opens again when it is used."""
        self._shared.close()

    # Reading documents into it

    def inject(
        self,
        *names: str | Path,
        watch: Callable[[Event], None] = _unheard,
        stopped: Callable[[], bool] = _never,
        **taking: Unpack[Taking],
    ) -> Report:
        """Read documents: files, folders, globs, web addresses, git revisions, or texts as bytes.

        What is there already is skipped, what changed is read again; an input that can't be read is
        in the report. watch: is told what happens; stopped: is asked in between, and once true
        whole documents are kept and the rest is left.
        """
        return self._run(watch, stopped).inject(self._named(names, taking))

    def preview_inject(
        self,
        *names: str | Path,
        watch: Callable[[Event], None] = _unheard,
        **taking: Unpack[Taking],
    ) -> Preview:
        """What `inject` would do, with exact tokens and an estimated time. Changes nothing."""
        return self._run(watch, _never).preview_inject(self._named(names, taking))

    def update(
        self,
        *,
        prune: bool = False,
        password: str | None = None,
        watch: Callable[[Event], None] = _unheard,
        stopped: Callable[[], bool] = _never,
    ) -> Report:
        """Read again what was injected before: what changed, and what is new in injected folders.

        prune: forget documents whose files are gone; password: of locked files. What was forgotten
        stays out.
        """
        return self._run(watch, stopped).update(prune, password=password)

    def preview_update(
        self,
        *,
        prune: bool = False,
        password: str | None = None,
        watch: Callable[[Event], None] = _unheard,
    ) -> Preview:
        """What `update` would do. Changes nothing."""
        return self._run(watch, _never).preview_update(prune, password)

    def keep_updating(
        self,
        *,
        prune: bool = False,
        password: str | None = None,
        watch: Callable[[Event], None] = _unheard,
        stopped: Callable[[], bool] = _never,
    ) -> Iterator[Report]:
        """`update` now and whenever a file changes; a report each, until `stopped` is true.

        Raises `WatchError` where files can't be watched.
        """
        return self._run(watch, stopped).keep_updating(prune, password)

    # Asking

    def ask_all(self, lines: Sequence[bytes], **how: Unpack[How]) -> Iterator[Asked]:
        """Answer questions, each a line of JSON; a line that can't be answered stops no other.

        A line may say itself which documents it asks, by `in` and `since`.
        """
        from mplus_cli.asking.batch import ask_all

        # What is wrong with all of it shows before the first line.
        self._shared.asker().check(self._at, Among.of(how.get("among"), how.get("since")))
        return ask_all(lines, partial(self.ask, **how))

    # What it holds

    def status(self) -> Status:
        """What the memory holds, and which model it belongs to."""
        return self.overview().status

    def documents(self) -> list[Document]:
        """The documents of the newest generation, in the order in which they came."""
        return list(self.overview().documents)

    @property
    def reads_pool(self) -> bool:
        """Whether questions read the pool and the long-term memory vector by vector.

        Else they read whole chunks, and what a document has in either says nothing about answers.
        """
        from store.home import Home
        from store.kinds import kind_of

        return kind_of(Home(self.path).spec).reads_pool

    def overview(self) -> Overview:
        """Status and documents with all that pictures of them need."""
        from mplus_cli.upkeep.overview import overview_of

        return overview_of(self.path)

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
        progress: Progress = _unwatched,
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
        self, *, read_data: bool = False, replay: bool = False, progress: Progress = _unwatched
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
        progress: Progress = _unwatched,
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
        force: bool = False,
        progress: Progress = _unwatched,
    ) -> Exported:
        """Write the memory with all its generations into one file, or to a stream.

        since: only what is new since that generation; text: whether stored passages go along;
        force: write over a file that is there.
        """
        from mplus_cli.upkeep.snapshots import export

        target = Path(target) if isinstance(target, str) else target
        return export(
            self.path,
            self._timeout_s,
            target,
            since=since,
            text=text,
            force=force,
            progress=progress,
        )

    def import_(
        self, source: str | Path | IO[bytes], *, progress: Progress = _unwatched
    ) -> Imported:
        """Take a snapshot in, all or nothing: as a new memory, or into the one that is there."""
        from mplus_cli.upkeep.snapshots import import_

        source = Path(source) if isinstance(source, str) else source
        return import_(self.path, self._timeout_s, source, progress=progress)

    @property
    def _timeout_s(self) -> float:
        return self._settings.lock_timeout_s

    def _run(self, watch: Callable[[Event], None], stopped: Callable[[], bool]) -> Run:
        from mplus_cli.injecting.run import Run

        return Run(self._shared.engine(), self.path, self._timeout_s, watch, stopped)

    def _named(self, names: Sequence[str | Path], taking: Taking) -> Named:
        from mplus_cli.injecting.named import Named

        return Named.of([str(name) for name in names], **taking)
