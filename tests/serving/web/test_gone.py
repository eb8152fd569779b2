"""A memory that is removed while a server has it open."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client as McpClient
from mcp import MCPError

from mplus_cli import Memory
from mplus_cli.errors import GoneMemoryError
from mplus_cli.remote.memory import RemoteMemory
from mplus_cli.serving.desk import Desk
from mplus_cli.serving.mcp.server import server_of
from mplus_cli.serving.web.site import Rules
from mplus_cli.settings import Settings
from store.errors import NoMemoryError
from tests.serving.served import Served, served, settings_of
from tests.serving.web.conftest import Client

TEXT = b"The gate code is 4417. " * 5
QUESTION = {"question": "What is the gate code?", "max_tokens": 4}
CHAT = {"messages": [{"role": "user", "content": "What is the gate code?"}]}


@pytest.fixture
def settings(tmp_path: Path, toys: dict[str, Path], toy_cache: Path) -> Settings:
    return settings_of(tmp_path, toys["chunks"], toy_cache, {"gate.txt": TEXT.decode()})


@pytest.fixture
def house(settings: Settings) -> Iterator[Served]:
    with served(settings, Rules(writes=True)) as found:
        yield found


REQUESTS = (
    ("GET", "/api/status", None),
    ("GET", "/api/documents", None),
    ("PUT", "/api/documents?name=a.txt", TEXT),
    ("POST", "/api/forget", {"names": ["1"]}),
    ("POST", "/api/rollback", {"generation": 1}),
    ("POST", "/api/ask", QUESTION),
    ("GET", "/api/search?q=gate", None),
    ("GET", "/api/events", None),
    ("GET", "/v1/models", None),
    ("POST", "/v1/chat/completions", CHAT),
)


def test_all_requests_say_so_and_none_makes_another(house: Served, settings: Settings) -> None:
    call = Client(house.port)
    assert call("POST", "/api/ask", QUESTION).status == 200
    away = settings.memory.with_name("away")
    settings.memory.rename(away)
    for method, path, body in REQUESTS:
        got = call(method, path, body)
        assert (got.status, got.error["code"]) == (404, "memory_gone"), path
        assert "the memory at memory is gone" in got.error["message"]
        assert "start it anew" in json.dumps(got.error)
    assert not settings.memory.exists()
    assert call("GET", "/health").status == 200
    with pytest.raises(NoMemoryError, match="is gone") as gone, RemoteMemory(house.url, None) as m:
        m.status()
    assert gone.value.exit_code == 10
    away.rename(settings.memory)
    assert call("POST", "/api/ask", QUESTION).status == 200


def test_a_change_that_waits_makes_none_in_its_place(house: Served, settings: Settings) -> None:
    shutil.rmtree(settings.memory)
    with pytest.raises(GoneMemoryError):
        house.desk.place.change(lambda: house.desk.memory.inject(texts=[(TEXT, "a")]))
    assert not settings.memory.exists()


def test_one_is_made_where_none_was_and_no_second_one(house: Served, tmp_path: Path) -> None:
    settings = house.desk.memory._settings
    shutil.rmtree(settings.memory)
    with served(settings, Rules(writes=True)) as begun:
        call = Client(begun.port)
        assert call("GET", "/api/status").error["code"] == "no_memory"
        assert call("PUT", "/api/documents?name=a.txt", TEXT).status == 200
        shutil.rmtree(settings.memory)
        assert call("PUT", "/api/documents?name=a.txt", TEXT).error["code"] == "memory_gone"


def test_agents_are_told_so(settings: Settings) -> None:
    desk = Desk(settings)
    shutil.rmtree(settings.memory)

    async def change(work: Any) -> Any:
        return await asyncio.to_thread(desk.place.change, work)

    async def talk() -> list[Any]:
        async with McpClient(server_of(desk, shows_paths=False, change=change)) as client:
            with pytest.raises(MCPError, match="is gone"):
                await client.list_resources()
            with pytest.raises(MCPError, match="is gone"):
                await client.read_resource("mplus://document/1")
            asked: list[tuple[str, dict[str, Any]]] = [
                ("ask", {"question": "Who?"}), ("remember", {"text": "A note."}), ("status", {})
            ]  # fmt: skip
            return [await client.call_tool(*each) for each in asked]

    for found in asyncio.run(talk()):
        assert found.is_error
        assert found.structured_content["error"]["code"] == "memory_gone"
    assert not settings.memory.exists()
    desk.close()
    with Memory.of(settings) as memory, pytest.raises(NoMemoryError):
        memory.status()
