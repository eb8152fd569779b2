"""One answer of the answers to a question's parts."""

from dataclasses import replace

from mplus_cli.asking.understanding.joined import joined
from mplus_cli.asking.understanding.question import Question
from mplus_cli.results.answers import Answer, AnswerDate, Prompt, Source, Within

WHEN = Answer(
    text="On Tuesday.",
    declined=False,
    cut=False,
    sources=(),
    generation=3,
    within=Within(1, 3),
    usage={"prompt_tokens": 20, "answer_tokens": 3},
    timings_ms={"load": 1.5, "read": 20.0},
    prompt=Prompt("When?", (1, 2)),
    literal=True,
    confidence=0.9,
    dates=(AnswerDate("tuesday", "18 February", "2025-02-18", "2025-02-17", "a heading"),),
    notes=("one", "both"),
)
WHO = replace(WHEN, text="Lindqvist", literal=None, confidence=0.4, dates=(), notes=("both",))
NOBODY = replace(WHEN, text="I don't know.", declined=True, notes=())


def asked(*parts: str, **taken: str) -> Question:
    return Question("x", "x", "x", taken, tuple(Question(each, each, each, {}) for each in parts))


def test_the_answer_to_one_question_is_as_it_was() -> None:
    assert joined(asked(), [WHEN]) == WHEN
    assert joined(asked(wat="what"), [WHEN]).notes == ("one", "both", '"wat" was read as "what"')


def test_answers_to_parts_stand_one_below_the_other() -> None:
    found = joined(asked("When?", "Who?"), [WHEN, WHO])
    assert found.text == "On Tuesday.\nLindqvist"
    assert found.within == Within(1, 3)
    assert found.usage == {"prompt_tokens": 40, "answer_tokens": 6}
    assert found.timings_ms == {"load": 3.0, "read": 40.0}
    assert (found.declined, found.literal, found.confidence) == (False, None, 0.4)
    assert found.prompt == Prompt("When?\n\nWhen?", None)
    assert found.dates == WHEN.dates
    assert (found.generation, found.notes) == (3, ("one", "both"))


def test_a_part_without_an_answer_is_named() -> None:
    found = joined(asked("When?", "Who?"), [WHEN, NOBODY])
    assert not found.declined
    assert found.notes[-1] == "no answer was found to: Who?"
    both = joined(asked("When?", "Who?"), [NOBODY, NOBODY])
    assert both.declined
    assert both.notes == ()


def test_a_passage_that_answers_two_parts_is_one_source() -> None:
    source = Source(
        path="gate.txt", document=1, chunk=0, place="line 1", unit="line", numbers=(1, 1),
        section="", page=None, lines=(1, 1), kind="retrieved", weight=1.0, score=0.4,
        retrieved_vectors=9, snippet="",
    )  # fmt: skip
    better, other = replace(source, score=0.6), replace(source, chunk=1)
    parts = [replace(WHEN, sources=(source, other)), replace(WHO, sources=(better,))]
    assert joined(asked("When?", "Who?"), parts).sources == (better, other)
