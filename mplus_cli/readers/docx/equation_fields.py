"""Word's EQ fields: fractions, roots and raised type that exist only as an instruction."""

from __future__ import annotations

from collections.abc import Callable

from mplus_cli.readers.office.math import apart, fraction, root, scripted

_MAX_DEPTH = 20
_OPTIONS = " abcdefghijklmnopqrstuvwxyz0123456789"


def equation(code: str) -> str:
    r"""What an EQ field shows, on one line: \f(1,2) is 1/2."""
    return _Equation(code).whole().strip()


class _Equation:
    """An instruction while it is read."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._at = 0

    def whole(self) -> str:
        parts = []
        while self._at < len(self._code):
            parts.append(self._until("", 0))
            self._at += 1
        return "".join(parts)

    def _until(self, ends: str, depth: int) -> str:
        """The text up to one of some characters, which is not taken."""
        parts: list[str] = []
        while self._at < len(self._code) and self._code[self._at] not in ends:
            one = self._code[self._at]
            self._at += 1
            if one == "\\" and depth < _MAX_DEPTH:
                parts.append(self._switch("".join(parts), depth))
            elif one == "(" and depth < _MAX_DEPTH:
                parts.append(f"({self._until(')', depth + 1)})")
                self._at += 1
            else:
                parts.append(one)
        return "".join(parts)

    def _switch(self, before: str, depth: int) -> str:
        if self._at >= len(self._code):
            return ""
        name = self._code[self._at].lower()
        self._at += 1
        if not name.isalpha():
            return "" if name == "*" and self._skip_format() else name
        start = self._at
        while self._at < len(self._code) and self._code[self._at] not in "(\\":
            self._at += 1
        options = self._code[start : self._at].lower()
        while self._code[self._at : self._at + 1] == "\\":  # further options, each with its own
            self._at += 1
            start = self._at
            while self._at < len(self._code) and self._code[self._at].lower() in _OPTIONS:
                self._at += 1
            options += self._code[start : self._at].lower()
        arguments = self._arguments(depth)
        return _WRITTEN.get(name, _listed)(options, arguments, before)

    def _skip_format(self) -> bool:
        """Pass over a general switch such as \\* jc2 or \\* "Font:…"."""
        while self._at < len(self._code) and self._code[self._at] == " ":
            self._at += 1
        quoted = self._code[self._at : self._at + 1] == '"'
        self._at += quoted
        end = self._code.find('"' if quoted else " ", self._at)
        self._at = len(self._code) if end < 0 else end + 1
        return True

    def _arguments(self, depth: int) -> list[str]:
        if self._code[self._at : self._at + 1] != "(":
            return []
        arguments: list[str] = []
        separators = ";)" if self._has_semicolons() else ",)"
        while (self._at < len(self._code) and self._code[self._at] != ")") or not arguments:
            self._at += 1
            arguments.append(self._until(separators, depth + 1).strip())
            if self._at >= len(self._code):
                break
        self._at += 1
        return arguments

    def _has_semicolons(self) -> bool:
        """Whether the arguments that begin here are set apart by semicolons."""
        depth = 0
        for one in self._code[self._at : self._at + 1000]:
            depth += (one == "(") - (one == ")")
            if depth == 1 and one in ",;":
                return one == ";"
            if depth == 0:
                break
        return False


def _listed(options: str, arguments: list[str], before: str) -> str:
    return ", ".join(arguments)


def _fraction(options: str, arguments: list[str], before: str) -> str:
    above, below = [*arguments, "", ""][:2]
    return apart(before, fraction(above, below))


def _root(options: str, arguments: list[str], before: str) -> str:
    return (
        root(arguments[0], arguments[1]) if len(arguments) > 1 else root("", *arguments[:1] or "")
    )


def _scripts(options: str, arguments: list[str], before: str) -> str:
    if len(arguments) > 1:
        return scripted("", arguments[1], arguments[0])
    text = "".join(arguments)
    return scripted("", text, "") if "do" in options else scripted("", "", text)


def _bracketed(options: str, arguments: list[str], before: str) -> str:
    return f"({', '.join(arguments)})"


def _integral(options: str, arguments: list[str], before: str) -> str:
    sign = "∑" if "su" in options else "∏" if "pr" in options else "∫"
    below, above, text = [*arguments, "", "", ""][:3]
    return f"{sign}{scripted('', below, above)} {text}"


def _over(options: str, arguments: list[str], before: str) -> str:
    """One over the other: a reading over its word, which follows it in parentheses."""
    if len(arguments) == 2 and arguments[0].startswith("^"):
        reading = arguments[0][1:].removeprefix("(").removesuffix(")")
        return f"{arguments[1]}({reading})"
    return "".join(arguments)


_WRITTEN: dict[str, Callable[[str, list[str], str], str]] = {
    "f": _fraction,
    "r": _root,
    "s": _scripts,
    "b": _bracketed,
    "i": _integral,
    "o": _over,
    "d": lambda options, arguments, before: " ",
}
