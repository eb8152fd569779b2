"""A running `mplus serve`: requests to its own API, and what they come to."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from mplus_cli.errors import UnreachableError, UsageError, reason_of
from mplus_cli.remote.failures import error_of
from mplus_cli.results.plain import record
from store.errors import MplusError

if TYPE_CHECKING:
    from ssl import SSLContext

    from httpx2 import Client, Response

CONNECT_S, SILENCE_S = 5.0, 60.0  # a stream has a sign of life every ten seconds
LAST_PORT = 65535
LONGEST_BYTES = 256 * 1024 * 1024  # of an event, or of an answer that comes whole
_SCHEMES = ("http", "https")
_DISTRUSTED = "CERTIFICATE_VERIFY_FAILED"
_NOT_MPLUS = "see that `mplus serve` of the same version is what answers there"

Parameters = Mapping[str, str | Sequence[str]]
T = TypeVar("T")


class Server:
    """A server by its address. For any thread; one that was closed connects again when it is used.

    Errors: those of the memory, as the server tells them; `UnreachableError` where nothing answers.
    """

    def __init__(self, address: str, token: str | None) -> None:
        """Raises `UsageError` for an address that can't be meant."""
        import httpx2

        try:
            url = httpx2.URL(address)
        except httpx2.InvalidURL as error:
            raise UsageError(f"{address!r} is no address: {error}", _FORM) from error
        if url.userinfo:  # not repeated: it may be a password
            raise UsageError("an address of a server has no name and password in it", _FORM)
        if url.port is not None and not 0 < url.port <= LAST_PORT:
            raise UsageError(f"{address!r} has a port that there is not", _FORM)
        if url.scheme not in _SCHEMES or not url.host or url.query or url.fragment:
            raise UsageError(f"{address!r} is no address of a server", _FORM)
        if url.path not in ("", "/"):
            raise UsageError(
                f"{address!r} has a path, and a server has none", f"leave it out: {_FORM}"
            )
        self.address = str(url).rstrip("/")
        self._headers = {"Authorization": f"Bearer {_token(token)}"} if token is not None else {}
        self._lock = threading.Lock()
        self._client: Client | None = None

    def get(self, path: str, parameters: Parameters | None = None) -> dict[str, Any]:
        return self._call("GET", path, params=parameters)

    def content(self, path: str, parameters: Parameters) -> bytes:
        """What is no JSON: a picture."""
        return self._request("GET", path, params=parameters)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, json=body)

    def put(self, path: str, parameters: Parameters, content: bytes) -> dict[str, Any]:
        return self._call("PUT", path, params=parameters, content=content)

    def events(self, path: str, body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """What a stream tells, an event's name and what it says, until it ends.

        Closing the iterator closes the connection.
        """
        import httpx2

        quiet = httpx2.Timeout(SILENCE_S, connect=CONNECT_S, pool=None)
        with (
            self._told(),
            self._opened().sse(
                path,
                method="POST",
                json=dict(body),
                timeout=quiet,
                max_event_size=LONGEST_BYTES,
            ) as source,
        ):
            if not source.response.is_success:
                raise self._refused(source.response, self._read(source.response))
            for event in source:
                yield event.event, self._object(event.data)

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def made(self, kind: type[T], value: Any) -> T:
        """The record of a kind that the server sent. Raises `MplusError` where it is none."""
        try:
            return record(kind, value)
        except ValueError as error:
            raise self.strange(str(error)) from error

    def _call(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        return self._object(self._request(method, path, **what))

    def _request(self, method: str, path: str, **what: Any) -> bytes:
        with self._told(), self._opened().stream(method, path, **what) as response:
            content = self._read(response)
        if not response.is_success:
            raise self._refused(response, content)
        return content

    def _read(self, response: Response) -> bytes:
        """What a response holds, unpacked, which may be far more than what came."""
        content = bytearray()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > LONGEST_BYTES:
                raise self.strange(f"it is longer than {LONGEST_BYTES:,} bytes")
        return bytes(content)

    def _opened(self) -> Client:
        import httpx2

        with self._lock:
            if self._client is None:
                # No proxy of the environment: it would get the token, and questions.
                self._client = httpx2.Client(
                    base_url=self.address,
                    headers=self._headers,
                    timeout=httpx2.Timeout(None, connect=CONNECT_S),
                    trust_env=False,
                    verify=_trusted() if self.address.startswith("https:") else True,
                )
            return self._client

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong with the connection, as errors of ours."""
        import httpx2

        try:
            yield
        except httpx2.ConnectError as error:
            if _DISTRUSTED in str(error):
                raise UnreachableError(
                    f"the certificate of {self.address} is not trusted: {_reason(error)}",
                    "name the file of the authority that signed it in SSL_CERT_FILE",
                ) from error
            raise UnreachableError(
                f"nothing answers at {self.address}: {_reason(error)}",
                "start it with: mplus serve; or check the address",
            ) from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise UnreachableError(
                f"the connection to {self.address} broke: {_reason(error)}",
                "see whether the server is still there, and ask anew",
            ) from error

    def _refused(self, response: Response, content: bytes) -> MplusError:
        """The error that a response tells."""
        found = _loaded(content)
        try:
            told = found.get("error") if isinstance(found, dict) else None
            return error_of(told, response.headers.get("Retry-After"))
        except ValueError:
            return self.strange(f"it says {response.status_code} {response.reason_phrase}")

    def _object(self, content: str | bytes) -> dict[str, Any]:
        found = _loaded(content)
        if not isinstance(found, dict):
            raise self.strange("it is no JSON object")
        return found

    def strange(self, why: str) -> MplusError:
        """The error for an answer that can't be understood."""
        message = f"the answer of {self.address} can't be understood: {' '.join(why.split())}"
        return UnreachableError(message, _NOT_MPLUS)


_FORM = "write it like http://127.0.0.1:8321"


def _trusted() -> SSLContext:
    """The authorities that the system trusts, or those that `SSL_CERT_FILE` names."""
    import httpx2

    try:
        return httpx2.create_ssl_context(trust_env=True)
    except OSError as error:
        raise UsageError(
            f"the certificates that SSL_CERT_FILE names can't be read: {reason_of(error)}",
            "name a file of certificates (PEM)",
        ) from error


def _loaded(content: str | bytes) -> Any:
    """What JSON says; None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _reason(error: Exception) -> str:
    """What a library says of an error, without the system's number for it."""
    return reason_of(Exception(re.sub(r"\[Errno [^\]]*\] ?", "", str(error))))


def _token(token: str) -> str:
    """Raises `UsageError` for one that no header can have."""
    if not token.strip() or not token.isascii() or not token.isprintable():
        raise UsageError("the token has signs that no token has", "take it from its file as it is")
    return token.strip()
