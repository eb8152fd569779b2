"""The examples of docs/recipes.md and its notebook run as written, but for the port."""

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from mplus_cli.serving.web.site import Rules
from tests.serving.served import Served, served, settings_of
from tests.test_docs import CACHE, DOCS

TEXTS = {
    "greenhouse.txt": "The door code of the greenhouse is 4711.\n",
    "pump.md": "# Cellar pump\n\nServiced in March 2024 by Ines Keller.\n",
}
_PRINTS = re.compile(r"^ *print\(.*\)  +# (.*)$", re.MULTILINE)
_ADDRESS = "127.0.0.1:8321"


@pytest.fixture(scope="module")
def page() -> str:
    return (DOCS / "recipes.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = settings_of(tmp_path_factory.mktemp("recipes"), Path("smollm2"), CACHE, TEXTS)
    with served(settings, Rules()) as found:
        yield found


def test_examples_in_python(page: str, house: Served, capsys: pytest.CaptureFixture[str]) -> None:
    examples = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    ours = [each for each in examples if "mcp" in each or "mplus_cli" in each]
    assert len(ours) == len(examples) - 2  # the retrievers: other packages
    for example in ours:
        exec(example.replace(_ADDRESS, f"127.0.0.1:{house.port}"), {})
        said = capsys.readouterr().out.splitlines()
        assert set(_PRINTS.findall(example)) <= set(said)


def test_the_notebook(house: Served, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = json.loads((DOCS / "recipes" / "notebook.ipynb").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec("".join(cell["source"]).replace(_ADDRESS, f"127.0.0.1:{house.port}"), names)
    assert "4711" in capsys.readouterr().out
    assert "<td>line 1</td>" in names["Table"]([("line 1",)])._repr_html_()
    assert "&lt;b&gt;" in names["Table"]([("<b>",)])._repr_html_()


def test_settings_of_an_editor(page: str, house: Served) -> None:
    [settings] = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    [given] = json.loads(settings)["mcpServers"].values()
    memory = str(house.desk.memory.path)
    arguments = [memory if each.startswith("/home/me") else each for each in given["args"]]
    assert memory in arguments
    program = Path(sys.executable).parent / given["command"]
    environment = {"PYTHONPATH": str(DOCS.parent), "MPLUS_CACHE": str(CACHE)}

    async def talk() -> Any:
        server = StdioServerParameters(command=str(program), args=arguments, env=environment)
        async with Client(server, mode="legacy") as client:  # as editors speak today
            question = {"question": "What is the door code of the greenhouse?"}
            return await client.list_resources(), await client.call_tool("ask", question)

    listed, asked = asyncio.run(talk())
    assert [Path(each.name).name for each in listed.resources] == list(TEXTS)
    assert "4711" in asked.content[0].text
    assert asked.structured_content["sources"][0]["title"].endswith("greenhouse.txt")
