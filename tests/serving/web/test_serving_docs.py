"""The examples of docs/serving.md run as written, but for the port."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mplus_cli.serving.web.site import Rules
from tests.serving.served import Served, served, settings_of
from tests.serving.web.conftest import TEXTS
from tests.test_docs import DOCS, commands


@pytest.fixture(scope="module")
def page() -> str:
    return (DOCS / "serving.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory, toys: dict[str, Path], toy_cache: Path
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("documented")
    settings = settings_of(folder, toys["chunks"], toy_cache, TEXTS)
    with served(settings, Rules(writes=True)) as found:
        yield found


def test_curl(page: str, asked: Served, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    run = commands(page)
    assert len(run) > 10
    for line, code in run:
        done = subprocess.run(
            ["sh", "-c", line.replace("localhost:8321", f"localhost:{asked.port}")],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"{line}\n{done.stderr}"


def test_openai(page: str, asked: Served, capsys: pytest.CaptureFixture[str]) -> None:
    [example] = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    exec(example.replace("127.0.0.1:8321", f"127.0.0.1:{asked.port}"), {})
    said = asked.desk.memory.ask("What is the gate code?").text
    assert capsys.readouterr().out.count(said) == 3


def test_every_path_is_documented(page: str, asked: Served) -> None:
    routes = (route.path for route in asked.server.config.app.routes)  # type: ignore[union-attr]
    for path in routes:
        if not path.startswith(("/page", "/documents", "/v1/models/")) and path != "/":
            assert path.replace("{number}", "ID") in page, path
