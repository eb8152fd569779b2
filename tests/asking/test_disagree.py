"""Documents that say the same sentence with something else in it."""

from __future__ import annotations

import pytest

from mplus_cli.asking.settling.disagree import disagreeing, newest
from mplus_cli.asking.settling.scene import Scene

QUESTION = "How much may be spent on a hotel per night?"


def scene(text: str, path: str) -> Scene:
    return Scene(text, 0, len(text), text[:4000], path)


def policy(year: str, euros: str, path: str = "") -> Scene:
    title = f"Travel policy{' of ' if year else ''}{year}"
    text = f"{title}. Up to {euros} euros a night may be spent on a hotel. Trains are booked."
    return scene(text, path or f"policy-{euros}.txt")


def others(question: str, own: Scene, answer: str, *found: Scene) -> list[str]:
    start = own.text.index(answer)
    return [each.text for each in disagreeing(question, own, start, start + len(answer), found)]


def test_another_edition_says_otherwise() -> None:
    old, new = policy("January 2023", "110"), policy("January 2025", "145")
    assert others(QUESTION, old, "110 euros", new) == ["145 euros"]
    assert others(QUESTION, old, "110 euros", policy("2024", "110", "copy.txt")) == []


@pytest.mark.parametrize(
    ("question", "own", "answer"),
    [
        (QUESTION, ("January 2023", "110"), "145 euros"),
        (QUESTION, ("January 2025", "145"), None),
        (f"{QUESTION[:-1]} in 2023?", ("January 2023", "110"), None),
        (f"{QUESTION[:-1]} in 2023?", ("January 2025", "145"), "110 euros"),
        (QUESTION, ("", "110"), None),  # nothing tells which is newer
    ],
)
def test_the_newer_one_counts_or_the_one_that_is_asked_for(
    question: str, own: tuple[str, str], answer: str | None
) -> None:
    policies = [policy("January 2023", "110"), policy("January 2025", "145")]
    mine = policy(*own)
    start = mine.text.index(own[1])
    found = disagreeing(question, mine, start, start + len(own[1]) + 6, policies)
    chosen = newest(question, mine, found)
    assert (chosen.text if chosen else None) == answer


def test_pages_about_different_things_do_not_disagree() -> None:
    pages = [
        scene(
            f"Tariff of the {name} ferry, 1 January 2025\n\nA boat comes for {euros} euros each.",
            f"{name.lower()}.txt",
        )
        for name, euros in (("Abbot", "12"), ("Brindle", "15"))
    ]
    assert others("What does a boat of the Abbot ferry cost?", pages[0], "12 euros", pages[1]) == []
    assert others("What does a boat cost?", pages[0], "12 euros", pages[1]) == []


def test_sentences_that_differ_beside_the_answer_do_not_disagree() -> None:
    own = policy("2023", "110")
    other = scene("Travel policy of 2025. Dinner may cost up to 145 euros.", "b.txt")
    assert others(QUESTION, own, "110 euros", other) == []


def test_what_people_say_of_different_days_does_not_disagree() -> None:
    chats = [
        scene(f"{day} July 2023\n\nAnn: I ran {day} miles to the mill.\nBob: No.\nAnn: Yes.", day)
        for day in ("3", "4")
    ]
    assert others("How far did Ann run?", chats[0], "3 miles", chats[1]) == []


def letter(flat: str, name: str, euros: str) -> Scene:
    text = (
        f"Hartmann Lettings, 14 November 2024\n\nDear {name},\n\nas of January the rent for {flat} "
        f"rises to {euros} pounds. The service charge stays at {euros} pounds."
    )
    return scene(text, f"{name} {euros}.txt")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("flat 7", "Mr Quigley", "905"), ("flat 9", "Mr Quigley", "960")),
        (("the flat", "Mr Quigley", "905"), ("the flat", "Ms Adeyemi", "960")),
        (("the WX-450", "Sir", "905"), ("the WX-460", "Sir", "960")),
    ],
)
def test_letters_of_different_things_do_not_disagree(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    own, others_ = letter(*one), letter(*other)
    assert others("What is the rent?", own, "905 pounds", others_) == []
    again = letter(one[0], one[1], other[2])
    assert others("What is the rent?", own, "905 pounds", again) == ["960 pounds"]


def test_short_sentences_disagree_where_all_else_is_alike() -> None:
    rules = [
        scene(
            f"Parking rules {year}\n\nVisitors park in row {row}. The fee is {fee} % of it.", year
        )
        for year, row, fee in (("2023", "C", "15"), ("2025", "F", "18"))
    ]
    assert others("Where do visitors park?", rules[0], "row C", rules[1]) == ["row F"]
    assert others("What is the fee?", rules[0], "15 %", rules[1]) == ["18 %"]
    assert others("What is the fee?", rules[0], "15", rules[1]) == ["18 %"]


def test_a_document_that_replaces_another_one_counts() -> None:
    price = "The monthly fee of the contractor is {} euros."
    old = scene(f"Contract, 5 May 2021\n\n{price.format(1050)}", "old.txt")
    text = f"Contract\n\n{price.format(1284)} This contract replaces the one of 5 May 2021."
    new = scene(text, "new.txt")
    start = old.text.index("1050")
    found = disagreeing("What is the fee?", old, start, start + 4, [new])
    assert (newest("What is the fee?", old, found) or found[0]).text == "1284"
    start = new.text.index("1284")
    found = disagreeing("What is the fee?", new, start, start + 4, [old])
    assert newest("What is the fee?", new, found) is None
