"""Ways out of an error for who is not at the command line: hints name commands there."""

from __future__ import annotations

import re
from collections.abc import Mapping

COMMANDS = [
    "ask", "chat", "diff", "doctor", "export", "forget", "gc", "import", "inject", "log", "ls",
    "mcp", "model", "pull", "push", "read", "rebuild", "rollback", "search", "serve", "shard",
    "status", "tag", "trim",
    "update", "verify",
]  # fmt: skip
_COMMAND_LINE = re.compile(rf"\bmplus (?:{'|'.join(COMMANDS)})\b|(?<!\S)--[a-z]")

HTTP = {
    "mplus ls": "see the list of documents",
    "mplus log": "see the list of generations",
    "mplus inject": "add a document",
    "mplus rollback": "go back to an earlier generation",
    "--quote": "ask without quote",
}
HTTP_ELSE = "where the server runs: "
MCP = {"mplus ls": "see what is there with the tool status", "--quote": "ask without quote"}
MCP_ELSE = "the user can do this on the command line: "


def way_out(hint: str, ways: Mapping[str, str], else_: str) -> str:
    """A hint in other words: steps that the command line alone has fall away where another choice
    is left; else they are what `ways` has in place of a command, or begin with `else_`.
    """
    steps = list[str]()
    for step in hint.split("; "):
        choices = [each for each in step.split(", or ") if not _COMMAND_LINE.search(each)]
        if choices:
            steps.append(", or ".join(choices))
            continue
        last = max(ways, key=step.rfind)  # "one of mplus log with: mplus rollback"
        begun = any(each.startswith(else_) for each in steps)
        steps.append(ways[last] if last in step else step if begun else f"{else_}{step}")
    return "; ".join(dict.fromkeys(steps))
