"""The memory module of one model: writer and reader, and what tokens look like to them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.net.lm2.reader import Reader
from mplus_cli.model.net.lm2.shape import Shape
from mplus_cli.model.net.lm2.writer import Writer


class Lm2(nn.Module):
    """Tokens come as x [B,n,d], their embeddings, and z [B,n,d], what enters a block of the base;
    both are whitened: some of their numbers are 20 times as large as others.
    """

    x_mean: Tensor
    x_white: Tensor
    z_mean: Tensor
    z_white: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        hidden = shape.hidden
        for name in ("x", "z"):
            self.register_buffer(f"{name}_mean", torch.zeros(hidden))
            self.register_buffer(f"{name}_white", torch.eye(hidden))
        self.to_code = nn.Linear(hidden, shape.code, bias=False)
        self.to_key = nn.Linear(shape.code, shape.tag, bias=False)
        self.from_code = nn.Linear(shape.code, hidden, bias=False)
        self.enter_x, self.enter_z = (  # of the writer, of the reader
            nn.ModuleList(nn.Linear(hidden, shape.width, bias=False) for _ in range(2))
            for _ in range(2)
        )
        self.writer, self.reader = Writer(shape), Reader(shape)

    def whitened(self, x: Tensor, z: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Embeddings and block inputs as the other methods take them."""
        x = (x - self.x_mean) @ self.x_white
        return x, None if z is None else (z - self.z_mean) @ self.z_white

    def codes(self, x: Tensor) -> Tensor:
        """Which tokens they are: [B,n,d] -> [B,n,k], of length one."""
        return F.normalize(self.to_code(x), dim=-1)

    def _entering(self, x: Tensor, z: Tensor | None, side: int) -> Tensor:
        rows: Tensor = self.enter_x[side](x)
        return rows if z is None else rows + self.enter_z[side](z)

    def rows(self, x: Tensor, z: Tensor | None, ends: Tensor) -> Tensor:
        """Write rows [B,s,W,w] of segments: see `Writer`."""
        rows: Tensor = self.writer(self._entering(x, z, 0), self.codes(x), self.to_key.weight, ends)
        return rows

    def read(
        self, x: Tensor, z: Tensor | None, places: Tensor, slots: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What is added [B,p,d] for p tokens of prompts, and what they read: see `Reader`."""
        code, said, weights = self.reader(
            self._entering(x, z, 1), self.codes(x), self.to_key.weight, places, slots
        )
        return self.from_code(code) + said, weights
