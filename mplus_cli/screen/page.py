"""The state of a memory as one self-contained HTML page: no script, nothing loaded from
elsewhere.
"""

from __future__ import annotations

from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment

from mplus_cli.overview import Overview
from mplus_cli.screen import render

_COLOURS = ("#2e7dd1", "#c94f7c", "#d99a1e", "#3a9d5d", "#8457c9", "#d1603d", "#2aa5a0", "#96a13a")
_REST, _OWN = "#98a2b3", "#475467"
_NAMED = 40  # rows of the table
_LEFT, _WIDTH, _TOP, _BOTTOM = 24.0, 776.0, 10.0, 180.0
_AGE_LEFT, _AGE_WIDTH, _AGES = 30.0, 770.0, 120


def write_page(found: Overview, file: Path) -> None:
    """Write the page."""
    template = Environment(autoescape=True).from_string(
        files("mplus_cli.screen").joinpath("page.html").read_text("utf-8")
    )
    colours = _colours(found)
    first = sorted(found.documents, key=lambda each: -each.tokens)[:_NAMED]
    rows = [
        {
            "name": render.shown(each.path),
            "tokens": each.tokens,
            "pool": found.held[each.id].pool,
            "longterm": found.held[each.id].longterm,
            "colour": colours[each.id],
        }
        for each in first
    ]
    kept, expected = _ages(found)
    page = template.render(
        facts=found.facts,
        size=render.size(found.facts["bytes"]),
        rows=rows,
        more=len(found.documents) - len(first),
        layers=[_layer(found, colours, layer) for layer in range(len(found.holdings.pool))],
        kept=kept,
        expected=expected,
    )
    file.write_text(page, encoding="utf-8")


def _colours(found: Overview) -> dict[int, str]:
    """Document -> colour: the largest ones have their own, the others are grey."""
    order = sorted(found.documents, key=lambda each: -each.tokens)
    colours = {0: _OWN} | {document.id: _REST for document in order}
    return colours | {
        document.id: colour for document, colour in zip(order, _COLOURS, strict=False)
    }


def _layer(found: Overview, colours: dict[int, str], layer: int) -> list[dict[str, Any]]:
    """Bars of one layer's pool, a document after the other as they came in."""
    counts: dict[int, int] = {}
    for document, count in zip(
        found.holdings.owners, found.holdings.pool[layer].tolist(), strict=True
    ):
        counts[document] = counts.get(document, 0) + count
    scale = _WIDTH / max(1, found.facts["pool_capacity"])
    bars, x = [], _LEFT
    for document, count in counts.items():
        if count:
            bars.append({"x": round(x, 2), "y": layer * 12 + 1, "width": round(count * scale, 2)})
            bars[-1]["colour"] = colours[document]
            x += count * scale
    return bars


def _ages(found: Overview) -> tuple[list[dict[str, float]], str]:
    """Bars of what was kept of each stretch of the journal, and the points of the line that was to
    be expected.
    """
    kept, expected = found.holdings.kept(), found.holdings.expected()
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
