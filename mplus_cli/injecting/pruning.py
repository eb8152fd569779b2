"""What of missing documents shall leave a memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypedDict


class Pruning(TypedDict, total=False):
    """What `update` forgets; without any of it nothing.

    prune: documents whose files are gone. prune_missing_roots: those, too, that are away with their
    folder, as on a drive that is not here; such roots are not looked at any more. yes: however many
    they are; else no more than half of a memory leaves at once, if that is more than a handful.
    """

    prune: bool
    prune_missing_roots: bool
    yes: bool


@dataclass(frozen=True)
class Prune:
    """The same: those that are `gone`, those that are `away`, too, though they be `most`."""

    gone: bool = False
    away: bool = False
    most: bool = False

    @classmethod
    def of(cls, prune: bool = False, prune_missing_roots: bool = False, yes: bool = False) -> Self:
        return cls(prune or prune_missing_roots, prune_missing_roots, yes)
