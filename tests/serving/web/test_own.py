"""The own API: what the façade does, as JSON."""

import json
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any

import pytest

from mplus_cli.kinds import Ids
from mplus_cli.kinds.chunks import Chunks
from mplus_cli.kinds.readings import Reading
from mplus_cli.results.answers import Answer, Passage
from mplus_cli.results.contents import Document, DocumentText, Status
from mplus_cli.results.history import Generation
from mplus_cli.results.plain import plain, record
from mplus_cli.results.runs import Report
from mplus_cli.results.upkeep import Forgotten
from store.errors import full_disk
from tests.readers.pdf_maker import make_pdf
from tests.serving.served import Served
from tests.serving.web.conftest import Got, engaged

Call = Callable[..., Got]
QUESTION = {"question": "What is the gate code?", "max_tokens": 8}
CHAT = {"messages": [{"role": "user", "content": "What is the gate code?"}]}


def test_an_answer_whole_and_as_it_grows(call: Call, house: Served) -> None:
    whole = call("POST", "/api/ask", QUESTION)
    assert whole.status == 200
    answer = record(Answer, whole.json)
    assert answer.text == house.desk.memory.ask("What is the gate code?", max_tokens=8).text
    names, data = zip(*call("POST", "/api/ask", QUESTION | {"stream": True}).events, strict=True)
    assert (names[0], names[-1], {*names[1:-1]}) == ("began", "answer", {"piece"})
    assert data[0]["waited_s"] >= 0
    assert record(Answer, data[-1]).text == answer.text
    assert "".join(each["text"] for each in data[1:-1]).startswith(answer.text)


def test_how_to_answer_is_passed_on(call: Call) -> None:
    how = {"top": 2, "show_prompt": True, "among": ["gate.txt"], "stop": ["zzz"], "at": "last"}
    answer = record(Answer, call("POST", "/api/ask", QUESTION | how).json)
    assert answer.prompt is not None
    assert answer.within is not None and answer.within.documents == 1


def test_a_follow_up(call: Call, house: Served) -> None:
    before, question = ["What is the gate code?"], "And what does the pump do?"
    own = house.desk.memory.ask(question, after=before, max_tokens=4)
    found = call("POST", "/api/ask", {"question": question, "after": before, "max_tokens": 4})
    assert record(Answer, found.json).searched == own.searched
    messages = [{"role": "user", "content": said} for said in (*before, question)]
    chat = call("POST", "/v1/chat/completions", {"messages": messages, "max_tokens": 4})
    assert chat.json["mplus"]["searched"] == list(own.searched)


def test_a_search(call: Call) -> None:
    found = call("GET", "/api/search?q=gate+code&k=1&in=gate.txt&in=pump.md").json["passages"]
    [passage] = [record(Passage, each) for each in found]
    assert (passage.path, passage.text[:17]) == ("gate.txt", "The gate code is ")


def test_a_search_for_a_follow_up(call: Call, house: Served) -> None:
    asked = "q=how+much%3F&k=2&after=What+is+the+gate+code%3F&after=What+does+the+pump+do%3F"
    found = call("GET", f"/api/search?{asked}").json["passages"]
    before = ["What is the gate code?", "What does the pump do?"]
    own = house.desk.memory.search("how much?", 2, after=before)
    assert [(each["document"], each["chunk"]) for each in found] == [
        (each.document, each.chunk) for each in own
    ]


def test_what_it_holds(call: Call, house: Served) -> None:
    status = call("GET", "/api/status").json
    assert record(Status, status).documents == 2
    assert status["memory"] == "memory"
    server = status["server"]
    assert (server["writable"], server["paths"], server["busy"]) == (True, False, False)
    documents = [record(Document, each) for each in call("GET", "/api/documents").json["documents"]]
    assert [each.path for each in documents] == ["gate.txt", "pump.md"]
    text = record(DocumentText, call("GET", "/api/documents/2/text").json)
    assert text.path == "pump.md"
    assert text.text.startswith("# Pump\n")
    assert text.chunks[0].start == 0 and text.chunks[-1].end == len(text.text)
    assert text.chunks[0].place == "Pump > Care, lines 1-7" or "lines" in text.chunks[0].place
    [newest, *_] = call("GET", "/api/generations").json["generations"]
    assert record(Generation, newest).documents == 2


def test_a_page_of_a_pdf_as_a_picture(call: Call, house: Served) -> None:
    file = house.desk.memory.path.parent / "two.pdf"
    lines = "\n".join(f"Line {number} tells of the {number}. pump." for number in range(9))
    file.write_bytes(make_pdf(["A title page.", lines]))
    house.desk.memory.inject(file)
    number = house.desk.memory.documents()[-1].id
    found = call("GET", f"/api/documents/{number}/page.png?chunk=0")
    assert (found.status, found.headers["content-type"]) == (200, "image/png")
    assert found.body[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", found.body[16:24])
    assert (width, 1000 < height < 2000) == (1000, True)
    there = house.desk.memory.page_picture(number, len(house.desk.memory.text(number).chunks) - 1)
    [frame] = re.findall(rb"tEXtframe\0(\d+) (\d+) (\d+) (\d+)", there)
    left, top, right, bottom = map(int, frame)
    assert 0 < left < right <= width and 0 < top < bottom <= height
    for query in ("chunk=99", "chunk=-1", "chunk=x", f"chunk={'9' * 30}"):
        assert call("GET", f"/api/documents/{number}/page.png?{query}").status == 404
    assert call("GET", "/api/documents/1/page.png").status == 404
    file.write_bytes(make_pdf(["Another file."]))
    assert call("GET", f"/api/documents/{number}/page.png?chunk=0").status == 404
    house.desk.memory.forget("two.pdf", erase=True)


def test_upload_forget_and_go_back(call: Call) -> None:
    before = call("GET", "/api/generations").json["generations"][0]["id"]
    report = record(Report, call("PUT", "/api/documents?name=notes/key.md", b"# Key\n\nRed.").json)
    assert report.added == ("notes/key.md",)
    assert call("PUT", "/api/documents?name=notes/key.md", b"# Key\n\nRed.").json["unchanged"] == 1
    [*_, newest] = call("GET", "/api/documents").json["documents"]
    would = call("DELETE", f"/api/documents/{newest['id']}?dry_run=1").json
    assert [each.path for each in record(Forgotten, would).documents] == ["notes/key.md"]
    gone = call("POST", "/api/forget", {"names": ["key.md"]}).json
    assert [each.path for each in record(Forgotten, gone).documents] == ["notes/key.md"]
    assert call("GET", f"/api/documents/{newest['id']}/text").status == 404
    back = call("POST", "/api/rollback", {"generation": before}).json
    assert back["to"] == before
    assert record(Generation, back["generation"]).documents == 2
    erased = call("POST", "/api/forget", {"names": ["key.md"], "erase": True}).json
    assert record(Forgotten, erased).erased_generations
    assert "@" in back["generation"]["author"]


def test_what_means_several_documents_is_forgotten_by_ids(call: Call) -> None:
    for name in ("note 1", "note 2", "notes/other.md"):
        assert call("PUT", f"/api/documents?name={name.replace(' ', '%20')}", name.encode() * 30)
    before = call("GET", "/api/documents").json["documents"]
    refused = call("POST", "/api/forget", {"names": ["gate.txt", "note*"]})
    assert (refused.status, refused.error["code"]) == (400, "usage")
    told = call("POST", "/api/forget", {"names": ["note*"], "dry_run": True}).json["documents"]
    for each in told:
        assert f"{each['id']} ({each['path']})" in refused.error["message"]
    assert "'note*' means 3 documents" in refused.error["message"]
    assert call("GET", "/api/documents").json["documents"] == before
    ids = [str(each["id"]) for each in told]
    assert len(call("POST", "/api/forget", {"names": ids}).json["documents"]) == 3


def test_a_full_disk_is_told_without_its_folders(
    call: Call, house: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise full_disk(house.desk.memory.path / "packs")

    monkeypatch.setattr(house.desk.memory, "inject", full)
    got = call("PUT", "/api/documents?name=a.txt", b"A text.")
    assert (got.status, got.error["code"]) == (507, "disk_full")
    assert "no space is left on the disk" in got.error["message"]
    assert str(house.desk.memory.path.parent) not in got.body.decode()
    assert got.error["hint"].startswith("make room there; where the server runs: ")


def test_an_id_that_is_not_there_is_404_and_a_name_400(call: Call) -> None:
    for number in ("999", "x"):
        assert call("GET", f"/api/documents/{number}/text").error["code"] == "unknown"
        assert call("DELETE", f"/api/documents/{number}").status == 404
    assert call("POST", "/api/forget", {"names": ["999"]}).status == 400
    assert call("POST", "/api/rollback", {"generation": 999}).status == 400
    assert call("GET", "/api/search?q=gate&at=999").status == 400


def test_what_can_not_be_read_is_in_the_report(call: Call) -> None:
    report = record(Report, call("PUT", "/api/documents?name=no.pdf", b"%PDF-1.7 broken").json)
    assert [each.path for each in report.failed] == ["no.pdf"]


def test_events_tell_what_happens(call: Call, house: Served) -> None:
    heard: list[tuple[str, object]] = []
    connection = HTTPConnection("127.0.0.1", house.port, timeout=60)
    connection.request("GET", "/api/events")
    response = connection.getresponse()
    report = call("PUT", "/api/documents?name=event.txt", b"The key hangs in the hall. " * 4).json
    while report["generation"] not in [
        data["id"] for name, data in heard if name == "generation" and isinstance(data, dict)
    ]:
        event, data = "", ""
        while line := response.readline().decode().strip():
            key, _, value = line.partition(": ")
            event, data = (value, data) if key == "event" else (event, value)
        if event:
            heard.append((event, json.loads(data)))
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    told = [data for name, data in heard if name == "inject" and isinstance(data, dict)]
    assert [each["state"] for each in told[:1] + told[-1:]] == ["reading", "done"]
    assert (told[-1]["path"], told[-1]["tokens"]) == ("event.txt", told[-1]["of"])
    assert "server" in [name for name, _ in heard]
    call("POST", "/api/forget", {"names": ["event.txt"], "erase": True})


def test_the_line_is_full(call: Call, house: Served) -> None:
    with engaged(house, waiting=64):
        for path, body in (("/api/ask", QUESTION), ("/v1/responses", {"input": "What is it?"})):
            busy = call("POST", path, body)
            assert (busy.status, busy.error["code"]) == (503, "busy")
            assert int(busy.headers["retry-after"]) >= 1
        server = call("GET", "/api/status").json["server"]
        assert (server["waiting"], server["busy"]) == (64, True)


def test_who_leaves_frees_the_model(house: Served) -> None:
    with engaged(house):
        for body in (QUESTION, QUESTION | {"stream": True}, CHAT, CHAT | {"stream": True}):
            path = "/v1/chat/completions" if "messages" in body else "/api/ask"
            connection, waiting = HTTPConnection("127.0.0.1", house.port), house.desk.waiting
            connection.request("POST", path, json.dumps(body))
            while house.desk.waiting == waiting:
                time.sleep(0.005)
            connection.close()
        left = [job for job in list(house.desk._line.queue) if job is not None]
        assert len(left) == 4
        while not all(job.stopped() for job in left):
            time.sleep(0.005)


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_would_not_be_sure_is_none(
    call: Call, house: Served, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    real = Chunks.readings

    def doubting(self: Chunks, prompt: Ids, memory: Any, *given: Any) -> Iterator[Reading]:
        for each in real(self, prompt, memory, *given):
            yield replace(each, doubt=0.9)

    monkeypatch.setattr(Chunks, "readings", doubting)
    found = call("POST", "/api/ask", QUESTION | {"if_sure": True, "stream": stream})
    answer = record(Answer, found.events[-1][1] if stream else found.json)
    assert (answer.text, answer.declined, answer.doubt) == ("", True, 0.9)


def test_another_method_is_told_which_one_does(call: Call) -> None:
    found = call("GET", "/api/ask")
    assert (found.status, found.headers["allow"]) == (405, "POST")
    assert found.json["error"]["message"] == "GET does nothing at this address"
    assert found.json["error"]["hint"] == "this address takes POST"


def test_figures_for_prometheus(call: Call) -> None:
    call("POST", "/api/ask", QUESTION)
    found = call("GET", "/metrics")
    assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = dict(line.rsplit(" ", 1) for line in found.body.decode().splitlines() if line[0] != "#")
    assert float(lines['mplus_responses_total{status="200"}']) >= 1
    assert float(lines["mplus_answer_tokens_total"]) >= 1
    assert lines["mplus_waiting"] == "0"
    assert call("GET", "/health").json == {"status": "ok"}


def test_records_are_those_of_the_command_line(call: Call, house: Served) -> None:
    own = plain(house.desk.memory.generations())
    assert [each["id"] for each in call("GET", "/api/generations").json["generations"]] == [
        each["id"] for each in own
    ]
