"""Enumerations around an answer, and questions for several things."""

from __future__ import annotations

import pytest

from mplus_cli.asking.settling.lists import asks_several, widened


@pytest.mark.parametrize(
    ("question", "text", "answer", "wide"),
    [
        ("What did she buy?", "She bought three roses, a fig and a bag of bulbs.", "a fig",
         "three roses, a fig and a bag of bulbs"),
        ("Who was on board?", "We left with Jana, Piet and Oskar on board.", "Jana",
         "Jana, Piet and Oskar"),
        ("Who was present?", "Present: Anna Berg, Ben Kim and Chris. Absent: Dora", "Ben Kim",
         "Anna Berg, Ben Kim and Chris"),
        ("Which buttons must be pressed?", "Now press Start and Eco together for 3 s.", "Start",
         "Start and Eco"),
        ("Who did Tom hire?", "I have hired two people, Amir and Kirsty, for it.", "Kirsty",
         "Amir and Kirsty"),
        ("How was the meeting moved?", "It was moved from the 27th to the 24th of May.",
         "the 24th", "from the 27th to the 24th of May"),
        ("What did Oskar weigh?", "Oskar, 14 May 2019, 4,120 g, 54 cm.", "4,120 g", "4,120 g"),
        ("What did they take?", "They took two\nbows, a  lamp and the\tradio.", "the\tradio",
         "two\nbows, a  lamp and the\tradio"),
        ("Who restored it?", "Under Ann Lee, took years and cost a lot.", "Ann Lee", "Ann Lee"),
        ("Who was present?", "Present: Ruth Oye (chair), Piet, Ann Lee\nAway: Dana", "Ruth Oye",
         "Ruth Oye (chair), Piet, Ann Lee"),
        ("Who is the chair?", "Present: Ruth Oye (chair), Piet, Ann Lee", "Ruth Oye", "Ruth Oye"),
        ("How does the rent rise?", "It goes from 870 pounds to 905 pounds.", "905 pounds",
         "from 870 pounds to 905 pounds"),
        # One thing is asked for, or what stands behind "and" is no thing.
        ("What colour is it?", "It is red and blue.", "red", "red"),
        ("What was the meeting moved to?", "It was moved from the 27th to the 24th.", "the 24th",
         "the 24th"),
        ("What did she read?", "She read Dune and slept.", "Dune", "Dune"),
        ("What did he lift?", "He lifted a chest and went home.", "a chest", "a chest"),
        ("What did he lift?", "He lifted a chest, and I helped.", "a chest", "a chest"),
    ],
)  # fmt: skip
def test_an_answer_is_widened_to_its_enumeration(
    question: str, text: str, answer: str, wide: str
) -> None:
    start = text.index(answer)
    assert text[slice(*widened(question, text, start, start + len(answer)))] == wide


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("What hobbies does Anna have?", True),
        ("Which countries did they visit?", True),
        ("Who was present?", True),
        ("Who were the winners?", True),
        ("List all the tools.", True),
        ("Which bus goes there?", False),
        ("Which variable stands for the folder?", False),
        ("What kinds of jam does she make?", True),
        ("Which kind of scripts does it spare?", False),
        ("What was the price?", False),
        ("What class does he attend?", False),
        ("What status has it?", False),
        ("How much does it cost?", False),
        ("What is his name?", False),
    ],
)
def test_a_question_for_several_things(question: str, several: bool) -> None:
    assert asks_several(question) is several
