"""The state of a memory as one self-contained HTML page: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment

from mplus_cli.screen import terminal
from mplus_cli.screen.memories import vectors_kept
from mplus_cli.shown import one_line, shown
from mplus_cli.upkeep.overview import Overview
from store.whole_file import AS_USUAL, whole_file

if TYPE_CHECKING:
    from store.kinds.holdings import Holdings

_COLOURS = ("#2e7dd1", "#c94f7c", "#d99a1e", "#3a9d5d", "#8457c9", "#d1603d", "#2aa5a0", "#96a13a")
_REST, _OWN = "#98a2b3", "#475467"
_NAMED = 40  # rows of the table
_LEFT, _WIDTH, _TOP, _BOTTOM = 24.0, 776.0, 10.0, 180.0
_AGE_LEFT, _AGE_WIDTH, _AGES = 30.0, 770.0, 120


def write_page(found: Overview, file: Path) -> None:
    """Write the page, whole or not at all."""
    # What turns directions or can't be seen shows in a browser as on a terminal.
    template = Environment(autoescape=True, finalize=_on_one_line).from_string(
        files("mplus_cli.screen").joinpath("page.html").read_text("utf-8")
    )
    colours = _colours(found)
    order = sorted(found.documents, key=lambda each: -each.tokens)
    rows = [
        {
            "name": shown(each.path),
            "tokens": each.tokens,
            "chunks": each.chunks,
            "pool": each.pool_vectors,
            "longterm": each.ltm_vectors,
            "colour": colours[each.id],
        }
        for each in order[:_NAMED]
    ]
    kept, expected = _ages(found.holdings) if found.holdings else ([], "")
    page = template.render(
        facts=found.status,
        size=terminal.size(found.status.bytes),
        vectors=vectors_kept(found.status),
        rows=rows,
        more=len(order) - len(rows),
        reads_pool=found.reads_pool,
        tokens=_bars([(each.id, each.tokens) for each in order], found.status.tokens, colours),
        layers=_layers(found, found.holdings, colours) if found.holdings else [],
        kept=kept,
        expected=expected,
    )
    with whole_file(file, AS_USUAL) as out:
        out.write(page.encode())


def _on_one_line(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _colours(found: Overview) -> dict[int, str]:
    """Document -> colour: the largest ones have their own, the others are grey."""
    order = sorted(found.documents, key=lambda each: -each.tokens)
    colours = {0: _OWN} | {document.id: _REST for document in order}
    return colours | {
        document.id: colour for document, colour in zip(order, _COLOURS, strict=False)
    }


def _layers(
    found: Overview, holdings: Holdings, colours: dict[int, str]
) -> list[list[dict[str, Any]]]:
    """Bars of each layer's pool, a document after the other as they came in."""
    layers = []
    for pool in holdings.pool:
        counts: dict[int, int] = {}
        for document, count in zip(holdings.documents, pool.tolist(), strict=True):
            counts[document] = counts.get(document, 0) + count
        layers.append(_bars(counts.items(), found.status.pool_capacity, colours))
    return layers


def _bars(
    counts: Iterable[tuple[int, int]], full: int, colours: dict[int, str]
) -> list[dict[str, Any]]:
    """Stretches of one line, a document each, in proportion to `full`."""
    bars, x = [], _LEFT
    for document, count in counts:
        width = count * _WIDTH / max(1, full)
        if count:
            bars.append({"x": round(x, 2), "width": round(width, 2), "colour": colours[document]})
        x += width
    return bars


def _ages(holdings: Holdings) -> tuple[list[dict[str, float]], str]:
    """Bars of what was kept of each stretch of the journal, and points of the expected line."""
    kept, expected = holdings.kept(), holdings.expected()
    columns = min(_AGES, len(kept))
    if not columns:
        return [], ""
    edges = np.linspace(0, len(kept), columns + 1).round().astype(int).tolist()
    width, height = _AGE_WIDTH / columns, _BOTTOM - _TOP
    bars, points = [], []
    for number, (start, stop) in enumerate(pairwise(edges)):
        x, share = _AGE_LEFT + number * width, float(kept[start:stop].mean())
        bars.append(
            {
                "x": round(x, 2),
                "y": round(_BOTTOM - share * height, 2),
                "width": round(width * 0.9, 2),
                "height": round(share * height, 2),
            }
        )
        points.append(
            f"{x + width / 2:.1f},{_BOTTOM - float(expected[start:stop].mean()) * height:.1f}"
        )
    return bars, " ".join(points)
