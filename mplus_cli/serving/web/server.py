"""uvicorn, as it serves here: connections that say nothing are ended, and so is all at a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from mplus_cli.errors import UsageError, reason_of
from mplus_cli.serving.web.app import make_app
from mplus_cli.serving.web.site import Site

MOST_CONNECTIONS = 256
HEADERS_S = 10.0  # in which a request must have come, but for its body
GRACE_S = 5  # for answers that are on their way when the server ends; then they are stopped
STOPPING_S = 5  # and for what was stopped to say so
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Connection(H11Protocol):
    """A connection that ends where no request comes for long; uvicorn itself waits for ever."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait()

    def _wait(self) -> None:
        if self._timer is None and self._is_idle():
            self._timer = self.loop.call_later(HEADERS_S, self._look, self.cycle)

    def _look(self, last: Any) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self.cycle is last:
            self.transport.close()
        else:
            self._wait()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete


class WebServer(Server):
    """One server, from its socket to its end."""

    def __init__(self, site: Site) -> None:
        self._site = site
        config = Config(
            make_app(site),
            http=Connection,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",  # what strangers send fills no log
            access_log=False,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_S + STOPPING_S,
        )
        super().__init__(config)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal ends the server, and is not sent again when it has ended: that is no failure."""
        if current_thread() is not main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nobody any more; who is being answered has `GRACE_S` seconds, and is told."""
        self._site.bulletin.end()
        ended = asyncio.create_task(asyncio.to_thread(self._site.desk.close, GRACE_S))
        writer = asyncio.create_task(asyncio.to_thread(self._site.writer.close))
        await super().shutdown(sockets)
        await ended
        await writer


def listen(host: str, port: int) -> socket.socket:
    """A socket at an address; port 0: any that is free. Raises `UsageError`."""
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return socket.create_server(address[:2], family=family, backlog=MOST_CONNECTIONS)
    except OSError as error:
        # Python adds the address in its own words to what the system says.
        number = None if isinstance(error, socket.gaierror) else error.errno
        said = os.strerror(number).lower() if number else reason_of(error)
        raise UsageError(
            f"{host} port {port} can't be listened at: {said}",
            "take another one: --port 0 takes any that is free",
        ) from error
