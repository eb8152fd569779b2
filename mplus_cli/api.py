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
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack, cast

from mplus_cli.asking.among import Among
from mplus_cli.asking.how import How, Search
from mplus_cli.asking.shared import Engines, Shared
from mplus_cli.budget import BudgetRule
from mplus_cli.errors import UsageError
from mplus_cli.injecting.pruning import Prune, Pruning
from mplus_cli.results import Progress, never, unheard, unwatched
from mplus_cli.settings import Settings, bytes_of, is_server, user_cache, vectors_kept
from mplus_cli.upkeep.memory import Upkeep

if TYPE_CHECKING:
    from mplus_cli.asking.batch import Asked
    from mplus_cli.asking.response import Response
    from mplus_cli.injecting.events import Event
    from mplus_cli.injecting.named import Named
    from mplus_cli.injecting.rebuild import Rebuild
    from mplus_cli.injecting.run import Run
    from mplus_cli.results.answers import Answer, Passage
    from mplus_cli.results.models import Answerer
    from mplus_cli.results.runs import Preview, Rebuilding, Rebuilt, Report
    from mplus_cli.results.upkeep import Trimmed
    from mplus_cli.texts import Taking


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

    def search(self, words: str, k: int = 5, **how: Unpack[Search]) -> list[Passage]:
        """The k passages that fit some words best, best first; no answer is made of them."""
        from mplus_cli.asking.how import Asking

        return self._shared.asker().search(words, k, Asking(**how), self._at)

    def rankings(self, question: str, k: int = 64, **how: Unpack[Search]) -> list[list[Passage]]:
        """The k passages that a question finds when it is asked, best first; of one that goes on
        with those in `after` a second ranking, with these in front.
        """
        from mplus_cli.asking.how import Asking

        return self._shared.asker().rankings(question, k, Asking(**how), self._at)


class Memory(Questions, Upkeep):
    """A memory in a folder, or one that a running `mplus serve` has: `Memory("http://…")`. The
    folder is made by the first `inject` or `import_`.

    Safe to use from several threads: what only reads goes on side by side, questions take turns at
    the model, and of those that change the memory one does (the others wait `lock_timeout_s`).
    Errors common to most methods: `NoMemoryError` where there is none, `DamagedError`,
    `LockedError` where another one is writing, `OtherModelError` where another model wrote it,
    `ModelError`.
    """

    def __new__(cls, path: str | Path = "", *, token: str | None = None, **_: Any) -> Self:
        if not is_server(str(path)):
            return super().__new__(cls)
        from mplus_cli.remote.memory import RemoteMemory

        Memory.register(RemoteMemory)  # as isinstance sees it: it has the same methods
        return cast("Self", RemoteMemory(str(path), token))

    def __init__(
        self,
        path: str | Path,
        *,
        token: str | None = None,
        model: str | None = None,
        device: str = "auto",
        quantize: str = "auto",
        seed: int = 0,
        cache: str | Path | None = None,
        lock_timeout_s: float = 3.0,
        vectors: str | int = "auto",
        states: str = "full",
    ) -> None:
        """path: the folder, or the address of a server, to which `token` lets in, where it asks for
        one; all else is the server's affair then, and counts for nothing.

        model: a name, or a checkpoint's folder; None is the memory's own, else the default one.

        device: auto, cpu, cuda or mps; quantize: auto, nf4, int8 or none; seed: of the draws of a
        new memory and of sampled answers; cache: where prepared models lie; vectors: which derived
        vectors are kept: auto, all, none, or a size (`"2GiB"`, or bytes); states: of a new memory
        of a model that keeps hidden states: full or 8bit. Raises `UsageError`.
        """
        if token is not None:
            raise UsageError("a folder takes no token", "leave it out, or name a server: http://…")
        settings = Settings(
            memory=Path(path).expanduser().absolute(),
            model=model,
            device=device,
            quantize=quantize,
            seed=seed,
            cache=Path(cache).expanduser() if cache is not None else user_cache(),
            lock_timeout_s=lock_timeout_s,
            vectors=vectors_kept("vectors", vectors),
            states=states,
        ).checked()
        super().__init__(Shared(settings), settings.seed, None)
        self._settings = settings

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        quantizing: Progress | None = None,
        reading: Progress | None = None,
    ) -> Memory:
        """A memory by settings that were put together elsewhere.

        quantizing: told of the model's layers while a question has their quantized form made;
        reading: of the layers that a question has gone through, on each way through them.
        """
        memory = cls.__new__(cls)
        Questions.__init__(memory, Shared(settings, quantizing, reading), settings.seed, None)
        memory._settings = settings
        return memory

    def at(self, generation: str | int) -> Questions:
        """The memory as a generation had it, for questions: by number, tag or `last`."""
        return Questions(self._shared, self._settings.seed, str(generation))

    @property
    def path(self) -> Path:
        return self._settings.memory

    @property
    def place(self) -> str:
        """The folder, or the address of the server."""
        return str(self.path)

    def share(self, engines: Engines) -> None:
        """Have the model in common with other memories of this process."""
        self._shared.share(engines)

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
        watch: Callable[[Event], None] = unheard,
        stopped: Callable[[], bool] = never,
        cluster: str | None = None,
        workers: int = 0,
        shared: bool = False,
        **taking: Unpack[Taking],
    ) -> Report:
        """Read documents: files, folders, globs, web addresses, git revisions, or texts as bytes.

        What is there already is skipped, what changed is read again; an input that can't be read is
        in the report. watch: is told what happens; stopped: is asked in between, and once true
        whole documents are kept and the rest is left. cluster: the address of a Dask scheduler
        whose workers compute; workers: how many processes of this machine do; shared: they read the
        files, too, from the same paths. Raises `ClusterError` where workers fail.
        """
        run = self._run(watch, stopped)
        if cluster is not None or workers or shared:
            from mplus_cli.cluster.workers import workers_of

            run = replace(run, elsewhere=workers_of(self._settings, cluster, workers, shared))
        return run.inject(self._named(names, taking))

    def preview_inject(
        self,
        *names: str | Path,
        watch: Callable[[Event], None] = unheard,
        **taking: Unpack[Taking],
    ) -> Preview:
        """What `inject` would do, with exact tokens and an estimated time. Changes nothing."""
        return self._run(watch, never).preview_inject(self._named(names, taking))

    def update(
        self,
        *,
        password: str | None = None,
        watch: Callable[[Event], None] = unheard,
        stopped: Callable[[], bool] = never,
        **pruning: Unpack[Pruning],
    ) -> Report:
        """Read again what was injected before: what changed, and what is new in injected folders.

        password: of locked files. What was forgotten stays out; what is gone, or away, stays in
        unless `pruning` (see there) says otherwise.
        """
        return self._run(watch, stopped).update(Prune.of(**pruning), password=password)

    def preview_update(
        self,
        *,
        password: str | None = None,
        watch: Callable[[Event], None] = unheard,
        **pruning: Unpack[Pruning],
    ) -> Preview:
        """What `update` would do. Changes nothing."""
        return self._run(watch, never).preview_update(Prune.of(**pruning), password)

    def keep_updating(
        self,
        *,
        password: str | None = None,
        watch: Callable[[Event], None] = unheard,
        stopped: Callable[[], bool] = never,
        **pruning: Unpack[Pruning],
    ) -> Iterator[Report]:
        """`update` now and whenever a file changes; a report each, until `stopped` is true.

        Raises `WatchError` where files can't be watched.
        """
        return self._run(watch, stopped).keep_updating(Prune.of(**pruning), password)

    # Asking

    def ask_all(self, lines: Sequence[bytes], **how: Unpack[How]) -> Iterator[Asked]:
        """Answer questions, each a line of JSON; a line that can't be answered stops no other.

        A line may say itself which documents it asks, by `in` and `since`.
        """
        from mplus_cli.asking.batch import ask_all

        # What is wrong with all of it shows before the first line.
        among = Among.of(how.get("among"), how.get("since"), how.get("here", ""))
        self._shared.asker().check(self._at, among)
        return ask_all(lines, partial(self.ask, **how))

    def answerer(self) -> Answerer:
        """The model that answers; it is not loaded for this. Raises `ModelError`."""
        from mplus_cli.results.models import Answerer

        config = self._shared.engine().config
        answering, memory = config.answering, config.memory
        rows = memory.prefix_rows + memory.read_vectors
        return Answerer(
            config.name,
            answering.in_template and not answering.literal,
            config.architecture.max_positions - rows,
        )

    # Another model

    def rebuild(
        self,
        model: str | None = None,
        *,
        watch: Callable[[Event], None] = unheard,
        stopped: Callable[[], bool] = never,
    ) -> Rebuilt:
        """Write the memory anew for another model, from the texts that it keeps, in one commit.

        model: by name or folder; None is the one that this was opened with, else the memory's own
        as it is here now. Documents keep ids and dates; earlier generations stay as they are,
        and are that model's. Once `stopped` is true nothing has changed, and the next call goes on.
        """
        done = self._rebuild(model, watch, stopped).carry_out()
        if model is not None and self._settings.model is not None and not done.interrupted:
            self._settings = self._settings._replace(model=model)
        self._shared.renew(self._settings)
        return done

    def preview_rebuild(
        self, model: str | None = None, *, watch: Callable[[Event], None] = unheard
    ) -> Rebuilding:
        """What `rebuild` would do, with exact tokens and an estimated time. Changes nothing."""
        return self._rebuild(model, watch, never).preview()

    # Room on the disk

    def trim(self, size: str | int = 0, *, progress: Progress = unwatched) -> Trimmed:
        """Remove derived vectors, the oldest first, until they take no more than a size (`"2GiB"`,
        or bytes): the model writes them again where they are read.

        A memory of whole chunks that an older mplus made is brought to the new format first.
        Raises `MplusError` where vectors can't be made again; nothing has changed then.
        """
        from mplus_cli.engine import open_own_engine
        from mplus_cli.injecting.trimming import trim

        size_bytes, own = bytes_of("size", str(size)), partial(open_own_engine, self._settings)
        found = trim(own, self.path, self._timeout_s, size_bytes, progress)
        if found.chunks:
            self._shared.renew(self._settings)
        return found

    @property
    def _timeout_s(self) -> float:
        return self._settings.lock_timeout_s

    @property
    def _budget_rule(self) -> BudgetRule:
        return BudgetRule.of(self._settings)

    def _run(self, watch: Callable[[Event], None], stopped: Callable[[], bool]) -> Run:
        from mplus_cli.injecting.run import Run

        return Run(self._shared.engine(), self.path, self._timeout_s, watch, stopped)

    def _rebuild(
        self,
        model: str | None,
        watch: Callable[[Event], None],
        stopped: Callable[[], bool],
    ) -> Rebuild:
        from mplus_cli.engine import open_engine
        from mplus_cli.injecting.rebuild import Rebuild

        engine = open_engine(self._settings._replace(model=model or self._settings.model))
        return Rebuild(engine, self.path, self._timeout_s, watch, stopped)

    def _named(self, names: Sequence[str | Path], taking: Taking) -> Named:
        from mplus_cli.injecting.named import Named

        return Named.of([str(name) for name in names], **taking)
