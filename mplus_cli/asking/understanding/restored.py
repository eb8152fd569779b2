"""What a follow-up leaves out, put back from the question before: "and for the pumps?" behind "How
long is the guarantee for the dishwasher?" asks how long it is for the pumps.
"""

from __future__ import annotations

import re

from mplus_cli.asking.understanding.parts import (
    PREPOSITION,
    VERBS,
    is_past,
    raised,
    without_asking,
)
from mplus_cli.asking.understanding.question import GOES_ON, POINTS_BACK

_WITH = rf"(?:{PREPOSITION}|before|after|between|about|under|over|without)"
_WORD = rf"(?!(?:{VERBS}|be|been|the|an?|my|our|your|{_WITH})\b)[\w-]+"
_ASKING = r"\b(?:who|whom|whose|what|when|where|which|why|how)\b"
# What is asked for, and nothing of what it is about: "between what hours", "why", "how many nuts".
_ASKS_ONLY = re.compile(
    rf"(?:{_WITH}\s+)?(?:who|whom|when|where|why|how\s+(?:many|much)(?:\s+{_WORD}){{1,2}}|"
    rf"how\s+(?:many|much)\s+an?\s+{_WORD}|how(?:\s+{_WORD})?|"
    rf"(?:what|which|whose)(?:\s+{_WORD}){{1,2}})(?:\s+on)?",
    re.IGNORECASE,
)
_SAYS = re.compile(rf"{_ASKING}|\b(?:{VERBS})\b|[^\w\s'-]", re.IGNORECASE)
_PHRASE = re.compile(rf"(?P<with>{_WITH})\s+(?P<what>.+)", re.IGNORECASE)
_PHRASES = re.compile(rf"\s(?P<with>{_WITH})\s(?:(?!\s{_WITH}\s).)+", re.IGNORECASE)
_NAME = r"[A-Z][\w-]*(?:\s+(?:[A-Z][\w-]*|\d+\b))*"
_NAMES = re.compile(rf"(?<!^)\b{_NAME}(?:'s?(?!\w))?")
_ORDINAL = re.compile(
    r"the\s+(?P<which>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|next|"
    r"\d+(?:st|nd|rd|th))\b",
    re.IGNORECASE,
)
_ONE = re.compile(r"(?:the\s+)?(?P<which>[\w-]+)\s+ones?", re.IGNORECASE)
_KIND = re.compile(
    r"\b(?P<in>the|how many|how much|which|what)\s+"
    rf"{_WORD}(?=\s+{_WORD})",
    re.IGNORECASE,
)
_HIS = re.compile(r"(?:his|her|its|their)\s+(?P<what>[\w\s-]+)", re.IGNORECASE)
_OWNED = re.compile(r"(?P<whose>\b[A-Z][\w\s-]*'s?)\s+(?P<what>[\w-]+)$")
_THING = re.compile(rf"\b(?:the|an?|my|our|your)(?:\s+{_WORD})+", re.IGNORECASE)
_SUBJECT = re.compile(
    rf"\b(?P<verb>{VERBS})\s(?P<thing>(?:(?:[Tt]he|an?|my|our|your)(?:\s+{_WORD})+|{_NAME})"
    rf"(?:\sof(?:\s(?:the|an?|my|our|your))?(?:\s{_WORD})+)?)"
)
# What somebody does something with: "How often does Ole take [the drops]".
_OBJECT = re.compile(rf"\b(?:do|does|did)\s{_NAME}\s{_WORD}\s(?P<what>{_WORD}(?:\s{_WORD})*)$")
_OF_ONE = {
    "it": "{}", "he": "{}", "she": "{}", "him": "{}", "its": "{}'s", "his": "{}'s", "her": "{}'s",
}  # fmt: skip
_OF_SEVERAL = {"they": "{}", "them": "{}", "their": "{}'s"}
# "Who built it?", "Where does he live?": he is the answer, and no one whom the question names.
_OF_PERSONS = re.compile(r"\b(?:he|she|him|his|her)\b", re.IGNORECASE)
_ASKS_WHO = re.compile(r"whom?\b", re.IGNORECASE)
_DOING = re.compile(r"\b(?:do|done) it\b|\bit happen", re.IGNORECASE)  # what was done, no thing
# "How much may a room cost?", "What was it in 2023?": it is the amount, and not the room.
_IS_IT = re.compile(r"what (?:is|was) it\b", re.IGNORECASE)
_OF_AMOUNTS = re.compile(r"how (?:much|many)\b", re.IGNORECASE)
_OF_BEING = ("is", "are", "was", "were", "has", "have", "had")  # a participle may be behind these
_OF_THINGS = ("it", "its")
# Questions whose answer is no thing, so that a thing in a later one is theirs.
_OF_NO_THING = re.compile(
    rf"(?:who|whom|when|where|why|how(?!\s(?:many|much)\s{_WORD}))\b", re.IGNORECASE
)
_AMOUNT = re.compile(rf"how\s(?:many|much)\s{_WORD}", re.IGNORECASE)
MOST_LEFT_OVER = 5  # words of what is put in the place of something


def restored(question: str, *before: str) -> str:
    """A question that can be asked alone; as it is, but for the "and" in front, where nothing is
    found to put back.

    before: what it may go on with, oldest first; something is put back from one of them.
    """
    typed = GOES_ON.sub("", question.strip(), count=1).strip(" ,")
    bare = _bare(typed)
    for one in filter(None, map(_bare, reversed(before))):
        if _OF_PERSONS.search(bare) and _ASKS_WHO.match(one):
            break
        if bare and (found := _put_back(bare, one)):
            return f"{raised(found)}?"
    says = _SAYS.search(bare) and not _ASKS_ONLY.fullmatch(bare)
    return raised(typed) if says and any(map(_bare, before)) else question


def _put_back(bare: str, before: str) -> str:
    """A question with what it left out of the one before; empty where nothing is found."""
    if _ASKS_ONLY.fullmatch(bare):
        amount = _AMOUNT.match(before)
        if amount and _AMOUNT.fullmatch(bare) and not _SAYS.search(before[amount.end() :]):
            return _put(amount.span(), bare, before)
        rest = without_asking(before)
        return f"{bare} {rest}" if rest else ""
    if _SAYS.search(bare):
        return _named(bare, before)
    return _exchanged(bare, before) if len(bare.split()) <= MOST_LEFT_OVER else ""


def _bare(question: str) -> str:
    return question.strip(" ?.!,")


def _named(bare: str, before: str) -> str:
    """A question with the subject of the one before in the place of the word that points at it."""
    pointing = _OF_ONE | _OF_SEVERAL
    words = [word.lower() for word in POINTS_BACK.findall(bare) if word.lower() in pointing]
    if len(set(words)) != 1 or _DOING.search(bare):
        return ""
    if _IS_IT.match(bare) and _OF_AMOUNTS.match(before):
        return ""
    word = words[0]
    if word not in _OF_THINGS and _NAMES.search(bare):
        return ""
    verb, place = _subject(before) or ("", _only_thing(before))
    thing = before[slice(*place)]
    if not thing or _are_several(verb, thing) != (word in _OF_SEVERAL):
        return ""
    of_things = word in _OF_THINGS or word in _OF_SEVERAL
    if thing[0].isupper() == of_things or (word == "her" and bare.endswith("her")):
        return ""
    put = pointing[word].format(thing)
    put = re.sub("s's$", "s'", put) if word in _OF_SEVERAL else put
    return re.sub(rf"\b{word}\b", put, bare, count=1, flags=re.IGNORECASE)


def _subject(before: str) -> tuple[str, tuple[int, int]] | None:
    """A question's verb and the place of its subject; None where it can't be told."""
    if (found := _SUBJECT.search(before)) is None:
        return None
    verb, (start, end) = found["verb"].lower(), found.span("thing")
    behind = before[end:]
    if verb not in _OF_BEING:
        # The last word is the verb, but in "the guarantee [on the slate last]", a short thing.
        short = len(found["thing"].split()) == 2 and re.match(rf"\s{_WITH}\b", behind)
        later = short or re.match(rf"\s(?:{VERBS}|be|been)\b", behind)
        has_verb = found["thing"][0].islower() and not later
    else:
        has_verb = is_past(found["thing"].split()[-1])
    if has_verb:
        end = start + len(found["thing"].rpartition(" ")[0])
    thing = before[start:end]
    return (verb, (start, end)) if " " in thing or not thing.islower() else None


def _only_thing(before: str) -> tuple[int, int]:
    """The place of the one thing or person that a question names; of nothing, where none does."""
    named = [each.span() for each in _NAMES.finditer(before) if "'" not in each[0]]
    things = [_thing(each, before) for each in _THING.finditer(before)]
    named = [one for one in named if not any(a <= one[0] < b for a, b in things)]
    found = [*things, *named]
    return found[0] if len(found) == 1 and _OF_NO_THING.match(before) else (0, 0)


def _thing(found: re.Match[str], before: str) -> tuple[int, int]:
    """The place of a thing, without the verb behind it."""
    subject = _subject(before)
    return subject[1] if subject and subject[1][0] == found.start() else found.span()


def _are_several(verb: str, thing: str) -> bool:
    if verb in ("is", "was", "does", "has"):
        return False
    if verb in ("are", "were", "do", "have"):
        return True
    return thing[0].islower() and bool(re.search(r"[^s]s$", thing))


def _exchanged(bare: str, before: str) -> str:
    """The question before with a thing in the place of one of its own; empty where none fits."""
    if POINTS_BACK.search(bare):
        his, owned = _HIS.fullmatch(bare), _OWNED.search(before)
        return f"{before[: owned.start()]}{owned['whose']} {his['what']}" if his and owned else ""
    if phrase := _PHRASE.fullmatch(bare):
        word, words = phrase["with"].lower(), f" {bare[0].lower()}{bare[1:]}"
        same = [each for each in _PHRASES.finditer(before) if each["with"] == word]
        return _put(same[-1].span(), words, before) if same else f"{before}{words}"
    if bare[0].isupper() and not _has_digit(bare) and (names := list(_NAMES.finditer(before))):
        end = re.search(r"'s?$", names[-1][0])
        return _put(names[-1].span(), f"{bare}{end[0] if end else ''}", before)
    return _of_same_kind(bare, before)


def _of_same_kind(bare: str, before: str) -> str:
    """A year for a year, an ordinal for an ordinal, "the steel one" for "the carbon pole", "the
    other group" for "our group", a thing for a thing.
    """
    if _has_digit(bare) and " " not in bare:
        alike = [each for each in re.finditer(r"[\w-]+", before) if _form(each[0]) == _form(bare)]
        return _put(alike[-1].span(), bare, before) if alike else ""
    if (which := _ORDINAL.fullmatch(bare)) and (found := _ORDINAL.search(before)):
        return _put(found.span(), which[0], before)
    if (one := _ONE.fullmatch(bare)) and (kind := _KIND.search(before)):
        other = one["which"].lower() == "other"
        return "" if other else _put(kind.span(), f"{kind['in']} {one['which']}", before)
    if _THING.fullmatch(bare) and (place := _place_for(bare, before)):
        return _put(place, bare, before)
    last = re.search(rf"(?<=\s){_WORD}$", before)
    ends = last and re.search(rf"\b(?:{_WITH}|is|are|was|were)\s$", before[: last.start()])
    return _put(last.span(), bare, before) if last and ends else ""


def _place_for(thing: str, before: str) -> tuple[int, int] | None:
    """The place of what a thing is asked about instead: of its own kind, else the last one."""
    kind = re.escape(thing.rsplit(maxsplit=1)[-1])
    of_kind = rf"(?<=\s)(?:{_NAME}'s?|the|an?|my|our|your)(?:\s{_WORD})*?\s{kind}\b"
    if found := re.search(of_kind, before):
        return found.span()
    if re.search(r"\bother\b", thing, re.IGNORECASE):  # of what, nobody said
        return None
    if things := list(_THING.finditer(before)):
        return _thing(things[-1], before)
    found = _OBJECT.search(before)
    return found.span("what") if found else None


def _form(word: str) -> str:
    """A word's letters and digits as such: 2023 and 2024 have one form, F3 and F7, too."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", word))


def _has_digit(text: str) -> bool:
    return bool(re.search(r"\d", text))


def _put(place: tuple[int, int], new: str, text: str) -> str:
    return f"{text[: place[0]]}{new}{text[place[1] :]}"
