"""Pictures of a memory in a terminal: bars by document, and what the pool kept by age."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from mplus_cli.screen import terminal
from mplus_cli.screen.terminal import Part

if TYPE_CHECKING:
    from mplus_cli.results.contents import Document
    from mplus_cli.upkeep.overview import Overview
    from store.kinds.holdings import Holdings

WIDTH = 56  # of a bar at most
_MARGIN = 11  # its name in front
NAMED = 6  # documents with a colour of their own
# A glyph beside each colour, so that a bar says the same without colours.
_STYLES = (
    ("█", "cyan"),
    ("▓", "magenta"),
    ("▒", "yellow"),
    ("▚", "green"),
    ("▞", "blue"),
    ("░", "red"),
)
_REST, _OWN = ("▪", "white"), ("·", "bright_black")
_LEVELS = " ▁▂▃▄▅▆▇█"


def by_document(found: Overview) -> None:
    """What each document has: of the pool and the long-term memory, where questions read them.

    Then also what the pool kept of each age; else one bar of the documents by their tokens.
    """
    sizes = {each.id: _size(found, each) for each in found.documents}
    first = sorted(found.documents, key=lambda each: -sizes[each.id])[:NAMED]
    named = {each.id for each in first}
    rest = [each for each in found.documents if each.id not in named]
    own = found.held[0]
    if found.reads_pool:
        bars = {
            "pool": [*_counts(first, rest, lambda each: found.held[each.id].pool), own.pool],
            "long-term": [
                *_counts(first, rest, lambda each: found.held[each.id].longterm),
                own.longterm,
            ],
        }
        full = {"pool": found.status.pool_capacity, "long-term": sum(bars["long-term"])}
    else:
        bars = {"tokens": [*_counts(first, rest, lambda each: each.tokens), 0]}
        full = {"tokens": sum(bars["tokens"])}
    styles = [*_STYLES[: len(first)], _REST, _OWN]
    width = _width()
    terminal.text()
    for name, counts in bars.items():
        if sum(counts):
            bar = _bar(counts, styles, full[name], width)
            terminal.text((f"{name:<{_MARGIN}}", "bold"), *bar)
    _legend([each.path for each in first], bars, styles, len(rest))
    if found.holdings:
        _ages(found.holdings, width)


def _width() -> int:
    """Of a bar: as wide as a terminal has it."""
    out = terminal.out
    return min(WIDTH, max(1, out.width - _MARGIN)) if out.is_terminal else WIDTH


def _size(found: Overview, document: Document) -> float:
    held = found.held[document.id]
    return held.pool + held.longterm if found.reads_pool else document.tokens


def _counts(
    first: Sequence[Document], rest: Sequence[Document], count: Callable[[Document], float]
) -> list[float]:
    """One for each of the first documents, then their sum over the rest."""
    return [*map(count, first), sum(map(count, rest))]


def _bar(
    counts: list[float], styles: list[tuple[str, str]], full: float, width: int
) -> Iterable[Part]:
    """Glyphs in proportion.

    The ends are rounded, not the lengths, so that together they have the right length.
    """
    sum_so_far, drawn = 0.0, 0
    for count, (glyph, style) in zip(counts, styles, strict=True):
        sum_so_far += count
        end = round(width * sum_so_far / full)
        yield glyph * (end - drawn), style
        drawn = end
    yield "_" * (width - drawn), "bright_black"


def _legend(
    paths: list[str],
    bars: dict[str, list[float]],
    styles: list[tuple[str, str]],
    rest: int,
) -> None:
    more = terminal.counted(rest, "more document")
    names = [*(path.rpartition("/")[2] for path in paths), more, "the model's own"]
    for number, (name, (glyph, style)) in enumerate(zip(names, styles, strict=True)):
        counts = [
            f"{kind} {sum_of[number] / sum(sum_of):.0%}"
            for kind, sum_of in bars.items()
            if sum_of[number]
        ]
        if counts:
            shares = (", ".join(counts), "bright_black")
            terminal.text(" " * _MARGIN, (f"{glyph} ", style), f"{name}  ", shares)


def _ages(holdings: Holdings, width: int) -> None:
    """How much of what came in when is still in the pool: a column for each stretch of the
    journal.
    """
    kept = holdings.kept().tolist()
    columns = min(width, len(kept))
    edges = [round(len(kept) * number / columns) for number in range(columns + 1)]
    means = [sum(kept[a:b]) / (b - a) for a, b in pairwise(edges)]
    line = "".join(_LEVELS[max(1, round(8 * mean))] if mean else _LEVELS[0] for mean in means)
    terminal.text((f"{'kept':<{_MARGIN}}", "bold"), (line, "cyan"))
    told = "share still in the pool of what came in, oldest to newest"
    terminal.text((" " * _MARGIN + told, "bright_black"))
