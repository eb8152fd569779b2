"""Who a sentence of a dialogue tells of: its speaker, the one spoken to, or somebody named."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mplus_cli.asking.alike import stems
from mplus_cli.asking.settling.scene import Sentence

_WORD = re.compile(r"[^\W_]{2,}")


def named(text: str, speakers: Iterable[str]) -> set[str]:
    """The speakers whom a text names, by any word of their names; in small letters, where it has
    no capitals, if that is no other word.
    """
    words = set(_WORD.findall(text))
    if text.islower():
        words |= {word.capitalize() for word in words if stems(word)}
    return {
        name
        for name in speakers
        if words & {form for word in _WORD.findall(name) for form in (word, word.capitalize())}
    }


def of_another(sentence: Sentence, asked: set[str]) -> bool:
    """Whether a sentence tells of another speaker than the one who is asked about.

    He himself means "you", and not "I"; or another one does not, nor says the name. Where two are
    asked about, or none, it doesn't matter.
    """
    if len(asked) != 1 or not sentence.speaker:
        return False
    if sentence.speaker in asked:
        return sentence.second_person and not sentence.first_person
    return not named(sentence.text, asked) and not sentence.to_other
