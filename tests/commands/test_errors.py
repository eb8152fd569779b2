"""Exit codes and messages (docs/design.md, section 6)."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def filled(mplus: Run, world: Path) -> Path:
    (world / "a.txt").write_text("The gate code is 4417, and the pump is behind the shed. " * 30)
    assert mplus("inject", "a.txt").code == 0
    return world.parent / "memory"


@pytest.mark.parametrize(
    "command", [("status",), ("ls",), ("log",), ("forget", "x"), ("ask", "Why?")]
)
def test_no_memory_here(mplus: Run, world: Path, command: tuple[str, ...]) -> None:
    ran = mplus(*command, "--json")
    assert (ran.code, ran.error["code"], ran.out) == (10, "no_memory", "")
    assert "mplus inject" in ran.error["hint"]
    assert not (world.parent / "memory").exists()


def test_an_error_for_people_has_a_hint_and_no_traceback(mplus: Run) -> None:
    ran = mplus("status")
    assert ran.err.startswith("error: there is no memory at ")
    assert "\nhint: make one with: mplus inject PATH\n" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", [("ask", "Why?"), ("inject", "a.txt")])
def test_another_model_is_refused_by_name(
    mplus: Run, filled: Path, toys: dict[str, Path], command: tuple[str, ...]
) -> None:
    ran = mplus(*command, "-m", toys["other"], "--json")
    assert (ran.code, ran.error["code"]) == (21, "other_model")
    assert str(toys["other"]) in ran.error["message"]
    assert str(toys["input"]) in ran.error["message"] + ran.error["hint"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", "--unknown"), "--unknown"),
        (("nonsense",), "nonsense"),
        (("inject",), "nothing is named"),
        (("ask", "x", "-n", "0"), "-n"),
        (("ask", "x", "--device", "tpu"), "tpu"),
        (("ask", "x", "--quantize", "int2"), "int2"),
    ],
)
def test_usage_errors(mplus: Run, arguments: tuple[str, ...], said: str) -> None:
    ran = mplus(*arguments, "--json")
    assert (ran.code, ran.error["code"]) == (2, "usage")
    assert said in ran.error["message"]


@pytest.mark.parametrize("name", ["no-such-model", "owner/unknown"])
def test_an_unknown_model_is_an_error(mplus: Run, world: Path, name: str) -> None:
    (world / "a.txt").write_text("text " * 20)
    ran = mplus("inject", "a.txt", "-m", name, "--json")
    assert (ran.code, ran.error["code"]) == (1, "model")
    assert name in ran.error["message"]
    assert "mplus model" in ran.error["hint"]


def test_a_format_from_the_future_is_refused(mplus: Run, filled: Path) -> None:
    described = json.loads((filled / "memory.json").read_text())
    (filled / "memory.json").write_text(json.dumps(described | {"format": 99}))
    ran = mplus("status", "--json")
    assert (ran.code, ran.error["code"]) == (22, "newer")
    assert "made by a newer mplus" in ran.error["message"] and "99" in ran.error["message"]
    assert "--upgrade mplus-cli" in ran.error["hint"]


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [truncate, flip, Path.unlink])
def test_a_damaged_state_is_never_read_as_another_memory(
    mplus: Run, filled: Path, damage: Callable[[Path], None]
) -> None:
    damage(next(filled.glob("states/*.safetensors")))
    ran = mplus("ask", "Why?", "--json")
    assert (ran.code, ran.error["code"]) == (20, "damaged")
    assert "state" in ran.error["message"]


@pytest.mark.parametrize("damage", [truncate, Path.unlink])
def test_a_damaged_segment_is_named(
    mplus: Run, filled: Path, damage: Callable[[Path], None]
) -> None:
    segment = next(filled.glob("segments/*/*.safetensors"))
    damage(segment)
    ran = mplus("ask", "Why?", "--json")
    assert (ran.code, ran.error["code"]) == (20, "damaged")
    assert segment.name in ran.error["message"]


@pytest.mark.parametrize("name", ["index.db", "memory.json"])
@pytest.mark.parametrize("command", [("status",), ("ask", "Why?"), ("inject", "a.txt")])
def test_a_damaged_index_or_description_is_named(
    mplus: Run, filled: Path, name: str, command: tuple[str, ...]
) -> None:
    for extra in filled.glob("index.db-*"):
        extra.unlink()
    (filled / name).write_bytes(b"not what it was" * 100)
    ran = mplus(*command, "--json")
    assert (ran.code, ran.error["code"]) == (20, "damaged")
    assert name in ran.error["message"]


@pytest.mark.parametrize("command", [("status",), ("ask", "Why?"), ("forget", "a.txt")])
def test_a_missing_index_is_never_read_as_an_empty_memory(
    mplus: Run, filled: Path, command: tuple[str, ...]
) -> None:
    for file in filled.glob("index.db*"):
        file.unlink()
    assert mplus(*command).code == 20


def test_a_folder_of_something_else_is_not_made_a_memory(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text("text " * 20)
    ran = mplus("inject", "a.txt", "-M", world, "--json")
    assert ran.code == 1
    assert "not empty" in ran.error["message"]
    assert sorted(path.name for path in world.iterdir()) == ["a.txt"]


def test_the_index_in_use_by_another_program_is_said(
    mplus: Run, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.index.opening.BUSY_TIMEOUT_S", 0.1)
    holder = sqlite3.connect(filled / "index.db")
    holder.execute("BEGIN EXCLUSIVE")
    ran = mplus("forget", "a.txt", "--json")
    holder.close()
    assert ran.code == 1
    assert "locked" in ran.error["message"]


def test_config_file(
    mplus: Run, filled: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = world.parent / "config.toml"
    monkeypatch.delenv("MPLUS_MEMORY")
    config.write_text(f'memory = "{filled}"\n')
    assert mplus("status", "--json").json["documents"] == 1
    config.write_text("colour = 1\n")
    ran = mplus("status", "--json")
    assert ran.code == 2
    assert "colour" in ran.error["message"]


def test_debug_shows_the_traceback(mplus: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception, match="there is no memory"):
        mplus("--debug", "status")


def test_help_and_version(mplus: Run) -> None:
    assert mplus("--help").code == 0
    assert mplus("--version").out.startswith("mplus 0.")
    assert mplus("inject", "-h").code == 0


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there(mplus: Run, world: Path, device: str) -> None:
    import torch

    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("there is such a device")
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    ran = mplus("inject", "a.txt", "--device", device)
    assert ran.code == 2
    assert f"finds no {device} device here" in ran.err
    assert "mplus doctor" in ran.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("ask", "x", "--tpo"), "did you mean --top? see what there is with: mplus ask --help"),
        (
            ("model", "pull", "x", "--agian"),
            "did you mean --again? see what there is with: mplus model pull --help",
        ),
        (("export",), "see what there is with: mplus export --help"),
        (("ls", "-Ä"), "see what there is with: mplus ls --help"),
        (("model", "pul"), "see what there is with: mplus model --help"),
        (("aks",), "see what there is with: mplus --help"),
    ],
)
def test_a_mistyped_command_names_its_own_help(
    mplus: Run, arguments: tuple[str, ...], hint: str
) -> None:
    error = mplus(*arguments, "--json").error
    assert error["hint"] == hint
    assert error["message"][0].islower()
    assert not error["message"].endswith(".")
