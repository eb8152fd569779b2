"""The server's side of warm commands: a thread that listens for those of this user, and stands in
the desk's line for them.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mplus_cli.asking.how import How, Search
from mplus_cli.results import Progress, unwatched
from mplus_cli.results.plain import plain
from mplus_cli.serving.desk import Desk, Done, Event, Failed, Job, Piece, Tell
from mplus_cli.serving.warm import found
from mplus_cli.settings import Settings
from store.errors import MplusError

LONGEST_REQUEST_BYTES = 1 << 20
PATIENCE_S = 5.0
"""How long a client may take to say what it wants."""
_FOUND_EVERY_S = 30.0  # it sees to it that it is found, where one that came later has gone
_READ_EVERY_S = 0.1  # is told how far the reading of a question is
_UNIX = hasattr(socket, "AF_UNIX")


class Listener:
    """Answers warm commands from a desk, while it is started."""

    def __init__(self, desk: Desk, settings: Settings, unix: bool = _UNIX) -> None:
        """unix: whether on a Unix socket, else on a port of this machine, where the token alone
        tells who may ask.
        """
        self._desk, self._settings, self._unix = desk, settings, unix
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self.server: found.Server | None = None

    def start(self) -> None:
        """Listen, and be found. Raises `OSError` where that can't be."""
        listening, address = self._bound()
        listening.listen()
        self.server = found.Server(
            found.folder(made=True) / f"{found.name_of(self._settings)}.json",
            found.described(self._settings),
            address,
            secrets.token_hex(16),
            os.getpid(),
        )
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._listen(listening, ready)), name="warm", daemon=True
        )
        self._thread.start()
        ready.wait()
        found.publish(self.server)

    def close(self) -> None:
        """Be found no more, and hang up."""
        self._closed = True
        if self.server is not None and self._loop is not None:
            found.withdraw(self.server)
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join()

    def _bound(self) -> tuple[socket.socket, found.Address]:
        if self._unix:
            place = found.folder(made=True) / f"{found.name_of(self._settings)}-{os.getpid()}.sock"
            place.unlink(missing_ok=True)
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                listening.bind(str(place))
                place.chmod(0o600)
            except OSError:  # a path that is too long
                listening.close()
            else:
                return listening, str(place)
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.bind(("127.0.0.1", 0))
        return listening, int(listening.getsockname()[1])

    async def _listen(self, listening: socket.socket, ready: threading.Event) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        start = asyncio.start_unix_server if listening.family != socket.AF_INET else None
        serve = start or asyncio.start_server
        server = await serve(self._met, sock=listening, limit=LONGEST_REQUEST_BYTES)
        ready.set()
        while not self._ending.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _FOUND_EVERY_S)
            self._be_found()
        server.close()  # `asyncio.run` ends those who are still answered

    def _be_found(self) -> None:
        """Publish itself again, where nobody is found any more."""
        assert self.server is not None
        if not self._closed and not self.server.file.exists():
            with suppress(OSError):  # the folder has gone
                found.publish(self.server)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear what a client wants, and answer; who may not ask hears nothing."""
        try:
            if _is_own(writer.get_extra_info("socket")):
                line = await asyncio.wait_for(reader.readline(), PATIENCE_S)
                if asked := self._permitted(line):
                    await self._answered(asked, reader, writer)
        except (OSError, ValueError, TypeError, KeyError, TimeoutError):
            pass  # it has gone, or makes no sense
        finally:
            with suppress(OSError):
                writer.close()

    def _permitted(self, line: bytes) -> dict[str, Any] | None:
        """What is asked for, by who knows the token and means these settings. Raises `ValueError`
        and kin for what makes no sense.
        """
        request = json.loads(line)
        assert self.server is not None
        knows = hmac.compare_digest(str(request["token"]).encode(), self.server.token.encode())
        means = request["settings"] == self.server.settings
        return dict(request) if knows and means else None

    async def _answered(
        self, asked: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Write what the model's thread tells; a client that hangs up cancels its job."""
        loop, events = asyncio.get_running_loop(), asyncio.Queue[dict[str, Any] | None]()

        def say(event: dict[str, Any] | None) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(events.put_nowait, event)

        say({"taken": True})
        try:
            job = self._begun(asked, say)
        except MplusError as error:  # nobody more is taken
            say(_failed(error))
            job = None
        left = asyncio.ensure_future(reader.read(1))
        left.add_done_callback(lambda _: say(None))
        try:
            while (event := await events.get()) is not None:
                writer.write(json.dumps(event).encode() + b"\n")
                await writer.drain()
                if event.keys() & {"done", "failed"}:
                    return
        finally:
            left.cancel()
            if job is not None:
                job.cancel()

    def _begun(self, asked: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> Job:
        """Stand in line with what is asked for. Raises `BusyError`."""

        def tell(event: Event) -> None:
            if isinstance(event, Piece):
                say({"piece": event.text})
            elif isinstance(event, Done):
                say({"done": plain(event.result)})
            elif isinstance(event, Failed):
                say(_failed(event.error))

        if "ask" in asked:
            return self._ask(asked["ask"], tell, say if asked["reading"] else None)
        wanted = asked["search"]
        how: Search = wanted["how"]
        return self._desk.search(wanted["words"], tell, k=wanted["k"], at=wanted["at"], **how)

    def _ask(
        self,
        wanted: dict[str, Any],
        tell: Tell,
        say: Callable[[dict[str, Any]], None] | None,
    ) -> Job:
        how: How = wanted["how"]
        reading = _seldom(say) if say else unwatched
        return self._desk.ask(wanted["question"], tell, at=wanted["at"], reading=reading, **how)


def _seldom(say: Callable[[dict[str, Any]], None]) -> Progress:
    """Tells of layers, but not of each: of the first and the last, and ten times a second."""
    last = 0.0

    def read(done: int, of: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done >= of or now - last > _READ_EVERY_S:
            last = now
            say({"read": [done, of]})

    return read


def _failed(error: MplusError) -> dict[str, Any]:
    told = {"message": error.message, "hint": error.hint, "code": error.code}
    return {"failed": told | {"exit_code": error.exit_code}}


def _is_own(connection: socket.socket) -> bool:
    """Whether a client runs as this user, where the system tells."""
    if not hasattr(socket, "SO_PEERCRED") or connection.family == socket.AF_INET:
        return True
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", found)
    return bool(user == os.geteuid())
