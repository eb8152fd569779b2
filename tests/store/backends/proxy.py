"""A network that fails: a proxy in front of an HTTP server, which breaks the requests it is told
to.
"""

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self

_BLOCK = 16 * 1024


@dataclass(frozen=True)
class Cut:
    """The connection breaks after so many bytes of the request's body, before its server has it
    all; or of the answer (`back`), when the server has done what it was asked. -1: not even the
    head comes through.
    """

    after: int = -1
    back: bool = False


@dataclass(frozen=True)
class Says:
    """The server is never asked, and this is the answer."""

    status: int


@dataclass(frozen=True)
class Slow:
    """The answer begins so much later."""

    seconds: float


Fault = Cut | Says | Slow
Plan = Callable[[int, str], Fault | None]
"""What happens to the n-th request (from 0), which is "GET /bucket/name?…"."""


def all_well(number: int, request: str) -> None:
    """No request fails."""


class Proxy:
    """`requests`: what came since `plan` was set last; `sent`: bytes of their bodies, whole."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._lock = threading.Lock()
        self._open = set[socket.socket]()
        self.plan = all_well

    @property
    def plan(self) -> Plan:
        return self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        with self._lock:
            self._plan, self.requests, self.sent = plan, list[str](), 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for each in self._open:
                _close(each)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                with self._lock:
                    self._open.add(client)
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """Bring requests to the server and answers back, as long as both stay."""
        server = socket.create_connection(("127.0.0.1", self._server))
        with (
            suppress(OSError, _BrokenError),
            client.makefile("rb") as asked,
            server.makefile("rb") as answered,
        ):
            while head := _head(asked):
                self._one(head, asked, client, answered, server)
        for each in (client, server):
            _close(each)
        with self._lock:
            self._open.discard(client)

    def _one(
        self,
        head: bytes,
        asked: BinaryIO,
        client: socket.socket,
        answered: BinaryIO,
        server: socket.socket,
    ) -> None:
        line = head.split(b"\r\n", 1)[0].decode().rsplit(" ", 1)[0]
        with self._lock:
            fault = self._plan(len(self.requests), line)
            self.requests.append(line)
            self.sent += _length(head)
        if isinstance(fault, Says):
            asked.read(_length(head))
            client.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % fault.status)
            return
        there = fault.after if isinstance(fault, Cut) and not fault.back else None
        _pass(head, _length(head), asked, server, there)
        answer = _head(answered)
        if isinstance(fault, Slow):
            time.sleep(fault.seconds)
        size = 0 if line.startswith("HEAD") else _length(answer)
        back = fault.after if isinstance(fault, Cut) and fault.back else None
        _pass(answer, size, answered, client, back)


class _BrokenError(Exception):
    """Nothing more comes."""


def _head(source: BinaryIO) -> bytes:
    """The lines before a body, or nothing where the connection has ended."""
    lines = list[bytes]()
    while (line := source.readline()) not in (b"\r\n", b""):
        lines.append(line)
    return b"".join(lines) + b"\r\n" if line else b""


def _length(head: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found[1]) if found else 0


def _pass(
    head: bytes, size: int, source: BinaryIO, target: socket.socket, after: int | None
) -> None:
    """Pass on a head and so many bytes of a body; or fewer, and no more ever."""
    if after != -1:
        target.sendall(head)
        left = size if after is None else min(after, size)
        while left and (block := source.read(min(left, _BLOCK))):
            target.sendall(block)
            left -= len(block)
    if after is not None:
        raise _BrokenError


def _close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
