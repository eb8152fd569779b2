"""What was found, in a file that later runs add to, and as tables."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.babilong.material import length_of

ARMS = (
    *("context", "tuned", "published", "lm2", "shipped", "rmt", "memoryllm", "mplus", "chunks"),
)
_KEY = ("arm", "seed", "task", "segments", "source")
_Z = 1.96  # of a 95% interval

Found = dict[str, Any]


class Results:
    """One record for each cell: a memory with a seed, a task and a length; each is found once."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        known = json.loads(file.read_text("utf-8")) if file and file.exists() else []
        self.cells: list[Found] = known

    def has(self, key: Found) -> bool:
        return any(all(cell[name] == key[name] for name in _KEY) for cell in self.cells)

    def add(self, cell: Found) -> None:
        self.cells.append(cell)
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps(self.cells, indent=1) + "\n", encoding="utf-8")
            new.replace(self._file)


def interval(right: int, asked: int) -> tuple[float, float]:
    """Wilson's: within which the true share is with 95%."""
    if not asked:
        return 0.0, 1.0
    share, z2 = right / asked, _Z**2 / asked
    middle = (share + z2 / 2) / (1 + z2)
    half = _Z / (1 + z2) * math.sqrt(share * (1 - share) / asked + z2 / (4 * asked))
    return max(0.0, middle - half), min(1.0, middle + half)


def mean(cells: Sequence[Found], right: str = "right", asked: str = "asked") -> Found | None:
    """The mean of tasks' shares, each over all seeds; None where nothing was asked.

    low, high: of a 95% interval; of several tasks by the variance of each one's share (with half an
    answer more, for none is sure of a share of 0 or 1).
    """
    tasks: dict[str, list[int]] = {}
    for cell in cells:
        if cell.get(asked):
            sums = tasks.setdefault(cell["task"], [0, 0])
            sums[0] += cell[right]
            sums[1] += cell[asked]
    if not tasks:
        return None
    share = sum(rights / all_ for rights, all_ in tasks.values()) / len(tasks)
    smoothed = (((rights + 0.5) / (all_ + 1), all_) for rights, all_ in tasks.values())
    half = _Z / len(tasks) * math.sqrt(sum(p * (1 - p) / count for p, count in smoothed))
    low, high = max(0.0, share - half), min(1.0, share + half)
    if len(tasks) == 1:
        low, high = interval(*next(iter(tasks.values())))
    every = sum(all_ for _, all_ in tasks.values())
    return {"share": share, "low": low, "high": high, "asked": every, "tasks": len(tasks)}


def arms_of(cells: Iterable[Found]) -> list[str]:
    there = {cell["arm"] for cell in cells}
    return [arm for arm in ARMS if arm in there]


def chosen(cells: Iterable[Found], **wanted: object) -> list[Found]:
    return [cell for cell in cells if all(cell[name] == each for name, each in wanted.items())]


def tables(cells: Sequence[Found]) -> str:
    """Accuracy over all tasks by length, then for each task, then what it costs: Markdown."""
    parts = [_accuracy("All tasks, mean", cells)]
    for task in sorted({cell["task"] for cell in cells}, key=lambda name: int(name[2:])):
        parts.append(_accuracy(task, chosen(cells, task=task)))
    return "\n\n".join([*parts, _controls(cells), _costs(cells)]) + "\n"


def _accuracy(title: str, cells: Sequence[Found]) -> str:
    lengths = sorted({cell["segments"] for cell in cells} - {0})
    tasks = len({cell["task"] for cell in cells})
    rows = [[title, *map(length_of, lengths)]]
    for arm in arms_of(cells):
        own = chosen(cells, arm=arm)
        rows.append([arm, *(_share(chosen(own, segments=each), tasks) for each in lengths)])
    return _table(rows)


def _share(cells: Sequence[Found], tasks: int) -> str:
    """tasks: that there are; a mean of fewer can't be compared with one of all."""
    if cells and not any(cell["fits"] for cell in cells):
        return "does not fit"
    found, exact = mean(cells), mean(cells, "exact")
    if not found or not exact:
        return ""
    some = f" in {found['tasks']} of {tasks} tasks" if found["tasks"] < tasks else ""
    return (
        f"{found['share']:.2f} ({found['low']:.2f}-{found['high']:.2f}), exactly "
        f"{exact['share']:.2f}, of {found['asked']}{some}"
    )


def _controls(cells: Sequence[Found]) -> str:
    rows = [["controls", "nothing written", "another story's memory"]]
    for arm in arms_of(cells):
        own = chosen(cells, arm=arm)
        start = mean(chosen(own, segments=0))
        other = mean(own, "another_right", "another_asked")
        rows.append([arm, *(f"{each['share']:.2f}" if each else "" for each in (start, other))])
    return _table(rows)


def _costs(cells: Sequence[Found]) -> str:
    """Bytes and milliseconds: means over what was asked."""
    lengths = sorted({cell["segments"] for cell in cells} - {0})
    heads = [f"bytes at {length_of(each)}" for each in lengths]
    heads += [f"ms a question at {length_of(each)}" for each in lengths]
    rows = [["costs", "trained", "minutes", "seeds", "ms to write 1,000 tokens", *heads]]
    for arm in arms_of(cells):
        own = [cell for cell in chosen(cells, arm=arm) if cell["fits"]]
        if not own:
            continue
        by_length = [chosen(own, segments=each) for each in lengths]
        rows.append(
            [
                arm,
                own[0]["trained_on"],
                f"{max(cell['minutes'] for cell in own):.1f}",
                str(len({cell["seed"] for cell in own})),
                _mean_of(own, "writing_ms"),
                *(_mean_of(each, "bytes") for each in by_length),
                *(_mean_of(each, "question_ms") for each in by_length),
            ]
        )
    return _table(rows)


def _mean_of(cells: Sequence[Found], name: str) -> str:
    return f"{sum(cell[name] for cell in cells) / len(cells):,.0f}" if cells else ""


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])
