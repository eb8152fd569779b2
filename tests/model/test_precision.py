"""What a model is computed in on a machine, and that what it leaves on the disk does not tell."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from mplus_cli.kinds.passes import write_alone
from mplus_cli.kinds.slots import no_rows
from mplus_cli.model.machine import fit, precision
from mplus_cli.model.prepared.known import CATALOG, DEFAULT
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.conftest import Run
from tests.toy import Layout, make_checkpoint

GB = 10**9
SMALL = CATALOG[DEFAULT].sizes
On = Callable[[bool], None]


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> On:
    """Makes this machine one whose CPU multiplies bfloat16, or does not."""
    return lambda it_does: monkeypatch.setattr(
        precision, "cpu_multiplies_bfloat16", lambda: it_does
    )


def checkpoint(folder: Path, layout: Layout) -> Path:
    return make_checkpoint(folder, layout, torch_dtype="bfloat16")


@pytest.mark.parametrize(("it_does", "quick"), [(True, "bfloat16"), (False, "float32")])
def test_only_a_cpu_without_its_instructions_is_slow_in_bfloat16(
    it_does: bool, quick: str, on: On
) -> None:
    on(it_does)
    assert precision.quick_type("cpu") == quick
    assert precision.quick_type("cuda") == precision.quick_type("mps") == "bfloat16"


def test_pytorch_tells_which_cpus_multiply_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: False)
    assert not precision.cpu_multiplies_bfloat16()
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    assert precision.cpu_multiplies_bfloat16()


@pytest.mark.parametrize(
    ("quick", "free", "taken"),
    [
        ("bfloat16", 32 * GB, "bfloat16"),
        ("float32", 32 * GB, "float32"),
        ("float32", 2 * GB, "float32"),
        ("float32", 1 * GB, "bfloat16"),  # weights alone would fit
    ],
)
def test_float32_is_taken_where_it_is_quick_and_fits(quick: str, free: int, taken: str) -> None:
    found = fit.computed(SMALL, "none", quick, free)
    assert found.architecture.dtype == taken
    assert fit.peak_bytes(found, "none") <= free
    grown = fit.weights_bytes(found, "none") / fit.weights_bytes(SMALL, "none")
    assert grown == (2 if taken == "float32" else 1)


@pytest.mark.parametrize("it_does", [True, False])
def test_a_caller_has_the_last_word(it_does: bool, on: On, tmp_path: Path) -> None:
    prepare(folder_source("x", checkpoint(tmp_path / "toy", "chunks")), tmp_path / "prepared")
    on(it_does)
    own = torch.bfloat16 if it_does else torch.float32
    for asked, kind in ((None, own), ("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        network = load(tmp_path / "prepared", dtype=asked)
        written = write_alone(network, [[1, 2, 3]], as_kv=True)[0]
        assert written.vectors.dtype == kind


def test_the_form_that_decodes_is_the_same_on_every_machine(on: On, tmp_path: Path) -> None:
    prepare(folder_source("x", checkpoint(tmp_path / "toy", "chunks")), tmp_path / "prepared")
    forms, logits = [], []
    for it_does in (True, False):
        on(it_does)
        network = load(tmp_path / "prepared", decode8=True)
        network.open_decoder()
        files = sorted((tmp_path / "prepared" / "decode8").glob("*.safetensors"))
        forms.append([file.read_bytes() for file in files])
        for file in files:
            file.unlink()
        cache, _ = network.read([5, 80, 12], no_rows, 1)
        logits.append(network.step(cache, 7))
    assert forms[0] == forms[1]
    assert (logits[0] - logits[1]).norm() < 0.05 * logits[0].norm()


def test_a_memory_does_not_tell_what_it_was_computed_in(
    on: On, mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written on one machine, it is asked on another, which writes on."""
    monkeypatch.setenv("MPLUS_MODEL", str(checkpoint(world / "half", "mplus")))
    (world / "a.txt").write_text("The spare key hangs behind the third flower pot. " * 4)
    (world / "b.txt").write_text("The gate code is 4417. " * 9)
    assert mplus("model", "pull", str(world / "half")).code == 0
    for name, it_does in (("a.txt", False), ("b.txt", True)):
        on(it_does)
        assert mplus("inject", name).code == 0
        for again in (True, False):
            on(again)
            assert mplus("ask", "Where is the key?", "-n", "2").code == 0
        assert mplus("verify", "--read-data", "--replay").code == 0
    memory = world.parent / "memory"
    segments = list(memory.glob("segments/**/*.safetensors"))
    pools = list(memory.glob("cache/pool-*.safetensors"))
    assert segments and pools
    for file in segments + pools:
        assert {tensor.dtype for tensor in load_file(file).values()} == {torch.bfloat16}
