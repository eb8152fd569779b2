"""Keys in two bits a number: a quarter of a byte, and as good to find chunks by as in eight bits.

Of a key's h numbers the third that is largest takes an outer level, the others take an inner one,
each with its sign: nearly the four levels that suit normally distributed numbers best. Keys are no
such numbers, for a few of them hold most of a key's length. So they are rotated first, by signs and
a Hadamard transform, which makes each number a sum of all; no cosine changes where queries are
rotated, too. As all have as many outer numbers, what is read back has length one whatever it was
rounded from: else keys that were rounded up would look nearer than others. Both matter
(docs/design.md, section 7).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor

_IN_A_BYTE = 4
_SHIFTS = torch.arange(0, 8, 2, dtype=torch.uint8)
# The means of the larger third and of the others, of normally distributed numbers without signs.
_OUTER, _INNER = 1.50, 0.45
_LEVELS = torch.tensor([_INNER, -_INNER, _OUTER, -_OUTER])
# The levels of the four numbers of each byte, the lowest bits first.
_OF_BYTES = _LEVELS[torch.arange(256)[:, None] >> _SHIFTS & 3]
_MOST = 127  # of an int8


def width(selector: int) -> int:
    """Bytes of a key of h numbers."""
    return -(-selector // _IN_A_BYTE)


def rotated(vectors: Tensor) -> Tensor:
    """Vectors [*,h] in the directions that packed keys have: lengths and cosines are the same.

    Numbers are multiplied with fixed signs, then each block of them with a Hadamard matrix, as long
    as a power of two divides h: sums and differences of pairs, of pairs of these, and so on. Sums
    have a fixed order, so the same numbers give the same bits on every machine.
    """
    size = vectors.shape[-1]
    block, out = size & -size, vectors * _signs(size).to(vectors)
    half = 1
    while half < block:
        first, second = out.view(-1, size // (2 * half), 2, half).unbind(2)
        out = torch.stack((first + second, first - second), 2)
        half *= 2
    return out.view(vectors.shape) / math.sqrt(block)


@cache
def _signs(size: int) -> Tensor:
    """h signs: the bits of SHAKE-256 over nothing, the lowest of each byte first."""
    drawn = np.frombuffer(hashlib.shake_256().digest(-(-size // 8)), np.uint8)
    bits = np.unpackbits(drawn, count=size, bitorder="little")
    return torch.from_numpy(1 - 2 * bits.astype(np.int8))


def two_bits(keys: Tensor) -> Tensor:
    """Keys [K,h] of any length and type as bytes [K,⌈h/4⌉]: whoever packs a key has the same bytes,
    so they may be part of a name.
    """
    numbers, after = rotated(keys.cpu().double()), _outer(keys.shape[-1]) + 1
    sizes = numbers.abs().numpy()
    largest_inner = torch.from_numpy(np.partition(sizes, -after)[:, -after, None])
    codes = (numbers < 0) | ((numbers.abs() > largest_inner).byte() << 1)
    missing = -keys.shape[-1] % _IN_A_BYTE
    padded = torch.nn.functional.pad(codes, (0, missing)).view(len(keys), -1, _IN_A_BYTE)
    return (padded << _SHIFTS).sum(-1, dtype=torch.uint8)


def _outer(selector: int) -> int:
    """How many of a key's numbers are outer ones."""
    return selector // 3


@cache
def _scale(selector: int) -> float:
    """What the levels are multiplied with, so that a key has length one."""
    outer = _outer(selector)
    return 1 / math.sqrt(outer * _OUTER**2 + (selector - outer) * _INNER**2)


def levels(packed: Tensor, selector: int) -> Tensor:
    """The keys [K,h] that bytes [K,⌈h/4⌉] stand for: rotated, of length one, in bfloat16."""
    table = (_OF_BYTES * _scale(selector)).to(torch.bfloat16)
    # The four numbers of a byte are copied as one integer: several times quicker.
    found = table.view(torch.int64)[:, 0].index_select(0, packed.flatten().int())
    return found.view(torch.bfloat16).view(len(packed), -1)[:, :selector]


def means(packed: Tensor, counts: Sequence[int], selector: int) -> Tensor:
    """The mean of each chunk's keys, where 127 is the outer level: bytes [M,⌈h/4⌉] of S chunks with
    so many keys, one after the other -> int8 [S,h].

    No mean lies beyond that, so it needs no scale either. Steps are alike for all chunks: products
    with the same queries compare as they are. Sums of levels are exact, so a chunk's mean is the
    same whatever stands beside it.
    """
    starts = np.cumsum([0, *counts[:-1]])
    sums = np.add.reduceat(levels(packed, selector).double().numpy(), starts)
    found = torch.from_numpy(sums) / torch.tensor(counts)[:, None]
    steps = found * (_MOST / (_OUTER * _scale(selector)))
    return steps.round().clamp(-_MOST, _MOST).to(torch.int8)
