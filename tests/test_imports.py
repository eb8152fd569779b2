"""Who may import whom (docs/design.md, section 4), and what a quick command must not load."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Run

ROOT = Path(__file__).parent.parent
STDLIB = sys.stdlib_module_names

# Room -> what it may import beside the standard library and its own room. A longer name wins.
ALLOWED: dict[str, set[str]] = {
    "mplus_cli.main": {
        "typer",
        "mplus_cli.commands",
        "mplus_cli.errors",
        "mplus_cli.screen.render",
        "store.errors",
    },
    "mplus_cli.settings": {"platformdirs", "mplus_cli.errors", "store.home"},
    "mplus_cli.errors": {"store.errors"},
    "mplus_cli.screen.render": {
        "rich",
        "mplus_cli.asking.answer",
        "mplus_cli.asking.batch",
        "mplus_cli.screen.charts",
        "mplus_cli.overview",
        "mplus_cli.asking.sources",
        "store",
    },
    "mplus_cli.screen.charts": {"rich", "mplus_cli.overview"},
    "mplus_cli.overview": {"store"},
    "mplus_cli.screen.page": {"numpy", "jinja2", "mplus_cli.overview", "mplus_cli.screen.render"},
    "mplus_cli.commands": {
        "typer",
        "mplus_cli.asking.answer",
        "mplus_cli.asking.batch",
        "mplus_cli.engine",
        "mplus_cli.errors",
        "mplus_cli.injecting.events",
        "mplus_cli.injecting.ingest",
        "mplus_cli.inputs",
        "mplus_cli.model.prepared.catalog",
        "mplus_cli.model.config",
        "mplus_cli.model.machine.fit",
        "mplus_cli.model.machine.hardware",
        "mplus_cli.overview",
        "mplus_cli.injecting.pace",
        "mplus_cli.screen.page",
        "mplus_cli.injecting.plan",
        "mplus_cli.screen.progress",
        "mplus_cli.screen.render",
        "mplus_cli.settings",
        "store",
    },
    "mplus_cli.screen.progress": {"rich", "mplus_cli.screen.render"},
    "mplus_cli.engine": {"mplus_cli.model", "mplus_cli.settings", "store"},
    "mplus_cli.injecting.ahead": set(),
    "mplus_cli.injecting.chunks": {"mplus_cli.errors", "mplus_cli.readers"},
    "mplus_cli.injecting.events": {"store"},
    "mplus_cli.injecting.pace": {"store.home"},
    "mplus_cli.inputs": {"httpx2", "pathspec", "watchfiles", "mplus_cli.errors"},
    "mplus_cli.injecting.plan": {
        "mplus_cli.engine",
        "mplus_cli.errors",
        "mplus_cli.injecting.events",
        "mplus_cli.inputs",
        "mplus_cli.readers",
        "store",
    },
    "mplus_cli.kinds.pool_kv": {"safetensors", "torch", "mplus_cli.model", "store"},
    "mplus_cli.injecting.write": {
        "torch",
        "mplus_cli.engine",
        "mplus_cli.injecting.pace",
        "mplus_cli.readers",
        "store",
    },
    "mplus_cli.injecting.ingest": {
        "torch",
        "mplus_cli.injecting.ahead",
        "mplus_cli.engine",
        "mplus_cli.errors",
        "mplus_cli.injecting.events",
        "mplus_cli.inputs",
        "mplus_cli.injecting.pace",
        "mplus_cli.injecting.plan",
        "mplus_cli.model",
        "mplus_cli.readers",
        "store",
        "mplus_cli.injecting.write",
    },
    "mplus_cli.asking.answer": {
        "mplus_cli.kinds.pool_kv",
        "mplus_cli.engine",
        "mplus_cli.errors",
        "mplus_cli.model",
        "mplus_cli.asking.sources",
        "store",
    },
    "mplus_cli.asking.batch": {"mplus_cli.asking.answer", "mplus_cli.errors"},
    "mplus_cli.asking.sources": {"numpy", "mplus_cli.model", "mplus_cli.readers.document", "store"},
    "mplus_cli.readers": {
        "charset_normalizer",
        "defusedxml",
        "pypdf",
        "selectolax",
        "mplus_cli.errors",
    },
    "mplus_cli.model": {
        "torch",
        "numpy",
        "safetensors",
        "tokenizers",
        "jinja2",
        "mplus_cli.errors",
    },
    "mplus_cli.model.prepared.checkpoint": {
        "torch",
        "safetensors",
        "gguf",
        "mplus_cli.errors",
        "mplus_cli.model",
    },
    "mplus_cli.model.prepared.hub": {"huggingface_hub", "httpx2", "mplus_cli.errors"},
    "mplus_cli.model.prepared.prepare": {
        "torch",
        "safetensors",
        "transformers",
        "mplus_cli.errors",
        "mplus_cli.model",
    },
    "mplus_cli.model.prepared.quantized": {
        "torch",
        "safetensors",
        "bitsandbytes",
        "mplus_cli.errors",
        "mplus_cli.model",
    },
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


@pytest.mark.parametrize(
    ("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
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
        assert not any(below(name, "pickle") or name == "torch.load" for name in imported(path)), (
            path
        )
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
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )
        assert done.returncode == 0
        return set(json.loads(listing.read_text()))

    return run


# Command -> which of the project's dependencies it may load. What is added to pyproject.toml is
# looked for, too.
LOOKING = {"typer", "rich", "platformdirs"}
COUNTING = LOOKING | {"numpy", "safetensors"}
CHANGING = COUNTING | {"filelock", "sqlite_utils"}
QUICK: dict[str, set[str]] = {
    "--help": LOOKING,
    "log": LOOKING,
    "model ls": LOOKING,
    "status": COUNTING,
    "ls": COUNTING,
    "diff 1": COUNTING,
    "verify": COUNTING | {"filelock"},
    "tag first": CHANGING,
    "gc": CHANGING,
    "export x": COUNTING | {"filelock", "zstandard"},
    "import x": CHANGING | {"zstandard"},
    "rollback 1": CHANGING,
    "forget a.txt": CHANGING,
}
ASKING = COUNTING | {"filelock", "torch", "tokenizers", "jinja2"}


def dependencies() -> set[str]:
    """The packages that the project depends on, as they are imported."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "dependencies"
    ]
    return {re.split(r"[^\w-]", each)[0].replace("-", "_") for each in declared}


def test_quick_commands_load_only_what_they_need(
    mplus: Run, world: Path, loaded: Callable[..., set[str]]
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    mplus("inject", "a.txt")
    assert {"torch", "sqlite_utils", "huggingface_hub"} < dependencies()
    for command, allowed in QUICK.items():
        found = loaded(*command.split())
        assert found & dependencies() <= allowed, command


def test_a_command_loads_no_other_command(
    mplus: Run, world: Path, loaded: Callable[..., set[str]]
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    mplus("inject", "a.txt")
    shared = {"mplus_cli.commands.options", "mplus_cli.commands.reading"}
    for command, module in (("status", "memory"), ("log", "history"), ("inject a.txt", "inject")):
        commands = {
            name for name in loaded(*command.split()) if name.startswith("mplus_cli.commands.")
        }
        assert commands - shared == {f"mplus_cli.commands.{module}"}, command


def test_inject_and_ask_run_without_transformers(
    world: Path, loaded: Callable[..., set[str]]
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    assert not loaded("inject", "a.txt") & {
        "transformers",
        "bitsandbytes",
        "huggingface_hub",
        "gguf",
    }
    for command in (
        ("inject", "a.txt"),
        ("update",),
        ("inject", "a.txt", "--dry-run"),
    ):  # nothing to do
        assert not loaded(*command) & {"torch", "transformers", "httpx2", "watchfiles"}, command
    asking = loaded("ask", "Why?", "-n", "2")
    assert asking & dependencies() <= ASKING
    readers = {name for name in asking if below(name, "mplus_cli.readers")}
    assert readers == {"mplus_cli.readers", "mplus_cli.readers.document"}
