"""Waiting for files to change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISDIR
from typing import Any

from mplus_cli.errors import WatchError
from mplus_cli.inputs.files import fixed_part, is_glob
from mplus_cli.inputs.names import is_elsewhere
from mplus_cli.shown import on_disk

_TIMEOUT_MS, _READY_S, _RETRY_S, _ASKED_S, _LOOKED_S = 200, 10.0, 1.0, 0.1, 1.0


class Changes:
    """Says when something below some folders changed since it was asked last.

    What the system watches is the folder that it found, not its name. So the names are looked at,
    too: where one leads elsewhere, as when a drive comes or goes, all is watched anew.
    Raises `WatchError` where that can't be known.
    """

    def __init__(self, roots: Sequence[str], files: Sequence[str], memory: Path) -> None:
        self._roots, self._files, self._memory = roots, files, memory
        self._places = sorted(_named(roots) | _holding(files))
        self._changed = threading.Event()
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def watch(self) -> None:
        """Begin to watch; when this is done, nothing more can be missed."""
        self._seen, self._looked_at = self._look(), time.monotonic()
        deep, flat = _folders(self._roots, self._files)
        for folders, recursive in ((deep, True), (flat, False)):
            if folders:
                ready = threading.Event()
                chosen = (sorted(folders), recursive, self._memory, ready)
                self._threads.append(threading.Thread(target=self._run, args=chosen, daemon=True))
                self._threads[-1].start()
                ready.wait(_READY_S)
                self._check()

    def _look(self) -> list[tuple[int, int] | None]:
        """Which folder each name leads to, None where to none."""
        return [_identity(folder) for folder in self._places]

    def _has_moved(self) -> bool:
        """Whether a name leads to another folder than the one that is watched."""
        if time.monotonic() - self._looked_at < _LOOKED_S:
            return False
        self._looked_at = time.monotonic()
        return self._look() != self._seen

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
            if self._has_moved():
                self.close()
                self.watch()
                self._changed.set()
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
        self._stop, self._threads = threading.Event(), []


@contextmanager
def changes(roots: Iterable[str], paths: Iterable[str], memory: Path) -> Iterator[Changes]:
    """Changes of folders and globs with all below them, and of lone files, but for the memory.

    A lone file is watched by the folder it lies in.
    """
    local = [on_disk(root) for root in roots if not is_elsewhere(root)]
    found = Changes(local, [*local, *map(on_disk, paths)], memory)
    try:
        found.watch()
        yield found
    finally:
        found.close()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if S_ISDIR(found.st_mode) else None


def _named(roots: Iterable[str]) -> set[Path]:
    """What roots may be the names of folders of."""
    return {fixed_part(Path(root)) if is_glob(root) else Path(root) for root in roots}


def _holding(files: Iterable[str]) -> set[Path]:
    return {Path(file).parent for file in files if Path(file).is_absolute()}


def _folders(roots: Iterable[str], files: Iterable[str]) -> tuple[set[Path], set[Path]]:
    """Folders to watch with all below them, and folders to watch alone."""
    deep = {folder for folder in _named(roots) if folder.is_dir()}
    flat = {
        folder
        for folder in _holding(files)
        if folder.is_dir() and not any(folder.is_relative_to(each) for each in deep)
    }
    return deep, flat
