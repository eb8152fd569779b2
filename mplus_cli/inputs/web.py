"""Pages and files from http and https addresses."""

from __future__ import annotations

import functools
import mimetypes
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mplus_cli.errors import ReadError
from mplus_cli.inputs.piece import Content, Piece
from mplus_cli.readers import refuse_large

if TYPE_CHECKING:
    from httpx2 import Response

TIMEOUT_S = 20.0  # without a connection, or without a byte
TOTAL_S = 300.0
REDIRECTS = 5
# Types that servers send for whatever they know nothing about; the address's own suffix says more.
_VAGUE = {"", "text/plain", "application/octet-stream", "binary/octet-stream"}


def is_address(name: str) -> bool:
    return name.lower().startswith(("http://", "https://"))


def absolute(address: str) -> str:
    """The address of the whole page: a server never sees what stands after #."""
    return address.partition("#")[0]


def piece(address: str, max_bytes: int) -> Piece:
    """One address, fetched when it is first asked for and only once."""
    address = absolute(address)
    return Piece(address, True, 0, functools.cache(lambda: fetch(address, max_bytes)))


def fetch(address: str, max_bytes: int) -> Content:
    """Raises `ReadError` where nothing comes, too late, or too much."""
    import httpx2 as httpx

    try:
        if httpx.URL(address).userinfo:
            raise ReadError(
                "an address with a password is not read: it would be kept in the memory",
                "Leave it out.",
            )
        with (
            httpx.Client(
                follow_redirects=True, max_redirects=REDIRECTS, timeout=TIMEOUT_S
            ) as client,
            client.stream("GET", address, headers={"User-Agent": "mplus"}) as response,
        ):
            if not response.is_success:
                raise ReadError(
                    f"{address} answers {response.status_code} {response.reason_phrase}".rstrip(),
                    "Open it in a browser.",
                )
            return Content(_body(response, address, max_bytes), _name(address, response))
    except httpx.TimeoutException as error:
        raise ReadError(
            f"{address} took too long: nothing for {TIMEOUT_S:g} s", "Try again later."
        ) from error
    except httpx.TooManyRedirects as error:
        raise ReadError(
            f"{address} was redirected more than {REDIRECTS} times", "Name the last address."
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ReadError(
            f"{address} cannot be fetched: {error}", "Check the address and the connection."
        ) from error


def _body(response: Response, address: str, max_bytes: int) -> bytes:
    deadline = time.monotonic() + TOTAL_S
    data = bytearray()
    for part in response.iter_bytes():
        data += part
        if len(data) > max_bytes:
            refuse_large(address, None, max_bytes)
        if time.monotonic() > deadline:
            raise ReadError(f"{address} took too long: more than {TOTAL_S:g} s", "Try again later.")
    return bytes(data)


def _name(address: str, response: Response) -> str:
    """The address with the suffix that readers are to go by."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    path = PurePosixPath(unquote(urlsplit(address).path))
    suffix = path.suffix if kind in _VAGUE else mimetypes.guess_extension(kind) or path.suffix
    return address if address.lower().endswith(suffix.lower()) else address + suffix
