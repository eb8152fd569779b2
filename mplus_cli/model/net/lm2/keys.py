"""Keys of slots: of a word, and of what is kept under it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def keys_of(codes: Tensor, relations: Tensor, maps: Tensor) -> Tensor:
    """codes [*,k] by scores of relations [*,r] -> keys [*,a] of length one; maps [r,a,k].

    Each relation has a map of its own, so where somebody is and what they carry lie apart, and so
    do two people of whom the same is kept.
    """
    every = torch.einsum("...k,rak->...ra", codes, maps)
    return F.normalize((relations.softmax(-1)[..., None] * every).sum(-2), dim=-1)
