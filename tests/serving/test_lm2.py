"""A memory of slots at a server: over HTTP, as OpenAI's API, and for agents."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from mplus_cli import Memory
from mplus_cli.errors import UsageError
from mplus_cli.serving.mcp.server import server_of
from mplus_cli.serving.web.site import Rules
from tests.serving.served import Served, served, settings_of
from tests.serving.web.conftest import Client as Caller

TEXTS = {"a.txt": "Mary went to the kitchen. John went there, too.\n", "b.txt": "Ann is away.\n"}
QUESTION = "Where is Mary?"


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, toys: dict[str, Path], toy_cache: Path
) -> Iterator[Served]:
    settings = settings_of(tmp_path_factory.mktemp("served"), toys["lm2"], toy_cache, TEXTS)
    with served(settings, Rules(writes=True)) as found:
        yield found


def test_a_server_answers_as_the_folder_does(house: Served) -> None:
    with Memory(house.url) as far:
        near = house.desk.memory.ask(QUESTION, max_tokens=5)
        answer = far.ask(QUESTION, max_tokens=5)
        assert (answer.text, answer.notes) == (near.text, near.notes)
        assert {each.kind for each in answer.sources} == {"approximate"}
        assert far.status().slots == 8
        with pytest.raises(UsageError, match="matrix"):
            far.ask(QUESTION, among="a.txt")
        assert [each.path[-5:] for each in far.search("kitchen")] == ["a.txt"]


def test_what_is_sent_is_written_into_slots(house: Served, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Mary moved to the garden.")
    with Memory(house.url) as far:
        before = far.status().state_digest
        far.inject(tmp_path / "note.txt")
        assert far.status().state_digest != before
        far.forget("note.txt")
        assert far.status().state_digest == before


def test_openais_api_and_the_page(house: Served) -> None:
    call = Caller(house.port)
    asked = {"model": "m", "messages": [{"role": "user", "content": QUESTION}], "max_tokens": 5}
    got = call("POST", "/v1/chat/completions", asked)
    assert got.status == 200
    assert got.json["choices"][0]["message"]["content"] is not None
    assert call("GET", "/").status == 200
    assert call("GET", "/api/status").json["slots"] == 8


def test_agents_ask_and_search(house: Served) -> None:
    async def talk() -> list[Any]:
        async with Client(server_of(house.desk, shows_paths=False, change=None)) as client:
            return [
                await client.call_tool("ask", {"question": QUESTION, "max_tokens": 5}),
                await client.call_tool("search", {"query": "kitchen"}),
                await client.call_tool("status"),
            ]

    asked, found, status = asyncio.run(talk())
    assert asked.structured_content["generation"] >= 1
    assert found.structured_content["results"][0]["title"] == "a.txt"
    assert status.structured_content["documents"] == 2
