"""How fast the default model writes and answers, against its base in transformers and against the
machine's limits.

    python -m bench.speed [--threads N] [--rounds 5] [--neighbours N] [--json FILE] [--picture FILE]

Ours and theirs take turns in one process with the same number of threads; a ratio is the median of
the rounds' own ratios, so a machine that is busy for a while disturbs both. Injecting runs from
files to a committed generation and is compared with the bare forward pass (no logits) over the same
tokens. Answering is compared with `generate` with as many chunks of text in its context as a
question reads at most, and reads all of these, one at a time, as if it were sure of none. Every
ratio says how many times as fast as transformers we are.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence

from bench.limits import FORMS, GEMM_ROWS, Base, arithmetic, bandwidth
from bench.machine import LOCK_TIMEOUT_S, ROOT, keep, machine, neighbours, timed, timing_options
from bench.plain import plain_llama
from mplus_cli.asking.answer import Asker
from mplus_cli.asking.how import Asking
from mplus_cli.asking.prompts import prompt_ids
from mplus_cli.engine import Engine
from mplus_cli.injecting import ingest
from mplus_cli.injecting.events import DocumentDone
from mplus_cli.injecting.plan import Request
from mplus_cli.inputs.names import from_file
from mplus_cli.model.net.network import Network
from mplus_cli.results.answers import Answer
from mplus_cli.settings import load_settings
from store.change import change
from store.home import Home

QUESTION = "What does an update drop, and where does it go?"
CHUNK = 256
ROWS_TOGETHER = 1024
NOTES, NOTE_TOKENS = 100, 60
Figures = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=6500, help="tokens to inject")
    parser.add_argument("--answer", type=int, default=64, help="tokens to decode")
    parser.add_argument("--threads", type=int, help="threads for both sides (torch's own choice)")
    timing_options(parser, 5)
    parser.add_argument("--picture", type=Path, help="draw them there (needs matplotlib)")
    chosen = parser.parse_args()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    with tempfile.TemporaryDirectory() as folder, neighbours(chosen.neighbours):
        found = measure(Bench(Path(folder), chosen.tokens, chosen.answer, chosen.rounds))
    keep(found, chosen.json)
    table(found)
    if chosen.picture:
        picture(found, chosen.picture)


class Configured(Engine):
    """The default model; no token ends its answers, and it is sure of none."""

    def __init__(self) -> None:
        super().__init__(load_settings({"model": "smollm2"}), None)
        config = self.config
        self.config = replace(
            config,
            special=replace(config.special, eos_ids=()),
            answering=replace(config.answering, sure=0.0),
        )

    @cached_property
    def network(self) -> Network:
        network = super().network
        network.config = self.config
        return network


@dataclass(frozen=True)
class Bench:
    folder: Path
    tokens: int
    answer_tokens: int
    rounds: int


def measure(bench: Bench) -> Figures:
    described = machine()
    engine = Configured()
    plain = plain_llama(engine.folder)
    base = Base.of(plain)
    limits = {"bytes_per_s": bandwidth(), "operations_per_s": arithmetic(plain)}
    text = corpus(engine, bench.tokens)
    ids = engine.tokenizer.encode(text)[0]
    (bench.folder / "text.txt").write_text(text)
    chunks = [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)]
    inject = injecting(bench, engine, plain, [bench.folder / "text.txt"], chunks)
    files = notes(engine, text, bench.folder / "notes")
    many = injecting(
        bench,
        engine,
        plain,
        files,
        [engine.tokenizer.encode(file.read_text())[0] for file in files],
    )
    most = limits["operations_per_s"] / base.writing_operations
    for row in (inject, many):
        row["limit_tokens_per_s"] = round(most)
        row |= {
            f"{who}share_of_limit": round(row[f"{who}tokens_per_s"] / most, 3)
            for who in ("", *BARE)
        }
    return {
        "machine": described,
        "rounds": bench.rounds,
        "limits": {
            "memory_gb_per_s": round(limits["bytes_per_s"] / 1e9, 1),
            "bf16_gflop_per_s": round(limits["operations_per_s"] / 1e9),
            "gemm_rows": GEMM_ROWS,
        },
        "inject_one_document": inject,
        f"inject_{NOTES}_notes": many,
        "ask": answering(bench, engine, plain, ids, base, limits["bytes_per_s"]),
        "disk": disk(engine, bench.folder / "memory-text", inject["tokens"]),
    }


def corpus(engine: Engine, tokens: int) -> str:
    """The project's own pages, as often as it takes, each time told apart by a number."""
    pages = [path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))]
    text, number = "", 0
    while len(engine.tokenizer.encode(text)[0]) < tokens:
        text += f"\n\nCopy {number}.\n\n{pages[number % len(pages)]}"
        number += 1
    offsets = engine.tokenizer.encode(text)[1]
    return text[: offsets[tokens - 1][1]]


def notes(engine: Engine, text: str, folder: Path) -> list[Path]:
    """Small files, cut from the text."""
    folder.mkdir()
    offsets = engine.tokenizer.encode(text)[1]
    files = []
    for number in range(min(NOTES, len(offsets) // NOTE_TOKENS)):
        start, stop = offsets[number * NOTE_TOKENS][0], offsets[(number + 1) * NOTE_TOKENS - 1][1]
        files.append(folder / f"note-{number:03}.txt")
        files[-1].write_text(text[start:stop])
    return files


def in_turns(rounds: int, *works: Callable[[], Any]) -> list[tuple[Any, ...]]:
    """What each gave in each round, one after the other; a first round only warms up."""
    return [tuple(work() for work in works) for _ in range(rounds + 1)][1:]


# Injecting

BARE = ("bare_one_by_one_", "bare_together_")


def injecting(
    bench: Bench, engine: Engine, plain: Any, files: Sequence[Path], chunks: Sequence[Sequence[int]]
) -> Figures:
    """From files to a committed generation, against the bare forward pass over the same tokens."""
    written: list[DocumentDone] = []

    def ours() -> float:
        memory = Path(tempfile.mkdtemp(dir=bench.folder)) / "memory"
        seconds, written[:] = timed(lambda: inject(engine, files, memory))
        return seconds

    one_by_one = [[chunk] for chunk in chunks]
    rows = in_turns(
        bench.rounds,
        ours,
        lambda: timed(lambda: forward(plain, one_by_one))[0],
        lambda: timed(lambda: forward(plain, together(chunks)))[0],
    )
    tokens, bare_tokens = sum(done.tokens for done in written), sum(map(len, chunks))
    bare = [statistics.median(bare_tokens / row[place] for row in rows) for place in (1, 2)]
    ratios = [
        statistics.median(tokens / row[0] * row[place] / bare_tokens for row in rows)
        for place in (1, 2)
    ]
    return {
        "tokens": tokens,
        "chunks": sum(done.chunks for done in written),
        "bare_chunks": len(chunks),
        "tokens_per_s": round(statistics.median(tokens / row[0] for row in rows)),
        **{f"{name}tokens_per_s": round(rate) for name, rate in zip(BARE, bare, strict=True)},
        **{f"to_{name}ratio": round(ratio, 2) for name, ratio in zip(BARE, ratios, strict=True)},
    }


def inject(engine: Engine, files: Sequence[Path], memory: Path) -> list[DocumentDone]:
    """Documents that were written."""
    pieces = [from_file(file, named=True) for file in files]
    with change(memory, "bench", 1, create=engine.spec) as opened:
        return [
            each
            for each in ingest.inject(Request(pieces), engine, opened)
            if isinstance(each, DocumentDone)
        ]


def together(chunks: Sequence[Sequence[int]]) -> list[list[Sequence[int]]]:
    """Chunks of like length in batches of at most 1,024 rows, as our writing takes them."""
    batches: list[list[Sequence[int]]] = []
    for chunk in sorted(chunks, key=len):
        if not batches or (len(batches[-1]) + 1) * len(chunk) > ROWS_TOGETHER:
            batches.append([])
        batches[-1].append(chunk)
    return batches


@torch.inference_mode()
def forward(plain: Any, batches: Sequence[Sequence[Sequence[int]]]) -> None:
    """The bare pass; padding is behind, where causal attention never looks."""
    for batch in batches:
        plain.model(
            pad_sequence([torch.tensor(chunk) for chunk in batch], batch_first=True),
            use_cache=False,
        )


# Answering


def answering(
    bench: Bench, engine: Engine, plain: Any, ids: Sequence[int], base: Base, speed: float
) -> Figures:
    """First token (find and read) and decoding, against `generate` with the chunks' text in its
    context.
    """
    memory = bench.folder / "memory-text"
    inject(engine, [bench.folder / "text.txt"], memory)
    home, options = Home(memory), Asking(max_tokens=bench.answer_tokens)
    prompt = prompt_ids(QUESTION, engine, options)
    context = [1, *ids[: engine.config.memory.retrieved_vectors], *prompt]
    behind = 1 + ask(engine, home, options).usage["memory_vectors"] + len(prompt)
    rows = in_turns(
        bench.rounds,
        lambda: our_times(ask(engine, home, options)),
        lambda: their_times(plain, context, bench.answer_tokens),
    )
    ours = [statistics.median(row[0][place] for row in rows) for place in (0, 1)]
    theirs = [statistics.median(row[1][place] for row in rows) for place in (0, 1)]
    our_limits, their_limits = (
        {form: speed / base.decoding_bytes(rows + bench.answer_tokens / 2, form) for form in FORMS}
        for rows in (behind, len(context))
    )
    return {
        "context_tokens": len(context),
        "first_token_ms": round(ours[0] * 1000),
        "transformers_first_token_ms": round(theirs[0] * 1000),
        "first_token_ratio": round(statistics.median(row[1][0] / row[0][0] for row in rows), 2),
        "tokens_per_s": round(ours[1], 1),
        "transformers_tokens_per_s": round(theirs[1], 1),
        "decoding_ratio": round(statistics.median(row[0][1] / row[1][1] for row in rows), 2),
        "limit_tokens_per_s": {form: round(limit, 1) for form, limit in our_limits.items()},
        "share_of_limit": {form: round(ours[1] / limit, 3) for form, limit in our_limits.items()},
        "transformers_share_of_limit": round(theirs[1] / their_limits["bfloat16"], 3),
    }


def ask(engine: Engine, home: Home, how: Asking) -> Answer:
    """Opening the memory included."""
    return Asker(engine, home.path, LOCK_TIMEOUT_S).respond(QUESTION, how).answer


def our_times(found: Answer) -> tuple[float, float]:
    """Seconds to the first token, and tokens a second after it; opening the memory counts."""
    timings = found.timings_ms
    return (timings["load"] + timings["read"]) / 1000, (found.usage["answer_tokens"] - 1) / timings[
        "decode"
    ] * 1000


@torch.inference_mode()
def their_times(plain: Any, context: Sequence[int], tokens: int) -> tuple[float, float]:
    stamps = [time.perf_counter()]

    def stamp(ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        stamps.append(time.perf_counter())
        return torch.zeros(len(ids), dtype=torch.bool)

    ids = torch.tensor([context])
    plain.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=tokens,
        min_new_tokens=tokens,
        do_sample=False,
        stopping_criteria=[stamp],
    )
    return stamps[1] - stamps[0], (len(stamps) - 2) / (stamps[-1] - stamps[1])


def disk(engine: Engine, memory: Path, tokens: int) -> Figures:
    """Bytes for each token that was injected, and what its hidden states in bfloat16 would take."""
    cache = sum(file.stat().st_size for file in (memory / "cache").rglob("*") if file.is_file())
    whole = Home(memory).size_bytes()
    return {
        "bytes_per_token": round(whole / tokens),
        "bytes_per_token_without_cache": round((whole - cache) / tokens),
        "hidden_states_bytes_per_token": engine.spec.layers * engine.spec.hidden * 2,
    }


# Showing


def table(found: Figures) -> None:
    print(
        f"{'':<40}{'mplus':>10}{'transformers':>14}{'ratio':>8}{'limit':>9}{'share':>8}",
        file=sys.stderr,
    )
    for name, ours, theirs, ratio, limit, share in lines(found):
        print(f"{name:<40}{ours:>10,}{theirs:>14,}{ratio:>8}{limit:>9}{share:>8}", file=sys.stderr)


def lines(found: Figures) -> list[tuple[Any, ...]]:
    """Name, ours, theirs, ratio, limit, share of it."""
    out: list[tuple[Any, ...]] = []
    for name in ("inject_one_document", f"inject_{NOTES}_notes"):
        row = found[name]
        label = name.replace("_", " ")
        limit = (row["limit_tokens_per_s"], row["share_of_limit"])
        for bare, beside in zip(BARE, ("one by one", "together"), strict=True):
            theirs, ratio = row[f"{bare}tokens_per_s"], row[f"to_{bare}ratio"]
            out.append((f"{label} ({beside}), t/s", row["tokens_per_s"], theirs, ratio, *limit))
    row = found["ask"]
    out.append(
        (
            "first token, ms",
            row["first_token_ms"],
            row["transformers_first_token_ms"],
            row["first_token_ratio"],
            "",
            "",
        )
    )
    rates = (row["tokens_per_s"], row["transformers_tokens_per_s"], row["decoding_ratio"])
    out.append(
        (
            "decode, t/s",
            *rates,
            row["limit_tokens_per_s"]["bfloat16"],
            row["share_of_limit"]["bfloat16"],
        )
    )
    return out


def picture(found: Figures, file: Path) -> None:
    """Left how many times as fast as transformers, right the shares of what the machine can do."""
    import matplotlib.pyplot as plt

    rows = lines(found)[::-1]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), width_ratios=(3, 2))
    shares = {row[0].rsplit(",", 1)[0].split(" (")[0]: row[5] for row in rows if row[5] != ""}
    ratios = {row[0].rsplit(",", 1)[0]: row[3] for row in rows}
    for axes, values, label in (
        (left, ratios, "times as fast as transformers"),
        (right, shares, "share of the limit (bfloat16)"),
    ):
        axes.axvline(1, color="black", linewidth=0.8, zorder=0)
        bars = axes.barh(list(values), list(values.values()))
        beside = {
            "facecolor": "white",
            "edgecolor": "none",
            "pad": 0.5,
        }  # or the line would cross the figure
        axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=8, bbox=beside)
        axes.set(xlabel=label, xmargin=0.15)
    figure.tight_layout()
    figure.savefig(file)


if __name__ == "__main__":
    main()
