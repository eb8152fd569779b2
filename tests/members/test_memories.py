"""Several memories asked as one: folders and servers."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mplus_cli import Memories, Memory
from mplus_cli.errors import StoppedError, UnknownError, UsageError
from mplus_cli.kinds import Ids
from mplus_cli.kinds.chunks import Chunks
from mplus_cli.kinds.readings import Reading
from mplus_cli.results.answers import Answer
from tests.members.conftest import TEXTS, Make, Serve

GATE, BOILER = "What is the gate code?", "Who serviced the boiler?"


def first(answer: Answer) -> tuple[str, str]:
    """The memory and the document of the first source."""
    source = answer.sources[0]
    return source.memory, Path(source.path).stem


def test_an_answer_comes_from_the_memory_that_has_it(make: Make) -> None:
    with Memories([make("mine"), make("team")]) as memories:
        for question, words in ((GATE, "gate code 4417"), (BOILER, "boiler serviced Olga")):
            [passage] = memories.search(words, 1)
            assert passage.text_rank is not None
            answer = memories.ask(question, max_tokens=8)
            assert first(answer)[0] in ("mine", "team")
            assert answer.away == ()
            assert answer.timings_ms["search"] > 0
        assert memories.search("gate code 4417", 1)[0].memory == "mine"
        assert memories.search("boiler serviced Olga", 1)[0].memory == "team"


def test_two_memories_answer_as_one_that_has_all(make: Make, world: Path) -> None:
    """Of a model that is sure of all, the first passage answers: the same text, word for word."""
    both = make("both", TEXTS["mine"] | TEXTS["team"])
    with Memory(both) as whole, Memories([make("mine"), make("team")]) as memories:
        for question in (GATE, BOILER, "Where does the pump stand?", "When does the train leave?"):
            own, ours = whole.ask(question, max_tokens=8), memories.ask(question, max_tokens=8)
            passages = memories.search(question, 4)
            assert len(passages) == 4
            assert Path(ours.sources[0].path).stem in {Path(each.path).stem for each in passages}
            assert len(own.sources) == len(ours.sources) == 1


def test_pieces_are_those_of_the_answer(make: Make) -> None:
    with Memories([make("mine"), make("team")]) as memories:
        response = memories.stream(GATE, max_tokens=8)
        assert "".join(response).strip() == response.answer.text


def test_the_first_passage_that_is_sure_is_read_and_no_other(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    real = Memory.stream

    def counted(self: Memory, question: str, **how: object) -> object:
        asked.append((self.path.parent.name, how.get("if_sure")))
        return real(self, question, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Memory, "stream", counted)
    with Memories([make("mine"), make("team")]) as memories:
        answer = memories.ask(GATE, max_tokens=4)
    assert answer.doubt is not None
    if answer.doubt < 0.5:
        assert len(asked) == 1
    else:  # none was sure, so the least doubtful one was asked again
        assert [sure for _, sure in asked] == [True] * (len(asked) - 1) + [False]


def test_where_none_is_sure_the_least_doubt_answers(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"boiler": "The boiler takes oil.", "train": "The train is late."}
    places = [make("mine", {"gate": "The gate is oak."}), make("team", texts)]
    real, doubts = Chunks.readings, {True: 0.9, False: 0.6}

    def doubting(self: Chunks, prompt: Ids, memory: Any, *given: Any) -> Iterator[Reading]:
        for each in real(self, prompt, memory, *given):
            yield replace(each, doubt=doubts[len(memory.state.journal) == 1])

    monkeypatch.setattr(Chunks, "readings", doubting)
    with Memories(places) as memories:
        for least in ("team", "mine"):
            for question in (GATE, BOILER):
                answer = memories.ask(question, max_tokens=4)
                assert answer.doubt == 0.6
                assert first(answer)[0] == least
            doubts = {True: 0.6, False: 0.9}


def test_a_follow_up_goes_on_in_all_of_them(make: Make) -> None:
    with Memories([make("mine"), make("team")]) as memories:
        answer = memories.ask("And when was it serviced?", after=[BOILER], max_tokens=4)
        assert answer.searched[-1].startswith(BOILER)


def test_documents_are_asked_where_they_are(make: Make) -> None:
    with Memories([make("mine"), make("team")]) as memories:
        answer = memories.ask(GATE, among="boiler.txt", max_tokens=4)
        assert first(answer) == ("team", "boiler")
        assert answer.away == ()
        assert {each.memory for each in memories.search("gate", among=["gate.txt"])} == {"mine"}
        with pytest.raises(UsageError):
            memories.ask(GATE, among="nothing.txt")
        with pytest.raises(UsageError):
            memories.ask(GATE, since="2999-01-01")


def test_further_answers_come_from_all_of_them(make: Make) -> None:
    mine = {"gate": "The gate code is 4417.", "pump": "The pump is green."}
    team = {"boiler": "The boiler takes oil.", "train": "The train leaves at 20:36."}
    with Memories([make("mine", mine), make("team", team)]) as memories:
        answer = memories.ask(GATE, top=4, max_tokens=4)
        found = [answer.sources[0], *(each.source for each in answer.alternatives)]
        assert len(found) == 4
        assert {each.memory for each in found} == {"mine", "team"}
        assert len({(each.memory, each.document) for each in found}) == 4
        alone = memories.ask(GATE, max_tokens=4)
        assert (answer.text, answer.sources) == (alone.text, alone.sources)
        assert len(memories.ask(GATE, top=2, max_tokens=4).alternatives) == 1


def test_quotes_and_prompts_are_those_of_the_memory_that_answers(make: Make) -> None:
    with Memories([make("mine"), make("team")]) as memories:
        quoted = memories.ask(GATE, quote=True)
        assert quoted.text in TEXTS[first(quoted)[0]][first(quoted)[1]] or quoted.declined
        shown = memories.ask(GATE, show_prompt=True, max_tokens=4)
        assert shown.prompt is not None
        name, document = first(shown)
        assert TEXTS[name][document].split(".")[0] in shown.prompt.text


def test_the_text_of_a_source_is_at_hand(make: Make) -> None:
    with Memories([make("mine"), make("team")]) as memories:
        [passage] = memories.search("boiler", 1)
        assert "boiler" in memories.text(passage).text
        with pytest.raises(UsageError, match="no memory is called"):
            memories.text(replace(passage, memory="another"))


def test_members_of_one_model_have_it_in_common(make: Make, toys: dict[str, Path]) -> None:
    given = Memory(make("mine"))
    given.ask(GATE, max_tokens=2)
    with Memories([given, make("team"), make("far")]) as memories:
        memories.ask(GATE, max_tokens=2)
        engines = {id(each.memory._shared.engine()) for each in memories.members}
        assert len(engines) == 1
    other = make("other", TEXTS["far"], layout="plain")
    with Memories([given, other]) as memories:
        memories.ask(GATE, max_tokens=2)
        engines = {id(each.memory._shared.engine()) for each in memories.members}
        assert len(engines) == 2


def test_memories_of_several_models_are_asked_together(make: Make) -> None:
    places = [
        make("mine"),
        make("plain", TEXTS["team"], layout="plain"),
        make("layers", TEXTS["far"], layout="mplus"),
    ]
    with Memories(places) as memories:
        found = memories.search("gate boiler bees", 9)
        assert {each.memory for each in found} == {"mine", "plain", "layers"}
        answer = memories.ask(GATE, max_tokens=4)
        assert answer.away == ()
        assert answer.sources[0].memory in ("mine", "plain", "layers")


def test_a_memory_that_is_read_layer_by_layer_answers_without_passages(make: Make) -> None:
    places = [make("a", TEXTS["mine"], layout="mplus"), make("b", TEXTS["far"], layout="mplus")]
    with Memories(places) as memories:
        answer = memories.ask("Who keeps bees?", max_tokens=4)
        assert {each.memory for each in answer.sources} <= {"a", "b"}
        nothing = memories.ask("Zzz qqq?", max_tokens=4)  # no text has such words
        assert nothing.away == ()


def test_servers_are_asked_as_folders_are(make: Make, serve: Serve) -> None:
    far = serve(TEXTS["far"], token="a-token-of-this-server")
    near = serve(TEXTS["team"])
    tokens = {far.url: "a-token-of-this-server"}
    with Memories([make("mine"), far.url, Memory(near.url)], tokens=tokens) as memories:
        names = [each.name for each in memories.members]
        assert names == ["mine", f"127.0.0.1:{far.port}", f"127.0.0.1:{near.port}"]
        [bees] = memories.search("Ole keeps bees", 1)
        assert (bees.memory, bees.path) == (names[1], "bees")
        assert "Ole keeps bees" in memories.text(bees).text
        [boiler] = memories.search("boiler serviced Olga", 1)
        assert boiler.memory == names[2]
        answer = memories.ask("Who keeps bees?", among=["bees"], max_tokens=4)
        assert answer.sources[0].memory == names[1]
        assert answer.sources[0].score == bees.score or answer.sources[0].score is not None
        follow = memories.ask("And since when?", after=["Who keeps bees?"], max_tokens=4)
        assert follow.away == ()


def test_a_folder_and_a_server_give_the_same_rankings(make: Make, serve: Serve) -> None:
    far = serve(TEXTS["mine"])
    with Memory(far.url) as memory:
        own = far.desk.memory
        for after in ([], ["Where is the pump?"]):
            ours = own.rankings("and what is the gate code?", 4, after=after)
            theirs = memory.rankings("and what is the gate code?", 4, after=after)
            assert len(ours) == len(theirs) == (2 if after else 1)
            for here, there in zip(ours, theirs, strict=True):
                bare = [replace(each, path=Path(each.path).name) for each in here]
                assert bare == there


def test_passages_that_are_named_are_read(make: Make) -> None:
    with Memory(make("team")) as memory:
        found = memory.search("boiler train", 2)
        for passage in found:
            answer = memory.ask(GATE, passages=[(passage.document, passage.chunk)], max_tokens=4)
            assert answer.sources[0].document == passage.document
        for wrong in ([], [(1,)]):
            with pytest.raises(UsageError):
                memory.ask(GATE, passages=wrong)
        with pytest.raises(UnknownError, match="not there any more"):
            memory.ask(GATE, passages=[(99, 0)])
        unsure = memory.ask(GATE, if_sure=True, max_tokens=4)
        assert unsure.doubt is not None
        assert (unsure.usage == {}) == (unsure.doubt >= 0.5)


def test_a_generation_is_one_memory_s(make: Make) -> None:
    with Memories([make("mine"), make("team")]) as memories:
        with pytest.raises(UsageError, match="of a single memory"):
            memories.at(1)
        with pytest.raises(UsageError, match="no memory is named"):
            Memories([])


def test_it_stops_when_nobody_wants_the_answer(make: Make) -> None:
    with Memories([make("mine"), make("team")]) as memories, pytest.raises(StoppedError):
        memories.ask(GATE, stopped=lambda: True)


def test_many_threads_ask(make: Make) -> None:
    with Memories([make("mine"), make("team")]) as memories:
        wanted = memories.ask(GATE, max_tokens=4).text
        said: list[str] = []
        threads = [
            threading.Thread(target=lambda: said.append(memories.ask(GATE, max_tokens=4).text))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert said == [wanted] * 4
