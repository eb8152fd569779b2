"""A GGUF file alone gives the model that it was made from."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from mplus_cli.errors import ModelError
from mplus_cli.model.prepared.checkpoint import Source
from mplus_cli.model.prepared.gguf_file.container import GgufFile
from mplus_cli.model.prepared.prepare import gguf_source
from tests.gguf_models import CASES, write

IDS = torch.arange(24)[None] * 7 % 256


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(IDS).logits
    return found


def rebuilt(source: Source) -> Any:
    """transformers' model of nothing but the source: its config, its tensors, none missing."""
    model = AutoModelForCausalLM.from_config(
        AutoConfig.for_model(**source.config), dtype=torch.float32
    )
    tied = {"lm_head.weight"} if source.config["tie_word_embeddings"] else set()
    names = model.state_dict().keys() - tied
    tensors = {name: source.checkpoint.tensor(name) for name in names}
    assert not [name for name, tensor in tensors.items() if tensor is None]
    assert not model.load_state_dict(tensors, strict=False).unexpected_keys
    return model.eval()


@pytest.mark.parametrize("name", list(CASES))
def test_config_and_tensors_are_those_of_the_model(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    model = case.model()
    source = gguf_source("x", write(tmp_path / "x.gguf", case, model))
    for tensor_name, tensor in model.state_dict().items():
        if tensor_name == "lm_head.weight" and model.config.tie_word_embeddings:
            assert source.checkpoint.tensor(tensor_name) is None
            continue
        found = source.checkpoint.tensor(tensor_name)
        assert found is not None
        assert source.checkpoint.shape(tensor_name) == found.shape
        # Gemma's norms were rounded as 1 + w.
        exact = 0 if not case.plus_one else 2e-7
        assert torch.allclose(found, tensor, atol=exact, rtol=0), tensor_name
        row = source.checkpoint.tensor(tensor_name, 3)
        assert row is not None
        assert torch.equal(row, found[3])
    assert source.config["model_type"] == case.model_type
    assert source.config["dtype"] == "float32"
    made, expected = logits(rebuilt(source)), logits(model)
    assert (made - expected).abs().max() < 1e-5 * expected.abs().max()


def test_rope_of_llama_3_is_told_by_its_factors(tmp_path: Path) -> None:
    """And factors that are not its own are kept as they are."""
    case = CASES["llama-3.1"]
    source = gguf_source("x", write(tmp_path / "x.gguf", case, case.model()))
    assert source.config["rope_parameters"] == case.config["rope_parameters"]
    other = {"rope_parameters": case.config["rope_parameters"] | {"high_freq_factor": 8.0}}
    model = type(case)("llama", "llama", other, {}, permuted=True).model()
    odd = gguf_source("x", write(tmp_path / "odd.gguf", case, model))
    assert odd.config["rope_parameters"]["rope_type"] == "longrope"
    made, expected = logits(rebuilt(odd)), logits(model)
    assert (made - expected).abs().max() < 1e-5 * expected.abs().max()


@pytest.mark.parametrize(
    ("architecture", "layers", "scalar"), [("gemma2", 46, 16), ("gemma3", 62, 16)]
)
def test_the_largest_gemmas_scale_queries_by_another_width(
    architecture: str, layers: int, scalar: int, tmp_path: Path
) -> None:
    case = CASES[architecture]
    model = type(case)(
        case.architecture,
        case.model_type,
        case.config | {"num_hidden_layers": layers},
        case.keys,
        plus_one=True,
    ).model()
    source = gguf_source("x", write(tmp_path / "x.gguf", case, model))
    assert source.config["query_pre_attn_scalar"] == scalar
    assert source.config["layer_types"] == model.config.layer_types


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("F16", 1 / 2048),
        ("BF16", 1 / 256),
        ("Q8_0", 0.57 / 127),
        ("Q5_1", 0.51 / 15),
        ("Q4_0", 1 / 7),
    ],
)
def test_quantized_matrices_are_within_the_bound_of_their_type(
    kind: str, share: float, tmp_path: Path
) -> None:
    """share: of the largest number of a block by which a number may be off."""
    case = CASES["qwen3"]
    model = case.model()
    source = gguf_source("x", write(tmp_path / "x.gguf", case, model, kind))
    assert source.config["dtype"] == "bfloat16"
    for name, tensor in model.state_dict().items():
        found = source.checkpoint.tensor(name)
        assert found is not None
        if tensor.dim() > 1:
            blocks = tensor.view(-1, 32)
            bound = share * blocks.abs().amax(1, keepdim=True)
            assert ((found.float().view(-1, 32) - blocks).abs() <= bound).all(), name


def test_every_type_that_the_package_knows_is_read(tmp_path: Path) -> None:
    """In slabs as at once, and row by row."""
    generator = np.random.default_rng(0)
    for kind, (block, block_bytes) in gguf.GGML_QUANT_SIZES.items():
        raw = generator.integers(0, 60, (6, 2 * block_bytes), dtype=np.uint8)
        try:
            expected = torch.from_numpy(gguf.dequantize(raw, kind).copy())
        except NotImplementedError:
            continue
        writer = gguf.GGUFWriter(str(tmp_path / "x.gguf"), "llama")
        writer.add_tensor("x", raw, raw_shape=raw.shape, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        file = GgufFile(tmp_path / "x.gguf")
        assert file.tensors["x"].shape == (6, 2 * block)
        assert torch.equal(file.tensor("x").float(), expected)
        assert torch.equal(file.tensor("x", 4).float(), expected[4])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"qwen3__expert_count": 8}, "a mixture of experts"),
        ({"qwen3__ssm__conv_kernel": 4}, "a state-space model"),
        ({"qwen3__pooling_type": 3}, "an embedding model"),
        ({"qwen3__attention__causal": False}, "an encoder"),
        ({"general__type": "adapter"}, "no model but an 'adapter'"),
        ({"general__architecture": "qwen3moe"}, "a mixture of experts"),
        ({"general__architecture": "mamba2"}, "a state-space model"),
        ({"general__architecture": "clip"}, "a vision tower"),
        ({"general__architecture": "nomic-bert"}, "an encoder"),
        ({"general__architecture": "surprise"}, "an unknown model"),
        ({"split__count": 3}, "one part of several"),
    ],
)
def test_what_mplus_does_not_run_is_refused_by_name(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    case = CASES["qwen3"]
    with pytest.raises(ModelError, match=said) as refused:
        gguf_source("x", write(tmp_path / "x.gguf", case, case.model(), **changes))
    assert refused.value.hint
