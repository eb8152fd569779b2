"""How often the passage that answers a question is found first, by keys and by text.

    python -m bench.search --data qa-dev.jsonl.gz --filler qa-train.jsonl.gz --model NAME…

All passages of the data lie in one memory, and behind them passages of `--filler`, in an order
drawn by the seed, until it holds `--tokens`. A question's right passages are the chunks of its own
passage whose text holds one of its answers. The files have the format of training/data.py.

Ranked by text alone (BM25), by keys alone and by both joined, all as `mplus search` does it, with
keys in 2 bits. Nothing is written: a memory's other vectors find nothing, so the network's layers
behind the last one with keys are left out. Beside the shares stand the questions that keys joined
with text gain and lose against text alone, and how likely a fair coin would part them at least as
unevenly (two-sided sign test).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from mplus_cli.chunking.passages import model_chunks
from mplus_cli.engine import Engine
from mplus_cli.kinds.passes import find
from mplus_cli.settings import load_settings
from store.kinds.chunks import BY_TEXT, find_chunks
from training.data import Passage, load
from training.packed import Keys
from training.search import Texts
from training.states import states_of

FIRST = 3  # passages that a question may read


@dataclass(frozen=True)
class Made:
    """A chunk, with the number of its passage."""

    passage: int
    text: str
    ids: tuple[int, ...]


def chunks_of(
    engine: Engine, asked: Sequence[Passage], fillers: Sequence[Passage], least_tokens: int
) -> list[Made]:
    """The chunks of all that is asked about, and of fillers until there are so many tokens."""
    made, tokens = list[Made](), 0
    for number, passage in enumerate([*asked, *fillers]):
        if number >= len(asked) and tokens >= least_tokens:
            break
        for chunk in model_chunks(passage.document(), engine.tokenizer, engine.config.memory):
            made.append(Made(number, chunk.text, chunk.ids))
            tokens += len(chunk.ids)
    return made


def searched(
    engine: Engine, asked: Sequence[Passage], chunks: Sequence[Made], folder: Path
) -> dict[str, list[int]]:
    """Way of searching -> for each question the rank of its first right chunk among the first
    ones; 0 where none of them is right.
    """
    texts = Texts([chunk.text for chunk in chunks])
    layers = sorted(engine.network.retrievers)
    states = states_of(engine.network, [chunk.ids for chunk in chunks], layers, "chunks")
    memory = Keys(folder, engine, states).memory
    ranks: dict[str, list[int]] = {"text": [], "keys": [], "joined": []}
    questions = [(number, one) for number, each in enumerate(asked) for one in each.questions]
    for number, question in track(questions, "searching"):
        right = {
            place
            for place, chunk in enumerate(chunks)
            if chunk.passage == number and any(answer in chunk.text for answer in question.answers)
        }
        queries = find(engine.network, engine.tokenizer.encode(question.text)[0])
        by_text = [place + 1 for place in texts.ranked(question.text, BY_TEXT)]
        found = {"text": by_text[:FIRST]}
        beside = {"keys": list[int](), "joined": by_text}
        for way, numbers in beside.items():
            best = find_chunks(memory, queries, numbers, FIRST)
            found[way] = [chunk.number for chunk in best]
        for way, numbers in found.items():
            places = [rank for rank, each in enumerate(numbers, 1) if each - 1 in right]
            ranks[way].append(min(places, default=0))
    return ranks


def summary(ranks: dict[str, list[int]]) -> dict[str, Any]:
    """Shares of questions, and joined search against text alone, question by question."""
    shares = {
        way: {
            "first": round(statistics.mean(rank == 1 for rank in each), 3),
            f"among_{FIRST}": round(statistics.mean(rank > 0 for rank in each), 3),
        }
        for way, each in ranks.items()
    }
    pairs = [
        (joined == 1, text == 1)
        for joined, text in zip(ranks["joined"], ranks["text"], strict=True)
    ]
    gained, lost = pairs.count((True, False)), pairs.count((False, True))
    return {**shares, "gained": gained, "lost": lost, "p": round(sign_test(gained, lost), 4)}


def sign_test(gained: int, lost: int) -> float:
    """How likely a fair coin parts so many questions at least so unevenly, in either direction."""
    count, least = gained + lost, min(gained, lost)
    tail: float = sum(math.comb(count, number) for number in range(least + 1)) / 2**count
    return min(1.0, 2 * tail)


def measured(name: str, chosen: argparse.Namespace) -> dict[str, Any]:
    engine = Engine(load_settings({"model": name}), None)
    asked, fillers = load(chosen.data), load(chosen.filler) if chosen.filler else []
    random.Random(chosen.seed).shuffle(fillers)
    chunks = chunks_of(engine, asked, fillers, chosen.tokens)
    counts = {
        "questions": sum(len(passage.questions) for passage in asked),
        "chunks": len(chunks),
        "tokens": sum(len(chunk.ids) for chunk in chunks),
    }
    with tempfile.TemporaryDirectory() as folder:
        return counts | summary(searched(engine, asked, chunks, Path(folder)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="passages with questions")
    parser.add_argument("--filler", type=Path, help="more passages, that nothing is asked about")
    parser.add_argument("--tokens", type=int, default=160_000, help="that the memory holds then")
    parser.add_argument("--seed", type=int, default=0, help="of the fillers' order")
    parser.add_argument("--model", nargs="+", default=["smollm2"])
    chosen = parser.parse_args()
    print(json.dumps({name: measured(name, chosen) for name in chosen.model}, indent=1))


if __name__ == "__main__":
    main()
