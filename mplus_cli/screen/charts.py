"""Pictures of a memory in a terminal: bars by document, and what the pool kept by age."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from mplus_cli.results import Document
    from mplus_cli.upkeep.overview import Overview

WIDTH = 56
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


def by_document(out: Console, found: Overview) -> None:
    """What each document has: of the pool and the long-term memory, where questions read them.

    Then also what the pool kept of each age; else one bar of the documents by their tokens.
    """
    sizes = {each.id: _size(found, each) for each in found.documents}
    first = sorted(found.documents, key=lambda each: -sizes[each.id])[:NAMED]
    rest = [each for each in found.documents if each not in first]
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
    out.print()
    for name, counts in bars.items():
        if sum(counts):
            out.print(Text.assemble((f"{name:<11}", "bold"), *_bar(counts, styles, full[name])))
    _legend(out, [each.path for each in first], bars, styles, len(rest))
    if found.reads_pool:
        _ages(out, found)


def _size(found: Overview, document: Document) -> float:
    held = found.held[document.id]
    return held.pool + held.longterm if found.reads_pool else document.tokens


def _counts(
    first: Sequence[Document], rest: Sequence[Document], count: Callable[[Document], float]
) -> list[float]:
    """One for each of the first documents, then their sum over the rest."""
    return [*map(count, first), sum(map(count, rest))]


def _bar(
    counts: list[float], styles: list[tuple[str, str]], full: float
) -> Iterable[tuple[str, str]]:
    """Glyphs in proportion.

    The ends are rounded, not the lengths, so that together they have the right length.
    """
    sum_so_far, drawn = 0.0, 0
    for count, (glyph, style) in zip(counts, styles, strict=True):
        sum_so_far += count
        end = round(WIDTH * sum_so_far / full)
        yield glyph * (end - drawn), style
        drawn = end
    yield "_" * (WIDTH - drawn), "bright_black"


def _legend(
    out: Console,
    paths: list[str],
    bars: dict[str, list[float]],
    styles: list[tuple[str, str]],
    rest: int,
) -> None:
    more = f"{rest:,} more document{'s' if rest > 1 else ''}"
    names = [*(path.rpartition("/")[2] for path in paths), more, "the model's own"]
    for number, (name, (glyph, style)) in enumerate(zip(names, styles, strict=True)):
        counts = [
            f"{kind} {sum_of[number] / sum(sum_of):.0%}"
            for kind, sum_of in bars.items()
            if sum_of[number]
        ]
        if counts:
            out.print(
                Text.assemble(
                    " " * 11, (f"{glyph} ", style), f"{name}  ", (", ".join(counts), "bright_black")
                )
            )


def _ages(out: Console, found: Overview) -> None:
    """How much of what came in when is still in the pool: a column for each stretch of the
    journal.
    """
    kept = found.holdings.kept().tolist()
    columns = min(WIDTH, len(kept))
    edges = [round(len(kept) * number / columns) for number in range(columns + 1)]
    means = [sum(kept[a:b]) / (b - a) for a, b in pairwise(edges)]
    line = "".join(_LEVELS[max(1, round(8 * mean))] if mean else _LEVELS[0] for mean in means)
    out.print(Text.assemble(("kept       ", "bold"), (line, "cyan")))
    out.print(
        Text(" " * 11 + "share still in the pool of what came in, oldest to newest", "bright_black")
    )
