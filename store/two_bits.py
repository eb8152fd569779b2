"""Keys in two bits a number: a quarter of a byte, and as good to find chunks by.

A key has length one, so its h numbers deviate from zero by σ = 1/√h, and no scale need be kept.
They are about normally distributed, and of such the four best levels are ±0.4528σ and ±1.510σ,
parted at 0 and ±0.9816σ (J. Max, Quantizing for Minimum Distortion, IRE Transactions on Information
Theory, 1960, table I). Products with these levels are, on average, 0.8825 of those with the numbers
themselves; so the levels are taken 1 / 0.8825 as large, and a product is a cosine without a bias.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_IN_A_BYTE = 4
_MOST = 127  # of an int8
_INNER, _OUTER, _BOUND, _SHARE = 0.4528, 1.510, 0.9816, 0.8825
# The levels of the four numbers of each byte, the lowest bits first; in units of σ.
_FOUR = torch.tensor([-_OUTER, -_INNER, _INNER, _OUTER]) / _SHARE
_LEVELS = _FOUR[torch.arange(256)[:, None] >> torch.tensor([0, 2, 4, 6]) & 3]


def width(selector: int) -> int:
    """Bytes of a key of h numbers."""
    return -(-selector // _IN_A_BYTE)


def two_bits(keys: Tensor) -> Tensor:
    """Keys [K,h] of any length and type as bytes [K,⌈h/4⌉].

    σ comes from the numbers themselves, in float64: so whoever packs a key has the same bytes, and
    a key in 8 bits needs no scale.
    """
    numbers = keys.double()
    squares = numbers * numbers
    far = squares * keys.shape[-1] > _BOUND**2 * squares.sum(-1, keepdim=True)
    positive = numbers >= 0
    codes = torch.where(positive, 2 + far.byte(), 1 - far.byte())
    missing = -keys.shape[-1] % _IN_A_BYTE
    codes = torch.nn.functional.pad(codes, (0, missing)).view(len(keys), -1, _IN_A_BYTE)
    return (codes << torch.tensor([0, 2, 4, 6], dtype=torch.uint8)).sum(-1).byte()


def levels(packed: Tensor, selector: int) -> Tensor:
    """The numbers [K,h] that bytes [K,⌈h/4⌉] stand for, in bfloat16."""
    table = (_LEVELS / math.sqrt(selector)).to(torch.bfloat16)
    # The four numbers of a byte are copied as one integer: several times quicker.
    found = table.view(torch.int64)[:, 0].index_select(0, packed.flatten().int())
    return found.view(torch.bfloat16).view(len(packed), -1)[:, :selector]


def mean(packed: Tensor, selector: int) -> Tensor:
    """The mean of a chunk's keys, bytes [K,⌈h/4⌉] -> int8 [h], where 127 is the outer level.

    No mean lies beyond that, so it needs no scale either. Steps are alike for all chunks: products
    with the same queries compare as they are.
    """
    found = levels(packed, selector).double().mean(0)
    outer = levels(torch.full((1, width(selector)), 255, dtype=torch.uint8), selector)
    return (found * (_MOST / float(outer[0, 0]))).round().to(torch.int8)
