"""The states of generations: each named by the SHA-256 of its bytes, so equal states are one file.

A kind whose states follow from the journal without work keeps no files: `Kind.keeps_state_files`.
"""

from __future__ import annotations

import hashlib

from store.disk import atomic_write
from store.errors import DamagedError, reason_of
from store.home import Home
from store.index.reader import Index
from store.kinds import kind_of
from store.kinds.journal import Entries
from store.kinds.state import State
from store.records import Generation
from store.segments.chosen import segments_of
from store.spec import Spec


def write_state(home: Home, state: State, spec: Spec) -> str:
    """Write the state file, where the kind keeps any and it is not there; gives the SHA-256 that
    names the state.
    """
    content = state.to_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if kind_of(spec).keeps_state_files and not home.state(digest).exists():
        atomic_write(home.state(digest), content)
    return digest


def read_state(home: Home, index: Index, generation: Generation, spec: Spec) -> State:
    """The state of a generation that was written for `spec`, from its file or from its journal,
    which must stay in the index meanwhile.

    Raises `DamagedError` where the file is missing or is not what its name says.
    """
    kind = kind_of(spec)
    if not kind.keeps_state_files:
        return state_of(home, spec, index.entries(generation.id))
    digest, file = generation.state, home.state(generation.state)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DamagedError(f"the state file {file} can't be read: {reason_of(error)}") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise DamagedError(f"the state file {file} is damaged: its content does not match its name")
    return kind.parse(content, str(file))


def state_of(home: Home, spec: Spec, entries: Entries) -> State:
    """The state that a journal leads to."""
    kind = kind_of(spec)
    return kind.fold(kind.initial(), entries, segments_of(home, spec))
