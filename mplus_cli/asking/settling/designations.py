"""Which one of several things of a kind a text is about: flat 7, model WX-450, Ms Okafor."""

from __future__ import annotations

import re
from functools import lru_cache

from mplus_cli.dates import find_dates

_NUMBERED = re.compile(
    r"\b(?P<kind>flat|apartment|unit|room|house|building|floor|garage|locker|desk|seat|bed|plot|"
    r"berth|gate|platform|bus|tram|class|group|grade|team|ward|model|type|machine|meter|contract|"
    r"order|invoice|ticket|account|customer|no|nr|wohnung|zimmer|haus)\b[.:]? *(?:n[or]\b)?[.:]? *"
    r"(?P<which>\d+\w?|[A-Z]\b)(?![.,]?\d)",
    re.IGNORECASE,
)
# Letters and digits; "v2" and "Q3" are editions and quarters.
_CODE = re.compile(r"(?<![\w-])(?P<kind>(?![vVqQhH]-?\d)[A-Z]{1,5})-?(?P<which>\d[\w-]*)(?!\w)")
_ADDRESSED = re.compile(
    r"^(?P<kind>Dear|To:|Liebe[r]?|Sehr geehrte[r]?) +(?P<which>(?:[^\W\d_a-z][\w.'-]*,? *){1,4})",
    re.MULTILINE,
)


@lru_cache(64)  # of one document, held against several others
def designations(text: str) -> dict[str, set[str]]:
    """What a text names by numbers, codes and names: kind -> which ones."""
    found = dict[str, set[str]]()
    patterns = (_NUMBERED, _CODE, _ADDRESSED)
    matches = [match for pattern in patterns for match in pattern.finditer(text)]
    days = [(each.start, each.end) for each in find_dates(text)] if matches else []
    for match in matches:
        if not any(start <= match.start("which") < end for start, end in days):
            which = match["which"].strip(" ,").lower()
            found.setdefault(match["kind"].lower(), set()).add(which)
    return found


def are_of_others(one: str, other: str) -> bool:
    """Whether two texts name things of one kind, and none of them both."""
    mine, theirs = designations(one), designations(other)
    return any(mine[kind].isdisjoint(theirs[kind]) for kind in mine.keys() & theirs.keys())
