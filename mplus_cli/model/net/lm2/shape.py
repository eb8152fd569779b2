"""Sizes of the memory module, and how a write row is laid out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """Letters as in docs/design.md: d hidden size, c width of the mixers, a of a tag, m of a value.

    code: of the m numbers, those that say which token it is; the others say what is the matter with
    it. heads: W, write rows of a sentence; hops: readings of a question, each after the one before.
    """

    hidden: int  # d
    width: int = 128  # c
    tag: int = 64  # a
    code: int = 96
    value: int = 128  # m
    heads: int = 8  # W
    hops: int = 3
    relations: int = 20  # that something can have to what it is kept under
    layers: int = 2  # of each mixer

    @property
    def row(self) -> int:
        """w: key, key of what is copied, value; how much is written, kept and copied."""
        return 2 * self.tag + self.value + 3
