"""How fast the default model injects and answers, against transformers with the same base on the same text.

    python bench/speed.py [--tokens 6000] [--answer 64] [--json FILE]

Both sides run in this process, one after the other and in turns, so that the ratios hold on a noisy machine.
Injecting is measured from a file to the committed generation, against the bare forward pass of the same chunks.
Asking is measured with a memory of `--tokens` tokens, against `generate` with as many tokens in its context as the
memory gave vectors.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from mplus_cli import answer, ingest
from mplus_cli.engine import Engine
from mplus_cli.inputs import from_file
from mplus_cli.plan import Request
from mplus_cli.readers.files import Found
from mplus_cli.settings import load_settings
from store.change import change
from store.home import Home

QUESTION = "What does an update drop, and where does it go?"
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=6000, help="tokens to inject")
    parser.add_argument("--answer", type=int, default=64, help="tokens to decode")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = parser.parse_args()
    engine = Engine(load_settings({"model": "smollm2"}), None)
    text = corpus(engine, chosen.tokens)
    plain = transformers_model(engine)
    with tempfile.TemporaryDirectory() as folder:
        found = {"machine": machine(), **measure(engine, plain, text, Path(folder), chosen.answer)}
    print(json.dumps(found, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n")


def machine() -> dict[str, Any]:
    return {
        "cpu": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def corpus(engine: Engine, tokens: int) -> str:
    """The project's own pages, as often as it takes, each time told apart by a number."""
    pages = [path.read_text() for path in sorted(Path(__file__).parent.parent.glob("docs/*.md"))]
    text, number = "", 0
    while len(engine.tokenizer.encode(text)[0]) < tokens:
        text += f"\n\nCopy {number}.\n\n{pages[number % len(pages)]}"
        number += 1
    offsets = engine.tokenizer.encode(text)[1]
    return text[: offsets[tokens - 1][1]]


def transformers_model(engine: Engine) -> Any:
    """The same base in transformers, in the same type, from the prepared weights."""
    from tests.test_default_model import plain_llama

    return plain_llama(engine.folder).to(torch.bfloat16)


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def measure(engine: Engine, plain: Any, text: str, folder: Path, answer_tokens: int) -> dict[str, Any]:
    file = folder / "text.md"
    file.write_text(text)
    ids = engine.tokenizer.encode(text)[0]
    engine.network.write_alone([ids[:256]], True)  # the first use maps the weights
    forward(plain, ids[:256])
    ours, theirs = [], []
    for turn in range(ROUNDS):
        ours.append(timed(lambda turn=turn: inject(engine, file, folder / f"memory-{turn}"))[0])
        theirs.append(timed(lambda: [forward(plain, ids[at : at + 256]) for at in range(0, len(ids), 256)])[0])
    asked = [ask(engine, folder / "memory-0", answer_tokens) for _ in range(ROUNDS)]
    rows = asked[0].usage["memory_vectors"]
    context = [1, *ids[:rows], *answer.prompt_ids(QUESTION, engine, answer.Options())]
    generated = [generate(plain, context, answer_tokens) for _ in range(ROUNDS)]
    return {
        "inject": {
            "tokens": len(ids),
            "tokens_per_s": round(len(ids) / min(ours)),
            "forward_tokens_per_s": round(len(ids) / min(theirs)),
            "ratio": round(statistics.median(theirs) / statistics.median(ours), 2),
        },
        "ask": {
            "memory_vectors": rows,
            "first_token_ms": round(min(one.timings_ms["read"] for one in asked)),
            "tokens_per_s": round(
                max(one.usage["answer_tokens"] / one.timings_ms["decode"] for one in asked) * 1000, 1
            ),
            "sources_share_of_time": round(
                max(one.timings_ms["sources"] / sum(one.timings_ms.values()) for one in asked), 4
            ),
        },
        "transformers_with_the_text_in_context": {
            "context_tokens": len(context),
            "first_token_ms": round(min(first for first, _ in generated) * 1000),
            "tokens_per_s": round(max(rate for _, rate in generated), 1),
        },
    }


def inject(engine: Engine, file: Path, memory: Path) -> None:
    with change(memory, "bench", 1, create=engine.spec) as opened:
        for _ in ingest.inject(Request([from_file(Found(file, named=True))]), engine, opened):
            pass


def ask(engine: Engine, memory: Path, tokens: int) -> answer.Answer:
    pieces = answer.answer(QUESTION, engine, Home(memory), answer.Options(max_tokens=tokens))
    return next(piece for piece in pieces if isinstance(piece, answer.Answer))


@torch.inference_mode()
def forward(plain: Any, ids: list[int]) -> None:
    plain.model(torch.tensor([ids]))


@torch.inference_mode()
def generate(plain: Any, context: list[int], tokens: int) -> tuple[float, float]:
    """Seconds to the first token, and tokens per second after it."""
    first, _ = timed(lambda: plain.generate(torch.tensor([context]), max_new_tokens=1, do_sample=False))
    whole, out = timed(
        lambda: plain.generate(torch.tensor([context]), max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False)
    )
    return first, (out.shape[1] - len(context) - 1) / (whole - first)


if __name__ == "__main__":
    main()
