"""The memory module of one model: writer and reader, and what tokens look like to them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.net.lm2.reader import Reader
from mplus_cli.model.net.lm2.shape import Shape
from mplus_cli.model.net.lm2.writer import Writer


class Lm2(nn.Module):
    """Tokens come as x [B,n,d], their embeddings, whitened: some of their numbers are 20 times as
    large as others.
    """

    x_mean: Tensor
    x_white: Tensor
    to_code: Tensor
    loud: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        hidden = shape.hidden
        self.register_buffer("x_mean", torch.zeros(hidden))
        self.register_buffer("x_white", torch.eye(hidden))
        # Drawn once and not learned: so what was held is said as it was, whatever is learned.
        self.register_buffer("to_code", torch.randn(shape.code, hidden) * hidden**-0.5)
        self.register_buffer("loud", torch.ones(()))  # how large the base's last states are
        maps = torch.randn(shape.relations, shape.tag, shape.code) * shape.code**-0.5
        self.to_keys = nn.Parameter(maps)
        self.from_code = nn.Linear(shape.code, hidden, bias=False)
        self.enter_writer = nn.Linear(hidden, shape.width, bias=False)
        self.enter_reader = nn.Linear(hidden, shape.width, bias=False)
        self.writer, self.reader = Writer(shape), Reader(shape)

    def whitened(self, embeddings: Tensor) -> Tensor:
        """Embeddings [*,d] as the other methods take them."""
        return (embeddings - self.x_mean) @ self.x_white

    def codes(self, x: Tensor) -> Tensor:
        """Which tokens they are: [B,n,d] -> [B,n,k], of length one."""
        return F.normalize(x @ self.to_code.T, dim=-1)

    def rows(self, x: Tensor, ends: Tensor) -> Tensor:
        """Write rows [B,s,W,w] of segments: see `Writer`."""
        rows: Tensor = self.writer(self.enter_writer(x), self.codes(x), self.to_keys, ends)
        return rows

    def read(self, x: Tensor, places: Tensor, slots: Tensor) -> tuple[Tensor, Tensor]:
        """What is added [B,p,d] for p tokens of prompts, and what they read: see `Reader`."""
        code, said, weights = self.reader(
            self.enter_reader(x), self.codes(x), self.to_keys, places, slots
        )
        return self.say(code) + self.loud * said, weights

    def say(self, codes: Tensor) -> Tensor:
        """What is added [*,d] so that the tokens with some codes [*,k] are said."""
        said: Tensor = self.loud * self.from_code(codes)
        return said
