"""The whole network: token ids -> rows -> layers -> logits."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.config import Architecture
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import Dense, Tensors, frozen
from mplus_cli.model.net.norm import RMSNorm
from mplus_cli.model.net.rope import Rope, table


class Llama(nn.Module):
    """Embedding, layers, final norm and head. `outer` holds what belongs to no layer."""

    def __init__(
        self, architecture: Architecture, outer: Tensors, layers: list[DecoderLayer]
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.embedding = frozen(outer.pop("embedding"))
        # A tied head: the likelier a token, the better its own embedding fits the last row.
        self.head = Dense({"head.weight": outer.pop("head", self.embedding)}, "head")
        self.final_norm = RMSNorm(outer.pop("final_norm"), architecture.rms_eps)
        self.register_buffer("frequencies", outer.pop("frequencies").float(), persistent=False)
        self.layers = nn.ModuleList(layers)

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids [*] -> [*,d]."""
        return F.embedding(ids, self.embedding)

    def logits(self, rows: Tensor) -> Tensor:
        """[...,d] -> [...,V], float32."""
        out: Tensor = self.head(self.final_norm(rows)).float()
        return out

    def rope(self, stop: int) -> Rope:
        """cos and sin of the positions 0..stop-1."""
        scaling, dtype = self.architecture.rope_scaling, self.embedding.dtype
        return table(self.get_buffer("frequencies"), stop, scaling, dtype)
