"""Keys in four bits a number: half a byte, and as good to find chunks by as in eight.

A key has length one, so its h numbers deviate from zero by σ = 1/√h, and no scale need be kept:
sixteen levels lie `_STEP`·σ apart, symmetric about zero, and what lies beyond the outer ones takes
these. Two bits would do for normally distributed numbers, but keys are not: their fourth moment is
7.3 σ⁴ and not 3, and with four levels some are found no more (docs/design.md, section 7).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_IN_A_BYTE = 2
_LEVELS = 16
_STEP = 0.419  # of sixteen levels for normally distributed numbers 0.335 is best; tails want more
_MOST = 127  # of an int8
# The levels of the two numbers of each byte, the lowest bits first; in units of σ.
_ALL = (torch.arange(_LEVELS) - _LEVELS / 2 + 0.5) * _STEP
_OF_BYTES = _ALL[torch.arange(256)[:, None] >> torch.tensor([0, 4]) & (_LEVELS - 1)]


def width(selector: int) -> int:
    """Bytes of a key of h numbers."""
    return -(-selector // _IN_A_BYTE)


def four_bits(keys: Tensor) -> Tensor:
    """Keys [K,h] of any length and type as bytes [K,⌈h/2⌉].

    σ comes from the numbers themselves, in float64: so whoever packs a key has the same bytes, and
    a key in 8 bits needs no scale. A key of zeros is all one level.
    """
    numbers = keys.double()
    deviation = (numbers * numbers).mean(-1, keepdim=True).sqrt()
    steps = (numbers / (deviation * _STEP)).nan_to_num(0.0).floor()
    codes = (steps + _LEVELS // 2).clamp(0, _LEVELS - 1).byte()
    missing = -keys.shape[-1] % _IN_A_BYTE
    pairs = torch.nn.functional.pad(codes, (0, missing)).view(len(keys), -1, _IN_A_BYTE)
    return pairs[..., 0] | pairs[..., 1] << 4


def levels(packed: Tensor, selector: int) -> Tensor:
    """The numbers [K,h] that bytes [K,⌈h/2⌉] stand for, in bfloat16."""
    table = (_OF_BYTES / math.sqrt(selector)).to(torch.bfloat16)
    # The two numbers of a byte are copied as one integer: several times quicker.
    found = table.view(torch.int32)[:, 0].index_select(0, packed.flatten().int())
    return found.view(torch.bfloat16).view(len(packed), -1)[:, :selector]


def mean(packed: Tensor, selector: int) -> Tensor:
    """The mean of a chunk's keys, bytes [K,⌈h/2⌉] -> int8 [h], where 127 is the outer level.

    No mean lies beyond that, so it needs no scale either. Steps are alike for all chunks: products
    with the same queries compare as they are.
    """
    outer = float(_ALL[-1]) / math.sqrt(selector)
    found = levels(packed, selector).double().mean(0)
    return (found * (_MOST / outer)).round().clamp(-_MOST, _MOST).to(torch.int8)
