"""Questions for several things, and the enumeration that an answer is a part of."""

from __future__ import annotations

import re

from mplus_cli.asking.alike import IRREGULAR

_OPEN = re.compile(  # no noun says what one thing is asked for
    r"\W*(?:and\s+)?(?:(?:what|who|whom)\s+(?:all\s+)?(?:do|does|did|will|would|should|must|can|has|"
    r"have|had|were|are|to)\b|who\s+(?!else)\w+ed\b|to\s+whom\b|with\s+whom\b)",
    re.IGNORECASE,
)
_NOUNS = r"(?!(?:was|is|does|has|this|us|its|his|gas|bus|plus)\b)\w{2,}[^\W\dsui]s\b"
_PLURAL = re.compile(  # "which variable stands for" has a verb there
    r"\W*(?:(?:in|on|at|to|from|with|of|for)\s+)?(?:what|which)\s+"
    rf"(?:(?!(?:kind|sort|type|part|number)\b)(?:\w+\s+){{0,2}}?{_NOUNS}(?=\W*$|\s+(?:do|does|did|are|"
    r"were|was|have|has|had|can|could|will|would|should|must|may|\w+ed)\b)"
    rf"|{_NOUNS}\s+(?:in|of|on|for|at)\b)"
    r"|\W*(?:list|name|give|tell me)\b.*\b(?:all|the|every)\b|.*\b(?:all (?:the|of)|both)\b"
    r"|\W*(?:what|who)\s+(?:are|were)\b"
    r"|\W*who\s+(?:all\b|was (?:present|there|on board|at the|in the)\b|attended|came\b)",
    re.IGNORECASE,
)
_LABELLED = re.compile(  # two commas at least, and items of a few words
    r"[ \t*_-]*[^\W\d_][\w ]{1,30}[*_]{0,2}:[*_]{0,2} +"
    r"(?P<items>[^\s,;:.](?:[^,;:\n]{0,50}),(?: [^,;:\n]{1,50},)+ [^,;:.\n]{1,50})[ \t]*"
)
_CHANGE = re.compile(
    r"\b(?:chang|mov|rais|ris(?:e|ing)|rose|reduc|cut|increas|decreas|shift|postpon)", re.I
)
_ENDS_WITH_SIDE = re.compile(r"\b(?:to|from|by)\W*$", re.IGNORECASE)

_STOP = (
    r"(?:in|on|at|to|for|from|with|by|into|onto|which|that|who|whom|whose|because|when|while|as|is|"
    r"are|was|were|has|have|had|will|would|can|could|i|we|he|she|they|it|you|so|but|if|then|not|"
    r"before|after|until|since|where|do|does|did)\b"
)
_WORD = r"[^\s,.;:!?()\n]+(?:[.,]\d+)*"
_ITEM = rf"(?!{_STOP}){_WORD}(?:[ \t]+(?!(?:and|or|&)\s|{_STOP}){_WORD}){{0,5}}"
_AND = r"(?:,?\s+(?:and|or|&|und|as well as)\s+(?:also\s+)?)"
_BEHIND = re.compile(rf"(?:\s*,\s+(?!and\s|or\s){_ITEM})*{_AND}{_ITEM}", re.IGNORECASE)
_GAP, _ITEM_CHARACTERS = 24, 80  # between two items, and of one in front, at most
_AND_BEFORE = re.compile(rf"{_AND}$", re.IGNORECASE)
_ITEM_BEFORE = re.compile(rf"(?:\s*,\s+|{_AND})$", re.IGNORECASE)
_DETERMINER = re.compile(
    r"(?:a|an|the|my|your|his|her|its|our|their|some|one|two|three|four|five|six|seven|eight|nine|"
    r"ten|twelve|twenty|\d[\d.,]*|this|that|another|more|fewer|new)\b",
    re.IGNORECASE,
)
_SMALL_REST = re.compile(r"(?:\s+[^\W\dA-Z][^\s]*)*$")  # behind names: "Eco together"
_MOST = 12  # words of an item that is left as it is


def asks_several(question: str) -> bool:
    """Whether a question is for several things by its words: what hobbies, who were, list all."""
    return bool(_PLURAL.match(question))


def may_be_several(question: str) -> bool:
    """Whether several things would be an answer, too: what did she buy."""
    return asks_several(question) or bool(_OPEN.match(question))


def widened(question: str, text: str, start: int, end: int) -> tuple[int, int]:
    """The enumeration, or both ends of a change, that an answer text[start:end] is a part of.

    Its own characters, where it is no part of one or one thing is asked for.
    """
    if _CHANGE.search(question) and not _ENDS_WITH_SIDE.search(question):
        return _both_ends(text, start, end)
    if not may_be_several(question) or len(text[start:end].split()) > _MOST:
        return start, end
    if labelled := _labelled(question, text, start, end):
        return labelled
    stop, behind = end, _BEHIND.match(text, end)
    if behind and all(map(_is_item, _items(behind.group()))):
        end = behind.end()
        if text[start].isupper() and _items(behind.group())[-1][0].isupper():
            end = start + len(_SMALL_REST.sub("", text[start:end]))
    enumerated = end > stop or _AND_BEFORE.search(text, max(0, start - _GAP), start)
    return (_front(text, start, end) if enumerated else start), end


def _labelled(question: str, text: str, start: int, end: int) -> tuple[int, int] | None:
    """All of a line such as "Present: Ruth (chair), Piet, Colin" that an answer is one item of."""
    line = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    match = _LABELLED.fullmatch(text, line[0], line[1] if line[1] >= 0 else len(text))
    if not match or not asks_several(question) or start < match.start("items"):
        return None
    items = re.split(r",\s+", match["items"])
    said = text[start:end].strip()
    return match.span("items") if any(item.startswith(said) for item in items) else None


def _front(text: str, start: int, end: int) -> int:
    """Where the items begin that stand in front of one."""
    first = text[start:end]
    while match := _ITEM_BEFORE.search(text, max(0, start - _GAP), start):
        words = list(re.finditer(r"\S+", text[: match.start()][-_ITEM_CHARACTERS:]))
        count = _taken([word.group() for word in words], first)
        if not count:
            break
        start = max(0, match.start() - _ITEM_CHARACTERS) + words[-count].start()
        first = text[start : match.start()]
    return start


def _taken(words: list[str], like: str) -> int:
    """How many of the last words are an item like another one."""
    named = like[:1].isupper()
    for count in range(1, min(5, len(words)) + 1):
        item = words[-count:]
        if any(word[-1] in ",.;:!?" for word in item) or re.match(_STOP, item[0], re.IGNORECASE):
            return 0
        if named and item[0][0].isupper():
            before = words[-count - 1 : -count]
            if not before or not before[0][0].isupper() or before[0][-1] in ",.;:!?":
                return count
        elif not named and _DETERMINER.match(item[0]):
            return count
        elif not named and not _DETERMINER.match(like):
            return 0 if _verb(item[0]) else count
        elif named:
            return 0
    return 0


def _is_item(text: str) -> bool:
    """Whether what stands behind "and" is a thing or a name, and not what somebody did."""
    return bool(text) and not _verb(text.split(maxsplit=1)[0])


def _items(behind: str) -> list[str]:
    """The items of the rest of an enumeration."""
    parts = re.split(rf",\s|{_AND}", behind, flags=re.IGNORECASE)
    return [part.strip() for part in parts if part.strip()]


def _verb(word: str) -> bool:
    word = word.lower()
    return word in IRREGULAR or (word.endswith("ed") and len(word) > 4)


def _both_ends(text: str, start: int, end: int) -> tuple[int, int]:
    """From one end of a change to the other one, where the answer is one of them."""
    for match in re.finditer(rf"\bfrom\s+({_ITEM})\s+to\s+({_ITEM})", text, re.IGNORECASE):
        if match.start(1) <= start and end <= match.end(2):
            return match.span()
    return start, end
