"""The code as its rules see it: modules, what they import, and the table of docs/rooms.toml."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE: dict[str, dict[str, list[str]]] = tomllib.loads(
    (ROOT / "docs" / "rooms.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Import:
    """What one import names, `package.module.name`; `typed`: under TYPE_CHECKING only."""

    name: str
    typed: bool


def modules() -> Iterator[tuple[str, Path]]:
    """Each module of the program with its file; a package's own is `package.__init__`."""
    for package in ("mplus_cli", "store"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


@cache
def imports(path: Path) -> tuple[Import, ...]:
    """All imports of a file, those inside functions, too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typed = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for below in ast.walk(statement)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, id(node) in typed) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import"
            found += [
                Import(f"{node.module}.{alias.name}", id(node) in typed) for alias in node.names
            ]
    return tuple(found)


def below(name: str, room: str) -> bool:
    """Whether a name is the room's or lies in it."""
    return name == room or name.startswith(f"{room}.")


def room_of(module: str) -> str:
    """The room of a module: the longest name of the table that fits; empty where none does."""
    return max((room for room in TABLE if below(module, room)), key=len, default="")
