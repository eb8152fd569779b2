"""State files: each named by the SHA-256 of its bytes, so equal states are one file."""

from __future__ import annotations

import hashlib

from store.disk import atomic_write
from store.errors import DamagedError, reason_of
from store.home import Home
from store.kinds import kind_of
from store.kinds.state import State
from store.spec import Spec


def write_state(home: Home, state: State) -> str:
    """Write the state file, unless it is there; gives the SHA-256 that names it."""
    content = state.to_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if not home.state(digest).exists():
        atomic_write(home.state(digest), content)
    return digest


def read_state(home: Home, digest: str, spec: Spec) -> State:
    """The state of a generation that was written for `spec`.

    Raises `DamagedError` where the file is missing or is not what its name says."""
    file = home.state(digest)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DamagedError(f"the state file {file} can't be read: {reason_of(error)}") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise DamagedError(f"the state file {file} is damaged: its content does not match its name")
    return kind_of(spec).parse(content, str(file))
