"""The default kind of memory as it is shipped: whole chunks, found and read one at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.babilong.arm import ANSWER_TOKENS, Arm
from bench.babilong.material import Material
from bench.retention_memory import Asked, Bench
from mplus_cli.engine import Engine, once
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.load import load
from training.data import Question
from training.stories import Story


class InFloat32(Engine):
    """The product's, which computes as all memories here do: a CPU without bfloat16 is eight times
    slower with it.
    """

    @once
    def network(self) -> Network:
        return load(self.folder, self.device, dtype="float32")


class Folders:
    """A memory of the product for each story, of which it is the one document."""

    def __init__(self, engine: Engine, stories: Sequence[Story]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name)
        self.benches = [Bench(engine, path / str(number)) for number in range(len(stories))]
        self.told = [bool(story.segments) for story in stories]
        for bench, story in zip(self.benches, stories, strict=True):
            if story.segments:
                bench.add([("story.txt", " ".join(each.text for each in story.segments))])

    @property
    def bytes(self) -> int:
        files = Path(self._folder.name).rglob("*")
        return sum(each.stat().st_size for each in files if each.is_file())


class WholeChunks(Arm[Folders]):
    """What `mplus inject` and `mplus ask` do; where nothing is injected the plain base answers."""

    name = "chunks"
    trained_on = "nothing of stories: the default model as it is shipped"

    def __init__(self, engine: Engine, material: Material) -> None:
        self._engine, self.material, self.parameters = engine, material, {}

    def written(self, stories: Sequence[Story]) -> Folders:
        return Folders(self._engine, stories)

    def answers(
        self, memory: Folders, owners: Sequence[int], questions: Sequence[str]
    ) -> list[str]:
        said = []
        for owner, question in zip(owners, questions, strict=True):
            bench, asked = memory.benches[owner], Asked(Question(question, ()), None)
            told = memory.told[owner]
            said.append(bench.ours(asked, ANSWER_TOKENS).text if told else bench.without(asked))
        return said
