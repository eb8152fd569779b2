"""How well questions about long dialogues and diaries are answered, by kind of question.

    python -m bench.dialogues

Each text is a memory of its own. Kinds: single facts, dates (which the text tells as "yesterday"),
lists (of one place or of several), wrong (about the one of two people who did not say it, or about
what nobody said: to be declined).
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.progress import track

from mplus_cli.api import Memory
from training.data import contains, f1

DIALOGUES = Path(__file__).with_name("dialogues.jsonl")


def asked(file: Path, limit: int | None) -> Iterator[dict[str, Any]]:
    """Every question with what was answered."""
    for line in file.read_text().splitlines():
        found = json.loads(line)
        with tempfile.TemporaryDirectory() as folder, Memory(Path(folder) / "memory") as memory:
            memory.inject(texts=[(found["context"].encode(), found["title"])])
            for qa in track(found["qas"][:limit], found["title"]):
                answer = memory.ask(qa["question"], max_tokens=32)
                yield {**qa, "text": answer.text, "declined": answer.declined}


def scores(answered: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """By kind and over all that can be answered: F1, the share in which a wanted answer stands, the
    share declined.
    """
    by_kind = defaultdict(list)
    for one in answered:
        by_kind[one["kind"]].append(one)
        if one["answers"]:
            by_kind["all"].append(one)
    return {kind: _means(found) for kind, found in sorted(by_kind.items())}


def _means(found: list[dict[str, Any]]) -> dict[str, float]:
    means = {"questions": len(found), "declined": _mean(one["declined"] for one in found)}
    if found[0]["answers"]:
        means["f1"] = _mean(f1(one["text"], one["answers"]) for one in found)
        means["contains"] = _mean(contains(one["text"], one["answers"]) for one in found)
    return means


def _mean(values: Iterable[float]) -> float:
    return round(statistics.mean(values), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?", default=DIALOGUES)
    parser.add_argument("--limit", type=int, help="questions a text")
    parser.add_argument("--answers", type=Path, help="write every answer there, as JSON Lines")
    chosen = parser.parse_args()
    answered = list(asked(chosen.file, chosen.limit))
    if chosen.answers:
        lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in answered)
        chosen.answers.write_text("".join(lines))
    print(json.dumps(scores(answered), indent=1))


if __name__ == "__main__":
    main()
