"""`mplus update` as a process: watching files, and going on after an interruption."""

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.locks import write_lock
from tests.commands.test_update import ATTIC, GARDEN, KITCHEN, listed, names, write
from tests.conftest import Run, Start


class Lines:
    """Lines of a process as they come."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        for stream in (process.stdout, process.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: Any) -> None:
        for line in stream:
            self._lines.put(line)

    def until(self, wanted: Callable[[str], bool], timeout_s: float = 40) -> str:
        end = time.monotonic() + timeout_s
        seen = []
        while True:
            try:
                seen.append(self._lines.get(timeout=max(0.01, end - time.monotonic())))
            except queue.Empty:
                pytest.fail(f"waited in vain; there was: {seen}")
            if wanted(seen[-1]):
                return seen[-1]


def test_update_goes_on_where_an_interrupted_run_ended(
    mplus: Run, start: Start, world: Path
) -> None:
    for number in range(4):
        said = (
            f"Note {number}.{sentence}: the gate code is {number * 37}. " for sentence in range(120)
        )
        write(world / "notes", **{str(number): "".join(said)})
    process = start("inject", "notes")
    Lines(process).until(lambda line: "0.txt" in line)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert 1 <= len(listed(mplus)) < 4
    assert mplus("update").code == 0
    assert len(listed(mplus)) == 4
    mplus("inject", "notes", "-M", world.parent / "fresh")
    fresh = mplus("status", "--json", "-M", world.parent / "fresh").json
    assert mplus("status", "--json").json["state_digest"] == fresh["state_digest"]


def test_watch_reads_files_as_they_change(mplus: Run, start: Start, world: Path) -> None:
    write(world / "notes", garden=GARDEN)
    write(world / "lone", kitchen=KITCHEN)
    memory = world / "notes/.mplus"  # inside of what is watched
    mplus("inject", "notes", "lone/kitchen.txt", "-M", memory)
    process = start("update", "--watch", "--prune", "--json-lines", "-M", memory)
    lines = Lines(process)
    lines.until(lambda line: "watching" in line)
    write(world / "notes", attic=ATTIC)
    assert json.loads(lines.until(lambda line: '"event": "document"' in line))["path"].endswith(
        "attic.txt"
    )
    lines.until(lambda line: '"event": "summary"' in line)
    temporary = world / "lone/.new"  # as editors do: write another file, then rename it
    temporary.write_text(KITCHEN.replace("forty", "fifty"))
    temporary.replace(world / "lone/kitchen.txt")
    assert json.loads(lines.until(lambda line: '"event": "document"' in line))["changed"] is True
    with write_lock(memory, 5, "inject"):  # another command is writing: it waits its turn
        (world / "notes/garden.txt").unlink()
        time.sleep(1)
    assert json.loads(lines.until(lambda line: '"event": "removed"' in line))["path"].endswith(
        "garden.txt"
    )
    lines.until(lambda line: '"event": "summary"' in line)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    found = [document["path"] for document in mplus("ls", "--json", "-M", memory).json]
    assert names(found) == ["attic.txt", "kitchen.txt"]


def test_a_folder_that_goes_and_comes_back(mplus: Run, start: Start, world: Path) -> None:
    write(world / "drive/notes", garden=GARDEN)
    write(world / "lone", kitchen=KITCHEN)
    mplus("inject", "drive/notes", "lone/kitchen.txt")
    process = start("update", "--watch", "--prune", "--json-lines")
    lines = Lines(process)
    lines.until(lambda line: "watching" in line)
    (world / "drive").rename(world / "elsewhere")  # nothing below what is watched changes
    assert json.loads(lines.until(lambda line: '"event": "away"' in line))["documents"] == 1
    write(world / "elsewhere/notes", attic=ATTIC)
    (world / "elsewhere").rename(world / "drive")
    lines.until(lambda line: '"event": "document"' in line and "attic.txt" in line)
    (world / "drive/notes/garden.txt").unlink()  # it is watched as before
    lines.until(lambda line: '"event": "removed"' in line and "garden.txt" in line)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130


def test_watch_has_no_end_to_report(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    mplus("inject", ".")
    assert mplus("update", "--watch", "--json").code == 2
    assert mplus("update", "--watch", "--dry-run").code == 2
