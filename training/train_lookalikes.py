"""Train a base's retriever further, against the chunks that a search brings beside the right one.

    python -m training.train_lookalikes --data qa-train.jsonl.gz --dev qa-dev.jsonl.gz --out run/
    [--base NAME]

`train_retriever` tells a question's chunk from others of its batch; a large memory has chunks that
are much more alike. So each question is searched for among all chunks of the data first, by the
retriever that the base has, which is where training begins. Then scores are trained as a search
makes them (docs/design.md, section 3): cosines with keys in 2 bits, tokens weighed by how rare they
are, and what a rank by text adds.

Of a chunk only one key counts for a token of a question: the nearest. Where it stands is looked up
for all questions of `ROUND` steps at once, with the weights of then. So a step projects some twelve
states of a chunk in place of two hundred, and has 32 chunks a question.
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from rich.progress import track
from safetensors.torch import save_file
from torch import Tensor, nn

from mplus_cli.engine import Engine
from store.kinds.chunks import BY_TEXT, CANDIDATES, SAMPLE, find_chunks, weights_of
from store.kinds.joining import RANK_OFFSET
from store.segments.two_bits import levels, rotated, two_bits
from training.base import Recipe, as_program, opened, recipe_of
from training.data import load
from training.packed import Keys
from training.search import Texts
from training.train_retriever import Corpus, Retriever, chosen_for, corpus, found_first

QUESTIONS, STEPS, ROUND, LEARNING_RATE, WARM_UP = 48, 300, 60, 1e-3, 20
CHUNKS, FIRST = 32, 12  # a question's chunks in a step: its own, the first wrong ones, and others
TEMPERATURE, TEXT = 0.024, 0.2  # of the first step, in cosines: of scores; of 1 / (10 + rank)


@dataclass(frozen=True)
class Found:
    """Chunks that a search brings for a question: [S], its own one first, then wrong ones, best
    first; by_text [S]: 1 / (10 + rank by text), or 0.
    """

    question: int
    chunks: Tensor
    by_text: Tensor

    def some(self, rng: random.Random) -> Found:
        first, count = min(FIRST, len(self.chunks) - 1) + 1, len(self.chunks)
        more = rng.sample(range(first, count), min(count - first, CHUNKS - first))
        chosen = torch.tensor([*range(first), *more])
        return Found(self.question, self.chunks[chosen], self.by_text[chosen])


@dataclass(frozen=True)
class Nearest:
    """What was found for a question, which of each chunk's rows have the keys nearest to the
    question's m tokens [S,F,m], and the tokens' weights [F,m].
    """

    found: Found
    rows: Tensor
    weights: Tensor


def searched(engine: Engine, data: Corpus, folder: Path) -> list[Found]:
    """What the base's own retriever and the texts bring for each question among all chunks."""
    memory, texts = Keys(folder, engine, data.chunks).memory, Texts(data.texts)
    retrievers = [retriever for _, retriever in sorted(engine.network.retrievers.items())]
    found = list[Found]()
    for number, own in enumerate(track(data.answers, "searching")):
        by_text = texts.ranked(data.asked[number].text, BY_TEXT)
        ranks = {chunk: rank for rank, chunk in enumerate(by_text, 1)}
        queries = torch.stack(
            [
                retriever.queries(each)
                for retriever, each in zip(retrievers, data.questions[number], strict=True)
            ]
        )
        best = find_chunks(memory, queries, [chunk + 1 for chunk in by_text], CANDIDATES)
        wrong = [each.number - 1 for each in best if data.is_wrong(number, each.number - 1)]
        chunks = [own, *wrong]
        worth = [1 / (RANK_OFFSET + ranks[chunk]) if chunk in ranks else 0.0 for chunk in chunks]
        found.append(Found(number, torch.tensor(chunks), torch.tensor(worth)))
    return found


class Joined(Retriever):
    """A retriever whose scores are those of a search, in shares of a learned temperature."""

    def __init__(self, query: Tensor, key: Tensor, recipe: Recipe) -> None:
        """query, key [F,h,d]: to begin with."""
        nn.Module.__init__(self)
        self._layers = recipe.layers
        self.query, self.key = nn.Parameter(query), nn.Parameter(key)
        self.temperature = nn.Parameter(torch.tensor(TEMPERATURE).log())
        self.text = nn.Parameter(torch.tensor(TEXT / TEMPERATURE))

    def scores(self, nearest: Nearest, data: Corpus) -> Tensor:
        """[S], in temperatures: of the question's own chunk first."""
        places = zip(nearest.found.chunks.tolist(), nearest.rows, strict=True)
        states = torch.stack(
            [
                data.chunks[chunk].gather(1, rows[:, :, None].expand(-1, -1, self.key.shape[-1]))
                for chunk, rows in places
            ]
        )
        keys = F.normalize(states.float() @ self._rotated(self.key), dim=-1)  # [S,F,m,h]
        cosines = (_rounded(keys) * self.queries(data.questions[nearest.found.question])).sum(-1)
        score = (cosines * nearest.weights).sum(-1).mean(-1)
        return score / self.temperature.exp() + self.text * nearest.found.by_text

    def queries(self, question: Tensor) -> Tensor:
        """[F,m,d] -> [F,m,h], of length one."""
        return F.normalize(question.float() @ self._rotated(self.query), dim=-1)

    @torch.no_grad()
    def packed(self, chunk: Tensor) -> Tensor:
        """The keys of a chunk [F,n,d] as they are searched: [F,n,h]."""
        keys = F.normalize(chunk.float() @ self.key.transpose(-1, -2), dim=-1)
        return torch.stack([levels(two_bits(each), each.shape[-1]) for each in keys])

    @torch.no_grad()
    def nearest(self, found: Found, data: Corpus, keys: list[Tensor]) -> Nearest:
        """keys: of all chunks."""
        queries = self.queries(data.questions[found.question]).bfloat16()
        products = [queries @ keys[chunk].transpose(-1, -2) for chunk in found.chunks.tolist()]
        some = keys[:: -(-len(keys) // SAMPLE)]
        best = torch.stack([(queries @ each.transpose(-1, -2)).amax(-1) for each in some], -1)
        return Nearest(
            found,
            torch.stack([each.argmax(-1) for each in products]),
            torch.stack([weights_of(each) for each in best.float()]),
        )

    def _rotated(self, projector: Tensor) -> Tensor:
        """[F,h,d] -> [F,d,h], in the directions that packed keys have."""
        return rotated(projector.transpose(-1, -2).contiguous())


def of_base(engine: Engine, recipe: Recipe) -> Joined:
    """The retriever that a base has."""
    found = [engine.network.retrievers[layer] for layer in recipe.layers]
    query, key = (
        torch.stack([each.weights[0].detach().float() for each in projectors])
        for projectors in ([one.query for one in found], [one.key for one in found])
    )
    return Joined(query, key, recipe)


def _rounded(keys: Tensor) -> Tensor:
    """Rotated keys in two levels and a sign, with the gradients of what was rounded: much as
    `store.segments.two_bits` does it, with the bound that a third of normal numbers are beyond.
    """
    unit = keys.shape[-1] ** -0.5
    sizes = torch.where(keys.abs() > 0.967 * unit, 1.58 * unit, 0.474 * unit)
    return keys + (sizes * keys.sign() - keys).detach()


def train(retriever: Joined, data: Corpus, found: list[Found], seed: int) -> None:
    rng = random.Random(seed)
    optimizer = torch.optim.AdamW(_groups(retriever), betas=(0.9, 0.98), weight_decay=0.0)
    rates = [group["lr"] for group in optimizer.param_groups]
    for step in track(range(STEPS), "look-alikes"):
        if step % ROUND == 0:
            keys = [retriever.packed(chunk) for chunk in data.chunks]
            drawn = rng.sample(found, min(len(found), ROUND * QUESTIONS))
            asked = [retriever.nearest(each.some(rng), data, keys) for each in drawn]
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, (step + 1) / WARM_UP) * (1 - step / STEPS)
        at = step % ROUND * QUESTIONS % len(asked)
        losses = [
            -retriever.scores(each, data).log_softmax(0)[0] for each in asked[at:][:QUESTIONS]
        ]
        torch.stack(losses).mean().backward()
        optimizer.step()
        optimizer.zero_grad()


def _groups(retriever: Joined) -> list[dict[str, Any]]:
    """Queries have any length, and learn as quickly as keys for their size."""
    longer = (retriever.query.detach().norm() / retriever.key.detach().norm()).item()
    rates = {
        retriever.key: 1,
        retriever.query: longer,
        retriever.temperature: 4,
        retriever.text: 20,
    }
    return [{"params": [each], "lr": LEARNING_RATE * rate} for each, rate in rates.items()]


def main() -> None:
    chosen = chosen_for(__doc__)
    engine = opened(chosen.base, chosen.device, chosen.out)
    recipe = recipe_of(engine.config)
    dev, data = (corpus(engine, load(*each), recipe) for each in ([chosen.dev], chosen.data))
    retriever = of_base(engine, recipe)
    print("before, first and among four: {:.3f} {:.3f}".format(*found_first(retriever, dev)))
    with tempfile.TemporaryDirectory() as folder:
        found = searched(engine, data, Path(folder))
    train(retriever, data, found, chosen.seed)
    print("after, first and among four: {:.3f} {:.3f}".format(*found_first(retriever, dev)))
    save_file(retriever.tensors(), chosen.out / "retriever.safetensors")


if __name__ == "__main__":
    as_program(main)
