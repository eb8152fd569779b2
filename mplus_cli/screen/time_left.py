"""The time that a bar's work still takes, once there was enough of it to tell."""

from __future__ import annotations

import time
from typing import Any

from rich.progress import ProgressColumn, Task, TaskID, TimeRemainingColumn

MEASURED_S = 3.0


class TimeLeft(ProgressColumn):
    """Rich's column, which would tell it from the first step on: from one chunk, or a file that
    was there.
    """

    max_refresh = TimeRemainingColumn.max_refresh

    def __init__(self) -> None:
        super().__init__()
        self._column = TimeRemainingColumn()
        self._begun: dict[TaskID, float] = {}  # when something of it was done

    def render(self, task: Task) -> Any:
        """The time left, blank until `MEASURED_S` of work were seen."""
        if not task.completed:
            self._begun.pop(task.id, None)
            return ""
        begun = self._begun.setdefault(task.id, time.monotonic())
        return self._column.render(task) if time.monotonic() - begun >= MEASURED_S else ""
