"""bAbI's sentences read once more, by patterns alone: what the stories' answers are held to."""

import re

WENT = r"(\w+) (?:went|went back|moved|journeyed|travelled) to the (\w+)\."
IS = r"(\w+) is in the (\w+)\."
NOT = r"(\w+) is (?:not|no longer) in the (\w+)\."
EITHER = r"(\w+) is either in the (\w+) or the (\w+)\."
GOT = r"(\w+) (?:got|took|grabbed|picked up) the (\w+) there\."
LEFT = r"(\w+) (?:dropped|left|discarded|put down) the (\w+)(?: there)?\."
GAVE = r"(\w+) (?:gave|handed|passed) the (\w+) to (\w+)\."
LIES = r"The (\w+) is (north|south|east|west) of the (\w+)\."
FACTS = (WENT, IS, NOT, EITHER, GOT, LEFT, GAVE, LIES)
BACK = {"north": "south", "south": "north", "east": "west", "west": "east"}


def is_fact(sentence: str) -> bool:
    return any(re.fullmatch(each, sentence) for each in FACTS)


def told(pattern: str, facts: list[str]) -> list[tuple[str, ...]]:
    """What the facts of one pattern say, the last first."""
    found = (re.fullmatch(pattern, each) for each in reversed(facts))
    return [each.groups() for each in found if each]


def whereabouts(person: str, facts: list[str]) -> tuple[str, ...]:
    """The places where a person may be, "-" before one where they are not; empty: no idea."""
    for fact in reversed(facts):
        for pattern in (WENT, IS, NOT, EITHER):
            match = re.fullmatch(pattern, fact)
            if match and match[1] == person:
                return (f"-{match[2]}",) if pattern == NOT else match.groups()[1:]
    return ()


def inside(person: str, place: str, facts: list[str]) -> str | None:
    where = whereabouts(person, facts)
    if f"-{place}" in where:
        return "no"
    if place in where:
        return "yes" if len(where) == 1 else "maybe"
    return "no" if where and not where[0].startswith("-") else None


def holder(thing: str, facts: list[str]) -> str | None:
    for fact in reversed(facts):
        if (match := re.fullmatch(GOT, fact)) and match[2] == thing:
            return match[1]
        if (match := re.fullmatch(GAVE, fact)) and match[2] == thing:
            return match[3]
        if (match := re.fullmatch(LEFT, fact)) and match[2] == thing:
            return None
    return None


def carried(person: str, facts: list[str]) -> list[str]:
    first: list[str] = []
    for fact in facts:
        got, given = re.fullmatch(GOT, fact), re.fullmatch(GAVE, fact)
        thing = got[2] if got and got[1] == person else ""
        thing = given[2] if given and given[3] == person else thing
        first += [thing] if thing and thing not in first else []
    return [thing for thing in first if holder(thing, facts) == person]


def trail(thing: str, facts: list[str]) -> list[str]:
    """The places of a thing; "?" where nobody knows."""
    places: list[str] = []
    for count in range(1, len(facts) + 1):
        person = holder(thing, facts[:count])
        left = re.fullmatch(LEFT, facts[count - 1])
        if left and left[2] == thing:
            person = left[1]
        if person:
            where = whereabouts(person, facts[:count])
            place = where[0] if len(where) == 1 and where[0][0] != "-" else "?"
            places += [place] if places[-1:] != [place] else []
    return places


def before(thing: str, place: str, facts: list[str]) -> str | None:
    known = [each for each in trail(thing, facts) if each != "?"]
    places = [each for each, last in zip(known, ["", *known], strict=False) if each != last]
    at = len(places) - 1 - places[::-1].index(place) if place in places else 0
    return places[at - 1] if at else None


def answered(question: str, facts: list[str]) -> str | None:  # noqa: PLR0911 - a case each
    """The answer to one of bAbI's questions."""
    if match := re.fullmatch(r"Where is the (\w+)\?", question):
        return trail(match[1], facts)[-1]
    if match := re.fullmatch(r"Where is (\w+)\?", question):
        return whereabouts(match[1], facts)[0]
    if match := re.fullmatch(r"Where was the (\w+) before the (\w+)\?", question):
        return before(match[1], match[2], facts)
    if match := re.fullmatch(r"Is (\w+) in the (\w+)\?", question):
        return inside(match[1], match[2], facts)
    if match := re.fullmatch(r"How many objects is (\w+) carrying\?", question):
        return ["none", "one", "two", "three", "four", "five"][len(carried(match[1], facts))]
    if match := re.fullmatch(r"What is (\w+) carrying\?", question):
        return ",".join(carried(match[1], facts)) or "nothing"
    if match := re.fullmatch(r"What is (\w+) of the (\w+)\?", question):
        return beside(match[1], match[2], facts)
    if match := re.fullmatch(r"What is the (\w+) (\w+) of\?", question):
        return beside(BACK[match[2]], match[1], facts)
    return given(question, facts)


def beside(direction: str, place: str, facts: list[str]) -> str | None:
    for there, way, here in told(LIES, facts):
        if (way, here) == (direction, place):
            return there
        if (BACK[way], there) == (direction, place):
            return here
    return None


def given(question: str, facts: list[str]) -> str | None:
    """Of all gifts the last one that fits the question."""
    forms = (
        (r"What did (?P<a>\w+) give to (?P<c>\w+)\?", 1),
        (r"Who gave the (?P<b>\w+)\?", 0),
        (r"Who gave the (?P<b>\w+) to (?P<c>\w+)\?", 0),
        (r"Who received the (?P<b>\w+)\?", 2),
        (r"Who did (?P<a>\w+) give the (?P<b>\w+) to\?", 2),
    )
    for form, wanted in forms:
        if match := re.fullmatch(form, question):
            for gift in told(GAVE, facts):
                if all(gift["abc".index(key)] == each for key, each in match.groupdict().items()):
                    return gift[wanted]
    return None
