"""Damage of a prepared model: what changed is found before it is used, with the way out."""

import json
import os
import random
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.errors import DamagedModelError, ModelError
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared import catalog, whole
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.conftest import Ran, Run
from tests.toy import make_checkpoint


@pytest.fixture
def model(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prepared chat model in a cache of its own, and a memory that it wrote."""
    monkeypatch.setenv("MPLUS_CACHE", str(world / "cache"))
    monkeypatch.setenv("MPLUS_MODEL", str(make_checkpoint(world / "own", "plain")))
    assert mplus("model", "pull", world / "own").code == 0
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    assert mplus("inject", "a.txt").code == 0
    return catalog.find(str(world / "own"), world / "cache")


def ask(mplus: Run) -> Ran:
    return mplus("ask", "What is the gate code?", "-n", "3", "--json")


def flip(file: Path, at: float = 0.5, count: int = 1) -> None:
    content = bytearray(file.read_bytes())
    start = int(len(content) * at)
    for place in range(start, min(start + count, len(content))):
        content[place] ^= 0x55
    file.write_bytes(content)


def replace(file: Path) -> None:
    file.unlink()
    file.mkdir()


def rot(file: Path, at: float = 0.5) -> None:
    """A changed bit of which the system says nothing: what was seen of the file is as it is now."""
    flip(file, at)
    found = json.loads((file.parent / "files.json").read_text())
    stat = file.stat()
    found["files"][file.name]["seen"] = [stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    (file.parent / "files.json").write_text(json.dumps(found))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a flipped bit": flip,
    "a flipped block": lambda file: flip(file, 0.3, 2000),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:-9]),
    "empty": lambda file: file.write_bytes(b""),
    "garbage": lambda file: file.write_bytes(b"{[" * 500),
    "longer": lambda file: file.write_bytes(file.read_bytes() + b" "),
    "missing": Path.unlink,
    "a folder": replace,
}


@pytest.mark.parametrize(
    ("name", "damage"),
    [("layer-001.safetensors", damage) for damage in DAMAGE]
    + list(product(("outer.safetensors", "tokenizer.json"), ("a flipped bit", "missing")))
    + [("chat_template.jinja", "garbage")],
)
def test_damage_is_found_at_the_next_use(mplus: Run, model: Path, name: str, damage: str) -> None:
    assert ask(mplus).code == 0
    DAMAGE[damage](model / name)
    ran = ask(mplus)
    assert ran.code == 20, ran.err
    assert ran.error["code"] == "damaged"
    assert f"is damaged: {name} " in ran.error["message"]
    assert "mplus model pull" in ran.error["hint"]
    assert "--again" in ran.error["hint"]


@pytest.mark.parametrize("damage", sorted(set(DAMAGE) - {"missing"}))
def test_a_damaged_description(mplus: Run, model: Path, damage: str) -> None:
    DAMAGE[damage](model / "model.json")
    assert ask(mplus).code in (1, 20)  # 1: as of another version
    assert mplus("model", "ls").code == 0
    assert mplus("model", "pull", "own", "--again").code == 0
    assert ask(mplus).code == 0


def test_a_damaged_list_of_digests(mplus: Run, model: Path) -> None:
    for content in ("", "{}", "[]", '{"files": {"a": 1}}', '{"files": []}', "\x00"):
        (model / "files.json").write_text(content)
        assert ask(mplus).code == 20, content
        assert "files.json can't be read" in mplus("model", "ls").err


def test_verify_reads_everything(mplus: Run, model: Path) -> None:
    ran = mplus("model", "verify", "own")
    assert ran.code == 0
    assert "all whole" in ran.out
    rot(model / "layer-000.safetensors")
    assert ask(mplus).code == 0  # nothing tells of it
    ran = mplus("model", "verify", "own", "--json")
    assert ran.code == 20
    assert ran.json["damage"] == {"layer-000.safetensors": "is not what was prepared"}
    assert (ran.json["whole"], ran.json["since"]) == (False, "prepared")


def test_derived_forms_are_verified_and_made_anew(mplus: Run, model: Path) -> None:
    assert ask(mplus).code == 0
    rot(model / "decode8" / "layer-000.safetensors")
    assert (
        "decode8/layer-000.safetensors" in mplus("model", "verify", "own", "--json").json["damage"]
    )
    (model / "decode8" / "files.json").write_text("{")
    assert "decode8/files.json" in mplus("model", "verify", "own", "--json").json["damage"]
    assert ask(mplus).code == 0
    assert mplus("model", "verify", "own").code == 0
    right = (model / "decode8" / "layer-001.safetensors").read_bytes()
    flip(model / "decode8" / "layer-001.safetensors")
    assert ask(mplus).code == 0
    assert (model / "decode8" / "layer-001.safetensors").read_bytes() == right


def test_what_an_older_mplus_prepared_is_known_from_its_first_use(mplus: Run, model: Path) -> None:
    (model / "files.json").unlink()
    assert ask(mplus).code == 0
    ran = mplus("model", "verify", "own")
    assert (ran.code, "an older mplus prepared it" in ran.err) == (0, True)
    flip(model / "layer-001.safetensors", count=50)
    assert ask(mplus).code == 20


def test_a_copy_is_read_once(mplus: Run, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, known = list[str](), whole._known

    def noted(file: Path) -> whole.Known:
        read.append(file.name)
        return known(file)

    assert ask(mplus).code == 0
    monkeypatch.setattr(whole, "_known", noted)
    assert ask(mplus).code == 0
    assert not read
    os.utime(model / "layer-001.safetensors")
    assert ask(mplus).code == 0
    assert read == ["layer-001.safetensors"]
    assert ask(mplus).code == 0
    assert len(read) == 1


def test_an_answer_as_damage_gives_it_is_a_reason_to_look(model: Path) -> None:
    rot(model / "layer-001.safetensors")
    whole.suspect(model)  # all was hashed a moment ago
    found = json.loads((model / "files.json").read_text())
    found["hashed_at"] -= 2 * whole.HASHED_AGAIN_S
    (model / "files.json").write_text(json.dumps(found))
    with pytest.raises(DamagedModelError, match=r"layer-001.safetensors is not what"):
        whole.suspect(model)


def test_sizes_are_told_by_ls_info_and_doctor(mplus: Run, model: Path, world: Path) -> None:
    DAMAGE["cut off"](model / "layer-001.safetensors")
    assert "layer-001.safetensors has" in mplus("model", "info", "own").out
    found = mplus("doctor").out
    assert "is damaged: layer-001.safetensors has" in found
    assert mplus("model", "pull", "own").code == 0  # it needs no --again
    assert ask(mplus).code == 0


@pytest.mark.parametrize("name", ["final_norm", "embedding", "head"])
def test_what_is_no_number_is_no_answer(mplus: Run, model: Path, name: str) -> None:
    tensors = load_file(model / "outer.safetensors")
    tensors[name][:] = float("nan")
    save_file(tensors, model / "outer.safetensors")
    whole.seal(model)
    shutil.rmtree(model / "decode8", ignore_errors=True)
    ran = ask(mplus)
    assert (ran.code, "no number" in ran.error["message"]) == (20, True)
    assert "mplus model verify" in ran.error["hint"]


def test_nothing_that_is_no_number_is_kept(mplus: Run, model: Path, world: Path) -> None:
    tensors = load_file(model / "layer-000.safetensors")
    tensors["down.weight"][0] = float("inf")
    save_file(tensors, model / "layer-000.safetensors")
    whole.seal(model)
    (world / "b.txt").write_text("The attic code is 5528. " * 5)
    ran = mplus("inject", "b.txt", "--json")
    assert (ran.code, "no number" in ran.error["message"]) == (20, True)
    assert len(mplus("ls", "--json").json) == 1


def test_a_killed_preparation_is_removed_by_the_next(model: Path, world: Path) -> None:
    models = model.parent
    (models / ".preparing-abc").mkdir()
    (models / ".preparing-abc" / "layer-000.safetensors").write_bytes(b"half")
    (models / ".preparing-gone.lock").touch()
    prepare(folder_source("x", world / "own"), models / "x")
    assert not list(models.glob(".preparing-*"))


# Many ways to change the files, with digests that fit: as if they had been prepared so.
VALUES: list[object] = [
    *(None, "576", "", -1, 0, 3, 10**9, 10**30, 1.5, float("nan"), True, [], [1], {}),
    *([[]], {"a": [None]}, "\ud800", "x" * 1000),
]


def changed_json(content: str, random: random.Random) -> str:
    """JSON with a value in the place of another, somewhere."""
    found = json.loads(content)
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in list(items):
            places.append((value, key))
            if isinstance(inner, dict | list) and len(places) < 3000:
                walk(inner)

    walk(found)
    inside, key = random.choice(places)
    inside[key] = random.choice(VALUES)
    return json.dumps(found)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("changed")
    prepare(folder_source("toy", make_checkpoint(root / "checkpoint", "plain")), root / "prepared")
    return root / "prepared"


def use(folder: Path) -> None:
    """What a question does with a model."""
    whole.check(folder)
    config = ModelConfig.load(folder)
    tokenizer = Tokenizer(folder, config)
    ids = [*tokenizer.prefix(), *tokenizer.passage("a passage"), *tokenizer.prompt("why?", None)]
    network = load(folder)
    network.embed(ids)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("name", ["model.json", "tokenizer.json"])
def test_changed_json_works_or_says_what_is_wrong(
    prepared: Path, tmp_path: Path, name: str, seed: int
) -> None:
    folder = tmp_path / "prepared"
    shutil.copytree(prepared, folder)
    content = changed_json((folder / name).read_text(), random.Random(seed))
    (folder / name).write_text(content)
    whole.seal(folder)
    try:
        use(folder)
    except ModelError as error:
        assert error.hint, (content[:200], error)


@pytest.mark.parametrize("seed", range(40))
def test_changed_tensors_work_or_say_what_is_wrong(
    prepared: Path, tmp_path: Path, seed: int
) -> None:
    folder, chance = tmp_path / "prepared", random.Random(seed)
    shutil.copytree(prepared, folder)
    file = folder / chance.choice(["layer-000.safetensors", "outer.safetensors"])
    tensors = load_file(file)
    name = chance.choice(sorted(tensors))
    ways: list[Callable[[], object]] = [
        lambda: tensors.pop(name),
        lambda: tensors.update({name: tensors[name][:1].clone()}),
        lambda: tensors.update({name: tensors[name].to(torch.int8)}),
        lambda: tensors.update({name: tensors[name].flatten().clone()}),
        lambda: tensors.update({f"{name}.more": tensors[name].clone()}),
    ]
    chance.choice(ways)()
    save_file(tensors, file)
    if chance.random() < 0.3:
        content = bytearray(file.read_bytes())
        content[chance.randrange(200)] ^= 1 << chance.randrange(8)
        file.write_bytes(content)
    whole.seal(folder)
    try:
        use(folder)
    except ModelError as error:
        assert error.hint, error
