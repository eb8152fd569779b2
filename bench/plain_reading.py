"""How a model best answers from the passages that were found: one at a time, or several at once.

    python -m bench.plain_reading --data FILE --model NAME

Made for chat models without memory parts, which nothing was trained for. All passages of FILE (the
format of training/data.py) go into one memory; each question is asked with the three passages that
are found first, and once more with its own passage left out, which should be declined. Beside the
product's way (`surest`, at several thresholds):

- first: the first passage alone, whatever the model makes of it; right: the one with the answer
- contrasted: a cache for each passage; token by token the best of all passages' best tokens, by
  (1+β)·log p(with) - β·log p(without any) - γ·rank (PCED, arXiv 2601.08670: there γ·log of a
  reranker's score, which a memory has not). Only tokens that are at least a tenth as likely as the
  likeliest count (contrastive decoding, arXiv 2210.15097): else nonsense wins by contrast.
- behind one another: the passages, each written alone, in one context, the best next to the
  question; scaled: their attention with a temperature and a factor on their log-sum (APE, arXiv
  2502.05431).

`--system` tries another system prompt: chunks are written anew behind it.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track
from torch import Tensor

from bench.machine import machine
from mplus_cli.api import Memory
from mplus_cli.engine import Engine
from mplus_cli.kinds.passes import write_alone
from mplus_cli.model.net import layers
from mplus_cli.model.net.attention import attend, capped
from mplus_cli.model.net.cache import Read
from mplus_cli.model.net.network import Network
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.settings import load_settings
from store.kinds.vectors import LayerReading
from training.data import contains, exact, f1, load

ANSWER_TOKENS = 24
FOUND = 3
SEARCHED = 8  # enough to leave out the right passage's chunks
LIKELY = 0.5  # declining, from where on a model declines
SURE = (0.01, 0.03, 0.1, 0.3, 0.5, 0.9)
CONTRASTED = ((0.0, 0.0), (1.0, 0.0), (0.5, 2.5))  # β and γ
PLAUSIBLE = math.log(0.1)
TEMPERATURE, FACTOR = 0.9, 0.9
DRAWS = 2000  # of the bootstrap


@dataclass(frozen=True)
class Asked:
    """A question, and the texts of the passages that are found for it; right: the one of them that
    has the answer.
    """

    question: str
    answers: tuple[str, ...]
    found: tuple[str, ...]
    others: tuple[str, ...]  # found without its own passage
    right: str | None


def asked_of(engine: Engine, file: Path, count: int, seed: int) -> list[Asked]:
    """Questions, in an order drawn by the seed, to one memory of all passages."""
    passages, found = load(file), []
    with (
        tempfile.TemporaryDirectory() as folder,
        Memory(
            Path(folder) / "memory", model=engine.config.name, cache=load_settings({}).cache
        ) as memory,
    ):
        texts = Path(folder) / "texts"
        texts.mkdir()
        for number, passage in enumerate(passages):
            (texts / f"{number:05}.txt").write_text(passage.text, encoding="utf-8")
        memory.inject(texts)
        pairs = [(number, one) for number, each in enumerate(passages) for one in each.questions]
        pairs = [pair for pair in pairs if pair[1].answers]
        for number, one in track(random.Random(seed).sample(pairs, len(pairs))[:count], "search"):
            best = memory.search(one.text, SEARCHED)
            own = [each.text for each in best if Path(each.path).stem == f"{number:05}"]
            others = [each.text for each in best if each.text not in own]
            right = next((text for text in own if contains(text, one.answers)), None)
            texts_found = tuple(each.text for each in best[:FOUND])
            found.append(Asked(one.text, one.answers, texts_found, tuple(others[:FOUND]), right))
    return found


class Reading:
    """A prompt read behind passages: any number of answers may go on from it."""

    def __init__(self, network: Network, read: Read) -> None:
        self._network, (self._cache, logits) = network, read
        self._prompt_tokens = self._cache.tokens
        self._first = logits[-1].float().log_softmax(-1)
        self.following = self._first  # log-probabilities [V] of the next token
        self.answer: str | None = None  # from this alone

    def begin(self) -> None:
        """Anew: what an answer before has left in the cache is written over."""
        self._cache.tokens, self.following = self._prompt_tokens, self._first

    def go_on(self, token: int) -> None:
        self.following = self._network.step(self._cache, token).float().log_softmax(-1)


class Reader:
    """A model that reads passages in any number, each of them written once."""

    def __init__(self, engine: Engine, system: str | None) -> None:
        config, loaded = engine.config, engine.network
        # Room for several passages at once.
        rows = FOUND * config.memory.num_tokens
        self.network, self.tokenizer = loaded, engine.tokenizer
        loaded.config = replace(config, memory=replace(config.memory, num_tokens=rows))
        if system is not None:
            changed = replace(config, answering=replace(config.answering, system=system))
            self.tokenizer = Tokenizer(engine.folder, changed)
            put_prefix(loaded, self.tokenizer.prefix())
        # Without what decodes in 8 bits, where attention can't be scaled.
        parts = (loaded.llama, loaded.retrievers, loaded.prefix_states, None, loaded.quantize)
        self._scalable = Network(loaded.config, *parts)
        self._in_template = config.answering.in_template
        self._system = None if self._in_template else config.answering.system
        self._most = config.memory.num_tokens
        self._declining = self.tokenizer.saying(config.answering.declines)[0]
        self._written: dict[str, Tensor] = {}

    def _kv(self, text: str) -> Tensor:
        """A passage's keys and values [L,n,2·G·e]."""
        if text not in self._written:
            passage = self.tokenizer.passage if self._in_template else self._plainly
            ids = passage(text)[: self._most]
            self._written[text] = write_alone(self.network, [ids], as_kv=True)[0].vectors
        return self._written[text]

    def _plainly(self, text: str) -> list[int]:
        return self.tokenizer.encode(text)[0]

    def read(self, question: str, texts: Sequence[str], scaled: bool = False) -> Reading:
        """The prompt behind passages that stand behind one another."""
        ids, net = self.tokenizer.prompt(question, self._system), self.network.config.architecture
        nothing = torch.empty(net.layers, 0, net.kv_width, dtype=getattr(torch, net.dtype))
        kv = torch.cat([nothing, *map(self._kv, texts)], dim=1)
        numbers, scores = np.arange(kv.shape[1]), torch.zeros(kv.shape[1])

        def memory(layer: int, normed: Tensor) -> LayerReading:
            return LayerReading(numbers, scores, kv[layer, :0], kv[layer])

        network = self._scalable if scaled else self.network
        return Reading(network, network.read(ids, memory, ANSWER_TOKENS))

    @contextmanager
    def scaled(self, texts: Sequence[str]) -> Iterator[None]:
        """Attention with APE's temperature and factor on these passages."""
        before = self.network.prefix_rows
        rows = slice(before, before + sum(self._kv(text).shape[1] for text in texts))
        layers.attend = partial(attend_scaled, rows=rows)  # type: ignore[attr-defined]
        try:
            yield
        finally:
            layers.attend = attend  # type: ignore[attr-defined]

    def doubt(self, reading: Reading) -> float:
        """The probability of declining."""
        reading.begin()
        return float(reading.following[self._declining].exp())

    def answer(
        self,
        readings: Sequence[Reading],
        decline: bool = False,
        without: Reading | None = None,
        beta: float = 0.0,
        gamma: float = 0.0,
    ) -> str:
        """The best tokens of all readings, in their order of rank, contrasted with none."""
        going, tokens = [*readings, *([without] if without else [])], list[int]()
        for reading in going:
            reading.begin()
        while len(tokens) < ANSWER_TOKENS:
            base = without.following if without else None
            scores = [contrasted(each.following, base, beta) for each in readings]
            best = torch.stack([each - gamma * rank for rank, each in enumerate(scores)]).amax(0)
            if not decline and not tokens:
                best[self._declining] = -torch.inf
            token = int(best.argmax())
            if token in self.network.config.special.eos_ids:
                break
            tokens.append(token)
            for each in going:
                each.go_on(token)
        return self.tokenizer.decode(tokens).strip()


def contrasted(with_passage: Tensor, without: Tensor | None, beta: float) -> Tensor:
    """Scores [V] of the next token, from log-probabilities [V]."""
    scores = with_passage if without is None else (1 + beta) * with_passage - beta * without
    return scores.masked_fill(with_passage < with_passage.max() + PLAUSIBLE, -torch.inf)


def attend_scaled(
    queries: Tensor, keys: Tensor, values: Tensor, cap: float, rows: slice
) -> tuple[Tensor, Tensor]:
    """`attend` with the scores s of some rows made s/T + (F-1)·Z, Z = log Σ exp(s/T).

    So their log-sum becomes F·Z, and one softmax mixes them with the others.
    """
    count, total, group = queries.shape[2], keys.shape[2], queries.shape[1] // keys.shape[1]
    scores = capped((queries @ keys.repeat_interleave(group, 1).mT).float(), cap)
    warm = scores[..., rows] / TEMPERATURE
    scores[..., rows] = warm + (FACTOR - 1) * warm.logsumexp(-1, keepdim=True)
    ahead = torch.ones(count, count, dtype=torch.bool).triu(1)
    scores[..., total - count :].masked_fill_(ahead, -torch.inf)
    weights = scores.softmax(-1)
    mixed = weights.to(values.dtype) @ values.repeat_interleave(group, 1)
    return mixed, weights[:, :, -1]


@torch.inference_mode()
def put_prefix(network: Network, ids: Sequence[int]) -> None:
    """Let every chunk stand behind these ids."""
    h, rope, entering = network.embed(ids), network.llama.rope(len(ids)), list[Tensor]()
    for layer in network.layers:
        entering.append(h[0])
        h = layer.through(h, len(ids), rope, "write")
    network.prefix_states = torch.stack(entering)
    network._prefix_kv.clear()


def answers(reader: Reader, asked: Asked) -> dict[str, tuple[str, str]]:
    """By each way: the answer, and the one where its passage was left out ("" where none was
    asked for).
    """
    question, found = asked.question, {}
    readings = {text: reader.read(question, [text]) for text in {*asked.found, *asked.others}}
    there, lost = ([readings[text] for text in texts] for texts in (asked.found, asked.others))
    without = reader.read(question, [])
    found["no passage"] = (reader.answer([without]), "")
    if asked.right:
        found["the right one"] = (reader.answer([reader.read(question, [asked.right])]), "")
    found["first"] = (reader.answer(there[:1]), "")
    for sure in SURE:
        both = (surest(reader, each, sure) for each in (there, lost))
        found[f"one at a time, sure {sure}"] = tuple(both)  # type: ignore[assignment]
    for beta, gamma in CONTRASTED:
        said = reader.answer(there, False, without, beta, gamma)
        found[f"contrasted, beta {beta} gamma {gamma}"] = (said, "")
    order = asked.found[::-1]
    found["behind one another"] = (reader.answer([reader.read(question, order)]), "")
    with reader.scaled(order):
        found["behind one another, scaled"] = (
            reader.answer([reader.read(question, order, True)]),
            "",
        )
    return found


def surest(reader: Reader, readings: Sequence[Reading], sure: float) -> str:
    """As the product reads, where `sure` is the threshold; "" stands for declining."""
    doubts = [reader.doubt(reading) for reading in readings]
    chosen = next((place for place, doubt in enumerate(doubts) if doubt < sure), None)
    chosen = int(np.argmin(doubts)) if chosen is None else chosen
    if doubts[chosen] >= LIKELY:
        return ""
    reading = readings[chosen]
    reading.answer = reader.answer([reading]) if reading.answer is None else reading.answer
    return reading.answer


def summary(asked: Sequence[Asked], all_said: Sequence[dict[str, tuple[str, str]]]) -> Any:
    """Figures of each way; and how its F1 differs from the first passage's alone, question by
    question: mean, and the 95% interval of a bootstrap.
    """
    drawn = np.random.default_rng(0).integers(0, len(asked), (DRAWS, len(asked)))
    figures, first = {}, None
    for way in max(all_said, key=len):
        pairs = [
            (*said.get(way, ("", "")), one.answers)
            for one, said in zip(asked, all_said, strict=True)
        ]
        scores = np.array([f1(text, wanted) if text else 0.0 for text, _, wanted in pairs])
        first = scores if way == "first" else first
        figures[way] = {
            "f1": scores.mean(),
            "exact": np.mean([exact(text, wanted) for text, _, wanted in pairs]),
            "contains": np.mean([contains(text, wanted) for text, _, wanted in pairs]),
        }
        if way.startswith("one at a time"):
            figures[way] |= {
                "declined_wrongly": np.mean([not text for text, _, _ in pairs]),
                "declined_rightly": np.mean([not lost for _, lost, _ in pairs]),
            }
        if first is not None:
            means = (scores - first)[drawn].mean(1)
            low, high = np.quantile(means, [0.025, 0.975])
            figures[way] |= {"beside_first": (scores - first).mean(), "low": low, "high": high}
    return {
        way: {name: round(float(value), 3) for name, value in found.items()}
        for way, found in figures.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="passages with questions")
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--questions", type=int, default=120)
    parser.add_argument("--system", help="another system prompt, of a model without memory parts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = parser.parse_args()
    engine = Engine(load_settings({"model": chosen.model}), None)
    asked = asked_of(engine, chosen.data, chosen.questions, chosen.seed)
    reader = Reader(engine, chosen.system)
    said = [answers(reader, one) for one in track(asked, "questions")]
    found = {
        "machine": machine(),
        "model": chosen.model,
        "system": chosen.system or engine.config.answering.system,
        "questions": len(asked),
        "ways": summary(asked, said),
    }
    print(json.dumps(found, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
