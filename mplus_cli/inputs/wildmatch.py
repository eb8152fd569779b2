"""Patterns of .gitignore files as regular expressions, byte by byte as git compares names.

gitignore(5) describes them. `*` and what follows it is matched at the first place where that is
possible, and never elsewhere: a later place can't help what comes behind, and so no pattern takes
long.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

_PARTS = re.compile(
    rb"(?P<stars>\*+)|(?P<any>\?)|(?P<set>\[)|\\(?P<escaped>.)|(?P<plain>[^*?\[\\]+)", re.DOTALL
)
_MEMBERS = re.compile(rb"\[:(?P<kind>[^\]]*):\]|\\(?P<escaped>.)|(?P<plain>[^\\])", re.DOTALL)
_RANGE_END = re.compile(rb"\\(?P<escaped>.)|(?P<plain>[^\\\]])", re.DOTALL)

_KINDS = {
    b"alnum": string.ascii_letters + string.digits,
    b"alpha": string.ascii_letters,
    b"blank": " \t",
    b"cntrl": "".join(map(chr, (*range(32), 127))),
    b"digit": string.digits,
    b"graph": string.ascii_letters + string.digits + string.punctuation,
    b"lower": string.ascii_lowercase,
    b"print": string.ascii_letters + string.digits + string.punctuation + " ",
    b"punct": string.punctuation,
    b"space": " \t\n\r",
    b"upper": string.ascii_uppercase,
    b"xdigit": string.hexdigits,
}


class BadPatternError(ValueError):
    """A pattern that can match nothing: a set without its end, a backslash before nothing."""


def translate(glob: bytes, any_case: bool = False) -> re.Pattern[bytes]:
    """What a name, or a path with slashes, matches as a whole.

    any_case: such a name in small letters. Raises `BadPatternError`.
    """
    written, at, literal = [], 0, True
    in_star = in_deep = False
    while at < len(glob):
        part = _PARTS.match(glob, at)
        if part is None:
            raise BadPatternError
        at = part.end()
        if part["stars"]:
            is_deep, at = _deep(glob, part, literal)
            written.append(b")" * (in_star + (is_deep and in_deep)))
            written.append(_opened(glob, part, is_deep))
            in_star, in_deep = not is_deep, in_deep or is_deep
        elif part["set"]:
            members, at = _set(glob, at, any_case)
            written.append(members)
        elif part["plain"]:
            written.append(re.escape(part["plain"].lower() if any_case else part["plain"]))
        else:
            written.append(re.escape(part["escaped"]) if part["escaped"] else b"[^/]")
        literal = literal and part["plain"] is not None
    end = rb"\Z" + b")" * (in_star + in_deep)
    return re.compile(b"".join(written) + end, re.DOTALL)


def _deep(glob: bytes, stars: re.Match[bytes], literal: bool) -> tuple[bool, int]:
    """Whether stars reach through folders, and where the pattern goes on behind them.

    Git compares what stands before the first wildcard apart and then takes the rest as a pattern of
    its own: so does `a**/b` reach through folders, though the manual denies it.
    """
    start, end = stars.span()
    begins = literal or glob[start - 1 : start] == b"/"
    ends = end == len(glob) or glob.startswith((b"/", rb"\/"), end)
    is_deep = end - start > 1 and begins and ends
    return is_deep, end + (is_deep and glob.startswith(b"/", end))


def _opened(glob: bytes, stars: re.Match[bytes], is_deep: bool) -> bytes:
    """The beginning of a group that takes the first place where all that follows in it fits."""
    if not is_deep:
        return b"(?>[^/]*?"
    return b"(?>(?:.*?/)??" if glob.startswith(b"/", stars.end()) else b"(?>.*?"


def _set(glob: bytes, at: int, any_case: bool) -> tuple[bytes, int]:
    """One byte out of a set such as `[!a-z]`, and where the pattern goes on; never a slash.

    Ranges and kinds mean small letters, too, where case does not matter; single letters don't.
    """
    negated = glob.startswith((b"!", b"^"), at)
    at += negated
    members: set[int] = set()

    def cased(found: Iterable[int]) -> bytes:
        return bytes(found) + (bytes(found).lower() if any_case else b"")

    low, first = None, True
    while first or not glob.startswith(b"]", at):
        first = False
        part = _MEMBERS.match(glob, at)
        if part is None:
            raise BadPatternError
        high = _RANGE_END.match(glob, part.end())
        if part["plain"] == b"-" and low is not None and high is not None:
            members.update(cased(range(low, ord(high["escaped"] or high["plain"]) + 1)))
            low, at = None, high.end()
        elif part["kind"] is not None:
            if part["kind"] not in _KINDS:
                raise BadPatternError
            members.update(cased(_KINDS[part["kind"]].encode()))
            low, at = None, part.end()
        else:
            low, at = ord(part["escaped"] or part["plain"]), part.end()
            members.add(low)
    wanted = (set(range(256)) - members if negated else members) - {ord("/")}
    written = b"".join(b"\\x%02x" % each for each in sorted(wanted))
    return b"[%s]" % written if written else b"(?!)", at + 1
