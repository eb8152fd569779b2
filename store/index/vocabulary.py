"""The words of all texts of a memory: whether one is there, how it is written, what is near it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from store.index.words import fold

_FORMS = "SELECT form FROM words WHERE word = :word"
_LIKELY = (
    "SELECT word FROM words WHERE word BETWEEN :first AND :first_end "
    "AND length(word) BETWEEN :least AND :most "
    "GROUP BY word"
)
_LIKELY_TURNED = (
    "SELECT turned FROM turned_words WHERE turned BETWEEN :last AND :last_end "
    "AND length(turned) BETWEEN :least AND :most"
)
_BEYOND = "\U0010ffff"  # sorts behind all letters
MOST_NEAR = 3  # words for one
Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]


class Vocabulary:
    """The words of the index's tables `words` and `turned_words`, folded (`fold` in `words`)."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def forms(self, word: str) -> list[str]:
        """The ways in which the texts write a word; none: no text has it."""
        word = fold(word)
        return sorted(row["form"] or word for row in self._rows(_FORMS, {"word": word}))

    def near(self, word: str) -> list[str]:
        """The words that a mistyped one may have meant, nearest first; none for a short one.

        From 4 letters on one may be wrong, from 8 on two: one left out, added or changed, or two
        that changed places (`edits`).
        """
        word = fold(word)
        most = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
        if not most:
            return []
        found = []
        for other in self._likely(word, most):
            if (distance := edits(word, other, most)) <= most:
                found.append((distance, abs(len(other) - len(word)), other))
        found.sort()
        return [other for distance, _, other in found if distance == found[0][0]][:MOST_NEAR]

    def _likely(self, word: str, most: int) -> list[str]:
        """The words that begin or end as this one does.

        One edit leaves its first or its last half whole, or changes places at their joint: such
        words are looked for by themselves. Of two edits it is thirds, and those are not found that
        have one in the first and one in the last.
        """
        size = len(word) // (most + 1)
        first, last = word[:size], word[: -size - 1 : -1]
        asked = {
            "least": len(word) - most,
            "most": len(word) + most,
            "first": first,
            "first_end": first + _BEYOND,
            "last": last,
            "last_end": last + _BEYOND,
        }
        letters = set(word)
        found = {row["word"] for row in self._rows(_LIKELY, asked)}
        found |= {row["turned"][::-1] for row in self._rows(_LIKELY_TURNED, asked)}
        likely = [other for other in found if len(letters ^ set(other)) <= 2 * most]
        swapped = {
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :] for at in range(1, len(word))
        }
        return [*likely, *(other for other in swapped if other not in likely and self.forms(other))]


def edits(first: str, second: str, most: int) -> int:
    """How many letters to leave out, add, change or swap with the next one, to make one word of the
    other (optimal string alignment); some number above `most` where it is more.
    """
    if abs(len(first) - len(second)) > most:
        return most + 1
    far, width = most + 1, len(second)
    before, row = [far] * (width + 1), list(range(width + 1))
    for at, letter in enumerate(first, 1):
        earlier, before, row = before, row, [far] * (width + 1)
        row[0] = at
        # No path to few edits leaves the diagonal by more than these.
        for place in range(max(1, at - most), min(width, at + most) + 1):
            best = before[place - 1] + (letter != second[place - 1])
            best = min(best, before[place] + 1, row[place - 1] + 1)
            if (
                at > 1 < place
                and letter == second[place - 2]
                and second[place - 1] == first[at - 2]
            ):
                best = min(best, earlier[place - 2] + 1)
            row[place] = best
        if min(row) > most and min(before) > most:
            return far
    return row[-1]
