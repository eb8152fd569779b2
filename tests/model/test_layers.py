"""The lean decoder against transformers' Llama, on random weights."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

from mplus_cli.kinds.passes import read_by_layer
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare

ROPES = {
    "default": {"rope_type": "default", "rope_theta": 10000.0},
    "linear": {"rope_type": "linear", "factor": 2.5, "rope_theta": 10000.0},
    "llama3": {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32,
        "rope_theta": 50000.0,
    },
    "yarn": {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 64,
        "rope_theta": 10000.0,
    },
}
SHAPES: dict[str, dict[str, object]] = {
    "grouped heads": {},
    "one key-value head, tied": {"num_key_value_heads": 1, "tie_word_embeddings": True},
    "all heads, biases": {"num_key_value_heads": 6, "attention_bias": True, "mlp_bias": True},
    "wide heads, gelu": {"head_dim": 16, "hidden_act": "gelu_pytorch_tanh"},
}


class Nothing:
    """A memory with nothing in it."""

    def __init__(self, hidden: int) -> None:
        self.hidden = hidden

    def read(self, layer: int, queries: torch.Tensor | None) -> SimpleNamespace:
        nothing = torch.zeros(0, self.hidden)
        return SimpleNamespace(
            states=nothing, ids=np.zeros(0, int), scores=torch.zeros(0), kv=nothing
        )


def reference(rope: dict[str, object], shape: dict[str, object]) -> LlamaForCausalLM:
    config = LlamaConfig(
        **{
            "vocab_size": 61,
            "hidden_size": 48,
            "intermediate_size": 80,
            "num_hidden_layers": 3,
            "num_attention_heads": 6,
            "num_key_value_heads": 2,
            "max_position_embeddings": 256,
            "rope_parameters": rope,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "dtype": "float32",
            "tie_word_embeddings": False,
        }
        | shape
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.2 + (parameter.dim() == 1) * 0.8)
    return model


@pytest.mark.parametrize("rope", ROPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_an_untrained_memory_starts_as_the_plain_llama(
    tmp_path: Path, rope: str, shape: str
) -> None:
    """With an empty memory, what is read is the sequence start and the prompt: logits of every row,
    and decoding.
    """
    plain = reference(ROPES[rope], SHAPES[shape])
    source = tmp_path / "source"
    source.mkdir()
    tensors = {name: tensor.contiguous() for name, tensor in plain.state_dict().items()}
    if plain.config.tie_word_embeddings:
        del tensors["lm_head.weight"]
    save_file(tensors, source / "model.safetensors")
    memory = {"num_tokens": 8, "num_blocks": 2, "memory_state": "input", "write_context": "none"}
    plain.config.update(memory)
    plain.config.save_pretrained(source)
    prepare(folder_source("plain", source), tmp_path / "prepared")
    model = load(tmp_path / "prepared")
    ids = [5, 9, 33, 60, 2, 7, 7, 12]
    cache, logits = read_by_layer(model, ids, Nothing(48), 2, all_logits=True)
    following = model.step(cache, 17)
    with torch.no_grad():
        expected = plain(torch.tensor([[1, *ids, 17]])).logits[0]
    scale = expected.abs().max()
    assert (logits - expected[1:-1]).abs().max() < 2e-5 * scale
    assert (following - expected[-1]).abs().max() < 2e-5 * scale
