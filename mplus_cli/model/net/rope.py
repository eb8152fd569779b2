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
"""cos and sin of the angles of S positions, for each of the R tables that a network's layers take
theirs from: each [R,S,r], or [R,B,1,S,r] where texts differ. r ≤ e numbers of a head are turned.
"""


def tables(frequencies: Tensor, stop: int, scaling: float, dtype: torch.dtype) -> Rope:
    """Of the positions 0..stop-1, for the frequencies ω [R,r/2]; scaling: on both (yarn, longrope).

    All frequencies of a table 0: its layers know of no positions, and nothing is scaled.
    """
    positions = torch.arange(stop, device=frequencies.device, dtype=torch.float32)
    # Pair i is the numbers i and i + r/2 ("halves"), so each angle stands there twice.
    angles = (positions[:, None] * frequencies[:, None]).repeat(1, 1, 2)
    factor = torch.where(frequencies.any(1), scaling, 1.0)[:, None, None]
    return (angles.cos() * factor).to(dtype), (angles.sin() * factor).to(dtype)


def part(rope: Rope, start: int, stop: int) -> Rope:
    """The positions start..stop-1 of all tables."""
    return rope[0][..., start:stop, :], rope[1][..., start:stop, :]


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the pairs of x [B,*,S,e]: (a, b) -> (a·cos - b·sin, b·cos + a·sin).

    cos and sin: of one table, [S,r] or [B,1,S,r]; what is behind r stays as it is.
    """
    turned = cos.shape[-1]
    if turned < x.shape[-1]:
        return torch.cat([rotate(x[..., :turned], cos, sin), x[..., turned:]], -1)
    low, high = x.chunk(2, -1)
    return x * cos + torch.cat((-high, low), -1) * sin
