"""The mean of runs, of which some have no write adapter."""

import torch

from training.average import average

READ, WRITE = (
    "model.layers.0.mlp.up_proj.lora_{}." + name + ".weight"
    for name in ("decoder_adapter", "default")
)


def test_an_adapter_that_a_run_lacks_counts_as_none() -> None:
    both = {name.format(part): torch.full((2, 2), 4.0) for name in (READ, WRITE) for part in "AB"}
    one = {READ.format(part): torch.full((2, 2), 2.0) for part in "AB"}
    found = average([both, one])
    assert {name: tensor[0, 0].item() for name, tensor in found.items()} == {
        READ.format("A"): 3,
        READ.format("B"): 3,
        WRITE.format("A"): 4,
        WRITE.format("B"): 2,  # so its product is half of what it was
    }
