"""Files and functions that fit a screen or two: what is longer has more than one job."""

import ast
from collections.abc import Iterator

from tests.rooms import ROOT

FOLDERS = ("bench", "docs", "mplus_cli", "store", "tests", "training")
FILE_LINES, FUNCTION_LINES = 400, 50


def sources() -> Iterator[tuple[str, str]]:
    """Each Python file by its path from the project's folder, with its text."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_no_file_has_over_400_lines() -> None:
    long = {name for name, text in sources() if len(text.splitlines()) > FILE_LINES}
    assert long == set()


def test_no_function_has_over_50_lines() -> None:
    """The docstring counts, decorators don't."""
    long = {
        f"{name}: {node.name}"
        for name, text in sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (node.end_lineno or node.lineno) - node.lineno >= FUNCTION_LINES
    }
    assert long == set()
