"""The states of generations, each in a file that its name, `State.digest`, tells.

A kind whose states follow from the journal without work keeps none (`Kind.keeps_state_files`). Of
one whose files are derived (not `Kind.sends_state_files`) they may be missing or damaged: then the
state is folded again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any

from store.disk import atomic_write
from store.errors import DamagedError, reason_of
from store.home import Home
from store.index.reader import Index
from store.kinds import State, kind_of
from store.kinds.journal import Entries
from store.records import Generation
from store.segments.chosen import segments_of
from store.spec import Spec


def write_state(home: Home, state: State, spec: Spec) -> str:
    """Write the state file, where the kind keeps any and it is not there whole; gives the digest
    that names the state.
    """
    digest = state.digest
    if kind_of(spec).keeps_state_files and _whole(home, digest, spec) is None:
        atomic_write(home.state(digest), state.to_bytes())
    return digest


def kept_state(home: Home, digest: str, spec: Spec, to_ask: bool = False) -> Any:
    """The state of a name, from its file; of the type of the spec's kind. to_ask: as much of it as
    questions need (`Kind.asked`).

    Raises `DamagedError` where the file is missing or is not what its name says.
    """
    file, kind = home.state(digest), kind_of(spec)
    try:
        if to_ask:
            return kind.asked(file, digest)
        content = file.read_bytes()
    except OSError as error:
        raise DamagedError(f"the state file {file} can't be read: {reason_of(error)}") from error
    return kind.parse(content, str(file), digest)


def read_state(
    home: Home, index: Index, generation: Generation, spec: Spec, to_ask: bool = False
) -> Any:
    """The state of a generation that was written for `spec`, of the type of its kind: from its
    file or from its journal, which must stay in the index meanwhile. to_ask: see `kept_state`.

    Raises `DamagedError` where neither gives it.
    """
    kind = kind_of(spec)
    if kind.keeps_state_files:
        try:
            return kept_state(home, generation.state, spec, to_ask)
        except DamagedError:
            if kind.sends_state_files:
                raise
    return state_of(home, spec, index.entries(generation.id))


def state_of(home: Home, spec: Spec, entries: Entries) -> Any:
    """The state that a journal leads to."""
    kind = kind_of(spec)
    return kind.fold(kind.initial(), entries, segments_of(home, spec))


def nearest_state(
    home: Home, index: Index, spec: Spec, entries: Entries, gone: Collection[int]
) -> Any:
    """The state to fold a journal from that some documents have left: where folding is work, that
    of the last generation before they came, as far as it is kept; else the first one.
    """
    if is_derived(spec):
        since = min((each.since for each in index.journal() if each.document in gone), default=0)
        earlier = (each for each in index.generations() if each.id < since)
        last = next((each for each in earlier if each.identity == spec.identity), None)
        state = _whole(home, last.state, spec) if last else None
        if state is not None and entries.begin_with(state.journal, state.sizes):
            return state
    return kind_of(spec).initial()


class Folding:
    """Journals folded one after the other: one that goes on where the one before ended is not
    folded twice.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._spec: Spec | None = None
        self._state: Any = None

    def go_on_from(self, spec: Spec, state: Any) -> None:
        """Know the state of a journal."""
        self._spec, self._state = spec, state

    def state(self, spec: Spec, entries: Entries) -> Any:
        """The state that a journal leads to. Raises as `Kind.fold` does."""
        kind, state = kind_of(spec), self._state
        if (
            spec != self._spec
            or state is None
            or not entries.begin_with(state.journal, state.sizes)
        ):
            state = kind.initial()
        rest = entries.part(len(state.journal))
        self.go_on_from(spec, kind.fold(state, rest, segments_of(self._home, spec)))
        return self._state


def make_states(
    home: Home,
    journals: Iterable[tuple[str, Spec, Entries]],
    before: tuple[str, Spec] | None = None,
) -> None:
    """Make the derived state files that are missing or damaged, of states by their names.

    One that can't be made, for a segment of it is damaged, is left out: `verify` names that.
    before: a state that they may go on from.
    """
    folding = Folding(home)
    if before is not None and is_derived(before[1]):
        folding.go_on_from(before[1], _whole(home, *before))
    for digest, spec, entries in journals:
        there = _whole(home, digest, spec)
        if there is not None:
            folding.go_on_from(spec, there)
            continue
        with suppress(DamagedError):
            write_state(home, folding.state(spec, entries), spec)


def is_derived(spec: Spec) -> bool:
    """Whether the files of such a memory's states are derived."""
    kind = kind_of(spec)
    return kind.keeps_state_files and not kind.sends_state_files


def mend_states(home: Home, index: Index) -> None:
    """`make_states` for all generations."""
    known = ((each, index.spec(each)) for each in index.generations()[::-1])
    some = ((each, spec) for each, spec in known if is_derived(spec))
    make_states(home, ((each.state, spec, index.entries(each.id)) for each, spec in some))


def _whole(home: Home, digest: str, spec: Spec) -> Any | None:
    """The state of a name, where its file is there and whole."""
    if not home.state(digest).exists():
        return None
    try:
        return kept_state(home, digest, spec)
    except DamagedError:
        return None
