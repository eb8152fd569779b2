"""`mplus model`: which models can be named, what each costs, and names that mean none."""

import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from mplus_cli.model.config import ModelConfig
from mplus_cli.model.machine import fit
from mplus_cli.model.prepared.catalog import prepared_folder
from mplus_cli.model.prepared.known import CATALOG, chat_models
from mplus_cli.model.prepared.layout import plain_layout
from tests.conftest import Run
from tests.toy import make_checkpoint

# Weights that a published checkpoint has, in billions, and whether its files hold a tied head.
PUBLISHED = {
    "smollm2-360m": (0.362, False),
    "qwen3-0.6b": (0.596, True),
    "qwen3-1.7b": (1.721, True),
    "granite-3.3-2b": (2.534, False),
    "smollm3-3b": (3.075, False),
    "qwen3-4b": (4.022, False),
    "qwen3-8b": (8.191, False),
}


@pytest.fixture
def own(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A chat model of one's own, prepared in a cache of its own."""
    monkeypatch.setenv("MPLUS_CACHE", str(world.parent / "cache"))
    folder = make_checkpoint(world.parent / "own", "plain")
    assert mplus("model", "pull", folder).code == 0
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    return folder


def test_the_models_by_size(mplus: Run, world: Path, own: Path) -> None:
    found = mplus("model", "ls", "--json").json
    sizes = [model["parameters"] for model in found]
    assert sizes == sorted(sizes)
    assert [model["name"] for model in found if model["here"]] == [str(own)]
    named = {model["short"]: model for model in found}
    assert {"smollm2", *PUBLISHED, "mplus-8b"} < named.keys()
    large = named["qwen3-8b"]
    assert large["memory_bytes"]["nf4"] < large["memory_bytes"]["int8"] < 12e9
    assert large["disk_bytes"] == pytest.approx(16.4e9, rel=0.01)
    assert large["bytes_per_injected_token"] == pytest.approx(74_000, rel=0.01)
    assert named["smollm2"]["memory_bytes"].keys() == {"none"}  # too small to gain by others


def test_each_model_is_a_line(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(world / "empty"))
    ran = mplus("model", "ls")
    names = [each["short"] for each in mplus("model", "ls", "--json").json]
    assert [line.split()[0] for line in ran.out.splitlines()] == ["model", *names]
    for word in ("licence", "download", "memory", "a token", "good for", "qwen3-4b", "8.0 GB"):
        assert word in ran.out
    assert "mplus doctor" in ran.err


def test_sizes_are_those_of_the_published_weights() -> None:
    for entry in chat_models()[1:]:
        billions, twice = PUBLISHED[entry.short]
        tables = entry.sizes.table_parameters
        weights = entry.sizes.parameters + (0 if entry.sizes.weights.tied else tables)
        assert weights == pytest.approx(billions * 1e9, rel=0.001), entry.short
        held = weights + (tables if twice else 0)
        assert entry.download_bytes == pytest.approx(2 * held, rel=0.001), entry.short


def test_the_memory_of_a_chat_model_is_known_before_it_is_here(
    toys: dict[str, Path], toy_cache: Path
) -> None:
    config = ModelConfig.load(prepared_folder(str(toys["plain"]), toy_cache))
    # The toy says itself how vectors are drawn.
    found = replace(config.memory, prefix_ids=(), drop_per_layer=False)
    assert found == plain_layout(config.architecture)


@pytest.mark.parametrize("name", ["qwen3-4b", "Qwen/Qwen3-4B-Instruct-2507"])
def test_a_short_name_means_the_same_model(mplus: Run, world: Path, name: str) -> None:
    (world / "a.txt").write_text("text " * 20)
    ran = mplus("inject", "a.txt", "-m", name, "--json")
    assert "Qwen/Qwen3-4B-Instruct-2507 is not prepared yet" in ran.error["message"]
    assert "mplus model pull Qwen/Qwen3-4B-Instruct-2507" in ran.error["hint"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("smolm2", "smollm2 or smollm2-lm2"),
        ("Qwen3-4B-Instruct-2507", "qwen3-4b"),
        ("qwen3", "qwen3-0.6b or qwen3-1.7b or qwen3-4b"),
        ("SmolLM3-3B", "smollm3-3b"),
    ],
)
def test_a_name_near_a_known_one(mplus: Run, world: Path, name: str, meant: str) -> None:
    for command in (("model", "pull", name), ("model", "info", name)):
        ran = mplus(*command, "--json")
        assert (ran.code, ran.error["code"]) == (1, "model")
        assert f"did you mean {meant}?" in ran.error["hint"]
    assert "did you mean" not in mplus("model", "pull", "xyzzy", "--json").error["hint"]


def test_a_chat_model_is_described(mplus: Run, own: Path) -> None:
    ran = mplus("model", "info", own)
    assert "passage within its own prompt" in ran.out
    assert "long-term" not in ran.out
    assert "M+" not in ran.out


def test_a_memory_outlives_the_folder_of_its_model(mplus: Run, world: Path, own: Path) -> None:
    assert mplus("inject", "a.txt", "-m", own).code == 0
    own.rename(world.parent / "moved")
    asking = ("ask", "Which code?", "-n", "2", "-m", own)
    assert mplus(*asking).code == 0  # its prepared form is still here
    shutil.rmtree(world.parent / "cache")
    ran = mplus(*asking, "--json")
    assert "there is no model at" in ran.error["message"]
    assert "-m PATH" in ran.error["hint"]
    assert mplus("model", "pull", world.parent / "moved").code == 0
    assert mplus("ask", "Which code?", "-n", "2", "-m", world.parent / "moved").code == 0


def test_a_model_that_changed_under_its_memory(mplus: Run, world: Path, own: Path) -> None:
    assert mplus("inject", "a.txt", "-m", own).code == 0
    shutil.rmtree(own)
    make_checkpoint(own, "plain", seed=1)
    ran = mplus("ask", "Which code?", "-m", own, "--json")
    assert (ran.code, ran.error["code"]) == (1, "model")
    assert "changed since it was prepared" in ran.error["message"]
    assert f"mplus model pull {own}" in ran.error["hint"]
    assert "mplus rebuild" in ran.error["hint"]
    assert mplus("model", "pull", own).code == 0
    ran = mplus("ask", "Which code?", "-m", own, "--json")
    assert (ran.code, ran.error["code"]) == (21, "other_model")
    assert "mplus rebuild" in ran.error["hint"]
    assert mplus("rebuild", "-m", own, "--yes").code == 0
    assert mplus("ask", "Which code?", "-n", "2", "-m", own).code == 0


@pytest.mark.parametrize("left", [None, "tokenizer_config.json"])
def test_a_chat_model_without_a_tokenizer_is_refused_whole(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch, left: str | None
) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(world.parent / "cache"))
    folder = make_checkpoint(world.parent / "mute", "plain")
    for name in {"tokenizer.json", "tokenizer_config.json"} - {left}:
        (folder / name).unlink()
    ran = mplus("model", "pull", folder, "--json")
    assert (ran.code, ran.error["code"]) == (1, "model")
    assert "tokenizer" in ran.error["message"]
    assert "tokenizer.json" in ran.error["hint"]
    assert not list((world.parent / "cache").rglob("model.json"))


def test_no_room_for_a_model(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda place: usage(20 * 10**9, 0, 10**10))
    ran = mplus("model", "pull", "qwen3-8b", "--json")
    assert (ran.code, ran.error["code"]) == (1, "model")
    assert "6.4 GB too few" in ran.error["message"]
    assert "mplus model ls" in ran.error["hint"]


def test_too_little_memory_is_said_before_a_download(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("mplus_cli.model.prepared.load.free_memory", lambda device: 4 * 10**9)
    least = min(fit.peak_bytes(CATALOG["Qwen/Qwen3-8B"].sizes, form) for form in fit.FORMS)
    ran = mplus("model", "pull", "qwen3-8b")
    assert f"qwen3-8b takes {least / 1e9:.1f} GB of memory at least" in ran.err
    assert "4.0 GB are free here" in ran.err
    assert "mplus doctor" in ran.err
