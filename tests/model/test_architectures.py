"""Every architecture against transformers' own model of it, on tiny random weights: logits of a
whole prompt behind a chunk and greedy decoding.
"""

import shutil
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from mplus_cli.kinds.passes import write_alone
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.network import Network
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare
from store.segments.quantized import packed
from tests.toy import save_tokenizer

CLOSE = 1e-5  # of the largest logit
# Of the logits' length; so few random weights are off by more than a real model's.
CLOSE_KEPT, CLOSE_DECODED, CLOSE_IN_BFLOAT16 = 0.02, 0.05, 0.06
GREEDY = 8
# Odd sizes, grouped heads.
SIZES: dict[str, object] = {
    "vocab_size": 261,
    "hidden_size": 48,
    "intermediate_size": 88,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "bos_token_id": 256,
    "eos_token_id": [258, 260],
    "pad_token_id": 260,
    "tie_word_embeddings": False,
}
LONG = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0, 1.3, 2.0],
    "long_factor": [1.0, 4.0, 9.0],
}
YARN = {
    "rope_type": "yarn",
    "factor": 4.0,
    "original_max_position_embeddings": 1024,
    "rope_theta": 10000.0,
}
CASES: dict[str, tuple[str, dict[str, object]]] = {
    "llama": ("llama", {"attention_bias": True, "mlp_bias": True, "head_dim": 10}),
    "mistral": ("mistral", {"head_dim": 16, "sliding_window": 700}),
    "ministral": ("ministral", {"head_dim": 12, "sliding_window": 640}),
    "ministral 3": (
        "ministral3",
        {"head_dim": 16, "rope_parameters": YARN | {"llama_4_scaling_beta": 0.1}},
    ),
    "qwen 2": ("qwen2", {"tie_word_embeddings": True}),
    "qwen 3": ("qwen3", {"head_dim": 20}),
    "smollm 3": ("smollm3", {"no_rope_layers": [1, 0, 1], "rope_parameters": YARN}),
    "phi 3": ("phi3", {"sliding_window": 650}),
    "phi 4 mini": (
        "phi3",
        {
            "tie_word_embeddings": True,
            "original_max_position_embeddings": 1024,
            "rope_parameters": LONG | {"partial_rotary_factor": 0.75},
        },
    ),
    "gemma": ("gemma", {"head_dim": 16, "num_key_value_heads": 1, "tie_word_embeddings": True}),
    "gemma 2": (
        "gemma2",
        {
            "head_dim": 14,
            "query_pre_attn_scalar": 9,
            "attn_logit_softcapping": 2.0,
            "final_logit_softcapping": 3.0,
            "sliding_window": 660,
            "tie_word_embeddings": True,
        },
    ),
    "gemma 3": (
        "gemma3_text",
        {
            "head_dim": 16,
            "query_pre_attn_scalar": 20,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
            "sliding_window": 670,
            "rope_parameters": {
                "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
                "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
            },
            "tie_word_embeddings": True,
        },
    ),
    "olmo 2": ("olmo2", {}),
    "granite": (
        "granite",
        {
            "embedding_multiplier": 3.0,
            "attention_multiplier": 0.2,
            "residual_multiplier": 0.4,
            "logits_scaling": 2.5,
            "tie_word_embeddings": True,
        },
    ),
}
STRUCTURE = ("norms", "head_norms", "window")  # which tensors there are, and how much is read
# Up to where nothing of them changes.
POSITIONS = {
    "mistral": 700,
    "ministral": 640,
    "ministral 3": 1024,
    "phi 3": 650,
    "phi 4 mini": 1024,
    "gemma 2": 660,
    "gemma 3": 670,
}


def random_model(case: str) -> Any:
    """Transformers' model with weights that no part of it leaves without effect."""
    name, own = CASES[case]
    config = CONFIG_MAPPING[name].from_dict(SIZES | own | {"dtype": "float32"})
    config._attn_implementation = "eager"  # the other one caps no scores
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.2 + (parameter.dim() == 1) * 0.5)
        if name == "qwen2":  # as its published ones have them
            for layer in model.model.layers:
                layer.self_attn.k_proj.bias[3] = 40.0
    return model


@dataclass
class Both:
    """Transformers' model, the folder of ours, and what it is asked: a prefix, chunks, a prompt."""

    case: str
    plain: Any
    folder: Path
    prefix: list[int]
    chunks: list[list[int]]
    prompt: list[int]

    def expected(self, chunk: list[int]) -> tuple[torch.Tensor, list[int]]:
        """Logits [m+8,V] of the prompt behind prefix and chunk, and of what is decoded greedily
        behind it; and the latter.
        """
        ids = [*self.prefix, *chunk, *self.prompt]
        with torch.no_grad():
            made = self.plain.generate(
                torch.tensor([ids]), max_new_tokens=GREEDY, min_new_tokens=GREEDY, do_sample=False
            )
            following = made[0, len(ids) :].tolist()
            return self.plain(made).logits[0, -len(self.prompt) - GREEDY :], following

    def found(
        self, network: Network, chunk: list[int], following: list[int], bits: int | None = None
    ) -> torch.Tensor:
        """The same logits, of a chunk that was written first and read then."""
        kv = torch.zeros(network.config.architecture.layers, 0, 0)
        if chunk:
            # Beside another one: they must see nothing of each other.
            kv = write_alone(network, [self.prompt, chunk], as_kv=True)[1].vectors
        if bits:
            kv = packed(kv, parts=2).unpacked(kv.dtype)

        def read(layer: int, normed: torch.Tensor) -> SimpleNamespace:
            rows = kv[layer]
            ids, scores = np.arange(len(rows)), torch.zeros(len(rows))
            return SimpleNamespace(ids=ids, scores=scores, states=rows[:0], kv=rows)

        cache, logits = network.read(self.prompt, read, GREEDY, all_logits=True)
        return torch.cat([logits, *(network.step(cache, token)[None] for token in following)])


@pytest.fixture(scope="module", params=CASES)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder, plain = tmp_path_factory.mktemp("model"), random_model(request.param)
    source, prepared = folder / "source", folder / "prepared"
    plain.save_pretrained(source)
    save_tokenizer(source)
    config = prepare(folder_source("plain", source), prepared)
    tokenizer = Tokenizer(prepared, config)
    chunks = [tokenizer.passage(text) for text in ("A key.", "The red door opens inwards. " * 3)]
    prompt = tokenizer.prompt("Which way?", None)
    return Both(request.param, plain, prepared, tokenizer.prefix(), chunks, prompt)


def off(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("number", [0, 1, None])
def test_logits_and_greedy_tokens_are_those_of_transformers(both: Both, number: int | None) -> None:
    """Behind a short chunk, a longer one and none at all."""
    chunk = [] if number is None else both.chunks[number]
    logits, following = both.expected(chunk)
    found = both.found(load(both.folder), chunk, following)
    assert (found - logits).abs().max() < CLOSE * logits.abs().max()
    assert found[-GREEDY - 1 : -1].argmax(-1).tolist() == following


def test_a_chunk_kept_in_8_bits_stays_close(both: Both) -> None:
    logits, following = both.expected(both.chunks[1])
    found = both.found(load(both.folder), both.chunks[1], following, bits=8)
    assert 0 < off(found, logits) < CLOSE_KEPT


def test_decoding_in_8_bits_stays_close(both: Both) -> None:
    logits, following = both.expected(both.chunks[1])
    found = both.found(load(both.folder, decode8=True), both.chunks[1], following)
    assert 0 < off(found[-GREEDY:], logits[-GREEDY:]) < CLOSE_DECODED


def test_bfloat16_stays_close(both: Both) -> None:
    logits, following = both.expected(both.chunks[1])
    found = both.found(load(both.folder, dtype="bfloat16"), both.chunks[1], following)
    assert 0 < off(found, logits) < CLOSE_IN_BFLOAT16


def test_positions_end_where_the_architecture_changes(both: Both) -> None:
    net = ModelConfig.load(both.folder).architecture
    assert net.max_positions == POSITIONS.get(both.case, SIZES["max_position_embeddings"])
    assert net.window in (0, net.max_positions)


def test_every_number_of_an_architecture_counts(both: Both, tmp_path: Path) -> None:
    """None of them is so near to Llama's that these tests would not see it missing."""
    folder = shutil.copytree(both.folder, tmp_path / "changed")
    network = load(folder)
    logits, net = both.found(network, both.chunks[1], []), network.config.architecture
    for field in fields(net):
        if field.default in (MISSING, getattr(net, field.name)) or field.name in STRUCTURE:
            continue
        changed = replace(net, **{field.name: field.default})
        replace(network.config, architecture=changed).save(folder)
        assert off(both.found(load(folder), both.chunks[1], []), logits) > 0.01, field.name
