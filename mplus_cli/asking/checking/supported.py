"""Which sentences of a longer answer have no support in the passages that were read.

A sentence is supported where all its numbers, names, paths and codes stand in the passages, and
half of its other words in some form. That is no proof that it is true: it finds what is made up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mplus_cli.asking.alike import stems
from mplus_cli.asking.checking.literal import is_literal
from mplus_cli.asking.ending import sentences

HALF = 0.5
# What is made up worst: a word with a digit, or with what joins paths, options, addresses and
# codes; or with a capital behind its first letter.
_EXACT = re.compile(r"\d|[/\\_@~]|--|(?<=\w)[.:](?=\w)|(?<=\w)[A-Z]")
_NUMBER = re.compile(r"^\s*\d+[.)](?=\s)")  # of a list's entry
_NAME = re.compile(r"(?<=[^.!?:\s] )[A-Z]\w+|(?<=[^.!?:\s] [\"'(])[A-Z]\w+")


def unsupported(answer: str, question: str, passages: Sequence[str]) -> tuple[str, ...]:
    """The sentences of an answer that are not supported by passages or question, in order."""
    texts = [*passages, question]
    known = set[str]().union(*map(stems, texts))
    return tuple(each for each in sentences(answer) if not _is_supported(each, texts, known))


def _is_supported(sentence: str, texts: Sequence[str], known: set[str]) -> bool:
    sentence = _NUMBER.sub("", sentence)
    exact = {*filter(_EXACT.search, sentence.split()), *_NAME.findall(sentence)}
    if not all(is_literal(each, texts) for each in exact if re.search(r"\w", each)):
        return False
    words = stems(sentence)
    return len(words & known) + len(exact) >= HALF * (len(words) + len(exact))
