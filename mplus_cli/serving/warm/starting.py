"""Starting a server in the background, for the commands that come next."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from mplus_cli.serving.warm import found
from mplus_cli.settings import Settings

STARTING_S = 600.0
"""After so long a start that came to nothing is forgotten."""


def start(settings: Settings) -> None:
    """Start `mplus_cli.serving.warm.background`, unless one is starting already; nothing is said
    where that can't be, for the old way goes on.
    """
    with suppress(OSError):
        mark = mark_of(settings)
        with suppress(FileNotFoundError):
            if time.time() - mark.stat().st_mtime > STARTING_S:
                mark.unlink()
        mark.touch(mode=0o600, exist_ok=False)
        log = os.open(mark.with_suffix(".log"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            _begin(settings, log)
        finally:
            os.close(log)


def mark_of(settings: Settings) -> Path:
    """The file that is there while a server starts."""
    return found.folder(made=True) / f"{found.name_of(settings)}.starting"


def _begin(settings: Settings, log: int) -> None:
    """It is on its own: without a terminal, and in a folder that nobody takes away."""
    apart = (
        {"creationflags": 0x00000008 | 0x00000200}  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP
        if os.name == "nt"
        else {"start_new_session": True}
    )
    subprocess.Popen(
        [sys.executable, "-P", "-m", "mplus_cli.serving.warm.background"],
        env=_environment(settings),
        cwd=found.folder(),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        **apart,
    )


def _environment(settings: Settings) -> dict[str, str]:
    """All settings as variables, so that it needs neither flags nor a config file."""
    model = found.described(settings)["model"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MPLUS_")}
    named = {
        "MEMORY": settings.memory,
        "DEVICE": settings.device,
        "QUANTIZE": settings.quantize,
        "SEED": settings.seed,
        "CACHE": settings.cache,
        "VECTORS": settings.vectors,
        "STATES": settings.states,
        "LOCK_TIMEOUT": settings.lock_timeout_s,
        "CONFIG": os.devnull,
    } | ({} if model is None else {"MODEL": model})
    named_so = {f"MPLUS_{name}": str(value) for name, value in named.items()}
    return kept | named_so | {"PYTHONUTF8": "1"}
