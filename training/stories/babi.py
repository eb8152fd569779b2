"""The real bAbI stories (arXiv 1502.05698): reading their files, spreading them over segments of
background and scoring answers, BABILong's way (arXiv 2406.10149).

A file `qaN_….txt`, gzipped or not, has numbered lines that begin at 1 with each story: a fact, or a
question, its answer and the numbers of its supporting facts behind tabs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from mplus_cli.errors import ReadError
from training.stories.files import numbered_lines
from training.stories.parts import Asked, Story
from training.stories.telling import Stories


@dataclass(frozen=True)
class Told:
    """A story of a file: its facts and, where they stand in it, its questions."""

    kind: str
    lines: tuple[str | Asked, ...]

    def questions(self) -> Iterator[tuple[tuple[str, ...], Asked]]:
        """Each question with the facts before it."""
        facts: list[str] = []
        for line in self.lines:
            if isinstance(line, Asked):
                yield tuple(facts), line
            else:
                facts.append(line)


def read(path: Path) -> list[Told]:
    """The stories of a file, whose name begins with its task.

    Raises:
        ReadError: the name has no task, the file can't be read, or a line is none of bAbI's.
    """
    task = re.match(r"qa\d+(?=[_.])", path.name)
    if not task:
        raise ReadError("the name of a bAbI file begins with its task: qa1_", path=str(path))
    stories: list[list[str | Asked]] = []
    for at, line in numbered_lines(path):
        number, _, text = line.strip().partition(" ")
        parts = [each.strip() for each in text.split("\t")]
        if number == "1":
            stories.append([])
        if not (number.isdecimal() and parts[0] and stories) or len(parts) == 2:
            raise ReadError(f"line {at} is none of bAbI's", path=str(path))
        question = len(parts) > 2
        stories[-1].append(Asked(task[0], parts[0], (parts[1],)) if question else parts[0])
    return [Told(task[0], tuple(lines)) for lines in stories]


def labels_of(told: Sequence[Told]) -> frozenset[str]:
    """All answers of a task, in lower case, lists taken apart."""
    answers = (asked.answers[0] for each in told for _, asked in each.questions())
    return frozenset(label for answer in answers for label in answer.lower().split(","))


def spread(stories: Stories, rng: Random, told: Sequence[Told], segments: int) -> Iterator[Story]:
    """One story for each question whose facts fit so many segments, asked at their end."""
    for each in told:
        for facts, asked in each.questions():
            story = stories.spread(rng, facts, asked, segments)
            if story:
                yield story


def scored(question: str, answer: str, target: str, labels: Collection[str]) -> bool:
    """Whether a model's answer is right: in lower case, up to its first full stop or line's end, it
    has the target (of a list: all parts) and no other of the task's labels as a word, those of the
    question aside. That is BABILong's rule, whose labels count inside other words, too.
    """
    said = set(re.findall(r"\w+", re.split(r"[.\n]", answer.strip().lower())[0]))
    asked = set(re.findall(r"\w+", question.lower()))
    found = {label.lower() for label in labels} & said - asked
    return found == set(target.lower().split(","))
