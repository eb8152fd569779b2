"""Settings that can't be meant are told before anything is loaded (docs/commands.md)."""

from pathlib import Path

import platformdirs
import pytest

from mplus_cli.settings import load_settings, user_cache, user_data
from tests.conftest import Run


def refused(mplus: Run, *said: str) -> None:
    """Every command says what is wrong and how to mend it, and does nothing."""
    for command in (("ls",), ("ask", "Why?"), ("inject", "a.txt"), ("model", "ls"), ("doctor",)):
        ran = mplus(*command, "--json")
        assert (ran.code, ran.error["code"], ran.out) == (2, "usage", ""), command
        assert ran.error["hint"]
        for words in said:
            assert words in ran.error["message"] + ran.error["hint"]


@pytest.fixture
def config(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MEMORY", "MODEL", "CACHE", "LOCK_TIMEOUT"):
        monkeypatch.delenv(f"MPLUS_{name}")
    (world / "a.txt").write_text("text " * 20)
    return world.parent / "config.toml"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("memory = 5", "memory"),
        ("memory = ''", "memory"),
        ('memory = "\\u0000"', "memory"),
        ("model = true", "model"),
        ("quantize = []", "quantize"),
        ('quantize = "int9"', "quantize"),
        ("device = 1", "device"),
        ('seed = "x"', "seed"),
        ("seed = true", "seed"),
        ("seed = 1.5", "seed"),
        ("seed = 99999999999999999999", "seed"),
        ("lock_timeout = -1", "lock_timeout"),
        ("lock_timeout = nan", "lock_timeout"),
        ('lock_timeout = "inf"', "lock_timeout"),
        ("lock_timeout = 2024-01-01", "lock_timeout"),
        ("keep_warm = 1", "true or false"),
        ('keep_warm = "yes"', "true or false"),
        ("cache = {}", "cache"),
        ('vectors = "some"', "vectors"),
        ("vectors = -1", "vectors"),
        ("vectors = 1.5", "vectors"),
        ('vectors = "2 XB"', "known: auto, all, none, or a size"),
        ("memroy = 'm'", "memory is meant"),
        ("[memory]\npath = 'm'", "memory"),
        ("colour = 1", "known: "),
        ("memory = ", "TOML"),
        ("\x00", "TOML"),
    ],
)
def test_a_value_that_can_not_be_meant(mplus: Run, config: Path, line: str, name: str) -> None:
    config.write_text(line)
    refused(mplus, name, str(config))


def test_a_file_that_can_not_be_read(
    mplus: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_bytes(b"memory = '\xff'")
    refused(mplus, "UTF-8", str(config))
    monkeypatch.setenv("MPLUS_CONFIG", str(config.parent))
    refused(mplus, "directory", "MPLUS_CONFIG")
    monkeypatch.setenv("MPLUS_CONFIG", "missing.toml")
    refused(mplus, "missing.toml", "MPLUS_CONFIG")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEMORY", ""),
        ("CONFIG", ""),
        ("MODEL", ""),
        ("MODEL", " "),
        ("SEED", "x"),
        ("SEED", "1.5"),
        ("LOCK_TIMEOUT", "nan"),
        ("LOCK_TIMEOUT", "-1"),
        ("LOCK_TIMEOUT", "1e400"),
        ("DEVICE", "1"),
        ("KEEP_WARM", "maybe"),
        ("QUANTIZE", "int9"),
        ("CACHE", "~nobody-of-this-name/cache"),
    ],
)
def test_a_variable_that_can_not_be_meant(
    mplus: Run, config: Path, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"MPLUS_{name}", value)
    refused(mplus, f"MPLUS_{name}" if value[:1] != "~" else "HOME")


@pytest.mark.parametrize("option", ["-M", "-m"])
def test_an_empty_option(mplus: Run, config: Path, option: str) -> None:
    ran = mplus("ask", "Why?", option, "", "--json")
    assert (ran.code, ran.error["code"]) == (2, "usage")


def test_what_is_meant_is_taken(mplus: Run, config: Path, toys: dict[str, Path]) -> None:
    memory, cache = config.parent / "memory of mine", config.parent / "no cache"
    lines = (f'memory = "{memory}"', f'cache = "{cache}"', "seed = -7", "lock_timeout = 0.5")
    config.write_text("\n".join(lines), encoding="utf-8-sig")  # as Windows' own editor writes it
    assert str(memory) in mplus("status").err
    assert mplus("model", "ls").code == 0


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"auto"', "auto"),
        ('"none"', "none"),
        ('"500MB"', 500_000_000),
        ('"2 GiB"', 2 << 30),
        ('"1.5t"', 1_500_000_000_000),
        ("70000", 70_000),
    ],
)
def test_which_vectors_are_kept(config: Path, written: str, meant: str | int) -> None:
    config.write_text(f"vectors = {written}")
    assert load_settings({}).vectors == meant


def test_a_home_that_is_not_known_is_said(
    mplus: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME")
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", _nobody)
    refused(mplus, "HOME")


@pytest.mark.parametrize("place", ["", "/elsewhere", "nearby"])
def test_folders_are_where_other_programs_have_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False) if place is None else monkeypatch.setenv(
            name, place
        )
    for home in (str(tmp_path), "a/relative/one"):
        monkeypatch.setenv("HOME", home)
        assert user_cache() == platformdirs.user_cache_path("mplus")
        assert user_data() == platformdirs.user_data_path("mplus")


def _nobody(number: int) -> None:
    raise KeyError(number)
