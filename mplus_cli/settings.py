"""Settings of one command: flag > environment > config file > default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from mplus_cli.errors import UsageError
from store.home import FOLDER_NAME, Home

QUANTIZE = ("auto", "nf4", "int8", "none")
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Settings:
    """What the user asked for, whichever way. `model` None: the memory's own, or the default
    model.
    """

    memory: Path
    model: str | None
    device: str
    quantize: str
    seed: int
    cache: Path
    lock_timeout_s: float

    def __post_init__(self) -> None:
        """Raises `UsageError` for a word that is not known."""
        for name, known in (("device", DEVICES), ("quantize", QUANTIZE)):
            if getattr(self, name) not in known:
                raise UsageError(f"{name} is {getattr(self, name)!r}", f"known: {', '.join(known)}")


def user_cache() -> Path:
    """Where prepared models lie unless somebody says otherwise."""
    return platformdirs.user_cache_path("mplus")


def load_settings(
    flags: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> Settings:
    """Settings from flags (None: not given), MPLUS_* variables and the config file. Raises
    `UsageError`.
    """
    environment = os.environ if environment is None else environment
    file = Path(
        environment.get("MPLUS_CONFIG") or platformdirs.user_config_path("mplus") / "config.toml"
    )
    configured = _read_config(file)

    def pick(name: str, default: Any) -> Any:
        for value in (
            flags.get(name),
            environment.get(f"MPLUS_{name.upper()}"),
            configured.get(name),
        ):
            if value is not None and value != "":
                return value
        return default

    return Settings(
        memory=_memory(pick("memory", None)),
        model=pick("model", None),
        device=str(pick("device", "auto")),
        quantize=str(pick("quantize", "auto")),
        seed=int(_number("seed", pick("seed", 0))),
        cache=Path(pick("cache", user_cache())).expanduser(),
        lock_timeout_s=_number("lock_timeout", pick("lock_timeout", 3.0)),
    )


def _read_config(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        import tomllib

        found = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"the config file {file} can't be read: {error}") from error
    known = {"memory", "model", "device", "quantize", "seed", "cache", "lock_timeout"}
    unknown = sorted(set(found) - known)
    if unknown:
        raise UsageError(
            f"the config file {file} has the unknown key {unknown[0]!r}",
            f"known: {', '.join(sorted(known))}",
        )
    return found


def _memory(chosen: str | Path | None) -> Path:
    """The chosen folder, else the nearest .mplus/ upward that holds a memory, else the user's
    own.
    """
    if chosen is not None:
        return Path(chosen).expanduser().absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if Home.exists(folder / FOLDER_NAME):
            return folder / FOLDER_NAME
    return platformdirs.user_data_path("mplus") / "memory"


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        raise UsageError(f"{name} is {value!r}, which is not a number") from None
