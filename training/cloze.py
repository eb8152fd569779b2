"""Questions that a passage's own sentences make: one name, number or year is left out and asked for.

They are poor questions, but there are many: a reader that has few real ones learns less of these by heart (the idea
of Lewis et al., arXiv 1906.04980).
"""

from __future__ import annotations

import re
from random import Random

from training.data import Question

WORDS = range(6, 31)  # of a sentence
DROPPED = 0.2  # of its words: a question seldom repeats a sentence
YEAR = r"(?:1[5-9]|20)\d\d"
NUMBER = rf"(?<![\w.,$£€-])(?!{YEAR})(\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|nine|ten)(?= [a-z])"
CAPITAL = r"[A-Z][\w'-]+"
NAME = rf"(?<=[a-z,] )({CAPITAL}(?: (?:(?:of|the|de|von) )?{CAPITAL}){{0,3}})"
# What may be asked for, and how; {} is the rest of the sentence.
ASKS = (
    (re.compile(rf"\b({YEAR})\b"), ("When {}?", "In what year {}?", "{} in what year?")),
    (re.compile(NUMBER), ("How many {}?", "{}, how many?")),
    (re.compile(NAME), ("{}?", "Fill in: {}", "Who or what: {}?")),
)
BLANK = "___"  # stands for a name; a year or a number is asked for in words


def cloze(text: str, rng: Random, most: int) -> list[Question]:
    """At most so many questions, each of another sentence, whose answers stand once in the text."""
    sentences = [each for each in re.split(r"(?<=[a-z)\]][.!?])\s+", text) if len(each.split()) in WORDS]
    rng.shuffle(sentences)
    made = [_question(sentence, text, rng) for sentence in sentences]
    return [each for each in made if each][:most]


def _question(sentence: str, text: str, rng: Random) -> Question | None:
    kinds: list[tuple[re.Match[str], tuple[str, ...], str]] = []
    for number, (pattern, asks) in enumerate(ASKS):
        places = [found for found in pattern.finditer(sentence) if text.count(found[1]) == 1]
        blank = BLANK if number == len(ASKS) - 1 else ""
        kinds += [(place, asks, blank) for place in rng.sample(places, min(1, len(places)))]
    if not kinds:
        return None
    found, asks, blank = rng.choice(kinds)
    parts = sentence[: found.start(1)], sentence[found.end(1) :].rstrip(".!?")
    before, after = (" ".join(word for word in part.split() if rng.random() >= DROPPED) for part in parts)
    asked = rng.choice(asks).format(" ".join(f"{before} {blank} {after}".split()))
    return Question(asked[:1].upper() + asked[1:], (found[1],))
