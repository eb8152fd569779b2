"""How well a household's and an office's documents are answered from, by kind of question.

    python -m bench.household [--json FILE]

All files are injected as `mplus inject` does it, into one memory, and every question is asked of
it. An answer is right where it is or holds one that is wanted, or has an F1 of 0.8 or more; partly
right from 0.3 on. Of questions that no document answers, those declined are the right ones.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from bench.verdicts import by_kind, judged, table
from mplus_cli.api import Memory
from training.data import Question

HERE = Path(__file__).parent
ANSWER_TOKENS = 48


def questions(file: Path = HERE / "questions.jsonl") -> list[tuple[Question, str | None]]:
    """The questions, each with the document that answers it, in their order."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        (Question(each["question"], tuple(each["answers"]), each["kind"]), each["document"])
        for each in lines
    ]


def measured(model: str | None) -> dict[str, Any]:
    """What each question was answered, and the counts by kind."""
    answers, first, known = [], [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        Memory(Path(folder) / "memory", model=model) as memory,
    ):
        memory.inject(HERE / "files")
        for question, document in track(questions(), "asking"):
            found = memory.ask(question.text, max_tokens=ANSWER_TOKENS)
            answers.append(judged(question, found.text, found.declined))
            known.append({"confidence": found.confidence, "literal": found.literal})
            if document:
                source = found.sources[0].path if found.sources else ""
                first.append(source.endswith(document))
    return {
        "documents": sum(path.is_file() for path in (HERE / "files").rglob("*")),
        "first_source_right": round(sum(first) / len(first), 3),
        "kinds": by_kind(answers),
        "answers": [asdict(each) | more for each, more in zip(answers, known, strict=True)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="instead of the default model")
    parser.add_argument("--json", type=Path, help="write the figures and all answers there, too")
    chosen = parser.parse_args()
    found = measured(chosen.model)
    Console().print(table("household and office", found["kinds"]))
    print(f"{found['documents']} documents, first source right: {found['first_source_right']}")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
