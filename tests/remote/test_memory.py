"""A memory that a server has, beside the same one as its folder gives it."""

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from mplus_cli import Memory, MplusError
from mplus_cli.errors import (
    BusyError,
    StoppedError,
    UnknownError,
    UnreachableError,
    UsageError,
)
from mplus_cli.remote.memory import HERE_ALONE, RemoteMemory
from mplus_cli.remote.sending import name_there
from mplus_cli.results.answers import Answer
from mplus_cli.serving.web.site import Rules
from store.errors import NoMemoryError
from tests.certificates import signed_by_itself
from tests.serving.served import Served, served, settings_of

TOKEN = "a-token-of-this-test"
QUESTION = "What is the gate code?"
TEXTS = {"gate": "The gate code is 4417. " * 5, "pump.md": "It draws 450 watts. " * 5}


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, toys: dict[str, Path], toy_cache: Path
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    settings = settings_of(folder, toys["chunks"], toy_cache, TEXTS)
    rules = Rules(writes=True, token=TOKEN, shows_paths=True)
    with served(settings, rules, longest_line=4) as found:
        yield found


@pytest.fixture
def memory(house: Served) -> Iterator[Memory]:
    with Memory(house.url, token=TOKEN) as memory:
        yield memory


@pytest.fixture
def own(house: Served) -> Memory:
    return house.desk.memory


def _taken(method: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    parameters = inspect.signature(method).parameters.values()
    return [(each.name, each.kind, each.annotation) for each in parameters]


def _same(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


def test_it_has_the_methods_of_a_memory(memory: Memory) -> None:
    assert isinstance(memory, Memory)
    public = {name for name in dir(Memory) if not name.startswith("_")} - {"of"}
    assert public - HERE_ALONE <= set(dir(RemoteMemory)) | {"path", "reads_pool", "register"}
    assert public >= HERE_ALONE
    told = {"path", "place", "identity", "reads_pool", "register"}
    for name in public - HERE_ALONE - told:
        ours, theirs = getattr(RemoteMemory, name), getattr(Memory, name)
        if name != "at":
            assert _taken(ours) == _taken(theirs), name
    for name in sorted(HERE_ALONE):
        with pytest.raises(UsageError, match="is not done through a server"):
            getattr(memory, name)()
    with pytest.raises(UsageError, match="path is not done"):
        _ = memory.path
    assert not hasattr(memory, "nothing")
    with pytest.raises(UsageError, match="workers are not known"):
        memory.inject("a.txt", workers=2)


def test_it_says_what_the_folder_says(memory: Memory, own: Memory) -> None:
    assert memory.status() == own.status()
    assert memory.documents() == own.documents()
    assert memory.generations() == own.generations()
    assert memory.newest() == own.newest()
    assert memory.text(1) == own.text(1)
    assert memory.search("gate code", k=2) == own.search("gate code", k=2)
    after: Any = {"k": 2, "after": [QUESTION, "Where does the pump stand?"]}
    assert memory.search("how much?", **after) == own.search("how much?", **after)
    narrowed = memory.search("gate code", k=9, among=[Path("pump.md")], since="7d")
    assert {Path(each.path).name for each in narrowed} == {"pump.md"}
    how = {"max_tokens": 6, "top": 2, "among": ["gate", 2], "show_prompt": True}
    how["after"] = ["Where does the pump stand?"]
    assert _same(memory.ask(QUESTION, **how)) == _same(own.ask(QUESTION, **how))  # type: ignore[arg-type]
    assert memory.at(1).ask(QUESTION, max_tokens=2).generation == 1
    assert memory.at("1").search("gate", k=1) == own.at(1).search("gate", k=1)
    lines = [b'{"question": "What is the gate code?"}', b'""']
    asked = list(memory.ask_all(lines, max_tokens=2))
    assert isinstance(asked[0].result, Answer)
    assert isinstance(asked[1].result, UsageError)


def test_an_answer_comes_in_pieces_and_can_be_left(memory: Memory, house: Served) -> None:
    response = memory.stream(QUESTION, max_tokens=8)
    text = "".join(response)
    assert text.strip() == response.answer.text
    assert list(response) == []
    left = memory.stream(QUESTION, max_tokens=800)
    next(iter(left))
    left.close()
    with pytest.raises(StoppedError):
        memory.ask(QUESTION, max_tokens=800, stopped=lambda: True)
    assert memory.ask(QUESTION, max_tokens=2).usage["answer_tokens"] <= 2  # the model is free


def test_documents_are_read_here_and_sent(memory: Memory, own: Memory, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    (notes / "deep").mkdir(parents=True)
    (notes / "a.txt").write_text("Ferns want water. " * 5)
    (notes / "deep" / "a.txt").write_text("Roses want sun. " * 5)
    (notes / "empty.txt").write_bytes(b"")
    (notes / "bad\x07name.txt").write_text("Lilies. " * 9)
    (notes / "picture.bin").write_bytes(bytes(range(256)))
    before = {document.path for document in own.documents()}
    report = memory.inject(
        notes / "deep" / "..", tmp_path / "nowhere.txt", texts=[(b"A note. " * 9, None)]
    )
    there = {document.path for document in own.documents()} - before
    assert set(report.added) == there
    assert len(there) == 3
    assert name_there(str(notes / "deep" / "a.txt")) in there
    failed = {Path(each.path).name: each.code for each in report.failed}
    assert failed == {"nowhere.txt": "unreadable", "bad\x07name.txt": "usage"}
    assert {each.code for each in report.skipped} == {"no_text"}
    assert report.generation == own.status().generation
    again = memory.inject(notes, ext=["txt"])
    assert (again.added, again.unchanged) == ((), 2)
    assert memory.inject(notes, stopped=lambda: True).interrupted
    with pytest.raises(UsageError, match="password is not known"):
        memory.inject(notes, password="secret")
    gone = memory.forget(*there, erase=True)
    assert {each.path for each in gone.documents} == there
    assert gone == replace(gone, generation=own.generations()[0])


def test_going_back(memory: Memory, own: Memory) -> None:
    number = own.status().generation
    memory.forget("pump.md")
    to, now = memory.rollback(number)
    assert (to, now) == (number, own.generations()[0])
    assert len(memory.documents()) == 2
    memory.inject(texts=[(b"One note. " * 9, "note 1"), (b"Two notes. " * 9, "note 2")])
    assert len(memory.forget("note ?").documents) == 2  # by their ids: a server takes no pattern
    assert memory.forget("pump.md", dry_run=True).documents[0].path.endswith("pump.md")
    assert len(memory.documents()) == 2


def test_errors_are_of_the_same_kinds(memory: Memory, house: Served) -> None:
    with pytest.raises(UsageError, match="there is no question"):
        memory.ask("?")
    with pytest.raises(UsageError, match="there is no generation nowhere"):
        memory.at("nowhere").search("gate")
    with pytest.raises(UnknownError, match="there is no document 99") as unknown:
        memory.text(99)
    assert unknown.value.advice == "see the list of documents"
    with pytest.raises(UnknownError):
        memory.page_picture(1, 0)  # of a text
    for token in (None, "a-wrong-token-of-this-test"):
        with pytest.raises(MplusError) as error:
            Memory(house.url, token=token).status()
        assert error.value.code == "unauthorized"
    with pytest.raises(UsageError, match="token has signs"):
        Memory(house.url, token="two\nlines")
    with pytest.raises(UsageError, match="a folder takes no token"):
        Memory("folder", token="x")
    for address in ("http://", "http://user:word@host", "http://host/?x=1", "http://host:x"):
        with pytest.raises(UsageError):
            Memory(address)


def test_a_busy_server_says_when_to_come_again(memory: Memory, house: Served) -> None:
    go_on = threading.Event()
    began = threading.Event()

    def wait(job: object) -> None:
        began.set()
        go_on.wait(60)

    jobs = [house.desk.run(wait, lambda event: None)]
    began.wait(60)
    jobs += [house.desk.run(wait, lambda event: None) for _ in range(4)]
    with pytest.raises(BusyError, match="4 questions are waiting") as busy:
        memory.ask(QUESTION)
    assert busy.value.retry_after_s >= 1
    go_on.set()
    while house.desk.busy:  # until all that waited have had their turn
        time.sleep(0.005)
    assert memory.ask(QUESTION, max_tokens=2).generation


def test_threads_share_one(memory: Memory) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda k: memory.search("gate", k=k), [1, 2, 1, 2]))
    assert [len(each) for each in found] == [1, 2, 1, 2]


class Stranger(BaseHTTPRequestHandler):
    """A server that is none of ours."""

    said: bytes = b""
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.said)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


def passage(score: str = "0.5", text_rank: str = "null") -> bytes:
    """A passage in JSON, some of it as it is given."""
    return (
        '{"path": "a", "document": 1, "chunk": 1, "place": "", "unit": "", "numbers": null, '
        f'"section": "", "text": "", "score": {score}, "text_rank": {text_rank}}}'
    ).encode()


def test_who_answers_may_be_anybody() -> None:
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        memory = Memory(f"http://127.0.0.1:{server.server_port}")
        for status, said in (
            (200, b"<html>"),
            (200, b"[" * 100_000),
            (200, b'{"documents": [{"id": "1"}]}'),
            (200, b'{"documents": 7}'),
            (502, b"bad gateway"),
            (400, b'{"error": {"code": 1}}'),
        ):
            Stranger.status, Stranger.said = status, said
            for look in (memory.documents, lambda: memory.ask("Why?")):
                with pytest.raises(UnreachableError):
                    look()
        Stranger.status = 200
        for said in (
            b'{"rankings": []}',
            b'{"rankings": [[%s]]}' % passage(score="1" + "0" * 400),
            b'{"rankings": [[%s]]}' % passage(score="NaN"),
            b'{"rankings": [[%s]]}' % passage(text_rank="-10"),
        ):
            Stranger.said = said
            with pytest.raises(UnreachableError, match="can't be understood"):
                memory.rankings("Why?")
        Stranger.said = b'{"rankings": [[%s]]}' % passage(text_rank="1")
        assert len(memory.rankings("Why?")) == 1
        Stranger.status = 404
        Stranger.said = b'{"error": {"code": "no_memory", "message": "a\\u001b[2Jb", "hint": ""}}'
        with pytest.raises(NoMemoryError) as error:
            memory.status()
        assert "\x1b" not in error.value.message
        server.shutdown()
        address = f"http://127.0.0.1:{server.server_port}"
    with pytest.raises(
        UnreachableError, match=r"nothing answers at .*: connection refused"
    ) as refused:
        Memory(address).status()
    assert "mplus serve" in refused.value.hint


def test_more_than_fits_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mplus_cli.remote.server.LONGEST_BYTES", 1000)
    monkeypatch.setattr(Stranger, "said", b'{"documents": []}' + b" " * 2000)
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        memory = Memory(f"http://127.0.0.1:{server.server_port}")
        for status in (200, 500):
            monkeypatch.setattr(Stranger, "status", status)
            with pytest.raises(UnreachableError, match="longer than 1,000 bytes"):
                memory.documents()
        server.shutdown()


def test_a_certificate_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = signed_by_itself(tmp_path)
    monkeypatch.setattr(Stranger, "said", b'{"documents": []}')
    monkeypatch.setattr(Stranger, "status", 200)
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"https://localhost:{server.server_port}"
        with pytest.raises(UnreachableError, match=r"certificate of .* is not trusted") as caught:
            Memory(address).documents()
        assert "SSL_CERT_FILE" in caught.value.hint
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert Memory(address).documents() == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nothing"))
        with pytest.raises(UsageError, match="SSL_CERT_FILE"):
            Memory(address).documents()
        server.shutdown()


def test_an_address_that_cannot_be_says_why_and_repeats_no_password() -> None:
    with pytest.raises(UsageError, match="has no name and password") as caught:
        Memory("http://me:hunter2@127.0.0.1:8321")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(UsageError, match="a port that there is not"):
        Memory("http://127.0.0.1:99999")
    with pytest.raises(UsageError, match="has a path") as caught:
        Memory("http://127.0.0.1:8321/api")
    assert caught.value.hint == "leave it out: write it like http://127.0.0.1:8321"
    Memory("http://127.0.0.1:8321/").close()
