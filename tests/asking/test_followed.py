"""Follow-up questions: which they are, what they leave out, and what is searched for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mplus_cli import Memory
from mplus_cli.asking.understanding import rewritten
from mplus_cli.asking.understanding.followed import before, follows
from mplus_cli.asking.understanding.restored import restored
from mplus_cli.errors import UsageError

ALONE = (
    "Who supplies the wooden tripod?",
    "What does the Total package pay for burst pipes?",
    "What is the safe code?",
    "What is E4?",
    "When did Theo break his ankle?",
    "And what is the address of the scan station?",
    "How many windows are there in the kitchen?",
    "What about the bus, when does it leave the hospital?",
)
FOLLOWING = (
    "and who paid for it?",
    "how much?",
    "what about the second one?",
    "Why?",
    "Between what hours?",
    "And Birch?",
    "Who has its keys?",
    "Can I take it from the tap?",
    "Who opens the back door there?",
    "and with free school meals?",
    "No, I meant the white tin loaf.",
    "Which of the two is the heavier boat?",
    "",
)


def test_what_stands_by_itself_is_no_follow_up() -> None:
    assert [each for each in ALONE if follows(each)] == []
    assert [each for each in FOLLOWING if not follows(each)] == []


def test_what_is_in_front_goes_back_to_a_question_that_stands_by_itself() -> None:
    asked = ["Who wrote the letter to Tomas?", "When was Ole born?", "What does he keep now?"]
    assert before("how many?", asked) == asked[1:]
    assert before("Who supplies the wooden tripod?", asked) == []
    assert before("how many?", []) == []
    [long] = before("how many?", ["Where is the " + "x" * 100_000 + " of the house?"])
    assert len(long) <= 1_000


@pytest.mark.parametrize(
    ("first", "then", "whole"),
    [
        ("To which day was the fair moved?", "Why?", "Why was the fair moved?"),
        ("How high will the rent be?", "from when on?", "From when on will the rent be?"),
        ("How warm is the guarantee on the slate?", "and on the gutters?", "How warm is the "
         "guarantee on the gutters?"),
        ("How long is the bread baked?", "At what temperature?", "At what temperature is the bread "
         "baked?"),
        ("How many people does the room Alder seat?", "and Birch?", "How many people does the room "
         "Birch seat?"),
        ("What is Ruben Okonkwo's extension?", "And his room?", "What is Ruben Okonkwo's room?"),
        ("When does the third bus leave?", "what about the fourth?", "When does the fourth bus "
         "leave?"),
        ("What does the carbon pole cost?", "and the steel one?", "What does the steel pole cost?"),
        ("How heavy is the dishwasher?", "How wide is it?", "How wide is the dishwasher?"),
        ("When was Ole born?", "What does he keep now?", "What does Ole keep now?"),
        ("When will the window be fitted?", "and who will do it?", "Who will do it?"),
        ("Which animal did they see near the compost?", "How many cubs did it have?", "How many "
         "cubs did it have?"),
        ("Where did the boat come from?", "what did we pay for it?", "What did we pay for "
         "the boat?"),
        ("Where are the winter tyres?", "which brand are they?", "Which brand are the winter "
         "tyres?"),
        ("When is the flour delivered?", "and the eggs?", "When is the eggs delivered?"),
        ("What does the round loaf cost?", "and the rye?", "What does the rye cost?"),
        ("What did the service in 2022 cost?", "and 2023?", "What did the service in 2023 cost?"),
        ("Where is switch-a?", "and switch-b?", "Where is switch-b?"),
        ("How much salt does the seeded loaf need?", "No, I meant the tin loaf.", "How much salt "
         "does the tin loaf need?"),
        ("How much salt goes into the loaf?", "and how much butter?", "How much butter goes into "
         "the loaf?"),
        ("When does Ann's group go in?", "and the other group?", "When does the other group go "
         "in?"),
        ("What did Severn ask for the pontoon?", "what about the other one?", "what about the "
         "other one?"),
        ("What is the code of the bicycle shed?", "and the front door?", "What is the code of the "
         "front door?"),
        ("Where is the bicycle shed?", "Who has its key?", "Who has the bicycle shed's key?"),
        ("Who built the boat?", "How heavy is it?", "How heavy is the boat?"),
        ("How much water goes into the boiler?", "Can I take it from the tap?", "Can I take it "
         "from the tap?"),
        ("Who was chosen in November?", "What is her office?", "What is her office?"),
        ("How much may a room cost?", "What was it in 2023?", "What was it in 2023?"),
        ("Who wrote it?", "and so what, then: is it true (or not)?", "So what, then: is it true "
         "(or not)?"),
        ("Why?", "???", "???"),
        ("", "and Birch?", "and Birch?"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_put_back(first: str, then: str, whole: str) -> None:
    assert restored(then, first) == whole


def test_what_is_left_out_is_put_back_from_further_before_where_the_last_has_nothing() -> None:
    before = ("Where is the caravan kept?", "And why?!", "and by whom, did they say?")
    assert restored("How old is its tent?", *before) == "How old is the caravan's tent?"


@pytest.fixture(scope="module", params=["chunks", "plain"])
def memory(
    request: pytest.FixtureRequest,
    toys: dict[str, Path],
    toy_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Memory]:
    folder = tmp_path_factory.mktemp(f"followed-{request.param}")
    for number, thing in enumerate(("pump", "well", "gate", "shed", "barn")):
        text = f"The {thing} was painted by person {number}. It is old. " * 3
        (folder / f"{thing}.txt").write_text(text)
    with Memory(folder / "memory", model=str(toys[request.param]), cache=toy_cache) as opened:
        opened.inject(*sorted(folder.glob("*.txt")))
        yield opened


def test_a_follow_up_is_searched_for_with_the_question_before(memory: Memory) -> None:
    found = memory.ask("and who painted it?", max_tokens=4, after=["Where does the pump stand?"])
    alone, in_front = found.searched
    assert "painted" in alone
    assert in_front == f"Where does the pump stand? {alone}"
    assert memory.ask("and who painted it?", max_tokens=4).searched == ()


def test_a_question_that_stands_by_itself_is_as_if_it_were_the_first(memory: Memory) -> None:
    question = "Who painted the gate of the barn?"
    first = memory.ask(question, max_tokens=4)
    later = memory.ask(question, max_tokens=4, after=["Where does the pump stand?", "Why?"])
    assert (later.text, later.sources) == (first.text, first.sources)
    assert later.searched == ()


def test_a_search_goes_on_with_questions_as_an_answer_does(memory: Memory) -> None:
    before = ["Where does the pump stand?"]
    followed = memory.search("and who painted it?", after=before)
    assert followed[0].path.endswith("pump.txt")
    whole = memory.search("Who painted the gate of the barn?", after=before)
    assert whole == memory.search("Who painted the gate of the barn?")


def test_two_questions_in_one_follow_together(memory: Memory) -> None:
    asked = "And when was it sold, and to whom?"
    found = memory.ask(asked, max_tokens=4, after=["Where does the pump stand?"])
    assert any(each.startswith("Where does the pump stand?") for each in found.searched)


def test_questions_before_are_several(memory: Memory) -> None:
    with pytest.raises(UsageError, match="after is one text"):
        memory.ask("why?", after="Where does the pump stand?")


@pytest.mark.parametrize("memory", ["plain"], indirect=True)
def test_a_large_chat_model_writes_the_question_itself(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewritten, "LEAST_PARAMETERS", 0)
    after = ["Where does the pump stand?"]
    found = memory.ask("and who painted it?", max_tokens=4, after=after)
    assert found.searched  # the toy's words, or the rule's where it writes too much
    engine = memory._shared.engine()
    monkeypatch.setattr("mplus_cli.asking.answer.rewritten", lambda *asked: "Who painted the pump?")
    assert rewritten.can_rewrite(engine)
    found = memory.ask("and who painted it?", max_tokens=4, after=after)
    alone, in_front = found.searched
    assert alone == "Who painted the pump?"
    assert in_front == "Where does the pump stand? Who painted the pump?"


@pytest.mark.parametrize("memory", ["plain"], indirect=True)
def test_what_a_model_writes_is_bounded(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A toy never ends by itself, so what it writes is cut, and then it counts for nothing."""
    from mplus_cli.asking.among import Among
    from mplus_cli.asking.how import Asking

    asker = memory._shared.asker()
    questions = ["Where does the pump stand?", "and who painted it?"]
    with asker._opener.opened(None, Among.of()) as opened:
        monkeypatch.setattr(rewritten, "MOST_TOKENS", 3)
        written = rewritten.rewritten(asker._engine, opened.memory, questions, Asking())
        assert "\n" not in written
        assert len(written) < 20
        too_long = ["x" * 5_000, "and who painted it?"]
        assert rewritten.rewritten(asker._engine, opened.memory, too_long, Asking()) == ""


@pytest.mark.parametrize("memory", ["chunks"], indirect=True)
def test_a_model_for_short_answers_writes_no_questions(memory: Memory) -> None:
    assert not rewritten.can_rewrite(memory._shared.engine())
