"""How well questions are answered with all passages of a file in one memory.

    python -m bench.answers FILE…

Without a file: all that is written to measure on and that nothing was trained on. Every question is
asked, those that their passage does not answer, too; the format is that of training/data.py. Where
questions name their kinds, the verdicts on each kind are counted (bench/verdicts.py).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from rich.progress import track

from bench.retention import score
from bench.retention_memory import Asked, Bench, name_of
from bench.verdicts import by_kind, judged
from mplus_cli.engine import Engine
from mplus_cli.settings import load_settings
from training.data import declined, load

ANSWER_TOKENS = 48  # an answer of 20 words is not cut
WRITTEN = Path(__file__).parents[1] / "training" / "written"
KEPT = [
    WRITTEN / f"{name}-dev.jsonl.gz"
    for name in ("manuals", "documents", "dialogues", "near-misses", "kinds")
]


def measured(engine: Engine, file: Path) -> dict[str, Any]:
    """Means over all questions, and what became of those of each kind, where they name one."""
    passages = load(file)
    names = [name_of("passage", number, passage) for number, passage in enumerate(passages)]
    asked = [
        Asked(question, name if question.answers else None)
        for name, passage in zip(names, passages, strict=True)
        for question in passage.questions
    ]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(engine, Path(folder) / "memory")
        bench.add([(name, passage.text) for name, passage in zip(names, passages, strict=True)])
        answers = [bench.ours(one, ANSWER_TOKENS) for one in track(asked, file.name)]
        counts = {"passages": len(passages), "questions": len(asked), "tokens": bench.tokens}
        found = {**counts, **score(answers, bench.declines)}
        verdicts = [
            judged(one.asked.question, one.text, declined(one.text, bench.declines))
            for one in answers
        ]
        return found | ({"kinds": by_kind(verdicts)} if any(q.question.kind for q in asked) else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="*", default=KEPT, help="passages with questions")
    parser.add_argument("--model", default="smollm2")
    chosen = parser.parse_args()
    engine = Engine(load_settings({"model": chosen.model}), None)
    print(json.dumps({file.name: measured(engine, file) for file in chosen.files}, indent=1))


if __name__ == "__main__":
    main()
