"""The picture of accuracy by length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.babilong.material import length_of
from bench.babilong.results import Found, arms_of, chosen, mean
from training.stories.telling import TOKENS


def picture(cells: Sequence[Found], file: Path) -> None:
    """Left the mean of all tasks, right that of qa1 and qa2 (which are asked at more lengths): one
    line a memory, with its 95% interval.
    """
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
    tasks = {cell["task"] for cell in cells}
    shown = {}  # some memories were asked what one panel shows
    for axes, wanted in zip(panels, (tasks, tasks & {"qa1", "qa2"}), strict=True):
        for number, arm in enumerate(arms_of(cells)):
            points = points_of(chosen(cells, arm=arm), wanted)
            if points:
                at, shares, lows, highs = zip(*points, strict=True)
                (shown[arm],) = axes.plot(at, shares, "o-", markersize=4, color=f"C{number}")
                axes.fill_between(at, lows, highs, alpha=0.12, color=f"C{number}")
        lengths = sorted({cell["segments"] for cell in cells} - {0})
        axes.set_xscale("log")
        axes.set_xticks([each * TOKENS for each in lengths], [length_of(each) for each in lengths])
        axes.minorticks_off()
        names = ", ".join(sorted(wanted, key=lambda name: int(name[2:])))
        axes.set(xlabel="tokens of the story", ylim=(0, 1.02), title=names)
        axes.title.set_fontsize(8)
    panels[0].set(ylabel="right answers")
    panels[0].legend(shown.values(), shown.keys(), fontsize=7, ncols=2)
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)


def points_of(cells: Sequence[Found], tasks: set[str]) -> list[tuple[int, float, float, float]]:
    """Tokens, share, and its interval, of the lengths at which all these tasks were asked."""
    found = []
    for segments in sorted({cell["segments"] for cell in cells} - {0}):
        own = [each for each in chosen(cells, segments=segments) if each["task"] in tasks]
        point = mean(own)
        if point and {each["task"] for each in own if each.get("asked")} == tasks:
            found.append((segments * TOKENS, point["share"], point["low"], point["high"]))
    return found
