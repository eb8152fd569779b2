"""What a question reads of the slots, and what the base's block adds for it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.net.lm2.keys import keys_of
from mplus_cli.model.net.lm2.mixer import Mixer
from mplus_cli.model.net.lm2.pooling import Pooling
from mplus_cli.model.net.lm2.shape import Shape
from store.kinds.cell import KNOWN, SHARPNESS

BESIDE = 2  # beside what each hop looks for: what tells the relations; what is compared
_INNER = 384
_FOLLOW = 2.0  # at first, a hop mostly asks for what the one before has read


class Reader(nn.Module):
    """Hops: each reads by a key of the question and of what the hop before has read, as blocks do
    that stand one behind the other.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.sharpness = SHARPNESS
        self.shape, hops, aside = shape, shape.hops, shape.value - shape.code
        self.mixer = Mixer(shape.width, shape.layers)
        self.pooling = Pooling(shape.width, hops + BESIDE)
        # "North of it" and "it north of": only both together, words and their order, tell.
        self.turned = nn.Linear(2 * shape.width + shape.code, shape.width)
        self.relations = nn.Linear(2 * shape.width + shape.code, hops * shape.relations)
        self.hop_gates = nn.Linear(shape.width + aside, hops - 1)
        known = shape.width + hops * (aside + 2)
        self.inner = nn.Linear(known, 2 * _INNER)
        self.said = nn.Linear(_INNER, shape.hidden, bias=False)
        self.out_gates = nn.Linear(known, hops)
        with torch.no_grad():
            self.hop_gates.bias.fill_(_FOLLOW)
            self.said.weight.mul_(0.1)

    def forward(
        self, rows: Tensor, codes: Tensor, to_keys: Tensor, places: Tensor, slots: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Token rows [B,n,c] and codes [B,n,k] of prompts, numbers of tokens that read [B,p],
        slots [B,N,a+m] -> code read [B,p,k], what is said besides [B,p,d], weights [B,p,H,N].
        """
        shape = self.shape
        tokens = self.mixer(rows)
        at = tokens.gather(1, places[..., None].expand(-1, -1, shape.width))
        seen = torch.arange(rows.shape[1], device=rows.device) <= places[..., None]
        pooled, looked = self.pooling(at, tokens, seen, codes)  # [B,p,H+2,k]
        told = torch.cat([at, pooled[..., -BESIDE, :]], -1)
        there = looked[:, -BESIDE] @ tokens  # what stands before that word is known at it
        turned = self.turned(torch.cat([told, there], -1))
        told = torch.cat([told, F.silu(turned)], -1)
        relations = self.relations(told).unflatten(-1, (shape.hops, shape.relations))
        tags, values = slots[..., : shape.tag], slots[..., shape.tag :]
        asked = F.normalize(pooled[..., -1, :], dim=-1)
        reads, weights, found = list[Tensor](), list[Tensor](), list[Tensor]()
        for hop in range(shape.hops):
            base = pooled[..., hop, :]
            if hop:
                gate = self.hop_gates(torch.cat([at, reads[-1][..., shape.code :]], -1))
                gate = torch.sigmoid(gate[..., hop - 1 : hop])
                base = gate * reads[-1][..., : shape.code] + (1 - gate) * base
            key = keys_of(base, relations[..., hop, :], to_keys)
            alike = torch.einsum("bpa,bna->bpn", key, tags)
            nothing = torch.full_like(alike[..., :1], KNOWN)
            weight = (self.sharpness * torch.cat([alike, nothing], -1)).softmax(-1)[..., :-1]
            reads.append(weight @ values)
            weights.append(weight)
            same = (F.normalize(reads[-1][..., : shape.code], dim=-1) * asked).sum(-1)
            found.append(torch.stack([weight.sum(-1), same], -1))
        asides = [read[..., shape.code :] for read in reads]
        known = torch.cat([at, *asides, *found], -1)
        gate, up = self.inner(known).chunk(2, -1)
        said = self.said(F.silu(gate) * up)
        shares = torch.sigmoid(self.out_gates(known))
        codes_read = torch.stack([read[..., : shape.code] for read in reads], -1)
        code = (codes_read * shares[..., None, :]).sum(-1)
        return code, said, torch.stack(weights, 2)
