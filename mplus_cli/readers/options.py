"""How documents are read, where a user may choose."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """`attachments`: read those of e-mail that are documents; `links`: show where links lead to,
    behind their text; `password`: opens files that are locked by it.
    """

    attachments: bool = True
    links: bool = False
    password: str | None = field(default=None, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """What the memory keeps of it, and what makes another text of the same bytes."""
        names = (each.name for each in fields(self))
        return {name: getattr(self, name) for name in names if name != "password"}

    @staticmethod
    def from_dict(kept: dict[str, Any]) -> ReaderOptions:
        """The options as a memory kept them; those that it does not know are at their defaults."""
        known = ReaderOptions().as_dict()
        return ReaderOptions(**{name: kept[name] for name in known if name in kept})
