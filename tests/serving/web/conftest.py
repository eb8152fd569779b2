"""One server for all tests of this folder, which may write, and a plain client."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from mplus_cli.serving.desk import Job
from mplus_cli.serving.web.site import Rules
from tests.serving.served import Served, served, settings_of

TEXTS = {
    "gate.txt": "The gate code is 4417. " * 5,
    "pump.md": "# Pump\n\nThe pump in the cellar hums at 5 bar.\n\n## Care\n\n" + "Oil it. " * 60,
}


@pytest.fixture(scope="session")
def house(
    tmp_path_factory: pytest.TempPathFactory, toys: dict[str, Path], toy_cache: Path
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    settings = settings_of(folder, toys["chunks"], toy_cache, TEXTS)
    with served(settings, Rules(writes=True, origins=("https://chat.example.org",))) as found:
        yield found


@dataclass(frozen=True)
class Got:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]
        return found

    @property
    def events(self) -> list[tuple[str, Any]]:
        """Names and data of its server-sent events, comments left out."""
        found = []
        for block in self.body.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
            if "data" in lines:
                data = lines["data"]
                found.append(
                    (lines.get("event", ""), data if data == "[DONE]" else json.loads(data))
                )
        return found


@dataclass
class Client:
    """Sends requests to one server as a program would."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Got:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, sent, self.headers | (headers or {}))
        response = connection.getresponse()
        found = Got(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(),
        )
        connection.close()
        return found


@pytest.fixture
def call(house: Served) -> Callable[..., Got]:
    return Client(house.port)


@contextmanager
def engaged(house: Served, waiting: int = 0) -> Iterator[None]:
    """While the model is engaged with something else, and so many wait for it."""
    go_on, began = threading.Event(), threading.Event()

    def wait(job: Job) -> None:
        began.set()
        go_on.wait(60)

    jobs = [house.desk.run(wait, lambda event: None)]
    began.wait(60)
    jobs += [house.desk.run(wait, lambda event: None) for _ in range(waiting)]
    try:
        yield
    finally:
        for job in jobs:
            job.cancel()
        go_on.set()
        while house.desk.busy:
            time.sleep(0.005)
