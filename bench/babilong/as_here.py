"""LM2 as this project has it: rows of each segment let into slots, beside a frozen base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from bench.babilong.arm import Arm, Asking
from bench.babilong.base import PLAIN, Base, padded
from bench.babilong.cache import Cache
from bench.babilong.material import TAUGHT, Material
from mplus_cli.errors import ModelError
from mplus_cli.model.net.lm2.shape import Shape
from store.kinds.cell import SHARPNESS, Cell, Matrix, Numbers
from training.lm2.batches import Batch, Batches
from training.lm2.lens import Lens
from training.lm2.start import module_for
from training.stories import Story
from training.train_lm2 import LEARNING_RATE, MOST_SEGMENTS, SLOTS, Learner, lens_of

_STEPS = 1_000_000  # as finely as a training is divided


@dataclass(frozen=True)
class Slots:
    """Slots of some stories: [B,N,a+m]; how much of each is taken is kept beside them."""

    slots: Tensor

    @property
    def bytes(self) -> int:
        return self.slots.nbytes + self.slots[..., 0].nbytes


class AsHere(Arm[Slots]):
    """What is read is added to what the last block's attention gives, as the product does it. It is
    trained behind that block, without any (training/lm2/lens.py). A memory has twice as many slots
    as while it is trained.
    """

    name = "lm2"
    trained_on = "the module of LM2, beside a frozen base"

    def __init__(self, base: Base, material: Material) -> None:
        super().__init__(base, material)
        hidden = base.network.config.architecture.hidden
        # A lens of any states: what is learned with a real one comes later.
        lens = Lens(base.network, base.llama.embedding, material.texts.often)
        self.module = module_for(lens, Shape(hidden), material.texts.often)
        self._rows = Cache(material.pool, self._rows_of)

    def prepare(self) -> None:
        self.module.reader.sharpness = SHARPNESS
        self._table = self.module.whitened(self.base.llama.embedding).detach()

    def _rows_of(self, texts: Sequence[Sequence[int]]) -> Iterator[Numbers]:
        """What segments write: rows [R,w] of each."""
        texts, ends = zip(*map(self.material.texts.read, texts), strict=True)
        ids, _ = padded(texts)
        places = pad_sequence([torch.tensor(each) for each in ends], True, -1)
        rows = self.module.rows(self._table[ids], places.to(self.base.device)).half().cpu().numpy()
        for each, own in zip(rows, ends, strict=True):
            yield each[: len(own)].reshape(-1, each.shape[-1])

    def written(self, stories: Sequence[Story]) -> Slots:
        rows, shape = self._rows.of(stories), self.module.shape
        every = []
        for story in stories:
            cell = Cell(Matrix.empty(2 * SLOTS, shape.tag + shape.value), shape.tag)
            for number, segment in enumerate(story.segments, 1):
                cell.let_in(rows[segment.ids], number)
            every.append(cell.matrix.slots)
        return Slots(torch.from_numpy(np.stack(every)).to(self.base.device))

    def states(self, memory: Slots, asking: Asking) -> Tensor:
        ids, slots = asking.ids.to(self.base.device), memory.slots[asking.owners]
        places = torch.arange(ids.shape[1], device=ids.device).expand(len(ids), -1)
        said, _ = self.module.read(self._table[ids], places, slots)
        # Before the first write the base is as it is.
        said = said * slots.any(-1).any(-1)[:, None, None]
        last = len(self.base.layers) - 1

        def added(number: int, rows: Tensor) -> Tensor | None:
            return said if number == last else None

        return self.base.through(self.base.embed(ids), asking.own, PLAIN, added=added)[0]


class Trained(AsHere):
    """As `training.train_lm2` trains it, for as long as all others are trained."""

    rate = LEARNING_RATE

    def start(self, folder: Path, seed: int) -> None:
        texts, stories = self.material.texts, self.material.stories
        self._batches = Batches(stories, texts, TAUGHT, _STEPS, MOST_SEGMENTS, seed)
        lens = lens_of(self.base.network, self._batch(0.0), texts.often, folder)
        self.module = module_for(lens, self.module.shape, texts.often)
        self._learner = Learner(lens, self.module)
        self.parameters = self._learner.parameters

    def _batch(self, done: float) -> Batch:
        threads = torch.get_num_threads()
        batch = self._batches[min(int(done * _STEPS), _STEPS - 1)]
        torch.set_num_threads(threads)  # it leaves one, for it is mostly made beside a training
        return batch

    def loss(self, rng: Random, done: float) -> Tensor:
        return self._learner.loss(self._batch(done), done)[0]


class Shipped(AsHere):
    """With the weights of a file."""

    name = "shipped"
    trained_on = "the module of LM2 as it is shipped, beside a frozen base"

    def load(self, weights: Path) -> Shipped:
        """Take the weights over. Raises `ModelError` where they are of another module."""
        try:
            self.module.load_state_dict(load_file(weights, str(self.base.device)))
        except (OSError, RuntimeError, SafetensorError) as error:
            raise ModelError(
                f"{weights} has not what this module is made of",
                "take lm2.safetensors of a model, or of a training",
            ) from error
        return self
