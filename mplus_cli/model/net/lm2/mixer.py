"""A small causal network of the memory's own, over what enters a block of the base.

What a token is said to do or to be (who went where) is mixed here: in the base's own states a
place hardly knows whose it is.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEADS = 4


class Mixer(nn.Module):
    """[B,n,c] -> [B,n,c]: layers of causal attention, nearer tokens first, and gated maps."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(width) for _ in range(layers))
        self.norm = nn.RMSNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[1]
        distance = torch.arange(n, device=x.device)[:, None] - torch.arange(n, device=x.device)
        for layer in self.layers:
            x = layer(x, distance)
        out: Tensor = self.norm(x)
        return out


class _Layer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.norm2 = nn.RMSNorm(width), nn.RMSNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.o = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(2 * width, width, bias=False)
        # How much a token's distance takes from its score (Press et al., arXiv 2108.12409).
        self.slope = nn.Parameter(torch.logspace(-2, 0.3, HEADS, 10.0))

    def forward(self, x: Tensor, distance: Tensor) -> Tensor:
        batch, n, width = x.shape
        q, k, v = self.qkv(self.norm(x)).view(batch, n, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        bias = (-self.slope.abs()[:, None, None] * distance).masked_fill(distance < 0, -torch.inf)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = x + self.o(mixed.transpose(1, 2).reshape(batch, n, width))
        gate, up = self.up(self.norm2(x)).chunk(2, -1)
        out: Tensor = x + self.down(F.silu(gate) * up)
        return out
