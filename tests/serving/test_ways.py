"""Ways out of an error where there is no command line."""

import pytest

from mplus_cli import main
from mplus_cli.serving.ways import COMMANDS, HTTP, HTTP_ELSE, MCP, MCP_ELSE, way_out


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("", ""),
        ("ask something first", "ask something first"),
        ("it was forgotten before; see what is there with: mplus ls", "it was forgotten before; "
         "see the list of documents"),
        ("split it, or raise --max-bytes", "split it"),
        ("give it with --password, or save a copy without", "save a copy without"),
        ("ask a shorter question, or put the text into the memory with: mplus inject -",
         "ask a shorter question"),
        ("ask without --quote", "ask without quote"),
        ("see what mends it: mplus verify", "where the server runs: see what mends it: mplus "
         "verify"),
        ("make room there; a memory gives back vectors with: mplus trim; and the rest with: mplus "
         "gc", "make room there; where the server runs: a memory gives back vectors with: mplus "
         "trim; and the rest with: mplus gc"),
        ("fill it with: mplus inject PATH; or go back to a generation of mplus log with: mplus "
         "rollback GENERATION", "add a document; go back to an earlier generation"),
    ],
)  # fmt: skip
def test_a_hint_over_http(hint: str, said: str) -> None:
    assert way_out(hint, HTTP, HTTP_ELSE) == said


def test_all_commands_are_known_as_such() -> None:
    assert sorted(main.COMMANDS) == COMMANDS
    said = "convert it to a document that mplus reads"
    assert way_out(said, HTTP, HTTP_ELSE) == said


def test_a_hint_for_agents() -> None:
    seen = way_out("see what is there with: mplus ls", MCP, MCP_ELSE)
    assert seen == "see what is there with the tool status"
    filled = way_out("fill it with: mplus inject PATH", MCP, MCP_ELSE)
    assert filled == "the user can do this on the command line: fill it with: mplus inject PATH"
