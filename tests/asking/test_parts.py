"""The questions that one question consists of."""

from __future__ import annotations

import pytest

from mplus_cli.asking.understanding.parts import parts_of


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        (
            "When did they sell the piano and to whom?",
            ["When did they sell the piano?", "To whom did they sell the piano?"],
        ),
        (
            "When did they sell the piano, to whom, and for how much?",
            [
                "When did they sell the piano?",
                "To whom did they sell the piano?",
                "For how much did they sell the piano?",
            ],
        ),
        ("Is it dangerous, and why?", ["Is it dangerous?", "Why is it dangerous?"]),
        ("Who comes and when?", ["Who comes?", "When is it that someone comes?"]),
        (
            "Who sold the piano and why?",
            ["Who sold the piano?", "Why was it that someone sold the piano?"],
        ),
        (
            "How many people came and when?",
            ["How many people came?", "When was it that people came?"],
        ),
        ("What happened and where?", ["What happened?", "Where was it that something happened?"]),
        ("What was decided and by whom?", ["What was decided?", "By whom was it decided?"]),
        (
            "Which chairs were sold and at what price?",
            ["Which chairs were sold?", "At what price were the chairs sold?"],
        ),
        ("What will change, and when?", ["What will change?", "When will it change?"]),
        (
            "In which year was the house built and by whom?",
            ["In which year was the house built?", "By whom was the house built?"],
        ),
        (
            "Who is the caretaker and since when?",
            ["Who is the caretaker?", "Since when is the caretaker?"],
        ),
        (
            "How much is the rent and who pays it?",
            ["How much is the rent?", "Who pays the rent?"],
        ),
        (
            "When was the boiler repaired and who repaired it?",
            ["When was the boiler repaired?", "Who repaired the boiler?"],
        ),
        (
            "What does the sofa weigh and who sells it?",
            ["What does the sofa weigh?", "Who sells it?"],
        ),
        (
            "Who is absent from work and when is the party?",
            ["Who is absent from work?", "When is the party?"],
        ),
        (
            "On which floor is Elm and how many people does it seat?",
            ["On which floor is Elm?", "How many people does Elm seat?"],
        ),
        (
            "Where and for how many euros did he buy the chair?",
            ["Where did he buy the chair?", "For how many euros did he buy the chair?"],
        ),
        ("Tell from what he says and what she says?", []),
        (
            "How long and how hot is the cake baked?",
            ["How long is the cake baked?", "How hot is the cake baked?"],
        ),
        (
            "When did the cook leave the house, and to whom did he give it?",
            ["When did the cook leave the house?", "To whom did he give it?"],  # two things
        ),
        ("Where does it say when and why?", []),
        ("Does it say if and when?", []),
        ("What is the room in which he lived and in which he died?", []),
        ("Who has the key and the bicycle?", []),
        ("What do I do and not?", []),
        ("and why?", []),
        ("Why, and when?", []),
        ("", []),
    ],
)
def test_the_questions_in_one_are_whole(asked: str, parts: list[str]) -> None:
    assert parts_of(asked) == parts
