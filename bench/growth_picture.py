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


def picture(found: dict[str, Any], file: Path) -> None:
    """Left a search by its parts, right what else a question takes."""
    import matplotlib.pyplot as plt

    sizes = found["sizes"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
    names, bottoms = [f"{row['tokens'] / 1e6:,g} M" for row in sizes], [0.0] * len(sizes)
    for part, label in _SEARCH.items():
        heights = [row["search_ms"][part] for row in sizes]
        left.bar(names, heights, bottom=bottoms, label=label, width=0.6)
        bottoms = [bottom + height for bottom, height in zip(bottoms, heights, strict=True)]
    left.set(xlabel="tokens in memory", ylabel="a search, ms of a core")
    left.legend(fontsize=7)
    tokens = [row["tokens"] for row in sizes]
    for label, values in (
        ("first token, chunk written again, s", _seconds(sizes, "written_again")),
        ("first token, chunk at hand, s", _seconds(sizes, "at_hand")),
        ("first token, memory opened anew, s", _seconds(sizes, "opened_anew")),
        ("anonymous memory, GB", [row["anonymous_open_mb"] / 1000 for row in sizes]),
        ("bytes a token, hundreds", [row["bytes_a_token"]["sum"] / 100 for row in sizes]),
    ):
        right.plot(tokens, values, marker="o", label=label)
    right.set(xlabel="tokens in memory", xscale="log", ylim=(0, None))
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(file)


def _seconds(sizes: list[dict[str, Any]], name: str) -> list[float]:
    return [row["first_token_ms"][name] / 1000 for row in sizes]
