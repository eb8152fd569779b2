"""The questions that one question consists of, each whole: "when did they sell the piano, and to
whom?" asks when they did, and to whom they did.
"""

from __future__ import annotations

import re

from mplus_cli.asking.alike import IRREGULAR, PAST

LONG_WORDS = 40  # from here on a question is looked for within what was typed
_MOST = 3  # parts of a question

_ASKS = "who|whom|whose|what|when|where|which|why|how"
VERBS = "is|are|was|were|do|does|did|can|could|will|would|should|shall|has|have|had|may|must|am"
PREPOSITION = "to|for|from|with|by|at|in|on|of|until|since"
BEGINS = re.compile(
    rf"^(?:{_ASKS}|{VERBS}|(?:{PREPOSITION}) (?:which|what|whose|whom?|how))\b", re.IGNORECASE
)
SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?!\s|$|[\"')])[^.!?\n]*)*[.!?]*[\"')]*", re.DOTALL)
_TWO = re.compile(
    rf",?\s+and\s+(?:also\s+)?(?=(?:{_ASKS})\s+\w+|"
    rf"(?:{PREPOSITION})\s+(?:whom?|(?:what|which|whose|how)\s+\w+)\s+(?:{VERBS})\b)",
    re.IGNORECASE,
)
_ONE = rf"(?:(?:{PREPOSITION})\s+)?(?:how\s+\w+(?:\s+\w+)?|(?:what|which)\s+\w+|{_ASKS})"
_BOTH = re.compile(rf"^({_ONE})\s+and\s+({_ONE})\s+(?=(?:{VERBS})\b)", re.IGNORECASE)
# Two questions of which the first one's words are not whole: "between what he says and what …".
_OF_BOTH = re.compile(rf"\b(?:between|both|if|whether|from\s+(?:{_ASKS}))\b", re.IGNORECASE)
# What follows a question and leaves out the rest of its own: ", why, and for how much".
_LEFT_OUT = re.compile(
    rf"(?P<and>,\s*(?:and\s+)?|\s+and\s+)(?:also\s+)?(?P<asks>(?:(?:{PREPOSITION})\s+(?:whom?|"
    r"(?:what|which|whose)(?:\s+\w+)?|how\s+(?:much|many|long)|when|where)|when|where|why|how(?:\s+(?:often|"
    r"much|long|soon))?|(?:what|which)\s+(?:year|month|day|date|time)))\s*$",
    re.IGNORECASE,
)
_ASKS_WITHIN = re.compile(
    rf"(?:(?:{PREPOSITION})\s+)?+\w+\b.*\s(?:{_ASKS}|if|whether)\b", re.IGNORECASE | re.DOTALL
)
_ASKING = re.compile(
    rf"(?:(?:{PREPOSITION})\s+)?(?:(?P<alone>who|whom|what|when|where|why)|"
    rf"(?P<of>how many|how much|how|which|what|whose)(?P<noun>(?:\s+[\w-]+){{0,3}}?))\s+"
    rf"(?P<verb>{VERBS})\b",
    re.IGNORECASE,
)
_SUBJECT = re.compile(  # a person or a thing whose verb the question has
    r"(?:the|an?|my|our|your|his|her|its|their|this|that|these|those|he|she|it|they|we|you|there|"
    r"[\w-]+[^\Ws]s|\w+'s)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(r"\b(?:it|them)\b", re.IGNORECASE)
_DETERMINER = re.compile(r"\b(?:the|an?|my|our|your|his|her|their|this|that)\s", re.IGNORECASE)
_NAME_LAST = re.compile(r"\b(?:is|are|was|were)\s(?P<name>[A-Z][\w-]+)$")
_NAMED = re.compile(r"(?P<which>\w+)\s(?P<thing>[\w-]+)(?:\s(?P<verb>[\w-]+))?$")


def parts_of(asked: str) -> list[str]:
    """The questions in one, each whole; none where it is one."""
    if len(asked.split()) > LONG_WORDS:
        return []
    sentences = [each.strip() for each in SENTENCE.findall(asked)]
    if len(sentences) > 1:
        asking = [each for each in sentences if each.endswith("?")]
        return asking if len(asking) == len(sentences) and len(asking) <= _MOST else []
    if both := _BOTH.match(asked):
        rest = asked[both.end() :]
        return [f"{raised(word)} {rest}" for word in both.groups()]
    return _with_left_out(asked) or _joined(asked)


def _joined(asked: str) -> list[str]:
    """Questions joined by "and"."""
    pieces = _TWO.split(asked)
    if len(pieces) == 1 or len(pieces) > _MOST or not BEGINS.match(pieces[0]):
        return []
    if _OF_BOTH.search(pieces[0]):
        return []
    first, *rest = (raised(each.strip().rstrip("?,")) for each in pieces)
    return [f"{each}?" for each in (first, *(_named(each, first) for each in rest))]


def _named(part: str, first: str) -> str:
    """A part with the thing at the first one's end in place of "it", if that names but one."""
    things = list(_DETERMINER.finditer(first))
    if not things and (name := _NAME_LAST.search(first)):
        return _POINTS.sub(name["name"], part)
    named = _NAMED.match(first[things[0].start() :]) if len(things) == 1 else None
    if named is None or len(_POINTS.findall(part)) != 1:
        return part
    if named["verb"] and not is_past(named["verb"]):
        return part
    which = "the" if named["which"].lower() in ("a", "an") else named["which"].lower()
    return _POINTS.sub(f"{which} {named['thing']}", part)


def _with_left_out(asked: str) -> list[str]:
    """A question and those behind it that have its words in mind."""
    first, asking = asked.rstrip(" ?"), list[str]()
    while (match := _LEFT_OUT.search(first)) and (asking or "and" in match["and"].lower()):
        first = first[: match.start()].rstrip(" ,")
        asking.insert(0, match["asks"])
    if not asking or len(asking) >= _MOST or not BEGINS.match(first) or _ASKS_WITHIN.match(first):
        return []
    rest = without_asking(first)
    return [f"{first}?", *(f"{raised(word)} {rest}?" for word in asking)] if rest else []


def without_asking(first: str) -> str:
    """What a question asks about, without the word that asks: of "when did they sell" "did they
    sell", of "who sold it" "was it that someone sold it".
    """
    if re.match(rf"(?:{VERBS})\b", first, re.IGNORECASE):
        return first[:1].lower() + first[1:]
    asking = _ASKING.match(first)
    if asking is None:
        return _told(first)
    verb, behind = asking["verb"], first[asking.end() :].strip()
    word, noun = (asking["alone"] or asking["of"]).lower(), (asking["noun"] or "").strip()
    may_be_subject = word in ("who", "what", "which", "whose", "how many", "how much")
    if verb.lower() in ("do", "does", "did") or not (
        may_be_subject and _lacks_subject(verb, behind)
    ):
        return f"{verb} {behind}".strip()
    subject = f"{_which(word)}{noun}" if noun else "someone" if word == "who" else "it"
    return f"{verb} {subject} {behind}"


def _lacks_subject(verb: str, behind: str) -> bool:
    """Whether what was asked for does what a verb says: "was sold", "can go wrong"."""
    if not behind or behind[0].isupper() or _SUBJECT.match(behind):
        return False
    first, *more = behind.split()
    is_form_of_be = verb.lower() in ("is", "are", "was", "were", "am")
    return not is_form_of_be or not more or is_past(first) or first.endswith("ing")


def _told(first: str) -> str:
    """What a question tells whose subject is asked for; empty where that is not clear."""
    match = re.match(r"(who|what|which|how many|how much)\s+(.+)", first, re.IGNORECASE)
    if match is None:
        return ""
    word, told = match[1].lower(), match[2]
    verb, *more = told.split()
    is_verb = is_past(verb) or verb in IRREGULAR or not more or _SUBJECT.match(more[0])
    if word == "who" or (word == "what" and is_verb):
        subject = "someone " if word == "who" else "something "
    else:
        subject = _which(word)
    was = "was" if any(map(is_past, told.split())) else "is"
    return f"{was} it that {subject}{told}"


def _which(word: str) -> str:
    return "" if word.startswith("how") else "someone's " if word == "whose" else "the "


def is_past(word: str) -> bool:
    if word in _THINGS_IN_ED:
        return False
    return word in PAST or word in _PARTICIPLES or (word.endswith("ed") and len(word) > 3)


_THINGS_IN_ED = {"breed", "deed", "feed", "need", "reed", "seed", "shed", "sled", "speed", "weed"}
_PARTICIPLES = {form for form in IRREGULAR if form.endswith(("en", "wn", "ne", "un", "um"))}


def raised(text: str) -> str:
    return text[:1].upper() + text[1:]
