"""Questions that go on with those before them in a conversation: "and who paid for it?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from mplus_cli.asking.understanding.parts import LONG_WORDS, VERBS
from mplus_cli.asking.understanding.question import GOES_ON, POINTS_BACK, Question
from mplus_cli.asking.understanding.restored import MOST_LEFT_OVER, restored
from store.index.words import EMPTY, asked

MOST_BEFORE = 3  # questions that stand in front of one, the last ones
MOST_CHARACTERS = 1_000  # of each of them
_CODE = re.compile(r"\d")  # "E4?" is a question
_NAMED = re.compile(r"(?<!^)\b(?!I\b)[A-Z]")  # "Theo … his" points at Theo
_TOPIC = re.compile(r"\s*(?:the|an?|my|our|your)\s[^,:]+[,:]")  # "And the bus, when does it leave?"
_SAYS = re.compile(rf"\b(?:{VERBS}|who|whom|whose|what|when|where|which|why|how)\b", re.IGNORECASE)
_FEW, _FEW_BEHIND = 1, 2  # telling words of a question that needs the one before, alone and behind
# "How much", "between what hours": they say what is asked for, and not about what.
_ASKED_FOR = EMPTY | frozenset(
    re.findall(
        r"\w+",
        "about after again also before between else exactly far first hour hours last long many "
        "much number old one ones other people place reason room same second so soon temperature "
        "then third time year years",
    )
)


def follows(question: str) -> bool:
    """Whether a question is about what was asked before: it points back, begins as what goes on
    does and is no sentence, or has too few words that tell what it is about.
    """
    going_on = GOES_ON.match(question)
    rest = question[going_on.end() :] if going_on else question
    if going_on and _is_left_over(rest):
        return True
    words = [word for word in asked(rest) if word not in _ASKED_FOR]
    pointing = POINTS_BACK.search(rest)
    topic = going_on and _TOPIC.match(rest)
    if pointing and not topic and not _NAMED.search(rest[: pointing.start()]):
        return True
    telling = len(words) + any(map(_CODE.search, words))
    return telling <= (_FEW_BEHIND if going_on else _FEW)


def _is_left_over(rest: str) -> bool:
    """Whether what stands behind "and" or "what about" is no sentence: it has no verb known."""
    return len(rest.split()) <= MOST_LEFT_OVER and not _SAYS.search(rest)


def before(question: str, after: Sequence[str]) -> list[str]:
    """The questions that one goes on with, oldest first; none where it stands by itself."""
    found = list[str]()
    for each in reversed(after[-MOST_BEFORE:]):
        if not follows(question):
            break
        question = " ".join(each[:MOST_CHARACTERS].split()[:LONG_WORDS])
        found.insert(0, question)
    return found


def followed(question: Question, front: Sequence[str]) -> Question:
    """A question put so that it can be asked alone, as far as rules can, behind those that it goes
    on with, oldest first.
    """
    told = list[str]()
    for each in front:
        told.append(restored(each, *told))

    def put(asked: Question) -> Question:
        whole = restored(asked.asked, *told)
        return replace(asked, asked=whole, words=f"{whole} {asked.words}")

    return replace(put(question), parts=tuple(map(put, question.parts)))


def behind(question: Question, front: Sequence[str]) -> Question:
    """A question that is searched for with those in front, too, that it goes on with."""
    words = " ".join(front)
    parts = tuple(replace(part, before=words) for part in question.parts)
    return replace(question, before=words, parts=parts)
