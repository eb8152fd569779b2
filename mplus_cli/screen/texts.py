"""Texts of documents on the screen: the lines, and where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mplus_cli.results.plain import plain
from mplus_cli.results.runs import LINKED, PassedOver, Problem
from mplus_cli.results.texts import Stretch, Text
from mplus_cli.screen import terminal
from mplus_cli.screen.passed import tell_linked, tell_nothing
from mplus_cli.shown import one_line, shown

if TYPE_CHECKING:
    from mplus_cli.injecting.events import Skipped


@dataclass
class Output:
    """Texts one after the other, or as one JSON document; what was left out."""

    json: bool
    failed: list[Problem] = field(default_factory=list)
    _skipped: list[Problem] = field(default_factory=list)
    _passed: list[PassedOver] = field(default_factory=list)
    _texts: list[Text] = field(default_factory=list)
    _shown: int = 0

    def passed(self, each: PassedOver) -> None:
        self._passed.append(each)

    def again(self, paths: Sequence[str]) -> None:
        """Inputs that were left out are read once more."""
        self.failed = [each for each in self.failed if each.path not in paths]

    def tell(self, found: Text | Skipped) -> None:
        if not isinstance(found, Text):
            self._left_out(found)
        elif self.json:
            self._texts.append(found)
        else:
            self._shown += 1
            _show(found)

    def end(self) -> None:
        """All that is told last."""
        if not self.json:
            tell_linked([each.path for each in self._passed if each.reason == LINKED])
            if not (self._shown or self._skipped or self.failed):
                tell_nothing(Counter(each.reason for each in self._passed))
        else:
            left = {"skipped": self._skipped, "failed": self.failed, "passed": self._passed}
            terminal.as_json({"texts": plain(self._texts)} | left)

    def _left_out(self, found: Skipped) -> None:
        problem = Problem(found.path, found.reason, found.hint, found.code)
        (self._skipped if found.harmless else self.failed).append(problem)
        if not self.json:
            if found.harmless:
                terminal.note(f"skipped: {shown(found.path)}: {found.reason}")
            else:
                terminal.failure(shown(found.path), found.reason, found.hint)


def _show(text: Text) -> None:
    terminal.text((shown(text.path), "bold"), (f"  {text.reader}", "dim"))
    lines = list(_lines(text))
    width = max((len(mark) for mark, _ in lines if mark is not None), default=0)
    # Rich takes its time for a line, and without a terminal there is nothing to colour.
    if terminal.out.is_terminal:
        for mark, line in lines:
            head = "" if mark is None else f"{mark:>{width}} │ "
            style = "bold cyan" if mark is None else ""
            terminal.text((head, "dim"), (line.expandtabs(), style))
    else:
        told = (line if mark is None else f"{mark:>{width}} │ {line}" for mark, line in lines)
        terminal.piece("\n".join(told), end="\n")
    terminal.losses(text.notes, shown(text.path))
    terminal.piece("", end="\n")


def _lines(text: Text) -> Iterator[tuple[str | None, str]]:
    """The lines of a text, each with its mark, "" where it goes on; headings over them have None.

    Lines of files that are read line by line have their numbers.
    """
    section = mark = ""
    line = 1
    ends = [*(place.start for place in text.places[1:]), len(text.text)]
    for place, end in zip(text.places, ends, strict=True):
        if place.section != section:
            section = place.section
            yield None, f"── {one_line(section)}" if section else "──"
        before, mark = mark, _mark(place)
        stretch = text.text[place.start : end].removesuffix("\n")
        numbered = text.unit == "line" and _is_numbered(place, stretch, line)
        for at, each in enumerate(stretch.split("\n")):
            here = mark if at == 0 and mark != before else ""
            yield str(line) if numbered else here, each
            line += 1


def _mark(place: Stretch) -> str:
    """A place without its section, such as "page 3"."""
    return "" if place.first is None else place.label.rpartition(", ")[2]


def _is_numbered(place: Stretch, stretch: str, line: int) -> bool:
    """Whether the lines of a stretch are those of the file, from `line` on."""
    if place.first is None or place.last is None:
        return False
    lines = stretch.strip().count("\n") + 1
    return place.first == line + _blank_lines(stretch) and place.last == place.first + lines - 1


def _blank_lines(stretch: str) -> int:
    """The empty lines that a stretch begins with."""
    return stretch.count("\n", 0, len(stretch) - len(stretch.lstrip()))
