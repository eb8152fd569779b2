"""What a document says, as `inject` would take it in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stretch:
    """A stretch of a text, in characters, half-open, and its place.

    `first` and `last` count in the text's unit, from 1 (times: in seconds). `section` is the
    heading path over it, the chapter's title or the sheet's name; `heading`: whether the stretch
    begins with its last part. `header` is the line of column names over rows. `label` is the place
    in words.
    """

    start: int
    end: int
    first: int | None
    last: int | None
    section: str
    heading: bool
    header: str
    label: str


@dataclass(frozen=True)
class Text:
    """The text of one input, and its stretches in reading order.

    `reader` names the format, `unit` what its places count; `notes` say what of it is lost, or may
    be wrong.
    """

    path: str
    reader: str
    unit: str
    text: str
    places: tuple[Stretch, ...]
    notes: tuple[str, ...]
