"""Who may import whom (docs/design.md, section 4), and what a quick command must not load."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Run

ROOT = Path(__file__).parent.parent
STDLIB = sys.stdlib_module_names

# Room -> what it may import beside the standard library and its own room. A longer name wins.
ALLOWED: dict[str, set[str]] = {
    "mplus_cli.main": {"typer", "mplus_cli.commands", "mplus_cli.errors", "mplus_cli.render", "store.errors"},
    "mplus_cli.settings": {"platformdirs", "mplus_cli.errors", "store.home"},
    "mplus_cli.errors": {"store.errors"},
    "mplus_cli.render": {
        "rich",
        "mplus_cli.answer",
        "mplus_cli.charts",
        "mplus_cli.overview",
        "mplus_cli.sources",
        "store",
    },
    "mplus_cli.charts": {"rich", "mplus_cli.overview"},
    "mplus_cli.overview": {"store"},
    "mplus_cli.page": {"numpy", "jinja2", "mplus_cli.overview", "mplus_cli.render"},
    "mplus_cli.commands": {
        "typer",
        "mplus_cli.answer",
        "mplus_cli.engine",
        "mplus_cli.errors",
        "mplus_cli.events",
        "mplus_cli.ingest",
        "mplus_cli.inputs",
        "mplus_cli.model.catalog",
        "mplus_cli.model.config",
        "mplus_cli.model.fit",
        "mplus_cli.model.machine",
        "mplus_cli.overview",
        "mplus_cli.pace",
        "mplus_cli.page",
        "mplus_cli.plan",
        "mplus_cli.progress",
        "mplus_cli.readers",
        "mplus_cli.render",
        "mplus_cli.settings",
        "store",
    },
    "mplus_cli.progress": {"rich", "mplus_cli.render"},
    "mplus_cli.engine": {"mplus_cli.model", "mplus_cli.settings", "store"},
    "mplus_cli.ahead": set(),
    "mplus_cli.events": {"store"},
    "mplus_cli.pace": {"store.home"},
    "mplus_cli.inputs": {"httpx2", "watchfiles", "mplus_cli.errors", "mplus_cli.readers"},
    "mplus_cli.plan": {
        "mplus_cli.engine",
        "mplus_cli.errors",
        "mplus_cli.events",
        "mplus_cli.inputs",
        "mplus_cli.readers",
        "store",
    },
    "mplus_cli.ingest": {
        "torch",
        "mplus_cli.ahead",
        "mplus_cli.engine",
        "mplus_cli.errors",
        "mplus_cli.events",
        "mplus_cli.inputs",
        "mplus_cli.pace",
        "mplus_cli.plan",
        "mplus_cli.model",
        "mplus_cli.readers",
        "store",
    },
    "mplus_cli.answer": {"mplus_cli.engine", "mplus_cli.errors", "mplus_cli.model", "mplus_cli.sources", "store"},
    "mplus_cli.sources": {"numpy", "mplus_cli.model", "mplus_cli.readers.document", "store"},
    "mplus_cli.readers": {"charset_normalizer", "defusedxml", "pathspec", "pypdf", "selectolax", "mplus_cli.errors"},
    "mplus_cli.model": {"torch", "numpy", "safetensors", "tokenizers", "jinja2", "mplus_cli.errors"},
    "mplus_cli.model.checkpoint": {"torch", "safetensors", "gguf", "mplus_cli.errors", "mplus_cli.model"},
    "mplus_cli.model.hub": {"huggingface_hub", "httpx2", "mplus_cli.errors"},
    "mplus_cli.model.prepare": {"torch", "safetensors", "transformers", "mplus_cli.errors", "mplus_cli.model"},
    "mplus_cli.model.quantized": {"torch", "safetensors", "bitsandbytes", "mplus_cli.errors", "mplus_cli.model"},
    "store": {"torch", "numpy", "safetensors", "sqlite_utils", "filelock", "zstandard"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("mplus_cli", "store"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def below(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_room_imports_only_what_it_may(name: str, path: Path) -> None:
    rooms = sorted((room for room in ALLOWED if below(name, room)), key=len)
    if not rooms:
        assert list(imported(path)) == []
        return
    allowed = ALLOWED[rooms[-1]] | {rooms[-1]}
    for found in imported(path):
        if found.split(".")[0] in STDLIB:
            continue
        assert any(below(found, room) for room in allowed), f"{name} may not import {found}"


def test_no_pickle() -> None:
    for _, path in modules():
        assert not any(below(name, "pickle") or name == "torch.load" for name in imported(path)), path
        assert "torch.load(" not in path.read_text(encoding="utf-8")


LISTING = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=open({!r}, "w")))
from mplus_cli.main import main; main()
"""


@pytest.fixture
def loaded(world: Path, start: Callable[..., "subprocess.Popen[str]"]) -> Callable[..., set[str]]:
    """The modules that a command has loaded when it ends."""

    def run(*arguments: str) -> set[str]:
        listing = world.parent / "modules.json"
        code = LISTING.format(str(listing))
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        assert done.returncode == 0
        return set(json.loads(listing.read_text()))

    return run


def test_quick_commands_load_no_model(mplus: Run, world: Path, loaded: Callable[..., set[str]]) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    mplus("inject", "a.txt")
    for command in (["--help"], ["status"], ["ls"], ["log"], ["diff", "1"], ["gc"], ["export", "x"], ["import", "x"]):
        found = loaded(*command)
        assert not found & {"torch", "transformers", "tokenizers", "bitsandbytes", "mplus_cli.model.layers"}, command
        assert not found & {"httpx2", "watchfiles"}, command
        assert not found & {"pypdf", "selectolax", "charset_normalizer", "defusedxml"}, command
    assert not loaded("forget", "a.txt") & {"torch", "transformers", "tokenizers"}


def test_inject_and_ask_run_without_transformers(world: Path, loaded: Callable[..., set[str]]) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    assert not loaded("inject", "a.txt") & {"transformers", "bitsandbytes", "huggingface_hub", "gguf"}
    for command in (("inject", "a.txt"), ("update",), ("inject", "a.txt", "--dry-run")):  # nothing to do
        assert not loaded(*command) & {"torch", "transformers", "httpx2", "watchfiles"}, command
    assert not loaded("ask", "Why?", "-n", "2") & {"transformers", "bitsandbytes", "huggingface_hub", "gguf"}
