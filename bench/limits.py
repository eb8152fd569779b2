"""What this machine can do at best, measured: bytes read from memory and bf16 products a second,
and what follows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from bench.machine import timed

ROUNDS = 5
BYTES = 512 * 2**20  # more than any cache near the processor holds
GEMM_ROWS = 1024
FORMS = {"bfloat16": 2, "int8": 1}  # bytes of a weight


@dataclass(frozen=True)
class Base:
    """A Llama's sizes as far as they decide what a token costs."""

    layer_weights: int  # of all layers, without the embedding
    head_weights: int
    kv_bytes: int  # keys and values of one row in all layers, bfloat16

    @staticmethod
    def of(plain: Any) -> Base:
        config = plain.config
        width = config.num_key_value_heads * config.hidden_size // config.num_attention_heads
        return Base(
            sum(weight.numel() for weight in plain.model.layers.parameters()),
            plain.lm_head.weight.numel(),
            config.num_hidden_layers * 2 * width * 2,
        )

    def decoding_bytes(self, rows: float, form: str) -> float:
        """What one decoded token reads at least: every weight, and the keys and values of all rows
        before it.
        """
        return (self.layer_weights + self.head_weights) * FORMS[form] + rows * self.kv_bytes

    @property
    def writing_operations(self) -> int:
        """What one written token multiplies and adds, attention's own products not counted."""
        return 2 * self.layer_weights


def best(work: Callable[[], Any]) -> float:
    """The least seconds of a few rounds, after one that does not count."""
    return min([timed(work)[0] for _ in range(ROUNDS + 1)][1:])


def bandwidth() -> float:
    """Bytes read a second, by the quickest of some ways to look at every one of them."""
    block = torch.randint(0, 100, (BYTES,), dtype=torch.int8)
    floats, doubles, whole = (
        block.view(torch.float32),
        block.view(torch.float64),
        block.view(torch.int32),
    )
    square, row = floats.view(-1, 4096), torch.ones(4096)
    ways: tuple[Callable[[], Any], ...] = (
        floats.sum,
        doubles.sum,
        whole.amax,
        block.amax,
        lambda: torch.mv(square, row),
    )
    return BYTES / min(map(best, ways))


def arithmetic(plain: Any) -> float:
    """Operations a second of bf16 products with the base's own matrices, those of the feed-forward
    part.

    Layer after layer, so that weights come from where they come from in use; gate and up apart and
    as one.
    """
    blocks = [layer.mlp for layer in plain.model.layers]
    shapes = (
        [block.gate_proj.weight for block in blocks],
        [torch.cat([block.gate_proj.weight, block.up_proj.weight]) for block in blocks],
        [block.down_proj.weight for block in blocks],
    )
    return max(map(_products, shapes))


@torch.inference_mode()
def _products(weights: list[torch.Tensor]) -> float:
    rows = torch.randn(GEMM_ROWS, weights[0].shape[1], dtype=torch.bfloat16)
    seconds = best(lambda: [F.linear(rows, weight) for weight in weights])
    return 2 * GEMM_ROWS * sum(weight.numel() for weight in weights) / seconds
