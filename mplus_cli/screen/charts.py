"""Pictures of a memory in a terminal: bars by document, and what the pool kept by age."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from mplus_cli.overview import Overview

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
    """A bar of the pool and one of the long-term memory, a legend, and what the pool kept of each
    age.
    """
    own = found.held[0]
    sizes = {
        each.id: found.held[each.id].pool + found.held[each.id].longterm for each in found.documents
    }
    first = sorted(found.documents, key=lambda each: -sizes[each.id])[:NAMED]
    rest = [each.id for each in found.documents if each not in first]
    bars = {
        "pool": [
            *(found.held[each.id].pool for each in first),
            sum(found.held[number].pool for number in rest),
            own.pool,
        ],
        "long-term": [
            *(found.held[each.id].longterm for each in first),
            sum(found.held[number].longterm for number in rest),
            own.longterm,
        ],
    }
    styles = [*_STYLES[: len(first)], _REST, _OWN]
    capacity = {"pool": found.facts["pool_capacity"], "long-term": sum(bars["long-term"])}
    out.print()
    for name, counts in bars.items():
        if sum(counts):
            out.print(Text.assemble((f"{name:<11}", "bold"), *_bar(counts, styles, capacity[name])))
    _legend(out, [*(each.path for each in first)], bars, styles, len(rest))
    _ages(out, found)


def _bar(
    counts: list[float], styles: list[tuple[str, str]], full: float
) -> Iterable[tuple[str, str]]:
    """Glyphs in proportion; the ends are rounded, not the lengths, so that together they have the
    right length.
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
