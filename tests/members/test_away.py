"""Members that are late, away or of no use: they are named, and the others answer."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mplus_cli import Memories, Memory
from mplus_cli.errors import UnreachableError
from mplus_cli.members import side_by_side as members
from mplus_cli.members.side_by_side import Call, side_by_side
from mplus_cli.results.answers import Passage
from store.errors import MplusError, NoMemoryError
from tests.members.conftest import TEXTS, Make, Serve
from tests.serving.served import Served

QUESTION = "What is the gate code?"


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes requests and says nothing."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            while True:
                try:
                    taken.append(listening.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    for each in taken:
        each.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "PATIENCE_S", 0.2)
    monkeypatch.setattr(members, "ALONE_S", 0.5)


def stopped_server() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_each_of_them_is_named_and_the_others_answer(
    make: Make, serve: Serve, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "PATIENCE_S", 60.0)
    locked = serve(TEXTS["far"], token="a-token-of-this-server")
    other = serve(TEXTS["far"], layout="plain")
    empty, damaged = make("empty", {"a": "A word."}), make("damaged", {"a": "A word."})
    other.desk.memory.search("bees")  # its model is loaded
    with Memory(empty) as memory:
        memory.forget("a.txt")
    (damaged / "index.db").write_bytes(b"no index at all" * 100)
    places: list[str | Path] = [
        make("mine"),
        *(stopped_server(), locked.url, other.url),
        *(empty, damaged, world / "nothing" / ".mplus"),
    ]
    tokens = {locked.url: "another-token-than-that"}
    with Memories(places, tokens=tokens) as memories:
        names = [each.name for each in memories.members]
        found = memories.searched("gate", 40)
        assert {each.memory for each in found.passages} == {"mine", names[3]}, found.away
        reasons = {each.memory: each.reason for each in found.away}
        assert list(reasons) == [names[at] for at in (1, 2, 4, 5, 6)]
        for name, said in zip(
            reasons,
            (
                "nothing answers",
                "token",
                "no documents any more",
                "damaged",
                "no memory",
            ),
            strict=True,
        ):
            assert said in reasons[name], (name, reasons[name])
        answer = memories.ask(QUESTION, max_tokens=4)
        assert {each.memory for each in answer.sources} <= {"mine", names[3]}
        assert [each.memory for each in answer.away] == list(reasons)


def test_the_first_one_s_error_is_told_where_all_are_away(
    make: Make, world: Path, silent: str, impatient: None
) -> None:
    gone = stopped_server()
    with Memories([world / "nothing", gone]) as memories, pytest.raises(NoMemoryError):
        memories.ask(QUESTION)
    with (
        Memories([silent, world / "nothing"]) as memories,
        pytest.raises(UnreachableError, match="does not answer"),
    ):
        memories.search("gate")


def test_a_server_that_did_not_answer_is_not_waited_for_again(
    make: Make, silent: str, impatient: None
) -> None:
    with Memories([make("mine"), silent]) as memories:
        [away] = memories.searched("gate").away
        assert away.reason == "it does not answer"
        for _ in range(2):
            [away] = memories.searched("gate").away
            assert away.reason == "it has not answered the question before yet"


def test_one_that_goes_away_after_the_search_is_left(
    make: Make, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    far: Served = serve({"gate": "The gate code is 4417, says the far one. " * 2})
    with Memories([far.url, make("mine")]) as memories:

        def broken(question: str, **how: object) -> object:
            raise UnreachableError("the connection broke", "ask anew")

        monkeypatch.setattr(memories.members[0].memory, "stream", broken)
        answer = memories.ask("far one gate code", max_tokens=4)
        assert answer.sources[0].memory == "mine" or not answer.sources
        assert [each.reason for each in answer.away] == ["the connection broke"]


def test_where_all_with_the_best_passages_go_away_the_next_ones_answer(
    make: Make, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    far: Served = serve(
        {f"gate-{at}": f"The gate code is {at}, says the far one. " * 2 for at in range(4)}
    )
    with Memories([make("mine"), far.url]) as memories:
        member = memories.members[1]
        rankings = member.memory.rankings

        def best(*given: object, **how: object) -> list[list[Passage]]:
            found = rankings(*given, **how)  # type: ignore[arg-type]
            return [[replace(each, score=99.0) for each in some] for some in found]

        def broken(question: str, **how: object) -> object:
            raise UnreachableError("the connection broke", "ask anew")

        monkeypatch.setattr(member.memory, "rankings", best)
        monkeypatch.setattr(member.memory, "stream", broken)
        answer = memories.ask(QUESTION, max_tokens=4)
        assert {each.memory for each in answer.sources} <= {"mine"}
        assert [(each.memory, each.reason) for each in answer.away] == [
            (member.name, "the connection broke")
        ]


def test_work_on_this_machine_is_waited_for(impatient: None) -> None:
    def slow() -> str:
        time.sleep(0.6)
        return "slow"

    assert side_by_side([Call(slow, far=False), Call(lambda: "quick", far=True)], _never) == [
        "slow",
        "quick",
    ]
    late = side_by_side([Call(slow, far=True), Call(lambda: "quick", far=False)], _never)
    assert isinstance(late[0], MplusError)
    assert late[1] == "quick"


def test_a_fault_of_the_program_is_no_member_that_is_away() -> None:
    def broken() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        side_by_side([Call(broken, far=False)], _never)


def _never() -> bool:
    return False
