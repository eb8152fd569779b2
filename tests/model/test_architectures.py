"""Every architecture against transformers' own model of it, on tiny random weights: logits of a
whole prompt and greedy decoding.
"""

from dataclasses import MISSING, fields, replace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from mplus_cli.kinds.passes import read_by_layer
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.model.test_layers import Nothing

CLOSE = 1e-4  # of the largest logit
CLOSE_IN_8_BITS, CLOSE_IN_BFLOAT16 = 0.1, 0.1  # of the logits' length; tiny weights are coarse
PROMPT, GREEDY = [5, 9, 33, 60, 2, 7, 7, 12, 44, 3, 21, 18, 50], 8
# Odd sizes, grouped heads.
SIZES: dict[str, object] = {
    "vocab_size": 67,
    "hidden_size": 48,
    "intermediate_size": 88,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "tie_word_embeddings": False,
}
MEMORY = {"num_tokens": 8, "num_blocks": 2, "memory_state": "input", "write_context": "none"}
LONG = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0, 1.3, 2.0],
    "long_factor": [1.0, 4.0, 9.0],
}
YARN = {
    "rope_type": "yarn",
    "factor": 4.0,
    "original_max_position_embeddings": 64,
    "rope_theta": 10000.0,
}
CASES: dict[str, tuple[str, dict[str, object]]] = {
    "llama": ("llama", {"attention_bias": True, "mlp_bias": True, "head_dim": 10}),
    "mistral": ("mistral", {"head_dim": 16, "sliding_window": 40}),
    "ministral": ("ministral", {"head_dim": 12, "sliding_window": 64}),
    "ministral 3": (
        "ministral3",
        {"head_dim": 16, "rope_parameters": YARN | {"llama_4_scaling_beta": 0.1}},
    ),
    "qwen 2": ("qwen2", {"tie_word_embeddings": True}),
    "qwen 3": ("qwen3", {"head_dim": 20}),
    "smollm 3": ("smollm3", {"no_rope_layers": [1, 0, 1], "rope_parameters": YARN}),
    "phi 3": ("phi3", {"sliding_window": 32}),
    "phi 4 mini": (
        "phi3",
        {
            "tie_word_embeddings": True,
            "original_max_position_embeddings": 64,
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
            "sliding_window": 48,
            "tie_word_embeddings": True,
        },
    ),
    "gemma 3": (
        "gemma3_text",
        {
            "head_dim": 16,
            "query_pre_attn_scalar": 20,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
            "sliding_window": 56,
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
    "mistral": 40,
    "ministral": 64,
    "ministral 3": 64,
    "phi 3": 32,
    "phi 4 mini": 64,
    "gemma 2": 48,
    "gemma 3": 56,
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
    return model


@pytest.fixture(scope="module", params=CASES)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The case, transformers' model, and the folder of the one that was prepared from its files."""
    folder, plain = tmp_path_factory.mktemp("model"), random_model(request.param)
    plain.config.update(MEMORY)
    plain.save_pretrained(folder / "source")
    prepare(folder_source("plain", folder / "source"), folder / "prepared")
    return request.param, plain, folder / "prepared"


def expected(plain: Any) -> tuple[torch.Tensor, list[int]]:
    """Logits [13+8,V] of the prompt, and of what is decoded greedily behind it; and the latter."""
    ids = [1, *PROMPT]
    with torch.no_grad():
        for _ in range(GREEDY):
            ids.append(int(plain(torch.tensor([ids])).logits[0, -1].argmax()))
        return plain(torch.tensor([ids])).logits[0, 1:], ids[1 + len(PROMPT) :]


def decoded(model: Network, following: list[int]) -> torch.Tensor:
    cache, logits = read_by_layer(
        model, PROMPT, Nothing(model.config.architecture.hidden), GREEDY, all_logits=True
    )
    return torch.cat([logits, *(model.step(cache, token)[None] for token in following)])


def off(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


def test_logits_and_greedy_tokens_are_those_of_transformers(both: Any) -> None:
    _, plain, folder = both
    logits, following = expected(plain)
    found = decoded(load(folder), following)
    assert (found - logits).abs().max() < CLOSE * logits.abs().max()
    assert found[len(PROMPT) - 1 : -1].argmax(-1).tolist() == following


def test_decoding_in_8_bits_stays_close(both: Any) -> None:
    _, plain, folder = both
    logits, following = expected(plain)
    found = decoded(load(folder, decode8=True), following)[len(PROMPT) :]
    assert 0 < off(found, logits[len(PROMPT) :]) < CLOSE_IN_8_BITS


def test_bfloat16_stays_close(both: Any) -> None:
    _, plain, folder = both
    logits, following = expected(plain)
    assert 0 < off(decoded(load(folder, dtype="bfloat16"), following), logits) < CLOSE_IN_BFLOAT16


def test_positions_end_where_the_architecture_changes(both: Any) -> None:
    case, _, folder = both
    assert ModelConfig.load(folder).architecture.max_positions == POSITIONS.get(case, 256)


def test_every_number_of_an_architecture_counts(both: Any) -> None:
    """None of them is so near to Llama's that these tests would not see it missing."""
    _, _, folder = both
    model = load(folder)
    logits, net = decoded(model, []), model.config.architecture
    kept = (folder / "model.json").read_text()
    for field in fields(net):
        if field.default in (MISSING, getattr(net, field.name)) or field.name in STRUCTURE:
            continue
        changed = replace(net, **{field.name: field.default})
        replace(model.config, architecture=changed).save(folder)
        assert off(decoded(load(folder), []), logits) > 0.01, field.name
    (folder / "model.json").write_text(kept)
