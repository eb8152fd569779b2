"""Questions with the passages that answer them: JSON Lines, one passage a line, plain or gzipped.

    {"context": str, "title": str | null, "source": str, "qas": [{"question": str, "answers": [str,
    ...], "kind": str (may be left out)}]}

Every answer stands in its passage word for word; the first is the one to train on, any counts when
scoring. A question without answers can't be answered from its passage. More questions about a
passage of another file name it by its text's hash, so that they can be given away without it:

    {"passage": first 16 hex digits of SHA-256 over the context, "qas": as above}
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mplus_cli.readers import Document, read_document

_NO_NAME = re.compile(r"[/\x00-\x1f]+")
# Source of a passage -> kind: private documents made up by a writer or by `facts`, real manuals,
# dialogues and diaries, tables, documents beside whose facts is asked, those of other weak kinds
# by a writer or made up; else "written".
KINDS = {
    "invented": "invented",
    "facts": "fact",
    "manual": "manual",
    "talk": "dialogue",
    "grid": "grid",
    "near": "near",
    "kinds": "kinds",
    "notice": "kinds",
    "config": "kinds",
}


@dataclass(frozen=True)
class Question:
    """A question; no answers: it can't be answered from its passage. kind: "" is none."""

    text: str
    answers: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True)
class Passage:
    """A passage and the questions about it. kind: see `KINDS`."""

    text: str
    title: str | None
    questions: tuple[Question, ...]
    kind: str = "written"

    @property
    def file_name(self) -> str:
        """What a file of it would be called: by its title, else in a way that says nothing."""
        return f"{_NO_NAME.sub(' ', self.title or '').strip()[:80] or 'passage'}.txt"

    def document(self) -> Document:
        """The passage as the program reads such a file."""
        return read_document(self.file_name, self.text.encode())


def load(*paths: Path) -> list[Passage]:
    """Passages of `.jsonl` or `.jsonl.gz` files; questions about a passage that none of them has
    are left out.
    """
    passages, more = dict[str, Passage](), list[dict[str, Any]]()
    for line in (line for path in paths for line in _lines(path)):
        if "passage" in line:
            more.append(line)
        else:
            key = hashlib.sha256(line["context"].encode()).hexdigest()[:16]
            passages[key] = passage(line)
    for line in more:
        if line["passage"] in passages:
            known = passages[line["passage"]]
            passages[line["passage"]] = replace(known, questions=known.questions + _questions(line))
    return list(passages.values())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def passage(found: dict[str, Any]) -> Passage:
    return Passage(
        found["context"], found["title"], _questions(found), KINDS.get(found["source"], "written")
    )


def _questions(found: dict[str, Any]) -> tuple[Question, ...]:
    return tuple(
        Question(qa["question"].strip(), tuple(qa["answers"]), qa.get("kind", ""))
        for qa in found["qas"]
    )


def normal(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces: how SQuAD compares answers."""
    bare = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def f1(answer: str, wanted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall over words, the best over the wanted answers."""
    return max(_f1(normal(answer).split(), normal(one).split()) for one in wanted)


def _f1(found: list[str], wanted: list[str]) -> float:
    common = sum((Counter(found) & Counter(wanted)).values())
    return 2 * common / (len(found) + len(wanted)) if common else float(found == wanted)


def exact(answer: str, wanted: Sequence[str]) -> bool:
    return normal(answer) in {normal(one) for one in wanted}


def contains(answer: str, wanted: Sequence[str]) -> bool:
    return any(f" {normal(one)} " in f" {normal(answer)} " for one in wanted)


def declined(answer: str, declines: str) -> bool:
    """Whether an answer says that there is none, in the words in which the model `declines`."""
    return normal(answer).startswith(normal(declines))
