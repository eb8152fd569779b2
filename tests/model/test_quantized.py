"""Quantized forms: the same numbers as bitsandbytes' own, made once, kept, and made anew where they
are damaged.
"""

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from bench.quantized import MODELS, nothing
from bench.random_model import write_prepared
from mplus_cli.errors import ModelError
from mplus_cli.kinds.passes import write_after, write_alone
from mplus_cli.model.config import Quantization
from mplus_cli.model.net import int8
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


def kept_in(folder: Path, form: str) -> Path:
    """Where a form is kept, which tells whose order NF4's numbers are in."""
    return next(folder / name for name in (f"{form}-cpu", form) if (folder / name).exists())


def inodes(folder: Path) -> list[int]:
    return [file.stat().st_ino for file in sorted(folder.iterdir())]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_made_once_and_mapped_from_then_on(prepared: Path, form: Quantization) -> None:
    first = written(prepared, form)
    kept = inodes(kept_in(prepared, form))
    assert [file.name for file in sorted(kept_in(prepared, form).iterdir())] == [
        "files.json",
        "layer-000.safetensors",
        "layer-001.safetensors",
    ]
    assert torch.equal(written(prepared, form), first)
    assert inodes(kept_in(prepared, form)) == kept
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
    found = quantized_tensors(prepared, 0, form, "cuda")
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
    file = kept_in(prepared, "nf4") / "layer-001.safetensors"
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
    assert len(inodes(file.parent)) == 3


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
    made = kept_in(prepared, "nf4")
    prepare(
        folder_source("x", make_checkpoint(tmp_path / "new", "mplus", seed=1, tokenizer=False)),
        prepared,
    )
    assert not made.exists()


# Of the length of what the unquantized network gives. Random weights are rounded worst of all.
MOST = {"int8": 0.05, "nf4": 0.3}
PROMPT, ANSWER = list(range(40)), [7, 3, 900]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A plain model whose matrices have whole blocks of every kernel."""
    torch.manual_seed(0)
    write_prepared(tmp_path, MODELS["small"], "cpu", 0)
    return tmp_path


def off(found: torch.Tensor, expected: torch.Tensor) -> float:
    found, expected = found.float(), expected.float()
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize("form", FORMS)
def test_it_stays_close_to_the_unquantized_network(plain: Path, form: Quantization) -> None:
    """A chunk written, a prompt read, an answer decoded."""
    dense, small = pair = load(plain), load(plain, quantize=form)
    keys_values = [write_alone(each, [PROMPT], as_kv=True)[0].vectors for each in (dense, small)]
    assert 0 < off(keys_values[1], keys_values[0]) < MOST[form]
    read = [each.read(PROMPT, nothing(each), len(ANSWER)) for each in (dense, small)]
    assert 0 < off(read[1][1], read[0][1]) < MOST[form]
    for token in ANSWER:
        steps = [each.step(cache, token) for each, (cache, _) in zip(pair, read, strict=True)]
        assert 0 < off(steps[1], steps[0]) < MOST[form]


@pytest.mark.parametrize("columns", [16, 48, 64, 88, 96, 132])
def test_rows_of_any_width_have_their_own_scales(
    prepared: Path, tmp_path: Path, columns: int
) -> None:
    rows = 96
    weight = torch.randn(rows, columns, generator=torch.Generator().manual_seed(0))
    dense = load_file(prepared / "layer-000.safetensors")
    save_file(dense | {"o.weight": weight}, prepared / "layer-000.safetensors")
    found = load(prepared, quantize="nf4").layers[0].attention.o.base(torch.eye(columns)).T
    assert (found - weight).norm() / weight.norm() < 0.12  # 0.2 and more by others' scales


@pytest.mark.parametrize("form", FORMS)
def test_decoding_gives_what_reading_the_same_tokens_does(plain: Path, form: Quantization) -> None:
    model = load(plain, quantize=form)
    cache, _ = model.read(PROMPT, nothing(model), len(ANSWER))
    stepped = [model.step(cache, token) for token in ANSWER][-1]
    _, logits = model.read(PROMPT + ANSWER, nothing(model), 0)
    assert off(stepped, logits[-1]) < 0.02


def test_a_row_of_zeros_and_one_of_large_numbers_are_rounded_apart(plain: Path) -> None:
    """Each row has its own scale."""
    if not int8.is_possible():
        pytest.skip("no quick product of bytes here")
    weight = torch.randn(64, 256, generator=torch.Generator().manual_seed(0))
    steps = weight.abs().amax(1) / int8.MOST
    linear = int8.Int8Linear((weight / steps[:, None]).round().to(torch.int8), steps)
    rows = torch.randn(3, 256, generator=torch.Generator().manual_seed(1))
    rows[0], rows[1] = 0, rows[1] * 1e4
    found, expected = linear(rows), rows @ weight.T
    assert not found[0].any()
    assert all(off(found[row], expected[row]) < 0.02 for row in (1, 2))
    assert all(torch.allclose(linear(rows[[row]])[0], found[row], rtol=1e-4) for row in range(3))


def test_a_user_is_told_that_a_form_is_made(mplus: Run, world: Path, toys: dict[str, Path]) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    given = ("-m", toys["other"], "--quantize", "nf4")
    assert mplus("inject", "a.txt", *given).err.count("quantizing the model, once") == 1
    (world / "b.txt").write_text("The gate is green. " * 5)
    assert "quantizing" not in mplus("inject", "b.txt", *given).err
    for form in ("nf4", "nf4-cpu"):
        folder = Path(mplus("model", "info", toys["other"], "--json").json["folder"]) / form
        shutil.rmtree(folder, ignore_errors=True)
    assert "quantizing the model, once" in mplus("ask", "The gate?", "-n", "2", *given).err
    assert "quantizing" not in mplus("ask", "The gate?", "-n", "2", *given).err


def test_layers_are_told_of_as_their_form_is_made(plain: Path) -> None:
    told: list[tuple[int, int]] = []
    for _ in range(2):
        load(plain, quantize="int8", quantizing=lambda done, of: told.append((done, of)))
    assert told == [(0, 2), (1, 2)]
