"""Who may import whom (docs/rooms.toml), and what a quick command must not load."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.rooms import ROOT, TABLE, below, imports, modules, room_of


def beyond(module: str, path: Path) -> set[str]:
    """What a module imports and its row of the table doesn't list."""
    room = room_of(module)
    row = TABLE.get(room, {"may": []})
    found = set()
    for each in imports(path):
        allowed = [room, *row["may"], *(row.get("types", []) if each.typed else [])]
        ours = any(below(each.name, name) for name in allowed if name)
        if not ours and each.name.split(".")[0] not in sys.stdlib_module_names:
            found.add(each.name)
    return found


@pytest.mark.parametrize(
    ("module", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_room_imports_only_what_it_may(module: str, path: Path) -> None:
    found = beyond(module, path)
    assert not found, f"{module} may not import {', '.join(found)}: see docs/rooms.toml"


def test_every_row_of_the_table_has_a_module() -> None:
    names = {module for module, _ in modules()}
    for room in TABLE:
        assert any(below(name, room) for name in names), f"docs/rooms.toml: there is no {room}"


def test_no_modules_import_each_other() -> None:
    """In a circle neither can be understood, tested or moved without the other; types count."""
    names = {module.removesuffix(".__init__") for module, _ in modules()}

    def module_of(name: str) -> str:
        while name and name not in names:
            name = name.rpartition(".")[0]
        return name

    direct = {
        module.removesuffix(".__init__"): {module_of(each.name) for each in imports(path)} - {""}
        for module, path in modules()
    }

    def reached(module: str) -> set[str]:
        found: set[str] = set()
        waiting = [module]
        while waiting:
            new = direct[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    behind = {module: reached(module) for module in direct}
    circles = {
        frozenset(other for other in found if module in behind[other])
        for module, found in behind.items()
        if module in found
    }
    assert circles == set()


PRINTING = re.compile(r"print|typer\.s?echo|(sys\.)?std(out|err)\.write(lines)?")


def test_only_the_screen_prints() -> None:
    """What is written past it would spoil `--json`, pipes and progress bars."""
    for module, path in modules():
        if below(module, "mplus_cli.screen"):
            continue
        text = path.read_text(encoding="utf-8")
        if not PRINTING.search(text):  # to parse it takes longer
            continue
        for node in ast.walk(ast.parse(text)):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert not PRINTING.fullmatch(called), f"{module} calls {called}"


def test_no_pickle() -> None:
    for _, path in modules():
        assert not any(
            below(each.name, "pickle") or each.name == "torch.load" for each in imports(path)
        ), path
        assert "torch.load(" not in path.read_text(encoding="utf-8")


LISTING = """
import json, shlex, sys
from mplus_cli.main import main
for command in sys.argv[1:]:
    sys.argv = ["mplus", *shlex.split(command)]
    try:
        main()
    except SystemExit as end:
        assert not end.code, command
print()
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def loaded(world: Path) -> Callable[..., set[str]]:
    """The modules that commands have loaded when the last of them ends, which share a process."""

    def run(*commands: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", LISTING, *commands], capture_output=True, text=True, check=True
        )
        return set(json.loads(done.stdout.splitlines()[-1]))

    return run


# Commands, and which of the project's dependencies they may load. What is added to pyproject.toml
# is looked for, too.
LOOKING = {"typer", "pydantic", "rich", "platformdirs"}  # the second for the first
COUNTING = LOOKING | {"numpy", "safetensors"}
CHANGING = COUNTING | {"filelock", "sqlite_utils"}
QUICK: list[tuple[list[str], set[str]]] = [
    (["--help", "log", "model ls", "read a.txt"], LOOKING),
    (["status", "ls", "diff 1"], COUNTING),
    (["verify", "export x"], COUNTING | {"filelock", "zstandard"}),
    (["tag first", "gc", "rollback 1", "forget a.txt"], CHANGING),
    (["import x", "push shared", "pull shared"], CHANGING | {"zstandard"}),
]
ASKING = COUNTING | {"filelock", "torch", "tokenizers", "jinja2", "zstandard"}
LIGHT = ("document", "job", "options", "remarks")  # of the readers: for places


def dependencies() -> set[str]:
    """The packages that the project depends on, as they are imported; those of extras, too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    optional = (each for name in ("serve", "mcp", "cloud", "cluster") for each in extras[name])
    declared = [*project["dependencies"], *optional]
    return {re.split(r"[^\w-]", each)[0].replace("-", "_") for each in declared}


def test_quick_commands_load_only_what_they_need(
    mplus: Run, world: Path, loaded: Callable[..., set[str]]
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    mplus("inject", "a.txt")
    assert {"torch", "sqlite_utils", "huggingface_hub"} < dependencies()
    for commands, allowed in QUICK:
        assert loaded(*commands) & dependencies() <= allowed, commands


def test_derived_vectors_are_counted_and_removed_without_a_model(
    mplus: Run, world: Path, toys: dict[str, Path], loaded: Callable[..., set[str]]
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    mplus("inject", "a.txt", "-m", toys["chunks"])
    for command, allowed in (("status", COUNTING), ("trim", CHANGING)):
        assert loaded(command) & dependencies() <= allowed, command


def test_a_warm_command_loads_nothing_before_it_has_asked(world: Path) -> None:
    code = (
        "import sys; sys.argv = ['mplus', 'ask', 'Why?']; import mplus_cli.quick as quick\n"
        "quick._old_way = lambda: print(*sys.modules); quick.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "mplus_cli.serving.warm.client" in loaded
    assert loaded & dependencies() <= {"platformdirs"}
    assert not loaded & {"asyncio", "sqlite3", "subprocess", "traceback", "mplus_cli.api"}


def test_a_command_loads_no_other_command(
    mplus: Run, world: Path, loaded: Callable[..., set[str]]
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    mplus("inject", "a.txt")
    shared = {
        f"mplus_cli.commands.{name}"
        for name in ("interrupts", "names", "options", "passwords", "runs", "stdin", "table")
    }
    for command, module in (("status", "memory"), ("log", "history"), ("inject a.txt", "inject")):
        commands = {name for name in loaded(command) if name.startswith("mplus_cli.commands.")}
        assert commands - shared == {f"mplus_cli.commands.{module}"}, command


def test_inject_and_ask_run_without_transformers(
    world: Path, loaded: Callable[..., set[str]]
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    assert not loaded("inject a.txt") & {"transformers", "bitsandbytes", "huggingface_hub", "gguf"}
    nothing_to_do = loaded("inject a.txt", "update", "inject a.txt --dry-run")
    assert not nothing_to_do & {"torch", "transformers", "httpx2", "watchfiles"}
    asking = loaded("ask Why? -n 2")
    assert asking & dependencies() <= ASKING
    readers = {name for name in asking if below(name, "mplus_cli.readers")}
    light = {f"mplus_cli.readers.{name}" for name in LIGHT}
    assert readers == light | {"mplus_cli.readers"}
