"""The small file by which a command finds a server: for which settings it answers, and where it
listens.
"""

from __future__ import annotations

import json
import os
import stat
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from mplus_cli.settings import Settings
from mplus_cli.version import __version__

Address = str | int
"""A Unix socket's path, or a port of this machine alone."""


class Server(NamedTuple):
    """A server that says it is there; token: what it wants to hear."""

    file: Path
    settings: dict[str, Any]
    address: Address
    token: str
    pid: int


def described(settings: Settings) -> dict[str, Any]:
    """All that an answer depends on but the memory's content: who asks and who answers must agree
    on it.
    """
    model = settings.model
    if model is not None and Path(model).exists():  # a folder, from where this command runs
        model = str(Path(model).absolute())
    return {
        "memory": str(settings.memory),
        "model": model,
        "device": settings.device,
        "quantize": settings.quantize,
        "seed": settings.seed,
        "cache": str(settings.cache),
        "version": __version__,
        "program": str(Path(__file__).parents[2]),
    }


def folder(made: bool = False) -> Path:
    """Where this user's servers are found, mode 0700; made: if it is not there yet, make it.

    Raises `OSError` where it is not there, or others get in.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.name == "nt":
        found = Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "mplus" / "run"
    elif os.path.isdir(runtime):  # noqa: PTH112
        found = Path(runtime) / "mplus"
    else:
        found = Path(os.environ.get("TMPDIR") or "/tmp") / f"mplus-{os.getuid()}"
    if made:
        found.mkdir(mode=0o700, parents=os.name == "nt", exist_ok=True)
    held = found.lstat()
    if os.name != "nt" and (
        not stat.S_ISDIR(held.st_mode) or held.st_uid != os.getuid() or held.st_mode & 0o077
    ):
        raise PermissionError(f"{found} is not this user's alone")
    return found


def name_of(settings: Settings) -> str:
    """What the files of a server for these settings begin with."""
    return f"{zlib.crc32(json.dumps(described(settings)).encode()):08x}"


def find(settings: Settings) -> Server | None:
    """The server for these settings, if one says that it is there."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        file = folder() / f"{name_of(settings)}.json"
        server = Server(file=file, **json.loads(file.read_text(encoding="utf-8")))
        ours = isinstance(server.address, Address) and server.settings == described(settings)
        return server if ours else None
    return None


def publish(server: Server) -> None:
    """Let a server be found."""
    content = {name: value for name, value in server._asdict().items() if name != "file"}
    new = server.file.with_suffix(f".{server.pid}.new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(content), encoding="utf-8")
    new.replace(server.file)


def is_found(server: Server) -> bool:
    """Whether it is this one that is found, and no other that came later."""
    try:
        content = json.loads(server.file.read_text(encoding="utf-8"))
        return bool(content["token"] == server.token)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def withdraw(server: Server) -> None:
    """Let a server be found no more, with what it left."""
    if is_found(server):
        server.file.unlink(missing_ok=True)
    if isinstance(server.address, str):
        Path(server.address).unlink(missing_ok=True)
