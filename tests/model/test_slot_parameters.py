"""Models with slots, as they are described, prepared and loaded: what is none is told in words."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.errors import DamagedModelError, ModelError
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.prepared.catalog import prepared_folder, pull
from mplus_cli.model.prepared.checkpoint import sha256
from mplus_cli.model.prepared.load import load
from tests.toy import LAYOUTS, make_checkpoint, slot_tensors

SECTION: dict[str, Any] = dict(LAYOUTS["lm2"]["lm2"])  # type: ignore[call-overload]
FILE = "lm2.safetensors"


def prepared(folder: Path, cache: Path) -> Path:
    pull(str(folder), cache, None, False, lambda done, of: None)
    return prepared_folder(str(folder), cache)


def test_the_description_says_what_the_section_does(tmp_path: Path) -> None:
    folder = prepared(make_checkpoint(tmp_path / "m", "lm2"), tmp_path)
    memory = ModelConfig.load(folder).memory
    assert memory.recurrent
    assert (memory.slots, memory.tag, memory.slot_value, memory.row_numbers) == (8, 4, 8, 19)
    assert (memory.chunk_tokens, memory.num_tokens) == (48, 96)
    assert not (folder / "chat_template.jinja").exists()
    assert (folder / FILE).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"slots": 0},
        {"tag": -4},
        {"slots": 1 << 40},
        {"value": "8"},
        {"value": True},
        {"adds_at": 2},
        {"adds_at": -1},
        {"more": 1},
    ],
)
def test_a_section_that_makes_no_sense_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    folder = make_checkpoint(tmp_path / "m", "lm2", lm2=SECTION | wrong)
    with pytest.raises(ModelError, match="section lm2"):
        prepared(folder, tmp_path)


@pytest.mark.parametrize("section", [None, 3, [], {}])
def test_a_section_that_is_none_is_refused(tmp_path: Path, section: object) -> None:
    folder = make_checkpoint(tmp_path / "m", "lm2", lm2=section)
    with pytest.raises(ModelError, match="section lm2"):
        prepared(folder, tmp_path)


Change = Callable[[dict[str, torch.Tensor]], object]
WRONG: dict[str, Change] = {
    "missing": lambda found: found.pop("to_keys"),
    "another shape": lambda found: found.update({"to_keys": torch.zeros(3, 4)}),
    "no number": lambda found: found["said"].fill_(float("nan")),
    "integers": lambda found: found.update({"to_keys": torch.zeros(4, 4, dtype=torch.int8)}),
}


def changed(file: Path, change: Change) -> None:
    tensors = load_file(file)
    tensors["said"] = tensors["reader.said.weight"]
    change(tensors)
    said = tensors.pop("said")
    save_file(tensors | {"reader.said.weight": said}, file)


@pytest.mark.parametrize("wrong", WRONG)
def test_parameters_of_another_model_are_not_prepared(tmp_path: Path, wrong: str) -> None:
    folder = make_checkpoint(tmp_path / "m", "lm2")
    changed(folder / FILE, WRONG[wrong])
    with pytest.raises(ModelError, match="do not fit"):
        prepared(folder, tmp_path)


@pytest.mark.parametrize("wrong", [*WRONG, "cut off", "gone"])
def test_a_damaged_prepared_form_is_named(tmp_path: Path, wrong: str) -> None:
    file = prepared(make_checkpoint(tmp_path / "m", "lm2"), tmp_path) / FILE
    if wrong == "gone":
        file.unlink()
    elif wrong == "cut off":
        file.write_bytes(file.read_bytes()[:-9])
    else:
        changed(file, WRONG[wrong])
    with pytest.raises(DamagedModelError):
        load(file.parent)


def test_parts_lie_apart_from_their_base(tmp_path: Path) -> None:
    """A folder with `lm2.safetensors` alone, as half of the numbers' bytes, and a base by name."""
    base = make_checkpoint(tmp_path / "base", "plain")
    parts = tmp_path / "parts"
    parts.mkdir()
    tensors = {name: tensor.half() for name, tensor in slot_tensors(0).items()}
    save_file(tensors, parts / FILE)
    files = {"model.safetensors": sha256(base / "model.safetensors")}
    described = LAYOUTS["lm2"] | {
        "base": {"model": str(base), "revision": "", "files": files},
        "weights_sha256": sha256(parts / FILE),
    }
    (parts / "config.json").write_text(json.dumps(described))
    folder = prepared(parts, tmp_path)
    assert load_file(folder / FILE)["to_keys"].dtype == torch.float16
    config = ModelConfig.load(folder)
    assert config.memory.recurrent
    assert config.provenance.files[FILE] == described["weights_sha256"]
    network = load(folder)
    assert network.slots is not None
    assert network.slots.to_keys.dtype == torch.float32
    changed(parts / FILE, lambda found: found["said"].fill_(1))
    with pytest.raises(ModelError, match="are not those that"):
        prepared(parts, tmp_path)
