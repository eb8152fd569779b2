"""Pages and files from http and https addresses."""

from __future__ import annotations

import functools
import mimetypes
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mplus_cli.errors import ReadError
from mplus_cli.inputs.load import refuse_large
from mplus_cli.inputs.piece import Content, Piece
from mplus_cli.inputs.selection import Selection
from mplus_cli.shown import readable

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
    return readable(address.partition("#")[0])


def piece(address: str, selection: Selection) -> Piece:
    """One address, fetched when it is first asked for and only once."""
    address = absolute(address)
    read = functools.cache(lambda: fetch(address, selection.max_bytes))
    return Piece(address, True, 0, read, selection.options)


def fetch(address: str, max_bytes: int) -> Content:
    """The page or file at an address.

    Raises `ReadError` where nothing comes, too late, or too much.
    """
    import httpx2 as httpx

    try:
        if httpx.URL(address).userinfo:
            raise ReadError(
                "an address with a password is not read: it would be kept in the memory",
                "leave it out",
            )
        with (
            httpx.Client(
                follow_redirects=True, max_redirects=REDIRECTS, timeout=TIMEOUT_S
            ) as client,
            client.stream("GET", address, headers={"User-Agent": "mplus"}) as response,
        ):
            if not response.is_success:
                raise ReadError(
                    f"answers {response.status_code} {response.reason_phrase}".rstrip(),
                    "open it in a browser",
                )
            return Content(
                _body(response, max_bytes), _name(address, response), response.charset_encoding
            )
    except httpx.TimeoutException as error:
        raise _late(f"nothing for {TIMEOUT_S:g} s") from error
    except httpx.TooManyRedirects as error:
        raise ReadError(
            f"redirected more than {REDIRECTS} times", "name the last address"
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ReadError(
            f"can't be fetched: {error}", "check the address and the connection"
        ) from error


def _body(response: Response, max_bytes: int) -> bytes:
    deadline = time.monotonic() + TOTAL_S
    data = bytearray()
    for part in response.iter_bytes():
        data += part
        if len(data) > max_bytes:
            refuse_large(None, max_bytes)
        if time.monotonic() > deadline:
            raise _late(f"more than {TOTAL_S:g} s")
    return bytes(data)


def _late(found: str) -> ReadError:
    return ReadError(f"took too long: {found}", "try again later")


def _name(address: str, response: Response) -> str:
    """The address with the suffix that readers are to go by."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    path = PurePosixPath(unquote(urlsplit(address).path))
    suffix = (
        path.suffix
        if media_type in _VAGUE
        else mimetypes.guess_extension(media_type) or path.suffix
    )
    return address if address.lower().endswith(suffix.lower()) else address + suffix
