"""How much texts say the same: their words without endings, and where an answer stands."""

from __future__ import annotations

import re
from functools import lru_cache

from store.index.words import EMPTY

# Irregular forms of verbs that people tell of their days with.
_FORMS = (
    "be was were been", "begin began begun", "break broke broken", "bring brought", "build built",
    "burn burnt", "buy bought", "catch caught", "choose chose chosen", "come came", "cost",
    "die died", "do did done",
    "draw drew drawn", "drink drank", "drive drove driven", "eat ate eaten", "fall fell fallen",
    "feel felt", "fight fought", "find found", "fly flew flown", "forget forgot", "get got gotten",
    "give gave given", "go went gone", "grow grew grown", "hang hung", "have has had",
    "hear heard", "hold held", "keep kept", "know knew known", "lead led", "learn learnt",
    "leave left", "lend lent", "lose lost", "make made", "mean meant", "meet met",
    "pay paid", "ride rode ridden", "ring rang rung", "run ran", "say said", "see saw seen",
    "sell sold", "send sent", "shoot shot", "sing sang sung", "sit sat", "sleep slept",
    "speak spoke spoken", "spend spent", "stand stood", "steal stole stolen",
    "swim swam swum", "take took taken", "teach taught", "tell told", "think thought",
    "throw threw thrown", "wake woke woken", "wear wore worn", "win won", "write wrote written",
)  # fmt: skip
IRREGULAR = {form: forms.split()[0] for forms in _FORMS for form in forms.split()}
PAST = sorted(
    {*IRREGULAR} - {*IRREGULAR.values()} | {"was", "were", "did", "had"} - {"has", "been"}
)
# Beside what questions are made of, words that point at persons and things.
_SMALL = EMPTY | {"he", "she", "him", "his", "her", "hers", "they", "you", "it"}
_SMALL |= {"all", "any", "not", "but", "into", "about"}
_ENDING = re.compile(r"(?:'s|ies|ing|ed|es|s|e|(?<![aeou])y)$")
_STEM = 6


def stems(text: str) -> set[str]:
    """The words of a text that say something, without their endings and in their first form."""
    words = re.findall(
        r"[^\W_]+(?:'s)?", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    return {stem(word) for word in words if word not in _SMALL and len(word) > 1}


@lru_cache(maxsize=4096)  # most words of a text stand there several times
def stem(word: str) -> str:
    """A word in its first form, without its ending, as far as words of one stem begin alike."""
    word = IRREGULAR.get(word, word)
    cut = _ENDING.sub("", word)
    cut = cut if len(cut) > 2 or cut in IRREGULAR else word  # "going" is of "go"
    if len(cut) > 3 and cut[-1] == cut[-2]:
        cut = cut[:-1]  # "running" is of "run"
    return cut[:_STEM]


def occurrences(answer: str, text: str) -> list[tuple[int, int]]:
    """Where an answer stands in a text, word for word, whatever lies between the words."""
    words = re.findall(r"\w+", answer)
    if not words:
        return []
    pattern = r"\b" + r"\W+".join(map(re.escape, words)) + r"\b"
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
