"""Raised type: marks of notes stand apart from the word, powers keep their sign."""

from __future__ import annotations

import pytest

from mplus_cli.readers.letters.scripts import lowered, raised, resolved, struck


@pytest.mark.parametrize(
    ("before", "high", "behind", "shown"),
    [
        ("University", "(†)", "", "University [†]"),
        ("Sales", "(a)", " in", "Sales [a] in"),
        ("sales", "1)", ", costs", "sales [1], costs"),
        ("BM25", "(1)", " and", "BM25 [1] and"),
        ("f", "(4)", "(x)", "f^(4)(x)"),
        ("in 1804", "2", " it", "in 1804 [2] it"),
        ("2000", "2", " = 4,000,000", "2000^2 = 4,000,000"),
        ("Facebook ", "†", "Washington", "Facebook [†] Washington"),
        ("6.988", "**", " 23", "6.988 [**] 23"),
        ("A", "*", " and", "A^* and"),
        ("2,000 ", "2015-09-07 2016-03-07", "", "2,000 2015-09-07 2016-03-07"),
        ("a", "hello there", ".", "a^(hello there)."),
        ("10", "\u20139", " m", "10^-9 m"),
        ("10", "\u22123", " m", "10^-3 m"),
    ],
)
def test_raised_type(before: str, high: str, behind: str, shown: str) -> None:
    assert resolved(before + raised(high) + behind) == shown


def test_what_follows_a_fraction_stays_apart() -> None:
    assert resolved(f"1{raised('1')}\u20444 inch") == "1 1/4 inch"
    assert resolved(f"{raised('3')}/{lowered('8 ')} inch") == "3/8 inch"


def test_struck_type_and_what_is_raised_in_it() -> None:
    assert resolved(struck("10") + struck(raised("6")) + " m") == "~~10^6~~ m"
    assert resolved("x" + struck(lowered("i")) + " 2") == "x~~_i~~ 2"
    assert resolved(f"a{struck(' b ')}c {struck(' ')}d") == "a ~~b~~ c  d"
    assert resolved(struck(f"all {struck('of')} it")) == "~~all of it~~"
    assert resolved(f"{struck('80')} {struck('75')} 60") == "~~80~~ ~~75~~ 60"
