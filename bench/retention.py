"""How long a memory keeps what it read: the published protocol (arXiv 2502.00592, section 4.2).

Passages with questions are injected, then unrelated ones; the questions are asked whenever as many
tokens as `--tokens` names lie in the memory. 0: with the passage alone in memory, and with three
others behind it. Memories are made and asked by the program's own pipeline. FILE has the format of
training/data.py; its first passages are asked about, in an order drawn by the seed, and all others
are the unrelated ones; then come those of `--filler`, file by file.

Of each distance is told where a question is lost: whether its passage is among the candidates of
the search, is the first that this finds, is the first source of the answer, and how much of the F1
with the passage alone is kept.

Beside this model, in the same run, unless `--ours-only`: the pool alone (as in MemoryLLM) with as
many vectors; chunks found by text alone (BM25) and read by the same model; the plain base with the
best chunks by BM25 in its context; no memory; and at distance 0 the plain base with the passage in
its context.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from rich.progress import track

from bench.fillers import Filler
from bench.retention_memory import Answered, Asked, Bench, name_of
from mplus_cli.engine import Engine
from mplus_cli.settings import load_settings
from training.data import Passage, Question, contains, declined, exact, f1, load

WRONG = 3
OURS = "mplus"
MOST_AT_ONCE = 200_000  # tokens of passages that are injected by one command


def score(answers: Sequence[Answered], declines: str) -> dict[str, float]:
    """Means over the questions that can be answered; the share declined, of both kinds."""
    can = [(one.asked.question.answers, one.text) for one in answers if one.asked.question.answers]
    cannot = [one.text for one in answers if not one.asked.question.answers]
    first = [one.is_first for one in answers if one.is_first is not None and one.asked.document]
    found = {
        "f1": statistics.mean(f1(text, wanted) for wanted, text in can),
        "exact": statistics.mean(exact(text, wanted) for wanted, text in can),
        "contains": statistics.mean(contains(text, wanted) for wanted, text in can),
        "declined_wrongly": statistics.mean(declined(text, declines) for _, text in can),
    }
    if cannot:
        found["declined_rightly"] = statistics.mean(declined(text, declines) for text in cannot)
    if first:
        found["first_source_right"] = statistics.mean(first)
    return {name: round(value, 3) for name, value in found.items()}


def searched(places: Sequence[int]) -> dict[str, float]:
    """Of the places where the search put the right passages: the share that was a candidate, and
    that was first.
    """
    return {
        "among_candidates": round(statistics.mean(place > 0 for place in places), 3),
        "first_by_search": round(statistics.mean(place == 1 for place in places), 3),
    }


@dataclass
class Run:
    """The questions of a run, what it has found so far, and each single answer."""

    engine: Engine
    asked: list[Asked]
    ours_only: bool
    steps: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def declines(self) -> str:
        return self.engine.config.answering.declines

    @property
    def answerable(self) -> list[Asked]:
        return [one for one in self.asked if one.question.answers]

    def alone(self, passages: list[Passage], others: list[tuple[str, str]], folder: Path) -> None:
        """Each passage in a memory of its own: alone, then with three others behind it."""
        given: dict[str, list[Answered]] = {OURS: [], f"{OURS}, among three others": []}
        for number, passage in enumerate(track(passages, "passage alone")):
            bench = Bench(self.engine, folder / f"alone-{number}")
            name = name_of("passage", number, passage)
            bench.add([(name, passage.text)])
            ones = [one for one in self.asked if one.document == name]
            given[OURS] += [bench.ours(one) for one in ones]
            if not self.ours_only:
                self._beside(given, bench, passage, ones)
            wrong = [others[(number * WRONG + place) % len(others)] for place in range(WRONG)]
            bench.add(wrong)
            given[f"{OURS}, among three others"] += [bench.ours(one) for one in ones]
        self._keep(0, given[OURS], [0] * len(self.asked))
        self.steps.append({"tokens": 0, "scores": self._scores(given)})

    def _beside(
        self, given: dict[str, list[Answered]], bench: Bench, passage: Passage, ones: list[Asked]
    ) -> None:
        for one in ones:
            in_context, without = bench.in_context(one, passage.text), bench.without(one)
            given.setdefault("base, passage in context", []).append(Answered(one, in_context))
            given.setdefault("base, no memory", []).append(Answered(one, without))

    def at_distance(self, bench: Bench) -> None:
        begun = time.perf_counter()
        ours = [bench.ours(one) for one in track(self.asked, f"{bench.tokens:,} tokens")]
        took = time.perf_counter() - begun
        places = [bench.place(one) for one in track(self.answerable, "search")]
        self._keep(bench.tokens, ours, places)
        given, ways = {OURS: ours}, self._ways(bench)
        for name, way in ways.items():
            given[name] = [Answered(one, way(one)) for one in track(self.answerable, name)]
        self.steps.append(
            {
                "tokens": bench.tokens,
                "scores": self._scores(given),
                "search": searched(places),
                "seconds_a_question": round(took / len(ours), 3),
            }
        )

    def _ways(self, bench: Bench) -> dict[str, Callable[[Asked], str]]:
        if self.ours_only:
            return {}
        return {
            "pool alone": bench.pool_alone,
            f"{OURS}, found by text alone": bench.by_text,
            "base, best texts in context": bench.rag,
        }

    def _scores(self, given: dict[str, list[Answered]]) -> dict[str, dict[str, float]]:
        return {name: score(answers, self.declines) for name, answers in given.items()}

    def _keep(self, tokens: int, ours: Iterable[Answered], places: Iterable[int]) -> None:
        """places: of the answerable ones, which come first."""
        for one, place in zip(ours, chain(places, [0] * len(self.asked)), strict=False):
            question, wanted = one.asked.question.text, one.asked.question.answers
            found = {"tokens": tokens, "question": question, "answers": wanted, "text": one.text}
            found |= {"is_first": one.is_first, "place": place}
            self.answers.append(found | ({"f1": f1(one.text, wanted)} if wanted else {}))


def chosen_questions(
    passages: list[Passage], limit: int, absent: list[Passage]
) -> tuple[list[Passage], list[Asked]]:
    """One question of each passage, `limit` in all, and a fifth as many about passages that are not
    injected.
    """
    there = passages[:limit]
    asked = [
        Asked(passage.questions[0], name_of("passage", number, passage))
        for number, passage in enumerate(there)
    ]
    lost = [
        Asked(Question(passage.questions[0].text, ()), None) for passage in absent[: limit // 5]
    ]
    return there, asked + lost


def unrelated(passages: Sequence[Passage], fillers: Sequence[Filler]) -> Iterator[tuple[str, str]]:
    """Names and texts of the passages that nothing is asked about, then those of the fillers."""
    files = (filler.passages() for filler in fillers)
    for number, passage in enumerate(chain(passages, chain.from_iterable(files))):
        yield name_of("other", number, passage), passage.text


def fill(bench: Bench, engine: Engine, more: Iterator[tuple[str, str]], tokens: int) -> float:
    """Inject until there are so many tokens; gives the seconds that it took."""
    begun = time.perf_counter()
    while bench.tokens < tokens:
        part, missing = list[tuple[str, str]](), min(tokens - bench.tokens, MOST_AT_ONCE)
        while missing > 0 and (pair := next(more, None)) is not None:
            part.append(pair)
            missing -= len(engine.tokenizer.encode(pair[1])[0])
        if not part:
            raise SystemExit(
                f"the data holds {bench.tokens:,} tokens only; name more with --filler"
            )
        bench.add(part)
    return time.perf_counter() - begun


def kept(steps: Sequence[dict[str, Any]]) -> None:
    """Say at each distance which share of the F1 with the passage alone is kept."""
    if steps and steps[0]["tokens"] == 0:
        for step in steps[1:]:
            share = step["scores"][OURS]["f1"] / steps[0]["scores"][OURS]["f1"]
            step["f1_kept"] = round(share, 3)


def picture(found: dict[str, Any], file: Path) -> None:
    """F1 against the tokens injected after the passages."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4))
    steps = found["distances"]
    names = dict.fromkeys(name for step in steps for name in step["scores"])
    for name in names:
        points = [
            (step["tokens"], step["scores"][name]["f1"]) for step in steps if name in step["scores"]
        ]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xlabel="tokens in memory", ylabel="answer F1", ylim=(0, 1))
    axes.set_xscale("symlog", linthresh=10_000)
    axes.set_xlim(-500, 1.5 * steps[-1]["tokens"])
    axes.legend(fontsize=8, loc="upper center", ncols=2)
    figure.tight_layout()
    figure.savefig(file)


def measured(chosen: argparse.Namespace, fillers: list[Filler], folder: Path) -> Iterator[Run]:
    """The run after each distance."""
    engine = Engine(load_settings({"model": chosen.model, "seed": chosen.seed}), None)
    passages = random.Random(chosen.seed).sample(load(chosen.data), k=len(load(chosen.data)))
    absent, passages = passages[: chosen.limit // 5], passages[chosen.limit // 5 :]
    there, asked = chosen_questions(passages, chosen.limit, absent)
    run, others = Run(engine, asked, chosen.ours_only), passages[chosen.limit :]
    distances = sorted(chosen.tokens)
    if distances[0] == 0:
        run.alone(there, list(islice(unrelated(others, fillers), WRONG * len(there))), folder)
        yield run
    bench, more = Bench(engine, folder / "memory"), unrelated(others, fillers)
    bench.add([(name_of("passage", number, each), each.text) for number, each in enumerate(there)])
    for tokens in [each for each in distances if each]:
        before, took = bench.tokens, fill(bench, engine, more, tokens)
        run.at_distance(bench)
        run.steps[-1]["injected_tokens_a_second"] = round((bench.tokens - before) / took)
        yield run


def keep(run: Run, chosen: argparse.Namespace, fillers: list[Filler]) -> dict[str, Any]:
    """Write the figures so far to where they are wanted."""
    kept(run.steps)
    named = {each.file.name: each.sha256 for each in fillers}
    found = {"questions": chosen.limit, "seed": chosen.seed, "fillers": named}
    found |= {"distances": run.steps}
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n")
    if chosen.answers:
        lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in run.answers)
        chosen.answers.write_text("".join(lines))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="passages with questions")
    parser.add_argument(
        "--filler", type=Path, nargs="+", default=[], help="more passages to inject, or plain texts"
    )
    parser.add_argument("--limit", type=int, default=50, help="questions to ask")
    parser.add_argument(
        "--tokens",
        type=int,
        nargs="+",
        default=[0, 20_000],
        help="tokens in memory when asking; 0: the passage alone",
    )
    parser.add_argument("--ours-only", action="store_true", help="leave out all that is beside it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--answers", type=Path, help="write each answer there, as JSON Lines")
    parser.add_argument(
        "--picture", type=Path, help="draw F1 against tokens there (needs matplotlib)"
    )
    chosen = parser.parse_args()
    fillers = [Filler(file) for file in chosen.filler]
    with tempfile.TemporaryDirectory() as folder:
        for run in measured(chosen, fillers, Path(folder)):
            found = keep(run, chosen, fillers)
    print(json.dumps(found, indent=1))
    if chosen.picture:
        picture(found, chosen.picture)


if __name__ == "__main__":
    main()
