"""Questions as people type them."""

from collections import Counter
from random import Random

from training.typed import typed, with_slips

ASKED = "Which number does the Lunaro DW 460 have in Cooper Street?"


def test_a_seed_types_the_same() -> None:
    assert [typed(ASKED, Random(seed)) for seed in range(50)] == [
        typed(ASKED, Random(seed)) for seed in range(50)
    ]


def test_all_ways_of_typing_occur() -> None:
    found = Counter(typed(ASKED, Random(seed)) for seed in range(400))
    assert found[ASKED.rstrip("?").lower()] > 150
    assert found[ASKED.upper()] + found[ASKED.rstrip("?").upper()] > 30
    slipped = [text for text in found if text.lower().rstrip("?") != ASKED.lower().rstrip("?")]
    assert len(slipped) > 50


def test_slips_leave_names_and_numbers_alone() -> None:
    for seed in range(200):
        slipped = with_slips(ASKED, Random(seed), 2)
        assert all(name in slipped for name in ("Lunaro DW 460", "Cooper Street", "Which"))
        words = zip(slipped.split(), ASKED.split(), strict=True)
        assert 1 <= sum(now != before for now, before in words) <= 2


def test_a_question_without_plain_words_stays() -> None:
    assert with_slips("E4?", Random(0), 2) == "E4?"
