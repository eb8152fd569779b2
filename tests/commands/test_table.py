"""What a warm command understands of its words is what typer does."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer import TyperException

from mplus_cli import main as program
from mplus_cli.commands import table

WORDS = (
    "Why?",
    "",
    "-",
    "--",
    "0",
    "7",
    "-3",
    "0.5",
    "1e3",
    "٣",
    " 4",
    "é 門",
    "--in",
    "a=b",
    "--j",
)
TABLES = {"ask": table.ASK, "search": table.SEARCH}


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A command, and words that it may be given: flags, values, both joined, anything."""
    command = draw(st.sampled_from(sorted(TABLES)))
    flags = [flag for each in TABLES[command] for text in each.flags for flag in text.split("/")]
    flag, word = st.sampled_from(flags), st.sampled_from(WORDS)
    joined = st.builds(lambda *parts: "".join(parts), flag, st.sampled_from(("=", "")), word)
    pairs = st.one_of(st.tuples(flag, word), st.tuples(word), st.tuples(joined), st.tuples(flag))
    return command, [each for pair in draw(st.lists(pairs, max_size=4)) for each in pair]


def by_typer(command: str, words: list[str]) -> dict[str, Any] | None:
    """What typer makes of words; None where it refuses them."""
    try:
        with program._command(command).make_context(command, list(words)) as context:
            found = dict(context.params)
    except TyperException:
        return None
    return found


@given(lines())
@settings(max_examples=100, deadline=None)
def test_it_understands_as_typer_does_or_not_at_all(line: tuple[str, list[str]]) -> None:
    command, words = line
    understood = table.understood(TABLES[command], words)
    if understood is not None:
        found = by_typer(command, words)
        assert found is not None
        plain = {
            name: list(each) if isinstance(each, tuple) else each for name, each in found.items()
        }
        assert {name: each or None for name, each in understood.items()} == {
            name: each or None for name, each in plain.items()
        }


@pytest.mark.parametrize(
    "words",
    [
        ["Why?", "-n5", "--top", "2", "--json"],
        ["--no-sources", "--in=a", "--in", "b", "Why?", "--temperature=0.5"],
        ["--stop", "", "-s", "", "-M", "m", "--seed", "3", "--no-stream"],
    ],
)
def test_what_is_usual_it_understands(words: list[str]) -> None:
    assert table.understood(table.ASK, words) is not None
