"""What the threads of a program that use one memory share: the model, and what answers with it."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import TYPE_CHECKING

from mplus_cli.results import Progress
from mplus_cli.settings import Settings

if TYPE_CHECKING:
    from mplus_cli.asking.answer import Asker
    from mplus_cli.engine import Engine


class Engines:
    """The models of a process, each once for all memories that want it in the same form."""

    def __init__(self) -> None:
        self._there: dict[Hashable, Engine] = {}
        self._lock = threading.Lock()

    def one(self, engine: Engine) -> Engine:
        """The first of those that were given here and would load the same."""
        with self._lock:
            return self._there.setdefault(engine.loads, engine)


class Shared:
    """The model and what is opened for questions, each when it is first needed; for any thread."""

    def __init__(
        self,
        settings: Settings,
        quantizing: Progress | None = None,
        reading: Progress | None = None,
        engines: Engines | None = None,
    ) -> None:
        """quantizing: told of the model's layers while their quantized form is made; reading: of
        those that a question has gone through; engines: those of other memories.
        """
        self._settings, self._quantizing, self._reading = settings, quantizing, reading
        self._engines = engines
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._asker: Asker | None = None

    def engine(self) -> Engine:
        from mplus_cli.engine import open_engine

        with self._lock:
            if self._engine is not None and self._is_behind(self._engine):
                self.close()
            if self._engine is None:
                self._engine = self._one(open_engine(self._settings))
                self._engine.quantizing = self._quantizing or self._engine.quantizing
                self._engine.reading = self._reading or self._engine.reading
            return self._engine

    def _one(self, engine: Engine) -> Engine:
        return engine if self._engines is None else self._engines.one(engine)

    def share(self, engines: Engines) -> None:
        """Have the model in common with other memories from now on."""
        with self._lock:
            self._engines = engines
            if self._engine is not None and self._one(self._engine) is not self._engine:
                self.close()

    def _is_behind(self, engine: Engine) -> bool:
        """Whether the model was prepared anew, or the memory was written anew for another one, and
        its own is wanted.
        """
        from store.home import Home

        if engine.is_replaced():
            return True
        path = self._settings.memory
        if self._settings.model is not None or not Home.exists(path):
            return False
        return Home(path).spec.identity != engine.spec.identity

    def renew(self, settings: Settings) -> None:
        """Go on with other settings: who is asking goes on with the old ones to the end."""
        with self._lock:
            self._settings = settings
            self.close()

    def asker(self) -> Asker:
        """What answers. Raises `NoMemoryError` before a model is looked for."""
        from mplus_cli.asking.answer import Asker
        from store.home import Home

        path = self._settings.memory
        Home(path)
        with self._lock:
            engine = self.engine()
            if self._asker is None:
                self._asker = Asker(engine, path, self._settings.lock_timeout_s)
            return self._asker

    def close(self) -> None:
        """Let go of them; who is asking goes on to the end."""
        with self._lock:
            self._asker = self._engine = None
