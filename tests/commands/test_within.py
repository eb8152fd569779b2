"""`mplus ask --in` and `--since`: some documents are asked, and nothing else is found or read."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from mplus_cli import Memory, MplusError
from mplus_cli.engine import open_engine
from mplus_cli.settings import load_settings
from store.home import Home
from store.index.reader import Index
from store.segments.chosen import segments_of
from store.state_files import read_state
from tests.conftest import Run

INSIDE, OUTSIDE = ("leases/flat.txt", "leases/garage.txt"), tuple(f"{n}.txt" for n in range(5))
QUESTION = ("ask", "Who keeps dogs?", "-n", "6", "--json")


@pytest.fixture(params=["mplus", "memoryllm", "input", "chunks"])
def layout(
    request: pytest.FixtureRequest,
    world: Path,
    toys: dict[str, Path],
    toy_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A memory of every kind that holds two leases, each between other documents."""
    model = str(toys[request.param])
    monkeypatch.setenv("MPLUS_MODEL", model)
    (world / "leases").mkdir()
    for name in OUTSIDE:
        (world / name).write_text(f"Dogs, dogs and dogs again: {name} is about dogs. " * 5)
    for name in INSIDE:
        (world / name).write_text(f"The lease {name} has a rule about animals. " * 4)
    order = (*OUTSIDE[:2], INSIDE[0], *OUTSIDE[2:4], INSIDE[1], OUTSIDE[4])
    with Memory(world.parent / "memory", model=model, cache=toy_cache) as memory:
        for number, name in enumerate(order, 1):
            monkeypatch.setattr("mplus_cli.injecting.ingest.now", lambda n=number: day(n))
            memory.inject(name)
    return str(request.param)


def day(number: int) -> str:
    return f"2026-01-0{number}T12:00:00Z"


def paths(answer: Any) -> set[str]:
    return {Path(source["path"]).name for source in answer["sources"]}


def said(answer: Any) -> Any:
    """An answer without what differs between memories that hold the same of it."""
    sources = [{**each, "document": 0, "kind": ""} for each in answer["sources"]]
    return answer["answer"], answer["declined"], answer["usage"], sources


def test_sources_are_of_what_was_asked_alone(mplus: Run, layout: str) -> None:
    before = mplus("status", "--json").json
    for names, there in ((("leases",), set(INSIDE)), (("leases/g*", "3"), set(INSIDE))):
        flags = [flag for name in names for flag in ("--in", name)]
        ran = mplus(*QUESTION, *flags)
        assert ran.code == 0, ran.err
        assert ran.json["within"] == {"documents": 2, "of": 7}
        assert paths(ran.json) <= {Path(name).name for name in there}
        assert ran.json["sources"]
    others = [flag for name in OUTSIDE for flag in ("--in", name)]
    assert paths(mplus(*QUESTION, *others).json) <= set(OUTSIDE)
    assert mplus("status", "--json").json == before


def test_all_documents_are_what_asking_without_names_reads(mplus: Run, layout: str) -> None:
    every, all_named = mplus(*QUESTION).json, mplus(*QUESTION, "--in", ".").json
    assert said(every) == said(all_named)
    assert (every["within"], all_named["within"]) == (None, {"documents": 7, "of": 7})


@pytest.mark.parametrize("layout", ["chunks"], indirect=True)
@pytest.mark.parametrize("words", ["Who?", "Which lease has a garage?", "What about dogs?"])
def test_whole_chunks_are_read_as_in_a_memory_of_these_documents(
    mplus: Run, world: Path, layout: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = mplus("ask", words, "-n", "8", "--in", "leases", "--json").json
    restricted = logits(words, "leases")
    monkeypatch.setenv("MPLUS_MEMORY", str(world.parent / "leases-alone"))
    for name in INSIDE:
        mplus("inject", name)
    assert said(found) == said(mplus("ask", words, "-n", "8", "--json").json)
    assert torch.equal(restricted, logits(words, None))


def logits(words: str, folder: str | None) -> torch.Tensor:
    """What the prompt's last row says [1,V] behind what is found, in a folder or anywhere."""
    settings = load_settings({})
    engine, home = open_engine(settings), Home(settings.memory)
    index = Index.open(home)
    last = index.generation()
    assert last is not None
    state = read_state(home, index, last, home.spec)
    memory = engine.kind.open(home, state, segments_of(home, home.spec))
    ids = [each.id for each in index.documents(last.id) if f"/{folder}/" in each.path]
    if folder:
        memory = memory.among(index.numbers(last.id, ids))
    ranked = index.ranked_by_text(last.id, words, ids if folder else None)
    index.close()
    prompt = engine.tokenizer.prompt(words, None)
    found = engine.kind.search(words, memory, lambda: ranked, 3)
    return next(engine.kind.readings(prompt, memory, found, 4)).logits


def test_dates_narrow_alone_and_with_names(mplus: Run, layout: str) -> None:
    for since, count in (
        ("2026-01-07", 1),
        ("2026-01-06", 2),
        (day(5), 3),
        ("2026-01-05T12:00:01", 2),
        ("2026-01-05T15:00:01+03:00", 2),
        ("2025-12-31", 7),
        ("9999w", 7),
    ):
        ran = mplus(*QUESTION, "--since", since)
        assert ran.json["within"] == {"documents": count, "of": 7}, since
    ran = mplus(*QUESTION, "--since", "2026-01-04", "--in", "leases", "--in", "4.txt")
    assert ran.json["within"]["documents"] == 2
    assert paths(ran.json) <= {"garage.txt", "4.txt"}


@pytest.mark.parametrize("layout", ["chunks"], indirect=True)
@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--in", "leases", "--in", "cellar"), "cellar is not in the memory"),
        (("--in", ""), "an empty name is not in the memory"),
        (("--since", "2026-01-08"), "no document was read since 2026-01-08T00:00:00Z"),
        (("--since", "2026-01-07", "--in", "leases"), "none of these documents was read since"),
        (("--since", "yesterday"), "'yesterday' is no date"),
        (("--since", "999999w"), "is no date"),
        (("--since", "0001-01-01T00:00+14:00"), "is no date"),
    ],
)
def test_what_leaves_no_document_is_an_error(
    mplus: Run, layout: str, flags: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mplus_cli.model.prepared.load.load", lambda *_: pytest.fail("the network was loaded")
    )
    ran = mplus(*QUESTION, *flags)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.error["message"]
    assert ran.error["hint"]
    batch = mplus("ask", "--batch", "-", *flags, "--json", stdin='"Who?"\n"Why?"')
    assert (batch.code, batch.out) == (2, "")


@pytest.mark.parametrize("layout", ["chunks"], indirect=True)
def test_a_person_is_told_how_many_were_asked(mplus: Run, layout: str) -> None:
    assert "among 2 of 7 documents" in mplus("ask", "Who?", "-n", "2", "--in", "leases").err
    assert "among" not in mplus("ask", "Who?", "-n", "2").err


@pytest.mark.parametrize("layout", ["chunks"], indirect=True)
def test_lines_of_a_batch_say_themselves_what_they_ask(mplus: Run, layout: str) -> None:
    asked: list[Any] = [
        {"question": "Who?"},
        {"question": "Who?", "in": "leases"},
        {"question": "Who?", "in": ["leases/flat.txt", "0.txt"], "since": "2026-01-02"},
        {"question": "Who?", "in": ["cellar"]},
        {"question": "Who?", "in": []},
        {"question": "Who?", "in": [3]},
        {"question": "Who?", "since": 2026},
    ]
    stdin = "\n".join(map(json.dumps, asked))
    ran = mplus("ask", "--batch", "-", "-n", "2", "--in", "?.txt", stdin=stdin)
    assert ran.code == 3
    found = [json.loads(line) for line in ran.out.splitlines()]
    counts = [each["within"]["documents"] for each in found[:3]]
    assert counts == [5, 2, 1]
    assert all(each["error"]["code"] == "usage" for each in found[3:])


@pytest.mark.parametrize("layout", ["mplus", "chunks"], indirect=True)
def test_in_python(layout: str, world: Path, toys: dict[str, Path], toy_cache: Path) -> None:
    with Memory(world.parent / "memory", cache=toy_cache) as memory:
        answer = memory.ask("Who?", max_tokens=2, among="leases", since="2026-01-06")
        assert answer.within is not None
        assert (answer.within.documents, answer.within.of) == (1, 7)
        ids = [each.id for each in memory.documents() if "leases" in each.path]
        response = memory.stream("Who?", max_tokens=2, among=ids)
        assert response.answer.within == type(answer.within)(2, 7)
        names = {Path(each.path).name for each in memory.search("dogs lease", k=9, among=ids)}
        assert names == {"flat.txt", "garage.txt"}
        since = memory.search("dogs lease", k=99, among=[Path("leases"), "4.txt"], since=day(6))
        assert {Path(each.path).name for each in since} == {"garage.txt", "4.txt"}
        lines = [b'"Who?"', b'{"question": "Who?", "in": "4.txt"}']
        results: list[Any] = [
            each.result for each in memory.ask_all(lines, among="leases", max_tokens=2)
        ]
        assert [each.within.documents for each in results] == [2, 1]
        assert memory.at(2).ask("Who?", among="?.txt", max_tokens=2).within == type(answer.within)(
            2, 2
        )
        for ask in (memory.at(2).ask, memory.at(2).search):
            with pytest.raises(MplusError, match="leases is not in the memory") as error:
                ask("Who?", among="leases")
            assert "memory.documents()" in error.value.advice
        with pytest.raises(MplusError, match="no document is named"):
            memory.ask("Who?", among=[])


def test_a_folder_is_forgotten_by_its_name(mplus: Run, layout: str) -> None:
    assert mplus("forget", "leases", "--json").code == 0
    assert mplus("status", "--json").json["documents"] == 5
