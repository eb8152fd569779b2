"""Asking a server that has the memory open. Nothing heavy is loaded for it."""

from __future__ import annotations

import json
import os
import select
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from mplus_cli.errors import StoppedError
from mplus_cli.serving.warm import found
from mplus_cli.settings import Settings
from store.errors import MplusError

if TYPE_CHECKING:
    from mplus_cli.asking.how import How, Search
    from mplus_cli.results.answers import Answer, Passage

PATIENCE_S = 2.0
"""How long a server may take to say that it has heard."""
_LOOK_S = 0.1  # how often is looked whether anybody still wants an answer
_READ_BYTES = 64 * 1024
_AGAIN = "ask again"
_GONE, _NONSENSE = "the server that was to answer has gone", "what the server says makes no sense"

T = TypeVar("T")
Stopped = Callable[[], bool]
Heard = Callable[[int, int], None]
"""Is told of the model's layers that a question has gone through: (done, of)."""


class WarmError(MplusError):
    """A server gave no answer: it is gone, or it told of an error, with its code."""

    begun = False
    """Whether a piece of the answer was handed out before."""

    def __init__(
        self, message: str = _GONE, hint: str = _AGAIN, code: str = "error", exit_code: int = 1
    ) -> None:
        super().__init__(message, hint)
        self.code, self.exit_code = code, exit_code


class Arriving:
    """An answer as it grows at a server; see `mplus_cli.asking.response.Response`."""

    def __init__(self, events: Iterator[dict[str, Any]]) -> None:
        from mplus_cli.results.answers import Answer  # the server is at work by now

        self._events, self._kind = events, Answer
        self._answer: Answer | None = None
        self._begun = False

    def __iter__(self) -> Iterator[str]:
        """Pieces that nobody has taken yet. Raises `WarmError`."""
        for piece in self._pieces():
            self._begun = True
            yield piece

    def _pieces(self) -> Iterator[str]:
        try:
            for event in self._events:
                if "piece" in event:
                    yield str(event["piece"])
                elif "done" in event:
                    self._answer = _record(self._kind, event["done"])
        except WarmError as error:
            error.begun = self._begun
            raise

    @property
    def answer(self) -> Answer:
        """The whole answer. Raises `WarmError`."""
        for _ in self._pieces():
            pass
        if self._answer is None:
            raise WarmError
        return self._answer

    def close(self) -> None:
        """Want no more of it."""
        self._events.close()  # type: ignore[attr-defined]


class Served:
    """What can be asked of a memory that a server has open, as `mplus_cli.api.Questions`; each
    question goes there by itself, and raises `WarmError` where none comes back.
    """

    def __init__(self, settings: Settings, at: str | None = None, reading: Heard | None = None):
        self._settings, self._at, self._reading = settings, at, reading

    def at(self, generation: str | int) -> Served:
        """The memory as a generation had it."""
        return Served(self._settings, str(generation), self._reading)

    def ask(self, question: str, **how: Unpack[How]) -> Answer:
        return self.stream(question, **how).answer

    def stream(self, question: str, **how: Unpack[How]) -> Arriving:
        """The answer as it grows: asked at once, heard when it is iterated over."""
        asked = {"question": question, "at": self._at, "how": _from_here(how)}
        return Arriving(self._events({"ask": asked}, how.get("stopped")))

    def search(
        self, words: str, k: int = 5, stopped: Stopped | None = None, **how: Unpack[Search]
    ) -> list[Passage]:
        """stopped: see `How`."""
        asked = {"words": words, "k": k, "at": self._at, "how": _from_here(how)}
        events = self._events({"search": asked}, stopped)
        from mplus_cli.results.answers import Passage

        for event in events:
            if "done" in event:
                return _record(list[Passage], event["done"])
        raise WarmError

    def _events(
        self, request: dict[str, Any], stopped: Stopped | None = None
    ) -> Iterator[dict[str, Any]]:
        """Send a request; what is said to it, until the end."""
        server = found.find(self._settings)
        if server is None:
            raise WarmError
        request |= {"token": server.token, "settings": server.settings}
        request["reading"] = self._reading is not None
        connection = _connected(server)
        try:
            connection.sendall(json.dumps(request).encode() + b"\n")
        except OSError:
            connection.close()
            raise WarmError from None
        return self._listened(connection, _Lines(connection, stopped))

    def _listened(self, connection: socket.socket, lines: _Lines) -> Iterator[dict[str, Any]]:
        with connection:
            while True:
                event = _event(lines.next)
                if "taken" in event:
                    connection.settimeout(None)  # from here on a model is at work
                elif "read" in event and self._reading is not None:
                    self._reading(*event["read"])
                elif "failed" in event:
                    raise _failure(event["failed"])
                else:
                    yield event
                if "done" in event:
                    return


class _Lines:
    """Lines of a connection. Where nobody wants them any more `next` raises `StoppedError`."""

    def __init__(self, connection: socket.socket, stopped: Stopped | None) -> None:
        self._connection, self._stopped = connection, stopped
        self._held = bytearray()

    def next(self) -> bytes:
        """A line; what there is of it where the connection ends. Raises `OSError`."""
        while b"\n" not in self._held:
            self._wait()
            more = self._connection.recv(_READ_BYTES)
            if not more:
                break
            self._held += more
        line, _, self._held = self._held.partition(b"\n")
        return bytes(line)

    def _wait(self) -> None:
        """Wait until there is something to read, if it must be looked for in between."""
        if self._stopped is None:
            return
        patience, waited_s = self._connection.gettimeout(), 0.0
        while not select.select([self._connection], [], [], _LOOK_S)[0]:
            waited_s += _LOOK_S
            if self._stopped():
                raise StoppedError("the answer was stopped", "ask anew")
            if patience is not None and waited_s >= patience:
                raise TimeoutError


def questions(settings: Settings, reading: Heard | None = None) -> Served | None:
    """A server for these settings, if one is there that answers; else the old way is right.

    reading: is told of layers while a question is read.
    """
    server = found.find(settings)
    if server is None:
        return None
    try:
        _connected(server).close()
    except WarmError:
        return None
    return Served(settings, reading=reading)


def keep(settings: Settings) -> None:
    """Have a server started that answers the next question, where the settings say so and there is
    none.
    """
    if settings.keep_warm and questions(settings) is None:
        from mplus_cli.serving.warm.starting import start

        start(settings)


def _connected(server: found.Server) -> socket.socket:
    """Raises `WarmError` where nobody listens, and takes away what says so."""
    family = socket.AF_UNIX if isinstance(server.address, str) else socket.AF_INET
    place = server.address if isinstance(server.address, str) else ("127.0.0.1", server.address)
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(PATIENCE_S)
    try:
        connection.connect(place)
    except (ConnectionRefusedError, FileNotFoundError):
        connection.close()
        found.withdraw(server)
        raise WarmError from None
    except OSError:
        connection.close()
        raise WarmError from None
    return connection


def _event(read: Callable[[], bytes]) -> dict[str, Any]:
    try:
        event = json.loads(read())
    except (OSError, ValueError):
        raise WarmError from None
    if not isinstance(event, dict):
        raise WarmError
    return event


def _from_here(how: Search) -> dict[str, Any]:
    """How to answer, as JSON; names of documents are meant from this working folder."""
    given: dict[str, Any] = {name: value for name, value in how.items() if name != "stopped"}
    if given.get("among") is not None:
        names = given["among"]
        names = [names] if isinstance(names, str | int | os.PathLike) else names
        given |= {"among": [str(name) for name in names], "here": os.getcwd()}  # noqa: PTH109
    return given


def _failure(value: Any) -> WarmError:
    try:
        return WarmError(**value)
    except TypeError:
        return WarmError(_NONSENSE)


def _record(kind: type[T], value: Any) -> T:
    from mplus_cli.results.plain import record

    try:
        return record(kind, value)
    except ValueError:
        raise WarmError(_NONSENSE) from None
