"""Data flows one way through the model's modules: none imports what imports it, not even a type."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import mplus_cli.model

ROOT = Path(mplus_cli.model.__file__).parent
NET = "mplus_cli.model.net."


def imported() -> dict[str, set[str]]:
    """Module of `mplus_cli.model` -> those of them that it imports, anywhere in its text."""
    found = {}
    for path in ROOT.rglob("*.py"):
        name = ".".join(["mplus_cli", "model", *path.relative_to(ROOT).with_suffix("").parts])
        nodes = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        ]
        named = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
        found[name] = {str(node.module) for node in nodes} | named
    return {name: found.keys() & modules for name, modules in found.items()}


def test_no_module_imports_what_imports_it() -> None:
    TopologicalSorter(imported()).prepare()  # raises where there is a circle


def test_the_network_knows_no_files() -> None:
    for name, modules in imported().items():
        if name.startswith(NET):
            assert not any(each.startswith("mplus_cli.model.prepared") for each in modules), name
