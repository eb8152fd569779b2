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
    rf"how(?:\s+{_WORD})?|(?:what|which|whose)(?:\s+{_WORD}){{1,2}})(?:\s+on)?",
    re.IGNORECASE,
)
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
    rf"\b(?P<verb>{VERBS})\s+(?P<thing>(?:[Tt]he|my|our|your)(?:\s+{_WORD})+|{_NAME})"
)
_POINTING = {
    "it": "{}", "he": "{}", "she": "{}", "him": "{}", "its": "{}'s", "his": "{}'s", "her": "{}'s",
}  # fmt: skip
_DOING = re.compile(r"\b(?:do|done) it\b|\bit happen", re.IGNORECASE)  # what was done, no thing
_OF_THINGS = ("it", "its")
_MOST_WORDS = 5  # of what is put in the place of something


def restored(question: str, before: str) -> str:
    """A question that can be asked alone; as it is, but for the "and" in front, where nothing is
    found to put back.
    """
    typed = GOES_ON.sub("", question.strip(), count=1).strip(" ,")
    bare, before = _bare(typed), _bare(before)
    if not bare or not before:
        return question
    if _ASKS_ONLY.fullmatch(bare):
        rest = without_asking(before)
        return f"{raised(bare)} {rest}?" if rest else question
    if re.search(rf"{_ASKING}|\b(?:{VERBS})\b|[^\w\s'-]", bare, re.IGNORECASE):
        named = _named(bare, before)
        return raised(typed) if named == bare else f"{raised(named)}?"
    if len(bare.split()) > _MOST_WORDS or not (found := _exchanged(bare, before)):
        return question
    return f"{found}?"


def _bare(question: str) -> str:
    return question.strip(" ?.!,")


def _named(bare: str, before: str) -> str:
    """A question with the subject of the one before in the place of the word that points at it."""
    words = [word for word in POINTS_BACK.findall(bare) if word.lower() in _POINTING]
    found = _SUBJECT.search(before)
    if found is None or len(words) != 1 or _DOING.search(bare):
        return bare
    thing, word = found["thing"], words[0].lower()
    if word not in _OF_THINGS and _NAMES.search(bare):
        return bare
    if found["verb"].lower() in ("do", "does", "did"):
        behind = before[found.end() :]
        if thing[0].islower() and not re.match(rf"\s{_WITH}\b", behind):
            thing = thing.rpartition(" ")[0]  # its last word is the verb
    elif is_past(thing.split()[-1]):
        thing = thing.rpartition(" ")[0]
    if " " not in thing and thing.islower():
        return bare
    if thing[0].isupper() == (word in _OF_THINGS) or (word == "her" and bare.endswith(words[0])):
        return bare
    return re.sub(rf"\b{word}\b", _POINTING[word].format(thing), bare, flags=re.IGNORECASE)


def _exchanged(bare: str, before: str) -> str:
    """The question before with a thing in the place of one of its own; empty where none fits."""
    if POINTS_BACK.search(bare):
        his, owned = _HIS.fullmatch(bare), _OWNED.search(before)
        return f"{before[: owned.start()]}{owned['whose']} {his['what']}" if his and owned else ""
    if phrase := _PHRASE.fullmatch(bare):
        word, words = phrase["with"].lower(), f" {bare[0].lower()}{bare[1:]}"
        same = [each for each in _PHRASES.finditer(before) if each["with"] == word]
        return _put(same[-1], words, before) if same else f"{before}{words}"
    if bare[0].isupper() and (names := list(_NAMES.finditer(before))):
        end = re.search(r"'s?$", names[-1][0])
        return _put(names[-1], f"{bare}{end[0] if end else ''}", before)
    return _of_same_kind(bare, before)


def _of_same_kind(bare: str, before: str) -> str:
    """An ordinal for an ordinal, "the steel one" for "the carbon pole", a thing for a thing."""
    if (which := _ORDINAL.fullmatch(bare)) and (found := _ORDINAL.search(before)):
        return _put(found, which[0], before)
    if (one := _ONE.fullmatch(bare)) and (kind := _KIND.search(before)):
        return _put(kind, f"{kind['in']} {one['which']}", before)
    if _THING.fullmatch(bare) and (things := list(_THING.finditer(before))):
        return _put(things[-1], bare, before)
    last = re.search(rf"(?<=\s){_WORD}$", before)
    ends = last and re.search(rf"\b{_WITH}\s$", before[: last.start()])
    return _put(last, bare, before) if last and ends else ""


def _put(old: re.Match[str], new: str, text: str) -> str:
    return f"{text[: old.start()]}{new}{text[old.end() :]}"
