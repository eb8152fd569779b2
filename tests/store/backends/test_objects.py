"""Object stores over networks that fail, on servers that lie, and what is said of both."""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from store.backends import Backend, MissingObjectError, UnreachableError, is_name
from store.backends.opened import backend_at
from store.errors import DamagedError, MplusError
from tests.certificates import signed_by_itself
from tests.store.backends.proxy import Cut, Fault, Proxy, Says, Slow, all_well
from tests.store.conftest import Bucket

CONTENT = bytes(range(256)) * 2000
PASSING = [
    *(Cut(after, back) for after in (-1, 0, 100_000) for back in (False, True)),
    *(Says(status) for status in (429, 500, 503)),
]


@pytest.fixture
def backend(bucket: Bucket, network: Proxy) -> Backend:
    """What has been asked once: whether its server creates without overwriting is known."""
    made = backend_at(bucket.address)
    made.create("packs/ab", CONTENT)
    return made


def at(number: int, fault: Fault) -> Callable[[int, str], Fault | None]:
    return lambda asked, request: fault if asked == number else None


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_what_fails_once_is_asked_again(fault: Fault, backend: Backend, network: Proxy) -> None:
    def fails() -> None:
        network.plan = at(0, fault)

    fails()
    assert backend.get("packs/ab", len(CONTENT)) == CONTENT
    fails()
    assert backend.get("packs/ab", len(CONTENT), 1000, 400_000) == CONTENT[1000:400_000]
    fails()
    assert list(backend.names()) == [("packs/ab", len(CONTENT))]
    fails()
    assert backend.create("packs/cd", CONTENT)
    fails()
    backend.delete(["packs/cd"])
    network.plan = all_well
    assert list(backend.names()) == [("packs/ab", len(CONTENT))]


@pytest.mark.parametrize("fault", [Cut(), Cut(back=True), Says(503)], ids=str)
def test_what_fails_again_and_again_ends_in_time(
    fault: Fault,
    backend: Backend,
    network: Proxy,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("store.backends.objects.PATIENCE_S", 1)
    network.plan = lambda number, request: fault
    calls: list[Callable[[], object]] = [
        lambda: backend.get("packs/ab", len(CONTENT)),
        lambda: list(backend.names()),
        lambda: backend.delete(["packs/ab"]),
    ]
    for call in calls:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match=f"{bucket.address} can't be reached: "):
            call()
        assert time.monotonic() - began < 20
        assert len(network.requests) > 1


def test_a_silent_server_is_asked_again(
    bucket: Bucket, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.backends.objects.PATIENCE_S", 3)
    bucket.put("a", b"there")
    network.plan = at(0, Slow(1.5))
    assert backend_at(bucket.address).get("a", 5) == b"there"
    assert len(network.requests) > 1


def test_a_body_goes_on_where_it_broke_off(backend: Backend, network: Proxy) -> None:
    network.plan = lambda number, request: Cut(100_000, back=True) if number < 4 else None
    assert backend.get("packs/ab", len(CONTENT)) == CONTENT
    assert len(network.requests) == 5
    network.plan = at(0, Cut(len(CONTENT) - 1, back=True))
    assert backend.get("packs/ab", len(CONTENT), 0, len(CONTENT)) == CONTENT


def test_who_created_what_is_told_although_the_answer_was_lost(
    backend: Backend, network: Proxy, bucket: Bucket
) -> None:
    """The first try has done it, the second one finds an object there: its own."""
    network.plan = at(0, Cut(back=True))
    assert backend.create("generations/1", b"mine")
    bucket.put("generations/2", b"his")
    network.plan = at(0, Cut(back=True))
    assert not backend.create("generations/2", b"mine")
    network.plan = at(0, Cut())
    assert not backend.create("generations/2", b"mine")
    assert backend.get("generations/2", 3) == b"his"


def test_half_an_upload_is_no_object(
    backend: Backend, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.backends.objects.PATIENCE_S", 1)
    network.plan = lambda number, request: Cut(300_000)
    with pytest.raises(UnreachableError, match="the connection broke off"):
        backend.create("packs/cd", CONTENT)
    network.plan = all_well
    with pytest.raises(MissingObjectError):
        backend.get("packs/cd", len(CONTENT))
    assert backend.create("packs/cd", CONTENT)


def test_hostile_keys_are_left_out(backend: Backend, bucket: Bucket) -> None:
    for key in ("A", "a%20b", ".hidden", "packs/.new", "x" * 250, "packs/%C3%A4", "folder/"):
        bucket.put(key, b"hostile")
    assert [name for name, _ in backend.names("packs")] == ["packs/ab"]
    assert {name for name, _ in backend.names()} <= {"packs/ab", "folder"}


def test_no_bucket(network: Proxy) -> None:
    there = backend_at("s3://nobody-has-it/x")
    calls: list[Callable[[], object]] = [
        lambda: there.get("a", 1),
        lambda: there.create("a", b""),
        lambda: list(there.names()),
        lambda: there.delete(["a"]),
    ]
    for call in calls:
        with pytest.raises(MplusError, match="there is no bucket for s3://nobody-has-it/x"):
            call()


@pytest.mark.parametrize("status", [401, 403])
def test_no_access(status: int, backend: Backend, network: Proxy) -> None:
    network.plan = lambda number, request: Says(status)
    with pytest.raises(MplusError, match=f"refuses access: its server says {status}") as raised:
        backend.get("packs/ab", 1)
    assert "look at the credentials" in raised.value.hint
    assert len(network.requests) == 1


def test_nobody_is_there(
    bucket: Bucket, to_s3: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.backends.objects.PATIENCE_S", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    to_s3(port)
    with pytest.raises(UnreachableError, match="can't be reached: connection refused"):
        list(backend_at(bucket.address).names())


class Lying(BaseHTTPRequestHandler):
    """A server that takes every object, again and again, and gives what it is told to."""

    says: dict[str, Any]

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"")

    def do_DELETE(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(self.says["body"])

    def _answer(self, body: bytes) -> None:
        self.send_response(self.says.get("status", 200))
        headers = {"Content-Length": len(body), "ETag": '"x"'} | self.says.get("headers", {})
        headers["Last-Modified"] = "Sat, 28 Nov 2026 00:00:00 GMT"
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def lying(says: dict[str, Any], secure: ssl.SSLContext | None = None) -> Iterator[int]:
    handler = type("Told", (Lying,), {"says": says})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if secure:
        server.socket = secure.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def told(bucket: Bucket, to_s3: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    """What a lying server says."""
    says: dict[str, Any] = {"body": b""}
    with lying(says) as port:
        to_s3(port)
        yield says


def test_a_server_that_overwrites_is_refused(told: dict[str, Any], bucket: Bucket) -> None:
    with pytest.raises(MplusError, match="its server overwrites what may only be created"):
        backend_at(bucket.address).create("mplus.json", b"{}")


def test_an_object_that_is_longer_than_it_may_be_is_not_taken(
    told: dict[str, Any], bucket: Bucket
) -> None:
    there = backend_at(bucket.address)
    told["body"] = b"x" * 3_000_000
    with pytest.raises(DamagedError, match="3,000,000 bytes, and 1,000 are the most it may"):
        there.get("a", 1000)
    # More bytes than the part has that it says it is.
    told |= {"status": 206, "headers": {"Content-Range": "bytes 0-9/10"}}
    with pytest.raises(MplusError):
        there.get("a", 1000, 0, 10)
    # Another part than was asked for.
    told |= {"body": b"x" * 10, "headers": {"Content-Range": "bytes 5-14/20"}}
    with pytest.raises(MplusError):
        there.get("a", 1000, 0, 10)


@pytest.mark.parametrize(
    "listed",
    [
        "<Key>team/notes/../../x</Key><Size>1</Size>",
        "<Key>team/notes//x</Key><Size>1</Size>",
        "<Key>/etc/passwd</Key><Size>1</Size>",
        "<Key>other/x</Key><Size>1</Size>",
        "<Key>team/notes/a</Key><Size>-1</Size>",
        "<Key>team/notes/a</Key><Size>99999999999999999999999999</Size>",
        "<Key>team/notes/a</Key>",
        "<Size>1</Size>",
    ],
)
def test_hostile_listings_lead_nowhere(listed: str, told: dict[str, Any], bucket: Bucket) -> None:
    told["body"] = (
        '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><Contents>'
        f"{listed}<LastModified>2026-11-28T00:00:00.000Z</LastModified><ETag>x</ETag></Contents>"
        "</ListBucketResult>"
    ).encode()
    there = backend_at(bucket.address)
    try:
        assert all(is_name(name) for name, _ in there.names())
    except MplusError as error:
        assert error.message == f"{bucket.address} can't be used: its answer can't be understood"


@pytest.mark.parametrize("others", [True, False], ids=["others", "the same"])
def test_a_listing_without_end(
    others: bool, told: dict[str, Any], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.backends.objects._MOST_LISTED", 5000)
    numbers = iter(range(1_000_000_000))

    class Endless:
        def __call__(self) -> bytes:
            some = "".join(
                f"<Contents><Key>team/notes/{others and next(numbers)}</Key><Size>1</Size>"
                "<LastModified>2026-11-28T00:00:00.000Z</LastModified></Contents>"
                for _ in range(1000)
            )
            return (
                "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>more"
                f"</NextContinuationToken>{some}</ListBucketResult>"
            ).encode()

    monkeypatch.setattr(Lying, "do_GET", lambda self: self._answer(Endless()()))
    with pytest.raises(MplusError, match="lists more than 5,000 objects"):
        list(backend_at(bucket.address).names())


def test_certificates(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, shown = signed_by_itself(tmp_path)
    monkeypatch.setenv("NO_PROXY", "localhost")
    with lying({"body": b"x"}, context) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://localhost:{port}")
        with pytest.raises(UnreachableError, match="shows no certificate that is trusted here"):
            backend_at(bucket.address).get("a", 1)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(shown))
        assert backend_at(bucket.address).get("a", 1) == b"x"


def test_credentials_are_found_and_never_told(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile, as the AWS command line writes it; and none."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    with pytest.raises(MplusError, match=f"there are no credentials for {bucket.address}"):
        backend_at(bucket.address)
    (tmp_path / "credentials").write_text(
        "[team]\naws_access_key_id = AKIA1\naws_secret_access_key = hidden-secret\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "team")
    there = backend_at(bucket.address)
    assert there.create("a", b"")
    assert "hidden-secret" not in f"{there.address}{there!r}"
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(MplusError, match=r"no credentials for .*: the config profile \(nobody\)"):
        backend_at(bucket.address)
