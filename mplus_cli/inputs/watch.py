"""Waiting for files to change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mplus_cli.errors import WatchError
from mplus_cli.inputs.files import fixed_part, is_glob
from mplus_cli.inputs.names import is_elsewhere
from mplus_cli.shown import on_disk

_TIMEOUT_MS, _READY_S, _RETRY_S, _ASKED_S = 200, 10.0, 1.0, 0.1


class Changes:
    """Says when something changed since it was asked last.

    Raises `WatchError` where that can't be known.
    """

    def __init__(self) -> None:
        self._changed = threading.Event()
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def watch(self, folders: Iterable[Path], recursive: bool, memory: Path) -> None:
        """Begin to watch; when this is done, nothing more can be missed."""
        ready = threading.Event()
        chosen = (sorted(folders), recursive, memory, ready)
        self._threads.append(threading.Thread(target=self._run, args=chosen, daemon=True))
        self._threads[-1].start()
        ready.wait(_READY_S)
        self._check()

    def _run(
        self, folders: list[Path], recursive: bool, memory: Path, ready: threading.Event
    ) -> None:
        from watchfiles import watch

        def counts(_: object, path: str) -> bool:
            return not Path(path).is_relative_to(memory) and ".git" not in Path(path).parts

        options: dict[str, Any] = {"recursive": recursive, "stop_event": self._stop}
        options |= {"yield_on_timeout": True, "rust_timeout": _TIMEOUT_MS}
        try:
            for found in watch(*folders, watch_filter=counts, **options):
                ready.set()
                if found:
                    self._changed.set()
        except Exception as error:  # `wait` raises it in the thread that the user sees
            self._error = error
            ready.set()
            self._changed.set()

    def wait(self, stopped: Callable[[], bool]) -> bool:
        """Wait for the next change; False once `stopped` is true, which is asked now and then."""
        while not self._changed.wait(_ASKED_S):
            if stopped():
                return False
        self._check()
        self._changed.clear()
        return True

    def retry(self) -> None:
        """Report a change again that could not be dealt with, after a while."""
        time.sleep(_RETRY_S)
        self._changed.set()

    def _check(self) -> None:
        if self._error is not None:
            raise WatchError(
                f"the folders can't be watched: {self._error}",
                "run `mplus update` from time to time instead",
            ) from self._error

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@contextmanager
def changes(roots: Iterable[str], paths: Iterable[str], memory: Path) -> Iterator[Changes]:
    """Changes of folders and globs with all below them, and of lone files, but for the memory.

    A lone file is watched by the folder it lies in.
    """
    deep, flat = _folders(roots, paths)
    found = Changes()
    try:
        for folders, recursive in ((deep, True), (flat, False)):
            if folders:
                found.watch(folders, recursive, memory)
        yield found
    finally:
        found.close()


def _folders(roots: Iterable[str], paths: Iterable[str]) -> tuple[set[Path], set[Path]]:
    """Folders to watch with all below them, and folders to watch alone."""
    local = [on_disk(root) for root in roots if not is_elsewhere(root)]
    globs = {fixed_part(Path(root)) for root in local if is_glob(root)}
    deep = {folder for folder in globs | {Path(root) for root in local} if folder.is_dir()}
    files = {
        Path(path).parent for path in [*local, *map(on_disk, paths)] if Path(path).is_absolute()
    }
    flat = {
        folder
        for folder in files
        if folder.is_dir() and not any(folder.is_relative_to(each) for each in deep)
    }
    return deep, flat
