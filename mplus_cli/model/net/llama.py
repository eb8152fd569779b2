"""The whole network: token ids -> rows -> layers -> logits.

Named after Llama, whose numbers are the defaults of `Architecture`; other decoders differ in these.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.config import Architecture
from mplus_cli.model.net.attention import capped
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import Dense, Tensors, frozen
from mplus_cli.model.net.norm import RMSNorm
from mplus_cli.model.net.rope import Rope, tables


def embedded(ids: Tensor, embedding: Tensor, architecture: Architecture) -> Tensor:
    """Token ids [*] -> rows [*,d] that enter the first layer."""
    rows, scale = F.embedding(ids, embedding), architecture.embedding_scale
    return rows if scale == 1 else rows * scale


def as_logits(products: Tensor, architecture: Architecture) -> Tensor:
    """The head's products [...,V] -> logits, float32."""
    scale = architecture.logits_scale
    products = products.float()
    return capped(products if scale == 1 else products * scale, architecture.logits_cap)


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
        # [R,r/2]; where mplus 0.1 or 0.2 prepared it, those of the one table, [r/2].
        frequencies = outer.pop("frequencies").float()
        frequencies = frequencies.view(-1, frequencies.shape[-1])
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.layers = nn.ModuleList(layers)

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids [*] -> [*,d]."""
        return embedded(ids, self.embedding, self.architecture)

    def logits(self, rows: Tensor) -> Tensor:
        """[...,d] -> [...,V], float32."""
        return as_logits(self.head(self.final_norm(rows)), self.architecture)

    def rope(self, stop: int) -> Rope:
        """cos and sin of the positions 0..stop-1, for all layers."""
        scaling, dtype = self.architecture.rope_scaling, self.embedding.dtype
        return tables(self.get_buffer("frequencies"), stop, scaling, dtype)
