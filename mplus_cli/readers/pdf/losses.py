"""What of a PDF is lost, page by page, told in few notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mplus_cli.readers.job import Job
from mplus_cli.readers.pdf.untold import Untold

_MAX_RANGES, _MAX_FONTS = 12, 3
_MIN_RANGE = 2  # shorter ones are named page by page


class Losses:
    """The pages, counted from 1, of which something is not read."""

    def __init__(self) -> None:
        self.damaged: list[int] = []
        self.pictures: list[int] = []
        self.mostly_pictures: list[int] = []
        self.drawings: list[int] = []
        self.without_width: list[int] = []
        self.partly: list[int] = []
        self.shapes: list[int] = []  # frames and lines alone: nothing is lost with them
        self.blank_is_damaged = False
        self.untold = Untold()

    def tell(self, job: Job) -> None:
        """Note each kind of loss once, with its pages."""
        for pages, of_one, of_more in (
            (self.damaged, "is damaged: not read", "are damaged: not read"),
            (
                self.partly,
                "is damaged in part: text may be missing or wrong",
                "are damaged in part: text may be missing or wrong",
            ),
            (self.pictures, "is a picture: not read", "are pictures: not read"),
            (
                self.drawings,
                "is a drawing without letters: not read",
                "are drawings without letters: not read",
            ),
            (
                self.without_width,
                "has recognised text whose letters can't be told: most of it may be missing",
                "have recognised text whose letters can't be told: most of it may be missing",
            ),
            (
                self.mostly_pictures,
                "is mostly a picture: what it shows is not read",
                "are mostly pictures: what they show is not read",
            ),
        ):
            if pages:
                job.note(f"{named(pages)} {of_one if len(pages) == 1 else of_more}")
        if fonts := _fonts(self.untold.fonts):
            job.note(
                f"{named(self.untold.pages)}: letters of the font {fonts} can't be told,"
                f" {self.untold.fonts.total():,} are marked \ufffd"
            )
        if fonts := _fonts(self.untold.guessed):
            job.note(f"the font {fonts} doesn't tell its letters: they are taken from their codes")


def _fonts(found: Counter[str]) -> str:
    """The names of the fonts that are used most."""
    more = len(found) - _MAX_FONTS
    names = ", ".join(name for name, _ in found.most_common(_MAX_FONTS))
    return f"{names} and {more} more" if more > 0 else names


def named(pages: Sequence[int]) -> str:
    """Page numbers in words: page 3; pages 2 to 4 and 9."""
    ranges: list[list[int]] = []
    for number in pages:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    words: list[str] = []
    left = len(pages)
    for first, last in ranges[:_MAX_RANGES]:
        apart = last - first < _MIN_RANGE
        words += [str(one) for one in range(first, last + 1)] if apart else [f"{first} to {last}"]
        left -= last - first + 1
    words += [f"{left:,} more"] if left else []
    said = f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
    return f"page {said}" if len(pages) == 1 else f"pages {said}"
