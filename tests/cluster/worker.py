"""Imported by the tests' workers as they start: what they do that others don't.

Words in a document steer who writes it: SLOWLY takes a moment, KILLER ends the worker. Files in the
room, a folder of the test, steer a worker that starts.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from mplus_cli import version
from mplus_cli.cluster import tasks
from mplus_cli.errors import ReadError
from mplus_cli.inputs import load as loading

ROOM = Path(os.environ["MPLUS_TEST_ROOM"])
FORBIDDEN = os.environ["MPLUS_TEST_FORBIDDEN"]
AGE_S, begun = 1.0, time.monotonic()
written, read, loaded = tasks.write, tasks.prepare, loading.load


def _die() -> None:
    """A nanny that has not yet heard of its worker starts no other in its place."""
    time.sleep(max(0.0, AGE_S - (time.monotonic() - begun)))
    os.kill(os.getpid(), signal.SIGKILL)


def write(wanted: tasks.Wanted, run: Any, *rest: Any) -> Any:
    tokenizer = tasks._engine(wanted.spec.model, wanted.spec.quantize).tokenizer
    text = " ".join(tokenizer.decode(list(ids)) for _, ids in run)
    if "KILLER" in text:
        _die()
    if "SLOWLY" in text:
        time.sleep(0.1)
    return written(wanted, run, *rest)


def prepare(wanted: tasks.Wanted, path: str, *rest: Any) -> Any:
    if "deadly" in path:
        _die()
    return read(wanted, path, *rest)


def load(path: Path, max_bytes: int = loading.MAX_BYTES) -> bytes:
    """Two files that this machine does not have, or has otherwise."""
    if "hidden" in path.name:
        raise ReadError("does not exist", "check the path")
    return b"something else" if "changed" in path.name else loaded(path, max_bytes)


def _keep_out(event: str, arguments: tuple[Any, ...]) -> None:
    """The memory's folder is not this worker's affair."""
    if event == "open" and str(arguments[0]).startswith(FORBIDDEN):
        (ROOM / "trespassed").touch()
        raise PermissionError(arguments[0])


tasks.write = write  # type: ignore[assignment]
tasks.prepare = prepare  # type: ignore[assignment]
loading.load = load
if (ROOM / "another-version").exists():
    version.__version__ = "0.0.9"
sys.addaudithook(_keep_out)
own = ROOM / f"worker-{os.getpid()}"
own.mkdir()
os.chdir(own)
