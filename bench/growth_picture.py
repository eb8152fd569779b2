"""The picture of `bench.growth`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_SEARCH = {
    "network_words": "the network reads the question",
    "keys": "keys of 128 candidates",
    "text": "words (BM25)",
    "means": "means of all chunks",
}
_BYTES = {
    "packs: codes": "keys",
    "packs: ids": "ids",
    "packs: means": "means of keys",
    "index: texts": "texts",
    "index: chunks_fts": "words by chunk",
}


def picture(found: dict[str, Any], file: Path) -> None:
    """Left a search by its parts, right the bytes of a token by theirs."""
    import matplotlib.pyplot as plt

    sizes = found["sizes"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
    names = [f"{row['tokens']:,}" for row in sizes]
    _bars(left, names, [row["search_ms"] for row in sizes], _SEARCH)
    left.set(xlabel="tokens in memory", ylabel="a search, ms of a core")
    _bars(right, names, [_with_rest(row["bytes_a_token"]) for row in sizes], _BYTES | _REST)
    right.set(xlabel="tokens in memory", ylabel="bytes a token")
    figure.tight_layout()
    figure.savefig(file)


_REST = {"rest": "all else"}


def _with_rest(parts: dict[str, float]) -> dict[str, float]:
    named = {name: parts[name] for name in _BYTES}
    return named | {"rest": parts["sum"] - sum(named.values())}


def _bars(axes: Any, names: list[str], rows: list[dict[str, float]], parts: dict[str, str]) -> None:
    """Parts of each row on top of one another."""
    bottoms = [0.0] * len(rows)
    for part, label in parts.items():
        heights = [row[part] for row in rows]
        axes.bar(names, heights, bottom=bottoms, label=label, width=0.6)
        bottoms = [bottom + height for bottom, height in zip(bottoms, heights, strict=True)]
    axes.set(ylim=(0, max(bottoms) * 1.45))
    axes.tick_params("x", labelsize=8)
    axes.legend(fontsize=7, ncols=2, loc="upper center")
