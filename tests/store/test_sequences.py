"""Random sequences of commands, against a list of what the memory should hold."""

import io
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.change import change
from store.collect import collect, erase, garbage
from store.home import Home
from store.index.reader import Index
from store.kinds import kind_of
from store.snapshots.export import export
from store.snapshots.restore import import_snapshot
from store.spec import Spec
from tests.store.made import LEAN, SLOTS, SPEC, add, findings
from tests.visits import examples

COMMANDS = st.sampled_from(
    ["inject", "forget", "erase", "rollback", "tag", "gc", "carry over", "merge"]
)
Steps = list[tuple[str, int]]


def quiet(done: int, of: int) -> None:
    """No progress is shown."""


def chunks(document: int) -> tuple[int, ...]:
    return (6,) * (document % 3) + (1 + document % 5,)


@dataclass
class Model:
    """What the memory should hold: document numbers in journal order, for every generation that is
    kept.
    """

    generations: dict[int, tuple[int, ...]] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)

    @property
    def now(self) -> tuple[int, ...]:
        return self.generations[max(self.generations)] if self.generations else ()

    def commit(self, documents: tuple[int, ...]) -> None:
        self.generations[max(self.generations, default=0) + 1] = documents

    def keep(self, kept: set[int]) -> None:
        self.generations = {
            number: held for number, held in self.generations.items() if number in kept
        }
        self.tags = {name: number for name, number in self.tags.items() if number in kept}


class Lived:
    """A memory and its model, going through the same commands."""

    def __init__(self, folder: Path, spec: Spec) -> None:
        self.path, self.model, self._folder, self._moves = folder / "memory-0", Model(), folder, 0
        self.spec = spec
        with change(self.path, "new", 1, create=spec):
            pass

    def do(self, command: str, number: int) -> None:
        getattr(self, f"_{command.replace(' ', '_')}")(number)

    def _inject(self, number: int) -> None:
        if str(number) in map(str, self.model.now):
            return
        with change(self.path, "inject", 1) as opened:
            add(opened, number, chunks(number))
            opened.commit()
        self.model.commit((*self.model.now, number))

    def _forget(self, number: int) -> None:
        if self.model.now:
            self._remove(self.model.now[number % len(self.model.now)])

    def _remove(self, document: int) -> None:
        with change(self.path, "forget", 1) as opened:
            opened.remove(next(row for row in opened.documents if row.path == str(document)))
            opened.commit()
        self.model.commit(tuple(each for each in self.model.now if each != document))

    def _erase(self, number: int) -> None:
        ever = sorted({each for held in self.model.generations.values() for each in held})
        if not ever:
            return
        document = ever[number % len(ever)]
        if document in self.model.now:
            self._remove(document)
        with change(self.path, "forget", 1, alone=True) as opened:
            erase(
                opened,
                [row for row in opened.index.all_documents() if row.path == str(document)],
                quiet,
            )
        self.model.keep(
            {each for each, held in self.model.generations.items() if document not in held}
        )

    def _rollback(self, number: int) -> None:
        if not self.model.generations:
            return
        goal = sorted(self.model.generations)[number % len(self.model.generations)]
        with change(self.path, "rollback", 1) as opened:
            found = opened.index.generation(goal)
            assert found is not None
            opened.roll_back(found)
            if opened.commit():
                self.model.commit(self.model.generations[goal])
        assert self.model.now == self.model.generations[goal]

    def _tag(self, number: int) -> None:
        if not self.model.generations:
            return
        goal = sorted(self.model.generations)[number % len(self.model.generations)]
        with change(self.path, "tag", 1) as opened:
            opened.index.set_tag(f"tag-{number % 2}", goal)
        self.model.tags[f"tag-{number % 2}"] = goal

    def _gc(self, number: int) -> None:
        keep = 1 + number % 3
        with change(self.path, "gc", 1, alone=True) as opened:
            collect(opened, garbage(opened.home, opened.index, keep), quiet)
            assert garbage(opened.home, opened.index, keep).files == []
        self.model.keep({*sorted(self.model.generations)[-keep:], *self.model.tags.values()})

    def _carry_over(self, number: int) -> None:
        """To another machine, and on from there."""
        if self.model.generations:
            self._import(self._next_path())

    def _merge(self, number: int) -> None:
        """Into a memory that holds another document and maybe one of these."""
        if not self.model.generations:
            return
        other = self._next_path()
        held = (
            100 + self._moves,
            number,
        )  # one that no memory of this test has, so that histories differ
        for document in held:
            with change(other, "inject", 1, create=self.spec) as opened:
                add(opened, document, chunks(document))
                opened.commit()
        self._import(other)
        new = tuple(each for each in self.model.now if each not in held)
        self.model = Model({1: held[:1], 2: held})
        if new:
            self.model.commit(held + new)

    def _next_path(self) -> Path:
        self._moves += 1
        return self._folder / f"memory-{self._moves}"

    def _import(self, target: Path) -> None:
        out = io.BytesIO()
        export(Home(self.path), out, None, True, quiet)
        import_snapshot(target, io.BytesIO(out.getvalue()), 1, quiet)
        self.path = target


@settings(
    max_examples=examples(30),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(st.tuples(COMMANDS, st.integers(0, 8)), min_size=3, max_size=10),
    spec=st.sampled_from([SPEC, LEAN, SLOTS]),
)
def test_a_memory_holds_what_its_history_says(steps: Steps, spec: Spec) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lived = Lived(Path(folder), spec)
        for command, number in steps:
            lived.do(command, number)
        check(lived.path, lived.model, spec)


def check(path: Path, model: Model, spec: Spec) -> None:
    home = Home(path)
    index = Index.open(home)
    found = {
        each.id: tuple(int(row.path) for row in index.documents(each.id))
        for each in reversed(index.generations())
    }
    assert found == model.generations
    assert index.tags() == model.tags
    for number, documents in model.generations.items():
        entries = index.entries(number)
        assert entries.sizes.tolist() == [
            size for document in documents for size in chunks(document)
        ]
        generation = index.generation(number)
        assert generation is not None
        assert kind_of(spec).told(entries)[0] == generation.state
    index.close()
    assert findings(path) == []
