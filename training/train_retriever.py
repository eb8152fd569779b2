"""Train the retriever of a base: which chunks a question is about.

    python -m training.train_retriever --data qa-train.jsonl.gz --dev qa-dev.jsonl.gz --out run/
    [--base NAME]

A chunk's score is the mean over the question's tokens of the best product with one of the chunk's
keys, over the retrieval layers (late interaction). The network is frozen and its states are
computed once: minutes, not hours.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from rich.progress import track
from safetensors.torch import save_file
from torch import Tensor, nn

from mplus_cli.chunking.passages import model_chunks
from mplus_cli.engine import Engine
from training.base import Recipe, as_program, base_options, opened, recipe_of
from training.data import Passage, Question, load
from training.search import Texts
from training.states import states_of

QUESTIONS, MORE_CHUNKS, STEPS, LEARNING_RATE, WARM_UP = 64, 32, 400, 4e-3, 10
NEAR = 10  # wrong chunks that a search by text brings for a question; one of them is in its batch
TEMPERATURE = 0.02  # of the first step: queries are 1/TEMPERATURE long on average


@dataclass
class Corpus:
    """Normed states of chunks and questions at the retrieval layers, and which chunk answers which
    question.

    chunks: per chunk [F,n,d]; questions: per question [F,m,d]; answers: number of a chunk per
    question; near: per question the chunks without its answer that a search by text ranks highest
    (`find_near`); texts of chunks; asked: the questions.
    """

    chunks: list[Tensor]
    questions: list[Tensor]
    answers: list[int]
    near: list[list[int]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)

    def is_wrong(self, question: int, chunk: int) -> bool:
        """Whether no answer to a question stands in a chunk."""
        return not any(answer in self.texts[chunk] for answer in self.asked[question].answers)


class Retriever(nn.Module):
    """Projectors of queries and keys [F,h,d], both starting as the main directions of the
    states.
    """

    def __init__(self, data: Corpus, recipe: Recipe, device: torch.device) -> None:
        super().__init__()
        self._layers = recipe.layers
        start = main_directions(data.chunks, recipe.width, device)
        asked = torch.cat(data.questions[::50], 1).to(device).float()
        length = (asked @ start.transpose(-1, -2)).norm(dim=-1).mean(1)
        self.key = nn.Parameter(start)
        self.query = nn.Parameter(start / (TEMPERATURE * length)[:, None, None])

    def forward(self, questions: list[Tensor], chunks: list[Tensor]) -> Tensor:
        """Scores of chunks [F,n,d] for questions [F,m,d]: [questions, chunks].

        Keys have length one; how long a query is says how much its token counts.
        """
        asked, read = (torch.cat(each, 1).to(self.key.device) for each in (questions, chunks))
        queries = asked.float() @ self.query.transpose(-1, -2)
        keys = F.normalize(read.float() @ self.key.transpose(-1, -2), dim=-1)
        products = queries.bfloat16() @ keys.bfloat16().transpose(-1, -2)
        best = [part.amax(-1) for part in products.split([chunk.shape[1] for chunk in chunks], -1)]
        tokens = (
            torch.stack(best, -1).float().split([question.shape[1] for question in questions], 1)
        )
        return torch.stack([each.mean((0, 1)) for each in tokens])

    def tensors(self) -> dict[str, Tensor]:
        """The projectors under their published names."""
        return {
            f"model.layers.{layer}.self_attn.{name}_proj.weight": getattr(self, name)[place]
            .detach()
            .contiguous()
            for place, layer in enumerate(self._layers)
            for name in ("query", "key")
        }


def corpus(engine: Engine, passages: list[Passage], recipe: Recipe) -> Corpus:
    """States of all passages and their questions."""
    made = Corpus([], [], [])
    ids: list[tuple[int, ...]] = []
    for passage in passages:
        chunks = model_chunks(passage.document(), engine.tokenizer, engine.config.memory)
        for question in passage.questions:
            places = [
                at
                for at, chunk in enumerate(chunks)
                if question.answers and question.answers[0] in chunk.text
            ]
            if places:
                made.answers.append(len(ids) + places[0])
                made.asked.append(question)
        ids += [chunk.ids for chunk in chunks]
        made.texts += [chunk.text for chunk in chunks]
    questions = [engine.tokenizer.encode(question.text)[0] for question in made.asked]
    made.chunks = states_of(engine.network, ids, recipe.layers, "chunks")
    made.questions = states_of(engine.network, questions, recipe.layers, "questions")
    return made


def find_near(data: Corpus) -> None:
    search = Texts(data.texts)
    for number, question in enumerate(track(data.asked, "searching")):
        found = search.ranked(question.text, 2 * NEAR)
        data.near.append([each for each in found if data.is_wrong(number, each)][:NEAR])


def main_directions(chunks: list[Tensor], width: int, device: torch.device) -> Tensor:
    """The `width` strongest directions of the states: [F,h,d]."""
    sample = torch.cat(chunks[:: max(1, len(chunks) // 400)], 1).to(device).float()
    directions: Tensor = torch.linalg.svd(sample, full_matrices=False).Vh[:, :width]
    return directions


def train(data: Corpus, recipe: Recipe, device: torch.device, seed: int) -> Retriever:
    """Each question's own chunk against the others of its batch, near ones of each, and some
    more.
    """
    rng = random.Random(seed)
    retriever = Retriever(data, recipe, device)
    optimizer = torch.optim.AdamW(retriever.parameters(), lr=LEARNING_RATE, weight_decay=0.0)
    for step in track(range(STEPS), "retriever"):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / WARM_UP) * (1 - step / STEPS)
        chosen = rng.sample(range(len(data.questions)), min(QUESTIONS, len(data.questions)))
        more = rng.sample(range(len(data.chunks)), min(MORE_CHUNKS, len(data.chunks)))
        near = [rng.choice(data.near[number]) for number in chosen if data.near[number]]
        chunks = sorted({data.answers[number] for number in chosen} | set(more) | set(near))
        rows = retriever(
            [data.questions[number] for number in chosen],
            [data.chunks[number] for number in chunks],
        )
        target = torch.tensor([chunks.index(data.answers[number]) for number in chosen]).to(device)
        F.cross_entropy(rows, target).backward()
        optimizer.step()
        optimizer.zero_grad()
    return retriever


@torch.no_grad()
def found_first(retriever: Retriever, data: Corpus) -> tuple[float, float]:
    """Share of questions whose chunk comes first of all, and among the first four."""
    parts = [data.chunks[at : at + MORE_CHUNKS] for at in range(0, len(data.chunks), MORE_CHUNKS)]
    scores = torch.cat([retriever(data.questions, part) for part in parts], 1)
    right = torch.tensor(data.answers, device=scores.device)[:, None]
    ranks = (scores > scores.gather(1, right)).sum(1)
    return float((ranks == 0).float().mean()), float((ranks < 4).float().mean())


def chosen_for(about: str) -> argparse.Namespace:
    """What was chosen for a program that trains a retriever; its docstring begins with what it
    does.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="questions (format: training/data.py)"
    )
    parser.add_argument("--dev", type=Path, required=True, help="questions to measure on")
    parser.add_argument("--out", type=Path, required=True, help="folder for retriever.safetensors")
    parser.add_argument("--seed", type=int, default=0)
    base_options(parser)
    return parser.parse_args()


def main() -> None:
    chosen = chosen_for(__doc__)
    torch.manual_seed(chosen.seed)
    engine = opened(chosen.base, chosen.device, chosen.out)
    recipe, device = recipe_of(engine.config), engine.network.device
    dev = corpus(engine, load(chosen.dev), recipe)
    data = corpus(engine, load(*chosen.data), recipe)
    find_near(data)
    before = found_first(Retriever(data, recipe, device), dev)
    print("before, first and among four: {:.3f} {:.3f}".format(*before))
    retriever = train(data, recipe, device, chosen.seed)
    print("after, first and among four: {:.3f} {:.3f}".format(*found_first(retriever, dev)))
    save_file(retriever.tensors(), chosen.out / "retriever.safetensors")


if __name__ == "__main__":
    as_program(main)
