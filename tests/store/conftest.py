"""A real S3 server, once for all tests, and a network to it that fails."""

import http.client
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.store.backends.proxy import Proxy


@dataclass(frozen=True)
class Bucket:
    """A new bucket on the server; `ask` speaks to it past the backends."""

    name: str
    port: int

    @property
    def address(self) -> str:
        return f"s3://{self.name}/team/notes"

    def ask(self, method: str, key: str = "", content: bytes = b"") -> bytes:
        asking = http.client.HTTPConnection("127.0.0.1", self.port)
        asking.request(method, f"/{self.name}/{key}", content)
        answer = asking.getresponse()
        said = answer.read()
        assert answer.status < 300, said
        return said

    def put(self, name: str, content: bytes) -> None:
        self.ask("PUT", f"team/notes/{name}", content)


@pytest.fixture(scope="session")
def s3_port() -> Iterator[int]:
    """Where moto's server listens."""
    for package in ("moto", "obstore"):
        pytest.importorskip(package, reason="pip install -e '.[dev]'")
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.store.backends.s3_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout
    yield int(server.stdout.readline())
    server.kill()
    server.communicate()


@pytest.fixture
def to_s3(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Have the environment say that S3 is on a port of this machine."""

    def point(port: int) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")

    for name, value in {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "s", "REGION": "eu-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return point


@pytest.fixture
def bucket(s3_port: int, to_s3: Callable[[int], None]) -> Bucket:
    """A bucket of the test's own, which addresses of S3 lead to."""
    to_s3(s3_port)
    made = Bucket(f"notes-{secrets.token_hex(6)}", s3_port)
    made.ask("PUT")
    return made


@pytest.fixture
def network(
    bucket: Bucket, to_s3: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Proxy]:
    """The network to the server, all well at first; nothing is tried again for long."""
    monkeypatch.setattr("store.backends.objects.PATIENCE_S", 6)
    with Proxy(bucket.port) as proxy:
        to_s3(proxy.port)
        yield proxy
