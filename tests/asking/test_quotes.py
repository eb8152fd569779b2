"""Sentences of documents, and those that answer."""

import pytest

from mplus_cli.asking.checking.quotes import around, best
from mplus_cli.asking.ending import sentences
from store.records import ChunkRow, Located

TEXT = """# Pump

The pump of the old garden stands behind the shed. It was serviced by Dr. Keller and must
run for twenty minutes each evening. Bring:
- gloves
- a key (No. 4) for the
  gate

Name | Town
Anna Jr. No | Köln
Bob | Ems

1. Open it. Then wait.
2. Close it
Present: Ann
Absent: Bob
"""


def located(text: str, ordinal: int = 0) -> Located:
    chunk = ChunkRow("key", 9, 9, 0, len(text), "line", 1, 9, "Garden", text)
    return Located(1, "/a/garden.md", "", 9, "2024-01-01T00:00:00Z", ordinal, chunk)


def test_headings_entries_and_rows_are_sentences() -> None:
    assert sentences(TEXT) == [
        "# Pump",
        "The pump of the old garden stands behind the shed.",
        "It was serviced by Dr. Keller and must\nrun for twenty minutes each evening.",
        "Bring:",
        "- gloves",
        "- a key (No. 4) for the\n  gate",
        "Name | Town",
        "Anna Jr. No | Köln",
        "Bob | Ems",
        "1. Open it.",
        "Then wait.",
        "2. Close it",
        "Present: Ann",
        "Absent: Bob",
    ]


@pytest.mark.parametrize(
    ("answer", "quoted"),
    [
        (
            "twenty minutes",
            "It was serviced by Dr. Keller and must run for twenty minutes each evening.",
        ),
        ("gloves", "Bring:\n- gloves"),
        ("Ems", "Name | Town\nBob | Ems"),
        ("Name", "Name | Town"),
        (
            "shed. It was",
            "The pump of the old garden stands behind the shed.\n"
            "It was serviced by Dr. Keller and must run for twenty minutes each evening.",
        ),
    ],
)
def test_an_answer_is_quoted_with_what_it_needs(answer: str, quoted: str) -> None:
    [quote] = around("What?", answer, [located(TEXT)])
    assert quote.text == quoted
    assert (quote.path, quote.chunk, quote.place) == ("/a/garden.md", 0, "Garden, lines 1-9")


def test_an_enumeration_is_quoted_part_by_part() -> None:
    twice = "Ann came.\nNobody else did.\nBob came, too."
    assert [quote.text for quote in around("Who?", "Ann and Bob", [located(twice)])] == [
        "Ann came.",
        "Bob came, too.",
    ]
    assert around("Who?", "Ann and Cy", [located(twice)]) == ()


def test_of_several_places_the_one_that_fits_the_question_counts() -> None:
    text = "The gate costs 40 euros.\nThe pump costs 40 euros.\nThe roof costs 40 euros."
    [quote] = around("How much is the pump?", "40 euros", [located(text)])
    assert quote.text == "The pump costs 40 euros."


def test_a_row_whose_columns_stand_elsewhere_is_quoted_alone() -> None:
    [quote] = around("Who?", "Ems", [located("Anna | Ulm\nBob | Ems\n", ordinal=2)])
    assert quote.text == "Bob | Ems"


def test_a_list_is_quoted_with_what_announces_it() -> None:
    text = "Old things.\nBring these things:\n- gloves\n- a key\n\nThen go."
    [quote] = best("What should I bring?", [located(text)])
    assert quote.text == "Bring these things:\n- gloves\n- a key"
    assert best("What?", [located("")]) == ()
    assert best("What?", []) == ()


def test_a_dated_line_is_no_sentence_that_answers() -> None:
    text = (
        "Mia and Karl, 3 July 2023, 7 pm\n\nMia: I was in the mill.\n\n"
        "Mia and Karl, 9 July 2023, 7 pm\n\nKarl: I sold it on 3 July 2023.\n"
    )
    [quote] = best("When were Mia and Karl in the mill?", [located(text)])
    assert quote.text == "Mia: I was in the mill."
    [quote] = around("When did Mia and Karl sell it?", "3 July 2023", [located(text)])
    assert quote.text == "Karl: I sold it on 3 July 2023."
    [quote] = best("What is on 4 April 2024?", [located("# 4 April 2024\n\nPeas.\n")])
    assert quote.text == "Peas."
    assert best("What is there?", [located("4 April 2024")])[0].text == "4 April 2024"
