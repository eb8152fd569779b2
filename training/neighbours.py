"""Passages that a search by text would bring for another passage's questions: the hardest wrong ones."""

from __future__ import annotations

import re
import sqlite3

from training.data import Passage

MOST = 4  # of a passage


def neighbours(passages: list[Passage]) -> list[list[int]]:
    """For each passage the numbers of those that BM25 ranks highest for its questions, not its own, best first."""
    database = sqlite3.connect(":memory:")
    database.execute("create virtual table texts using fts5(text, tokenize = 'porter unicode61')")
    database.executemany("insert into texts (rowid, text) values (?, ?)", enumerate(one.text for one in passages))
    return [_near(database, number, passage) for number, passage in enumerate(passages)]


def _near(database: sqlite3.Connection, number: int, passage: Passage) -> list[int]:
    found: dict[int, float] = {}
    for question in passage.questions:
        wanted = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question.text))
        ranked = database.execute(
            "select rowid, rank from texts where texts match ? order by rank limit ?", (wanted, MOST + 1)
        )
        for other, rank in ranked:
            if other != number:
                found[other] = min(rank, found.get(other, 0.0))
    return sorted(found, key=lambda other: found[other])[:MOST]
