"""Hidden states in 8 bits, for a new memory of a published kind: the setting `states`."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from store.errors import DamagedError
from store.kinds.layout import SHARING, layout_of
from store.spec import spec_from
from tests.conftest import Run
from tests.store.made import EIGHT, SPEC

TEXT = "The gate code is 4417. Ida built the pump in 1961, behind the shed. " * 12


def segments(memory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in memory.glob("segments/*/*")}


@pytest.fixture
def memory(mplus: Run, world: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["mplus"]))
    monkeypatch.setenv("MPLUS_STATES", "8bit")
    (world / "note.md").write_text(TEXT)
    assert mplus("inject", "note.md").code == 0
    monkeypatch.delenv("MPLUS_STATES")
    return world.parent / "memory"


def test_numbers_are_off_by_half_a_step() -> None:
    spec = replace(SPEC, hidden=3 * SHARING, eight_bit_states=True)
    layout = layout_of(spec)
    states = torch.randn(spec.layers, 6, spec.hidden, generator=torch.Generator().manual_seed(0))
    states[..., 5] *= 100  # a dimension as real models have some
    found = layout.pack(states, torch.ones(spec.layers, 6, spec.selector))
    assert layout.bytes(6) == sum(tensor.nbytes for tensor in found.values())
    rows = layout.rows(found, "vectors")
    assert rows is not None
    again = rows.unpacked(torch.float32)
    assert torch.equal(again, layout.as_kept(states))
    off = (again - states).abs().unflatten(-1, (3, SHARING)).amax(-1)
    assert (off <= states.abs().unflatten(-1, (3, SHARING)).amax(-1) / 254 * 1.1).all()
    assert off[..., 1:].max() < 0.02  # the others do not pay for it
    assert found["keys"].dtype == torch.float32


def test_what_has_no_hidden_states_has_none_in_8_bits() -> None:
    with pytest.raises(DamagedError, match="fields of this memory"):
        spec_from({**vars(EIGHT), "eight_bit_states": True})


def test_a_memory_lives_with_them(memory: Path, mplus: Run, world: Path) -> None:
    assert json.loads((memory / "memory.json").read_text())["eight_bit_states"]
    files = segments(memory)
    tensors = load_file(next(memory.glob("segments/*/*")))
    assert tensors["vectors"].dtype == torch.int8
    asked = mplus("ask", "What is the gate code?", "--json", "-n", "4")
    assert asked.code == 0
    (world / "more.md").write_text(TEXT[::-1])
    assert mplus("inject", "more.md").code == 0  # without the setting: the memory's own form
    assert mplus("verify", "--read-data", "--replay").code == 0
    assert mplus("export", "m.snapshot").code == 0
    assert mplus("import", "m.snapshot", "-M", "copy").code == 0
    assert (
        segments(world / "copy") == segments(memory) and files.items() <= segments(memory).items()
    )
    lost = next(memory.glob("segments/*/*"))
    lost.unlink()
    assert mplus("verify").code == 20
    assert mplus("import", "m.snapshot").code == 0
    assert mplus("verify", "--read-data").code == 0


def test_an_inject_that_was_cut_short_goes_on_the_same(
    memory: Path, mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk sees of the one before it what is on the disk, also where it was just written."""
    whole = segments(memory)
    assert len(whole) > 1
    (world / "note.md").write_text(TEXT[: len(TEXT) // 2])
    monkeypatch.setenv("MPLUS_STATES", "8bit")
    for text in (TEXT[: len(TEXT) // 2], TEXT):
        (world / "note.md").write_text(text)
        assert mplus("inject", "note.md", "-M", "other").code == 0
    assert whole.items() <= segments(world / "other").items()


def test_both_forms_are_kept_apart(
    memory: Path, mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mplus("inject", "note.md", "-M", "full").code == 0
    full, small = segments(world / "full"), segments(memory)
    assert full.keys() == small.keys()
    assert sum(map(len, small.values())) < sum(map(len, full.values()))
    monkeypatch.setenv("MPLUS_STATES", "8bit")
    assert mplus("ask", "Why?", "-M", "full", "-n", "2").code == 0
    assert mplus("export", "m.snapshot").code == 0
    refused = mplus("import", "m.snapshot", "-M", "full", "--json")
    assert refused.code == 21 and "8 bits" in refused.error["message"]


def test_rebuild_writes_them(
    mplus: Run, world: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "note.md").write_text(TEXT)
    assert mplus("inject", "note.md").code == 0
    monkeypatch.setenv("MPLUS_STATES", "8bit")
    assert mplus("rebuild", "-m", toys["mplus"]).code == 0
    memory = world.parent / "memory"
    assert json.loads((memory / "memory.json").read_text())["eight_bit_states"]
    assert mplus("verify", "--read-data", "--replay").code == 0
