"""Answers that are certainly of another type than the question's words ask for."""

from __future__ import annotations

import pytest

from mplus_cli.asking.settling.answer_types import is_unfit, only_fitting


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much is the rent?", "1 April 2025"),
        ("How much does the sofa cost?", "on Tuesday"),
        ("For how much was the piano sold?", "three weeks"),
        ("How much is the fee?", "7:30 pm"),
        ("How many people came?", "865 euros"),
        ("How many chairs are there?", "Monday 3 March"),
        ("How many eggs?", "Mr Lindqvist"),
        ("Who repaired the boiler?", "18 February"),
        ("Who repaired the boiler?", "865 euros a month"),
        ("To whom was it sold?", "\u20ac1,680"),
        ("Who is the caretaker?", "42"),
        ("Whose idea was it?", "40 %"),
        ("Whom do I call?", "on Mondays"),
        ("Where is the key?", "3 May 2023"),
        ("Where do they meet?", "at 10:30"),
        ("When did they sell the piano?", "for 400 euros"),
        ("When was it sold?", "Mrs Dubois"),
        ("In which year was the house built?", "$40,000"),
        ("When does the engineer call?", "Mr Lindqvist"),
        ("What time does the shop open?", "2 July 2023"),
        ("At what time does it open?", "12 euros"),
    ],
)
def test_what_is_certainly_of_another_type_is_found(question: str, answer: str) -> None:
    assert is_unfit(question, answer)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much is the rent?", "865 euros from 1 April 2025"),
        ("How much is the rent?", "865"),
        ("How much is the rent?", "half of it"),
        ("How much notice do I have to give?", "three months"),
        ("How much did it grow?", "40 %"),
        ("How much time did the storm cost?", "two weeks"),
        ("How many people came in 2023?", "2023"),
        ("How many sets are there?", "12 set"),
        ("How many euros is it?", "12 euros"),
        ("How many goals were there?", "2:1"),
        ("How much longer does it take?", "until noon"),
        ("Who lives in flat 7?", "the 7 dwarfs"),
        ("Who won?", "the 49ers"),
        ("Who painted it?", "May"),
        ("Who painted it?", "April Summers"),
        ("Whom do I call in case of fire?", "112"),
        ("Where do prices start?", "at 50 euros"),
        ("Where is the shop?", "10 minutes from here"),
        ("Where does it say so?", "page 12"),
        ("When is postage free?", "over 50 euros"),
        ("When does the alarm ring?", "65 \u00b0C"),
        ("When did the engine fail?", "at 15,000 km"),
        ("When was she born?", "1790"),
        ("When did it end?", "after Easter"),
        ("When did they sell the piano and to whom?", "Mr Lindqvist"),
        ("What time does the shop open?", "at 9 on 2 July 2023"),
        ("What is the rent?", "1 April"),
        ("How does it work?", "12 euros"),
        ("Who is it?", ""),
    ],
)
def test_what_may_be_an_answer_fits(question: str, answer: str) -> None:
    assert not is_unfit(question, answer)


def test_a_speaker_is_a_person() -> None:
    assert is_unfit("When did she leave?", "Mia", {"Mia", "Karl"})
    assert not is_unfit("When did she leave?", "Easter", {"Mia", "Karl"})
    assert not is_unfit("Who left?", "Mia", {"Mia", "Karl"})


SENTENCE = "On 3 May 2023 at 10:30 the piano went to Mr Lindqvist for 400 euros."


@pytest.mark.parametrize(
    ("question", "sentence", "found"),
    [
        ("How much was the piano sold for?", SENTENCE, "400 euros"),
        ("When did the piano go?", SENTENCE, "3 May 2023"),
        ("What time was it?", SENTENCE, "10:30"),
        ("How much was paid?", "It was 400 euros, then 500 euros.", None),
        ("How many were sold?", SENTENCE, None),
        ("Who has it?", SENTENCE, None),
    ],
)
def test_the_only_thing_of_the_type_is_found(
    question: str, sentence: str, found: str | None
) -> None:
    span = only_fitting(question, sentence)
    assert (span and sentence[slice(*span)]) == found
