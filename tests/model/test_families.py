"""Which models run, by their config.json alone; why the others don't; what is wrong with a
checkpoint whose type runs.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.errors import ModelError
from mplus_cli.model.prepared.families import family_of, text_config
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.toy import make_checkpoint

EXPERTS, STATE, IMAGES = "mixture of experts", "keeps a state", "reads images or sound"
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"model_type": "mixtral", "num_local_experts": 8}, EXPERTS),
    ({"model_type": "qwen3_moe"}, EXPERTS),
    ({"model_type": "gpt_oss"}, EXPERTS),
    ({"model_type": "mamba2", "state_size": 128}, STATE),
    ({"model_type": "falcon_h1"}, STATE),
    ({"model_type": "granitemoehybrid"}, STATE),
    ({"model_type": "lfm2"}, STATE),
    ({"model_type": "qwen3_next", "num_experts": 512, "linear_num_key_heads": 16}, STATE),
    ({"model_type": "jamba", "mamba_d_state": 16, "num_experts": 16}, STATE),
    ({"model_type": "qwen2_5_vl", "vision_config": {"depth": 32}}, IMAGES),
    ({"model_type": "mllama"}, IMAGES),
    ({"model_type": "t5", "is_encoder_decoder": True}, "encoder"),
    ({"model_type": "deepseek_v3", "kv_lora_rank": 512, "n_routed_experts": 256}, "latent"),
    ({"model_type": "mystery"}, "('mystery') is of a type that mplus does not know"),
    ({"model_type": "mystery", "auto_map": {"AutoModel": "m.M"}}, "only code of its own runs"),
    ({"auto_map": {"AutoModelForCausalLM": "modeling.Model"}}, "code of its own"),
    ({"model_type": "llama", "quantization_config": {"quant_method": "gptq"}}, "quantized .gptq"),
    ({"model_type": "gemma3_text", "use_bidirectional_attention": True}, "embeds texts"),
]


@pytest.mark.parametrize(("config", "said"), REFUSED)
def test_what_does_not_run_is_refused_by_name(config: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said.replace("(", "\\(").replace(")", "\\)")) as refused:
        family_of(config)
    assert refused.value.hint


def test_code_of_a_model_that_runs_is_not_needed() -> None:
    """Phi 3 has both: a type that is known and code of its own."""
    assert family_of({"model_type": "phi3", "auto_map": {"AutoConfig": "c.C"}}) == family_of({})


def test_the_text_part_of_a_gemma_3_that_reads_images_runs(tmp_path: Path) -> None:
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    text = {
        "vocab_size": 259,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
    }
    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 28,
        "patch_size": 14,
    }
    whole = Gemma3Config(
        text_config=text | {"sliding_window": 1024},
        vision_config=vision,
        mm_tokens_per_image=4,
        eos_token_id=[1, 106],
    )
    torch.manual_seed(0)
    model = Gemma3ForConditionalGeneration(whole)
    model.save_pretrained(tmp_path / "whole")
    make_checkpoint(tmp_path / "toy", "plain")  # for its tokenizer
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "whole" / name).write_bytes((tmp_path / "toy" / name).read_bytes())
    config = prepare(folder_source("gemma", tmp_path / "whole"), tmp_path / "prepared")
    assert (config.architecture.norms, config.architecture.window) == ("both", 1024)
    assert config.special.eos_ids == (1, 106)
    found = load_file(tmp_path / "prepared" / "layer-001.safetensors")["o.weight"]
    expected = model.model.language_model.layers[1].self_attn.o_proj.weight
    assert torch.equal(found, expected.to(found.dtype))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path / "checkpoint", "plain")


def refused(plain: Path, tmp_path: Path, said: str) -> str:
    """The hint of the refusal, which leaves nothing behind."""
    with pytest.raises(ModelError, match=said) as error:
        prepare(folder_source("x", plain), tmp_path / "prepared")
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
    return error.value.hint


def change(folder: Path, **fields: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | fields))


def test_tensors_of_another_model_are_named(plain: Path, tmp_path: Path) -> None:
    file = plain / "model.safetensors"
    tensors = load_file(file)
    norm = "model.layers.1.self_attn.q_norm.weight"
    save_file(tensors | {norm: torch.ones(8)}, file)
    refused(plain, tmp_path, "has the tensor model.layers.1.self_attn.q_norm.weight")
    save_file(tensors | {"model.norm.weight": torch.ones(31)}, file)
    refused(plain, tmp_path, r"model.norm.weight of x is \(31,\); config.json says \(32,\)")
    save_file({name: tensors[name] for name in tensors if name != "lm_head.weight"}, file)
    refused(plain, tmp_path, "lacks the tensor lm_head.weight")


def test_a_chat_model_without_a_tokenizer_is_refused(plain: Path, tmp_path: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (plain / name).unlink()
    assert "tokenizer.json" in refused(plain, tmp_path, "no tokenizer")


@pytest.mark.parametrize("content", ["", "{}", "[]"])
def test_a_damaged_tokenizer_is_named(plain: Path, tmp_path: Path, content: str) -> None:
    (plain / "tokenizer.json").write_text(content)
    assert "tokenizer.json" in refused(plain, tmp_path, "the tokenizer of .* can't be read")


def test_a_context_too_short_for_prefix_and_chunk_is_refused(plain: Path, tmp_path: Path) -> None:
    change(plain, max_position_embeddings=512)
    refused(plain, tmp_path, "reads 512 tokens at once: too few for a prefix of")
    change(plain, model_type="mistral", max_position_embeddings=4096, sliding_window=300)
    refused(plain, tmp_path, r"reads 300 tokens at once \(further rows some of its layers")


def test_a_config_that_makes_no_sense_is_refused(plain: Path, tmp_path: Path) -> None:
    change(plain, num_attention_heads=5, head_dim=None)
    refused(plain, tmp_path, "config.json describes no 'llama' model")


def test_fields_of_the_whole_count_for_its_text_part() -> None:
    whole = {"model_type": "gemma3", "eos_token_id": [1, 106], "text_config": {"eos_token_id": 1}}
    assert text_config(whole) == {"model_type": "gemma3_text", "eos_token_id": [1, 106]}
    assert text_config({"model_type": "llama"}) == {"model_type": "llama"}
