"""Rows of numbers as they lie on the disk: in the memory's own type, or as 8-bit integers with
scales.

A part x of a row (its keys, its values) is kept as q = round(x / s) with s = max|x| / 127, and read
as q·s: a number is off by s/2 at most, 1/254 of the part's largest. A scale a part and not one a
row, for keys have outliers that would leave the values few steps; and not one a tensor, for vectors
differ in length. Products need no unpacking: query · (q·s) = (query · q)·s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

ROWS_AT_ONCE = 16_384  # of a search: bounds what products with all the question's tokens take
_MOST = 127
_AT_ONCE = 1 << 18  # numbers that are packed together


class Rows(NamedTuple):
    """numbers [*,w]; scales [*,p], float16, of p equal parts of a row of int8; None: the numbers
    are as they are.
    """

    numbers: Tensor
    scales: Tensor | None

    def layer(self, number: int) -> Rows:
        """What one layer has of rows [L,*,w]."""
        return Rows(self.numbers[number], None if self.scales is None else self.scales[number])

    def part(self, start: int, stop: int) -> Rows:
        """Rows start..stop-1."""
        return Rows(
            self.numbers[start:stop], None if self.scales is None else self.scales[start:stop]
        )

    def pick(self, places: Tensor) -> Rows:
        """Rows by their places: [n,w], where the rows are."""
        places = places.to(self.numbers.device)
        scales = None if self.scales is None else self.scales.index_select(0, places)
        return Rows(self.numbers.index_select(0, places), scales)

    def products(self, queries: Tensor) -> Tensor:
        """Queries [m,w] times rows [*,w] of one part -> [m,*], in float32 where the queries are;
        rounding here would swap ranks.
        """
        found = queries.float() @ self.numbers.to(queries.device).float().T
        if self.scales is None:
            return found
        return found * self.scales[:, 0].to(queries.device).float()

    def unpacked(self, dtype: torch.dtype) -> Tensor:
        """The numbers themselves [*,w]."""
        if self.scales is None:
            return self.numbers.to(dtype)
        # An integer and a float16 scale are exact in float32; only the product is rounded.
        parts = _cut(self.numbers, self.scales.shape[-1]) * self.scales.float()[..., None]
        return parts.flatten(-2).to(dtype)


def packed(numbers: Tensor, parts: int) -> Rows:
    """Numbers [L,*,w] as int8, each of a row's `parts` scaled by its largest."""
    # Some layers at a time, or one: what is in between stays in the processor's cache.
    on_cpu = numbers.device.type == "cpu"
    layers = max(1, _AT_ONCE // numbers[0].numel()) if on_cpu else len(numbers)
    rows = [_packed(block, parts) for block in torch.split(numbers, layers)]
    return Rows(torch.cat([each for each, _ in rows]), torch.cat([scales for _, scales in rows]))


def _packed(numbers: Tensor, parts: int) -> tuple[Tensor, Tensor]:
    cut = _cut(numbers.float(), parts)
    scales = (cut.abs().amax(-1) / _MOST).to(torch.float16)
    # What float16 can't tell from zero is zero.
    divisors = scales.float().masked_fill(scales == 0, torch.inf)
    return (cut / divisors[..., None]).round_().clamp_(-_MOST, _MOST).to(torch.int8).flatten(
        -2
    ), scales


def _cut(numbers: Tensor, parts: int) -> Tensor:
    """[*,w] -> [*,p,w/p]."""
    return numbers.view(*numbers.shape[:-1], parts, -1)


def joined(pieces: Sequence[Rows], along: int = 0) -> Rows:
    """Pieces [*,w] one after the other, on the device of the first; a single one is not copied.
    along: which of the shape's numbers grows.
    """
    if len(pieces) == 1:
        return pieces[0]
    device = pieces[0].numbers.device
    scales = [piece.scales.to(device) for piece in pieces if piece.scales is not None]
    numbers = torch.cat([piece.numbers.to(device) for piece in pieces], along)
    return Rows(numbers, torch.cat(scales, along) if scales else None)


def even(rows: Iterable[Rows]) -> Iterator[Rows]:
    """The same rows in blocks of about the same size: one product for many small segments, none for
    millions.
    """
    held: list[Rows] = []
    for block in rows:
        for start in range(0, len(block.numbers), ROWS_AT_ONCE):
            held.append(block.part(start, start + ROWS_AT_ONCE))
            if sum(len(piece.numbers) for piece in held) >= ROWS_AT_ONCE:
                yield joined(held)
                held = []
    if held:
        yield joined(held)
