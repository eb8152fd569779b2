"""Between the model and the store, which do not know each other: a model's sizes as a memory's spec."""

from __future__ import annotations

from mplus_cli.model.config import ModelConfig, Quantization
from store.home import Spec


def make_spec(config: ModelConfig, quantize: Quantization, seed: int = 0) -> Spec:
    """What a new memory for this model looks like."""
    return Spec(
        model=config.name,
        identity=config.identity(quantize),
        dtype=config.dtype,
        layers=config.layers,
        hidden=config.hidden,
        num_tokens=config.num_tokens,
        pool_vectors=config.pool_vectors,
        retrieved_vectors=config.retrieved_vectors,
        selector=config.selector,
        capacity_vectors=config.capacity_vectors,
        drop_per_layer=config.drop_per_layer,
        origin_vectors=config.origin_vectors,
        pool_full=config.pool_full,
        seed=seed,
    )
