"""What a segment would write, whatever the memory holds: W rows for each of its sentences."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.net.lm2.keys import keys_of
from mplus_cli.model.net.lm2.mixer import Mixer
from mplus_cli.model.net.lm2.pooling import Pooling
from mplus_cli.model.net.lm2.shape import Shape

# What the slot's key is made of, what is copied from, what is written, and what tells the relation.
POOLED = 4


class Writer(nn.Module):
    """Rows are laid out as `shape.Shape.row` and the cell say."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape, heads = shape, shape.heads
        self.mixer = Mixer(shape.width, shape.layers)
        self.pooling = Pooling(shape.width, POOLED * heads)
        self.heads = nn.Linear(shape.width, heads * shape.width)
        self.relations = nn.Linear(shape.width + shape.code, 2 * shape.relations)
        self.aside = nn.Linear(shape.width, shape.value - shape.code, bias=False)
        self.gates = nn.Linear(shape.width, 4)  # written; kept, copied; text
        with torch.no_grad():
            self.gates.bias.copy_(torch.tensor([0.0, -2.0, -2.0, 1.0]))

    def forward(self, rows: Tensor, codes: Tensor, to_keys: Tensor, ends: Tensor) -> Tensor:
        """Token rows [B,n,c], their codes [B,n,k], where sentences end [B,s] (-1: there is none)
        -> write rows [B,s,W,w], closed where there is no sentence.
        """
        shape, tokens = self.shape, self.mixer(rows)
        places = tokens.gather(1, ends.clamp(min=0)[..., None].expand(-1, -1, shape.width))
        number = torch.arange(rows.shape[1], device=rows.device)
        begins = F.pad(ends[:, :-1], (1, 0), value=-1)
        seen = (number > begins[..., None]) & (number <= ends[..., None])
        pooled, _ = self.pooling(places, tokens, seen, codes)
        pooled = pooled.view(*pooled.shape[:2], shape.heads, POOLED, -1)  # [B,s,W,4,k]
        about = F.silu(self.heads(places)).view(*places.shape[:2], shape.heads, -1)
        told = torch.cat([about, pooled[..., 3, :]], -1)
        relations = self.relations(told).unflatten(-1, (2, shape.relations))
        keys = keys_of(pooled[..., :2, :], relations, to_keys)
        gates = self.gates(about)
        text = torch.tanh(gates[..., 3:]) * pooled[..., 2, :]
        value = torch.cat([text, torch.tanh(self.aside(about))], -1)
        gates = torch.sigmoid(gates)
        written = gates[..., :1] * (ends >= 0)[..., None, None]
        return torch.cat([keys.flatten(-2), value, written, gates[..., 1:3]], -1)
