"""`-M` several times: `ask`, `search`, `chat`, and the commands that take one memory."""

import os
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.members.conftest import TEXTS, Make, Serve

GATE = "What is the gate code?"
TOKEN = "a-token-of-this-server"


@pytest.fixture
def two(make: Make) -> list[str]:
    """The options that name two memories."""
    return ["-M", str(make("mine")), "-M", str(make("team"))]


@pytest.fixture(autouse=True)
def _own_model(monkeypatch: pytest.MonkeyPatch, world: Path) -> None:
    monkeypatch.delenv("MPLUS_MODEL")


def test_ask_and_search_name_the_memory(mplus: Run, two: list[str]) -> None:
    ran = mplus("ask", *two, GATE, "-n", 4, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["sources"][0]["memory"] in ("mine", "team")
    assert ran.json["away"] == []
    shown = mplus("ask", *two, GATE, "-n", 4)
    assert f"[1] {ran.json['sources'][0]['memory']}: " in shown.err
    found = mplus("search", *two, "boiler", "-k", 2, "--json").json
    assert found["away"] == []
    assert {each["memory"] for each in found["passages"]} <= {"mine", "team"}
    assert "[1] team: " in mplus("search", *two, "The boiler was serviced in March").out


def test_one_that_is_away_is_named_on_stderr(mplus: Run, two: list[str], world: Path) -> None:
    for command in (["ask", GATE, "-n", 4], ["search", "gate"]):
        ran = mplus(*command, *two, "-M", world / "gone")
        assert ran.code == 0, ran.err
        assert "without gone: there is no memory" in ran.err
        assert ran.out.strip()


def test_a_batch_is_asked_of_all(mplus: Run, two: list[str]) -> None:
    lines = f'"{GATE}"\n{{"question": "{GATE}", "in": "boiler.txt"}}\n{{"question": 3}}\n'
    ran = mplus("ask", *two, "--batch", "-", "-n", 2, stdin=lines)
    assert ran.code == 3
    assert len(ran.out.splitlines()) == 3
    assert '"memory": "team"' in ran.out.splitlines()[1]


def test_what_is_of_one_memory_is_refused(mplus: Run, two: list[str]) -> None:
    ran = mplus("ask", *two, GATE, "--at", "1", "--json")
    assert ran.code == 2
    assert "of a single memory" in ran.error["message"]
    for command in (["status"], ["ls"], ["forget", "x"], ["inject", "x"], ["serve"], ["gc"]):
        ran = mplus(*command, *two, "--json")
        assert (ran.code, ran.error["message"]) == (
            2,
            "several memories are named, and this is done to one",
        ), command
    assert "is named twice" in mplus("ask", *two, *two, GATE).err


def test_a_token_stands_in_a_file_that_others_can_not_read(
    mplus: Run, make: Make, serve: Serve, tmp_path: Path
) -> None:
    far = serve(TEXTS["far"], token=TOKEN)
    places = ["-M", str(make("mine")), "-M", far.url]
    assert "without 127.0.0.1: " in mplus("search", *places, "bees").err
    tokens = tmp_path / "tokens"
    tokens.write_text(f"# servers\n\nhttps://another:1 x\n{far.url.upper()}/ {TOKEN}\n")
    tokens.chmod(0o600)
    ran = mplus("search", *places, "Ole keeps bees")
    assert "[1] 127.0.0.1: bees" in ran.out, ran.err
    alone = mplus("search", "-M", far.url, "Ole keeps bees", "--json")
    assert alone.json["passages"][0]["path"] == "bees"
    assert mplus("ask", "-M", far.url, "Who keeps bees?", "-n", 4).code == 0
    if os.name == "posix":
        tokens.chmod(0o644)
        ran = mplus("search", *places, "bees", "--json")
        assert (ran.code, "others may read" in ran.error["message"]) == (2, True)
        tokens.chmod(0o600)
    tokens.write_text(f"{far.url} {TOKEN} more\n")
    ran = mplus("search", *places, "bees", "--json")
    assert ran.code == 2
    assert "line 1" in ran.error["message"]
    assert TOKEN not in ran.err


def test_a_chat_goes_on_with_several(mplus: Run, two: list[str], world: Path) -> None:
    lines = (GATE, "and who made it?", "/memory", "/search boiler", "/open 1", "/remember x")
    ran = mplus("chat", *two, "-n", 4, stdin="\n".join(lines))
    assert ran.code == 3
    assert "memories: mine, team" in ran.out
    assert "searched for" in ran.err
    assert "[1] team: " in ran.out or "[1] mine: " in ran.out
    assert ran.err.count("several memories are asked, and this is done to one") == 1
    more = (f"/memory {two[1]}", "/memory", GATE, "/model nothing/there")
    ran = mplus("chat", *two, "-n", 4, stdin="\n".join(more))
    assert "memory: mine/.mplus" in ran.out
    assert "[1] mine: " not in ran.err
