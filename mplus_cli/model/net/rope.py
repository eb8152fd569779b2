"""Rotary position embedding (RoPE, arXiv 2104.09864): where a row stands, as angles.

The e numbers of a head are e/2 pairs; at position p pair i is turned by the angle p·ω_i. A product
of a turned query and a turned key then depends on the distance of their positions alone, for
turning both by the same angle changes no product. So keys may be kept before they are turned
("before RoPE") and be placed wherever a question needs them.
"""

from __future__ import annotations

import torch
from torch import Tensor

Rope = tuple[Tensor, Tensor]
"""cos and sin of the angles of S positions: each [S,e], or [B,1,S,e] where texts differ."""


def table(frequencies: Tensor, stop: int, scaling: float, dtype: torch.dtype) -> Rope:
    """Of the positions 0..stop-1, for the frequencies ω [e/2]; scaling: on both (yarn)."""
    positions = torch.arange(stop, device=frequencies.device, dtype=torch.float32)
    # Pair i is the numbers i and i + e/2 ("halves"), so each angle stands there twice.
    angles = torch.outer(positions, frequencies).repeat(1, 2)
    return (angles.cos() * scaling).to(dtype), (angles.sin() * scaling).to(dtype)


def part(rope: Rope, start: int, stop: int) -> Rope:
    """The positions start..stop-1 of a table."""
    return rope[0][..., start:stop, :], rope[1][..., start:stop, :]


def rotate(x: Tensor, rope: Rope) -> Tensor:
    """Turn the pairs of x [B,*,S,e]: (a, b) -> (a·cos - b·sin, b·cos + a·sin)."""
    cos, sin = rope
    low, high = x.chunk(2, -1)
    return x * cos + torch.cat((-high, low), -1) * sin
