"""Pages and files from http and https addresses."""

from __future__ import annotations

import functools
import html
import mimetypes
import re
import time
import zlib
from collections.abc import Iterator
from email.message import Message
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from mplus_cli.errors import GoneError, ReadError
from mplus_cli.inputs.load import refuse_large
from mplus_cli.inputs.piece import Content, Piece
from mplus_cli.inputs.selection import Selection
from mplus_cli.shown import readable

if TYPE_CHECKING:
    from httpx2 import Client, Response

TIMEOUT_S = 20.0  # without a connection, or without a byte
TOTAL_S = 300.0
REDIRECTS = 5
# Types that servers send for whatever they know nothing about; the address's own suffix says more.
_VAGUE = {"", "text/plain", "application/octet-stream", "binary/octet-stream"}
_PACKINGS = ("gzip", "x-gzip", "deflate")
_HEADERS = {"User-Agent": "mplus", "Accept-Encoding": "gzip"}
_SAVE_IT = "save it with a browser and name the file"
_INTERNALS = re.compile(r"\[(?:Errno|SSL)[^\]]*\]|\(_ssl\.c:\d+\)")

_REFRESH_WITHIN_BYTES = 16 * 1024
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
# At once: pages that stay for a while are to be read.
_REFRESH = re.compile(
    rb"<meta\b(?=[^>]*?http-equiv\s*=\s*[\"']?refresh\b)"
    rb"[^>]*?content\s*=\s*[\"']?\s*[0-3](?:\.\d*)?\s*[;,]\s*(?:url\s*=)?\s*[\"']?"
    rb"(?P<address>[^\"'>\s]+)",
    re.IGNORECASE,
)


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
    """The page or file at an address, or at the one to which a page sends on at once.

    Raises `ReadError` where nothing comes, too late, too much, or not all of it.
    """
    import httpx2 as httpx

    client = httpx.Client(follow_redirects=True, max_redirects=REDIRECTS, timeout=TIMEOUT_S)
    try:
        with client:
            content, last = _get(client, address, address, max_bytes)
            target = _sent_on(content, last)
            return _get(client, address, target, max_bytes)[0] if target else content
    except httpx.TimeoutException as error:
        raise _late(f"nothing for {TIMEOUT_S:g} s") from error
    except httpx.TooManyRedirects as error:
        raise ReadError(
            f"redirected more than {REDIRECTS} times", "name the last address"
        ) from error
    except httpx.RemoteProtocolError as error:
        raise _cut_short() from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        found = _INTERNALS.sub("", str(error)).strip()
        raise ReadError(
            f"can't be fetched: {found}", "check the address and the connection"
        ) from error


def _get(client: Client, name: str, address: str, max_bytes: int) -> tuple[Content, str]:
    """What an address gives, named by the name and the suffix it has there, and the last address.

    Redirects are followed.
    """
    import httpx2 as httpx

    if httpx.URL(address).userinfo:
        raise ReadError(
            "an address with a password is not read: it would be kept in the memory",
            "leave it out",
        )
    with client.stream("GET", address, headers=_HEADERS) as response:
        if not response.is_success:
            raise _answered(response.status_code, response.reason_phrase)
        body = _body(response, max_bytes)
        last = str(response.url)
        suffix = _suffix(last, response)
        named = name if name.lower().endswith(suffix.lower()) else name + suffix
        return Content(body, named, response.charset_encoding), last


def _body(response: Response, max_bytes: int) -> bytes:
    deadline = time.monotonic() + TOTAL_S
    data = bytearray()
    for part in _unpacked(response, max_bytes):
        data += part
        if len(data) > max_bytes:
            refuse_large(None, max_bytes)
        if time.monotonic() > deadline:
            raise _late(f"more than {TOTAL_S:g} s")
    return bytes(data)


def _unpacked(response: Response, max_bytes: int) -> Iterator[bytes]:
    """The body as it comes, no more than a little over the limit of it."""
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing in ("identity", ""):
        yield from response.iter_raw()
        return
    if packing not in _PACKINGS:
        raise ReadError(f"comes packed as {packing}, which was not asked for", _SAVE_IT)
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS + 32)  # gzip or zlib
    try:
        for part in response.iter_raw():
            yield unpacker.decompress(part, max_bytes + 1)
    except zlib.error as error:
        raise ReadError("comes packed, and damaged", _SAVE_IT) from error
    if not unpacker.eof:
        raise _cut_short()


def _answered(status: int, phrase: str) -> ReadError:
    """Why a server gives no page, and what can be done."""
    if status in (401, 402, 403, 407):
        hint = f"it may want a login: {_SAVE_IT}"
    elif status in (404, 410):
        return GoneError(f"answers {status} {phrase}".rstrip(), "check the address")
    else:
        hint = "try again later, or open it in a browser"
    return ReadError(f"answers {status} {phrase}".rstrip(), hint)


def _late(found: str) -> ReadError:
    return ReadError(f"took too long: {found}", "try again later")


def _cut_short() -> ReadError:
    return ReadError("came only in part: the connection ended too early", "try again later")


def _sent_on(content: Content, last: str) -> str | None:
    """Where a page sends its readers at once, if it is another page."""
    if not content.name.lower().endswith((".html", ".htm", ".xhtml")):
        return None
    found = _REFRESH.search(_COMMENT.sub(b"", content.data[:_REFRESH_WITHIN_BYTES]))
    if found is None:
        return None
    target = urljoin(last, html.unescape(found["address"].decode("utf-8", "replace")).strip())
    return target if is_address(target) and absolute(target) != absolute(last) else None


def _suffix(address: str, response: Response) -> str:
    """The suffix that readers are to go by: of the type, else of the file's name."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    given = Message()
    given["Content-Disposition"] = response.headers.get("Content-Disposition", "")
    name = given.get_filename() or unquote(urlsplit(address).path)
    suffix = PurePosixPath(name).suffix
    return suffix if media_type in _VAGUE else mimetypes.guess_extension(media_type) or suffix
