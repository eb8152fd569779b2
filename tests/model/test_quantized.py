"""Quantized forms: the same numbers as bitsandbytes' own, made once, kept, and made anew where they
are damaged.
"""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.errors import ModelError
from mplus_cli.kinds.passes import write_after
from mplus_cli.model.config import Quantization
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare
from mplus_cli.model.prepared.quantized import SLAB_WEIGHTS, quantized_tensors
from tests.conftest import Run
from tests.toy import make_checkpoint

FORMS = ("nf4", "int8")


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    checkpoint = make_checkpoint(tmp_path / "checkpoint", "mplus", tokenizer=False)
    prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    return tmp_path / "prepared"


def written(folder: Path, quantize: Quantization) -> torch.Tensor:
    return write_after(
        load(folder, quantize=quantize), list(range(20)), torch.ones(2, 8, 32)
    ).vectors


def inodes(folder: Path) -> list[int]:
    return [file.stat().st_ino for file in sorted(folder.iterdir())]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_made_once_and_mapped_from_then_on(prepared: Path, form: Quantization) -> None:
    first = written(prepared, form)
    kept = inodes(prepared / form)
    assert [file.name for file in sorted((prepared / form).iterdir())] == [
        "layer-000.safetensors",
        "layer-001.safetensors",
    ]
    assert torch.equal(written(prepared, form), first)
    assert inodes(prepared / form) == kept
    assert not torch.equal(written(prepared, "none"), first)


@pytest.mark.parametrize("form", FORMS)
def test_the_numbers_are_those_of_bitsandbytes(prepared: Path, form: Quantization) -> None:
    """Also where a weight is quantized in several slabs."""
    import bitsandbytes as bnb

    weight = torch.randn(
        3 * 64 + 10, SLAB_WEIGHTS // 64, generator=torch.Generator().manual_seed(0)
    )
    dense = load_file(prepared / "layer-000.safetensors")
    save_file(dense | {"o.weight": weight}, prepared / "layer-000.safetensors")
    found = quantized_tensors(prepared, 0, form)
    if form == "nf4":
        packed, state = bnb.functional.quantize_4bit(
            weight, compress_statistics=True, quant_type="nf4"
        )
        expected = {"": packed} | {
            f".{name}": value for name, value in state.as_dict(packed=True).items()
        }
    else:
        values, scales, _ = bnb.functional.int8_vectorwise_quant(weight.half())
        expected = {"": values, ".SCB": scales}
    assert {name for name in found if name.startswith("o.weight")} == {
        f"o.weight{part}" for part in expected
    }
    for part, tensor in expected.items():
        assert torch.equal(found[f"o.weight{part}"], tensor), part
    for name in ("input_norm", "q.write.a", "key_proj.0"):
        assert torch.equal(found[name], dense[name])


@pytest.mark.parametrize("damage", ["cut off", "garbage", "empty", "of another model"])
def test_a_damaged_form_is_made_anew(prepared: Path, damage: str) -> None:
    first = written(prepared, "nf4")
    file = prepared / "nf4" / "layer-001.safetensors"
    whole = file.read_bytes()
    if damage == "of another model":
        marked = (prepared / "layer-001.safetensors").stat().st_size
        file.write_bytes(whole.replace(f"{marked} bytes".encode(), f"{marked + 1} bytes".encode()))
    else:
        file.write_bytes(
            {"cut off": whole[:-100], "garbage": b"no tensors" * 99, "empty": b""}[damage]
        )
    assert torch.equal(written(prepared, "nf4"), first)
    assert file.read_bytes() == whole
    assert len(inodes(prepared / "nf4")) == 2


def test_a_form_left_half_made_is_finished(prepared: Path) -> None:
    first = written(prepared, "int8")
    (prepared / "int8" / "layer-001.safetensors").unlink()
    kept = (prepared / "int8" / "layer-000.safetensors").stat().st_ino
    assert torch.equal(written(prepared, "int8"), first)
    assert (prepared / "int8" / "layer-000.safetensors").stat().st_ino == kept


def test_a_damaged_prepared_layer_is_named(prepared: Path) -> None:
    file = prepared / "layer-001.safetensors"
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(ModelError, match="layer-001"):
        load(prepared, quantize="nf4")


def test_what_is_kept_is_shown(mplus: Run, world: Path, toys: dict[str, Path]) -> None:
    def shown() -> dict[str, int]:
        found: dict[str, int] = mplus("model", "info", toys["other"], "--json").json["quantized"]
        return found

    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    before = shown()
    assert mplus("inject", "a.txt", "-m", toys["other"], "--quantize", "int8").code == 0
    assert "int8" not in before
    assert shown()["int8"] > 1000


def test_preparing_again_drops_the_forms(prepared: Path, tmp_path: Path) -> None:
    written(prepared, "nf4")
    prepare(
        folder_source("x", make_checkpoint(tmp_path / "new", "mplus", seed=1, tokenizer=False)),
        prepared,
    )
    assert not (prepared / "nf4").exists()
