"""Random sequences of commands on three memories and one repository: in the end all have one state,
nothing is lost that nobody forgot, and nothing is back that somebody forgot.
"""

import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.change import change
from store.collect import collect, garbage
from store.errors import PushedFirstError
from store.home import Home
from store.index.reader import Index
from store.repository.layout import identity_of
from store.spec import Spec
from tests.store.made import LEAN, SLOTS, SPEC, add, findings, forget
from tests.store.repository.kept import Kept, agreed, digest, paths, pull, push, quiet
from tests.store.snapshots import fill
from tests.visits import examples

NAMES = ("ours", "theirs", "third")
COMMANDS = st.sampled_from(["inject", "inject", "forget", "rollback", "gc", "push", "pull", "sync"])
Steps = list[tuple[str, int, int]]


def chunks(document: int) -> tuple[int, ...]:
    return (6,) * (document % 3) + (1 + document % 5,)


@dataclass
class Team:
    """Memories and what should become of documents. Each is injected once, and those that came
    back by a rollback are of no account.
    """

    folder: Path
    spec: Spec
    kept: Kept = field(default_factory=Kept)
    injected: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    rolled: set[str] = field(default_factory=set)

    def do(self, command: str, who: int, number: int) -> None:
        memory = self.folder / NAMES[who % len(NAMES)]
        if not memory.exists():
            if command != "inject" and not self.kept.objects:
                return
            if command != "inject":
                pull(memory, self.kept)
        getattr(self, f"_{command}")(memory, number)

    def _inject(self, memory: Path, number: int) -> None:
        document = len(self.injected) + 1
        self.injected.add(str(document))
        with change(memory, "inject", 1, create=self.spec) as opened:
            add(opened, document, chunks(document))
            opened.commit()

    def _forget(self, memory: Path, number: int) -> None:
        held = paths(memory)
        if held:
            document = held[number % len(held)]
            with change(memory, "forget", 1) as opened:
                forget(opened, int(document))
                opened.commit()
            self.forgotten.add(document)

    def _rollback(self, memory: Path, number: int) -> None:
        before = set(paths(memory))
        with change(memory, "rollback", 1) as opened:
            generations = opened.index.generations()
            opened.roll_back(generations[number % len(generations)])
            opened.commit()
        self.rolled |= before.symmetric_difference(paths(memory))

    def _gc(self, memory: Path, number: int) -> None:
        with change(memory, "gc", 1, alone=True) as opened:
            collect(opened, garbage(opened.home, opened.index, 1 + number % 2), quiet)

    def _push(self, memory: Path, number: int) -> None:
        try:
            push(memory, self.kept)
        except PushedFirstError:
            assert self.kept.objects

    def _pull(self, memory: Path, number: int) -> None:
        if self.kept.objects:
            pull(memory, self.kept)

    def _sync(self, memory: Path, number: int) -> None:
        self._pull(memory, number)
        push(memory, self.kept)


@settings(
    max_examples=examples(10),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(COMMANDS, st.integers(0, 2), st.integers(0, 8)), min_size=4, max_size=14
    ),
    spec=st.sampled_from([SPEC, LEAN, SLOTS]),
)
def test_all_agree_in_the_end(steps: Steps, spec: Spec) -> None:
    with tempfile.TemporaryDirectory() as folder:
        team = Team(Path(folder), spec)
        team.do("inject", 0, 0)
        for step in steps:
            team.do(*step)
        memories = [team.folder / name for name in NAMES if (team.folder / name).exists()]
        if not team.kept.objects:
            push(memories[0], team.kept)
        agreed(*memories, kept=team.kept, rounds=2)
        assert len({digest(memory) for memory in memories}) == 1
        held = set(paths(memories[0]))
        assert len(held) == len(paths(memories[0]))
        assert held - team.rolled == team.injected - team.forgotten - team.rolled
        for memory in memories:
            assert findings(memory) == []
        fresh = team.folder / "fresh"
        pull(fresh, team.kept)
        assert digest(fresh) == digest(memories[0])
        assert findings(fresh) == []


def test_an_older_push_leaves_what_a_newer_one_has_noted(tmp_path: Path) -> None:
    """One memory pushes while it grows and pushes once more."""
    ours, kept = tmp_path / "ours", Kept()
    fill(ours, 1, spec=LEAN)

    def watch(what: str, name: str) -> None:
        if what == "names" and "generations/0000000001" in kept.objects:
            kept.watch = lambda what, name: None
            fill(ours, 2, spec=LEAN)
            push(ours, Kept(kept.objects))

    kept.watch = watch
    push(ours, kept)
    repository = identity_of(kept)
    assert repository is not None
    with closing(Index.open(Home(ours))) as index:
        common = index.common(repository)
    assert common is not None
    assert common.number == common.local == 2
