"""Whether the packs of a lean model have what the index says, and whether derived vectors are what
was written. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from store.records import SegmentFile
from store.segments.lean import LeanSegments

LOST = "it is missing, or its rows are"


class PackVerifier:
    """Looks at the segments of one model. read_data: at every byte."""

    def __init__(self, segments: LeanSegments, read_data: bool) -> None:
        self._segments, self._read_data = segments, read_data
        self.records = segments.pack.file

    def wrong_counts(self, files: Sequence[SegmentFile]) -> list[str]:
        """What records say of segments that the index does not: then all that lies behind these is
        read from the wrong place.
        """
        records = self._segments.pack.records()
        numbers = records.numbers([each.key for each in files])
        counts = np.append(records.counts, 0)  # at -1: of what is not there
        return [
            f"it says that the segment {each.key} has {counts[at]:,} vectors, not {each.vectors:,}"
            for each, at in zip(files, numbers.tolist(), strict=True)
            if at >= 0 and counts[at] != each.vectors
        ]

    def look(self, files: Sequence[SegmentFile]) -> Iterator[tuple[SegmentFile, str]]:
        """Each segment with what is wrong with it; in the order in which they lie there."""
        with self._segments.pack.opened([each.key for each in files]) as opened:
            for at in np.argsort(opened.numbers, kind="stable").tolist():
                number = int(opened.numbers[at])
                wrong = LOST if number < 0 else ""
                if self._read_data and not wrong:
                    wrong = self._segments.wrong_with(opened.packed(number), files[at])
                yield files[at], wrong

    def damaged_vectors(self) -> Iterator[Path]:
        """Files of derived vectors that are not what was written."""
        cache = self._segments.cache
        for file, _ in cache.files():
            with suppress(FileNotFoundError):  # removed meanwhile
                if not file.name.startswith(".") and not cache.is_whole(file):
                    yield file
