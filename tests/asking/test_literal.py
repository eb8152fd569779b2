"""Whether an answer stands in a passage, and answers that can't but stand there."""

from typing import Any

import pytest
import torch

from mplus_cli.asking.checking.literal import Stretches, is_literal
from mplus_cli.asking.checking.literally import Literally


@pytest.mark.parametrize(
    ("answer", "passage"),
    [
        ("4", "It is 4."),
        ("The shed", "It stands behind a shed"),
        ("1250 euros", "costs 1,250 euros"),
        ("1'250", "costs 1250"),
        ("\u201cFoo Bar\u201d", 'Say "foo  bar" now'),
        ("foo bar.", "the foo\nbar"),
        ("Ann and Bob", "Present: Bob, then Ann"),
        ("Ann, Bob, and Cy", "Cy met Ann; Bob came later"),
        ("Smith", "Smith's house"),
        ("don\u2019t", "I don't"),
        ("1990\u20131995", "from 1990-1995"),
        ("4417", "The code is **4417**"),
        ("~/.config/tide/rules.toml", "read from `~/.config/tide/rules.toml`."),
        ("\ufb01le", "a file"),  # a ligature
        ("\u6771\u4eac", "\u79c1\u306f\u6771\u4eac\u306b\u884c\u304f"),  # no spaces between words
        ("PUMP", "the Pump"),
    ],
)
def test_writing_does_not_count(answer: str, passage: str) -> None:
    assert is_literal(answer, [passage])


@pytest.mark.parametrize(
    ("answer", "passage"),
    [
        ("4", "14 doors"),
        ("4", "4.5 metres"),
        ("5", "4.5 metres"),
        ("2.4", "version 2.4.1"),
        ("250", "costs 1,250"),
        ("~/.config/tide/config.toml", "read from `~/.config/tide/rules.toml`."),
        ("rule", "rules.toml"),
        ("Ann, Bob and Cy", "Ann and Bob"),
        ("4418", "The code is 4417"),
        ("code 4417", "The code is 4417"),
        ("", "anything"),
        (".", "a."),
        ("and", "x, y"),
    ],
)
def test_words_and_numbers_count_as_whole_ones(answer: str, passage: str) -> None:
    assert not is_literal(answer, [passage])


def test_parts_may_stand_in_several_passages() -> None:
    assert is_literal("pottery and running", ["She likes pottery.", "He goes running."])


FAR = """\
Visits are on Mondays. The house has four floors, and a lift since 1990. Dogs stay outside. The cook
comes on Thursdays.

Bring with you:
- shoes, a hat
- a lamp
- water
- bread

Name | Day
Ann | 3 May
Bob | 4 May
Cy | 5 May
Di | 6 May
"""


@pytest.mark.parametrize(
    ("answer", "literal"),
    [
        ("a lift and four floors", True),  # one sentence
        ("Mondays and four floors", True),  # one behind the other
        ("Mondays and Thursdays", False),  # far apart
        ("four floors and Mondays", False),  # the other way round
        ("bread, water and shoes", True),  # one list
        ("bread and four floors", False),
        ("Ann, Bob, Cy, Di", True),  # one table
        ("Bob and 4 May", True),
        ("5 May and Ann", False),
    ],
)
def test_parts_stand_together(answer: str, literal: bool) -> None:
    assert is_literal(answer, [FAR]) == literal
    assert is_literal(answer, ["Something else.", FAR]) == literal


def test_stretches_begin_and_end_with_words() -> None:
    stretches = Stretches("The code is `4417`, or 12.5 mm. Don't go")
    begun = {"co": True, "code is": True, "ode": False, "5 mm": False, " 12.": True, "co de": False}
    assert {text: stretches.goes_on(text) for text in begun} == begun
    assert not stretches.goes_on("code ", "code ")  # a step has to be one
    whole = {"code": True, "cod": False, "12": False, "12.5": True, "code is 4417": True, "": False}
    assert {text: stretches.is_one(text) for text in whole} == whole


class Bytes:
    """A tokenizer of bytes."""

    def decode(self, ids: list[int]) -> str:
        return bytes(ids).decode(errors="replace")


END = 256
PASSAGE = "Open the valve (no. 4) at 7:30.\n- Caf\u00e9 \u2018Blue\u2019: 1,250 m, see ~/.x/y.toml"


@pytest.mark.parametrize("seed", range(30))
def test_whatever_is_wanted_what_is_chosen_stands_in_the_passage(seed: int) -> None:
    drawn = torch.Generator().manual_seed(seed)
    tokenizer: Any = Bytes()
    chooser, ids = Literally(PASSAGE, tokenizer, [END]), list[int]()
    for _ in range(40):
        token = chooser(torch.randn(257, generator=drawn))
        if token == END:
            break
        ids.append(token)
    text = tokenizer.decode(ids).removesuffix("\ufffd")
    if chooser.failed or token != END:
        assert not text or Stretches(PASSAGE).goes_on(text)
    else:
        assert is_literal(text, [PASSAGE]) and Stretches(PASSAGE).is_one(text)


def test_what_the_model_wants_is_taken_where_it_stands_there() -> None:
    wanted = list(b"7:30")
    tokenizer: Any = Bytes()
    chooser, ids = Literally(PASSAGE, tokenizer, [END]), list[int]()
    for token in [*wanted, END]:
        logits = torch.zeros(257)
        logits[ord("9")], logits[token] = 2.0, 1.0  # first of all it would make a number up
        ids.append(chooser(logits))
    assert (ids, chooser.failed) == ([*wanted, END], False)
