"""A server from its start to its end, for `mplus serve`."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mplus_cli.errors import UsageError
from mplus_cli.serving.desk import Desk
from mplus_cli.serving.warm.listener import Listener
from mplus_cli.serving.web.server import WebServer, listen
from mplus_cli.serving.web.site import Rules, Site
from mplus_cli.serving.web.token import token_of
from mplus_cli.settings import Settings


@dataclass(frozen=True)
class Wanted:
    """How a server is wanted. token_file: None: no token is asked for; idle_s: see `Desk`."""

    host: str
    port: int
    writes: bool
    token_file: Path | None
    shows_paths: bool
    origins: tuple[str, ...]
    longest_line: int
    idle_s: float


@dataclass(frozen=True)
class Address:
    """A server that listens at an address; made_token: the file of a token that was made for it."""

    url: str
    made_token: Path | None


def serve(settings: Settings, wanted: Wanted, told: Callable[[Address], None]) -> None:
    """Serve a memory until a signal comes. told: once it listens.

    Raises `UsageError` for what is not safe or can't be meant, and `NoMemoryError` where there is
    nothing to read and nothing may be written.
    """
    for origin in wanted.origins:
        _check_origin(origin)
    token, made = token_of(wanted.token_file) if wanted.token_file else (None, False)
    if token is None and not _is_loopback(wanted.host):
        raise UsageError(
            f"at {wanted.host} others can ask, too",
            "take a token for it: --token-file FILE (one is made where there is none)",
        )
    with listen(wanted.host, wanted.port) as socket:
        desk = Desk(settings, longest_line=wanted.longest_line, idle_s=wanted.idle_s)
        try:
            if not wanted.writes:
                desk.memory.newest()
            host, port = socket.getsockname()[:2]
            url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            told(Address(url, wanted.token_file if made else None))
            rules = Rules(wanted.writes, token, wanted.shows_paths, wanted.origins)
            with _warm(desk, settings):
                WebServer(Site.of(desk, rules)).run([socket])
        finally:
            desk.close()


@contextmanager
def _warm(desk: Desk, settings: Settings) -> Iterator[None]:
    """Answer this user's own commands, too, where there is a place to be found at."""
    listener = Listener(desk, settings)
    with suppress(OSError):
        listener.start()
    try:
        yield
    finally:
        listener.close()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_origin(origin: str) -> None:
    """Raises `UsageError` for what no browser sends as an origin."""
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != origin:
        raise UsageError(f"{origin!r} is no origin", "write it like https://chat.example.org")
