"""Settings of one command: flag > environment > config file > default."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, cast

from mplus_cli.errors import UsageError, reason_of
from store.nearest import nearest_memory

CONFIG = "MPLUS_CONFIG"
LONGEST_WAIT_S = 1e6
SEEDS = 2**63  # what generators take
_WORD, _PATH = 'write it in quotes: "…"', 'write a path in quotes: "…"'
# Keys of the config file -> the types of their values, and how to write them.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "memory": ((str,), _PATH),
    "model": ((str,), _WORD),
    "device": ((str,), _WORD),
    "quantize": ((str,), _WORD),
    "seed": ((int,), "write a whole number, without quotes"),
    "cache": ((str,), _PATH),
    "vectors": ((str, int), 'write auto, all, none or a size, such as "2GiB", in quotes'),
    "states": ((str,), _WORD),
    "lock_timeout": ((int, float), "write a number of seconds, without quotes"),
    "keep_warm": ((bool,), "write true or false, without quotes"),
}
VARIABLES = (CONFIG, *(f"MPLUS_{name.upper()}" for name in _KINDS))
T = TypeVar("T")

QUANTIZE = ("auto", "nf4", "int8", "none")
STATES = ("full", "8bit")
DEVICES = ("auto", "cpu", "cuda", "mps")
Vectors = Literal["auto", "all", "none"] | int
"""Which derived vectors are kept: a word, or so many bytes of them."""
_VECTORS = ("auto", "all", "none")
# The XDG Base Directory Specification: variables, and what holds where they are no whole path.
_XDG = {
    "cache": ("XDG_CACHE_HOME", ".cache"),
    "config": ("XDG_CONFIG_HOME", ".config"),
    "data": ("XDG_DATA_HOME", ".local/share"),
}
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class Settings(NamedTuple):
    """What the user asked for, whichever way. `model` None: the memory's own, or the default
    model.

    No dataclass, for what these load takes as long as half of Python's own start, and warm commands
    would wait for it.
    """

    memory: Path
    model: str | None
    device: str
    quantize: str
    seed: int
    cache: Path
    lock_timeout_s: float
    vectors: Vectors = "auto"
    states: str = "full"
    keep_warm: bool = False

    def checked(self) -> Settings:
        """The same. Raises `UsageError` for a word that is not known."""
        _one_of(DEVICES, "device", self.device)
        _one_of(QUANTIZE, "quantize", self.quantize)
        _one_of(STATES, "states", self.states)
        if not isinstance(self.vectors, int) or self.vectors < 0:
            _one_of(_VECTORS, "vectors", self.vectors)
        return self

    @property
    def pace(self) -> Path:
        """The file in which this machine remembers how fast a model wrote; may be missing."""
        return self.cache / "pace.json"


def is_server(memory: str) -> bool:
    """Whether a memory is named by the address of the server that has it."""
    return memory.lower().startswith(("http://", "https://"))


def user_cache() -> Path:
    """Where prepared models lie unless somebody says otherwise."""
    return _user_folder("cache")


def user_data() -> Path:
    """The user's data folder. Raises `UsageError` where there is no home."""
    return _users("MPLUS_MEMORY", lambda: _user_folder("data"))


def _user_folder(kind: Literal["cache", "config", "data"]) -> Path:
    """Where this user's programs keep such things. Raises `RuntimeError` where there is no home."""
    home = os.environ.get("HOME", "")
    if sys.platform == "linux" and os.path.isabs(home):  # noqa: PTH117
        # As platformdirs says it, which takes 5 ms to load: warm commands would wait for that.
        variable, beneath_home = _XDG[kind]
        named = os.environ.get(variable, "")
        return Path(named if os.path.isabs(named) else f"{home}/{beneath_home}") / "mplus"  # noqa: PTH117
    from platformdirs import PlatformDirs

    folders = PlatformDirs("mplus")
    return {
        "cache": folders.user_cache_path,
        "config": folders.user_config_path,
        "data": folders.user_data_path,
    }[kind]


def beside_config(name: str) -> Path | None:
    """A file beside the config file, which need not be there; None for who has no home."""
    file = _Config.of(os.environ).file
    return file.with_name(name) if file.name else None


def load_settings(
    flags: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> Settings:
    """Settings from flags (None: not given), MPLUS_* variables and the config file. Raises
    `UsageError` for values that can't be meant.

    A flag `memory` is a list, as it may be given several times; it names one here.
    """
    environment = os.environ if environment is None else environment
    for name, value in environment.items():
        if name in VARIABLES and not value:  # meant to be filled in, by a script that went wrong
            raise UsageError(f"{name} is empty", f"give it a value, or take it away: unset {name}")
    configured = _Config.of(environment)

    def pick(name: str, read: Callable[[str, Any], T], default: Callable[[], T]) -> T:
        given = flags.get(name)
        if given is not None:
            return read(f"--{name.replace('_', '-')}", given)
        variable = f"MPLUS_{name.upper()}"
        if variable in environment:
            return read(variable, environment[variable])
        if name in configured.values:
            return read(configured.place(name), configured.typed(name))
        return default()

    return Settings(
        memory=pick("memory", _one_folder, _nearest_memory),
        model=pick("model", _words, lambda: None),
        device=pick("device", partial(_one_of, DEVICES), lambda: "auto"),
        quantize=pick("quantize", partial(_one_of, QUANTIZE), lambda: "auto"),
        seed=pick("seed", _whole, lambda: 0),
        cache=pick("cache", _folder, lambda: _users("MPLUS_CACHE", user_cache)),
        lock_timeout_s=pick("lock_timeout", _seconds, lambda: 3.0),
        vectors=pick("vectors", vectors_kept, lambda: "auto"),
        states=pick("states", partial(_one_of, STATES), lambda: "full"),
        keep_warm=pick("keep_warm", _yes, lambda: False),
    )


class _Config(NamedTuple):
    """What the config file says, if there is one."""

    file: Path
    values: Mapping[str, Any]

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> _Config:
        """Raises `UsageError` for a file that can't be read, and for one that is named and not
        there.
        """
        named = environment.get(CONFIG)
        try:
            file = Path(named) if named else _user_folder("config") / "config.toml"
            content = file.read_bytes()
        except RuntimeError:  # without a home there is no file of the user's
            return cls(Path(), {})
        except OSError as error:
            if not named and isinstance(error, FileNotFoundError | NotADirectoryError):
                return cls(file, {})
            hint = f"name another one with {CONFIG}, or take it away: unset {CONFIG}"
            raise UsageError(
                f"the config file {file} can't be read: {reason_of(error)}",
                hint if named else f"mend it, or name another one with {CONFIG}",
            ) from error
        import tomllib

        try:
            found = tomllib.loads(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise UsageError(f"the config file {file} is not UTF-8", "save it as UTF-8") from error
        except ValueError as error:
            raise UsageError(
                f"the config file {file} is not TOML: {error}",
                'a line of it looks like: device = "cpu"',
            ) from error
        for key in found:
            if key not in _KINDS:
                raise UsageError(f"the config file {file} has the unknown key {key!r}", _near(key))
        return cls(file, found)

    def typed(self, name: str) -> Any:
        """The value of a key. Raises `UsageError` where it is of another type."""
        value, (types, wanted) = self.values[name], _KINDS[name]
        # To Python true is a whole number.
        if isinstance(value, bool) != (bool in types) or not isinstance(value, types):
            raise UsageError(f"{self.place(name)} is {value!r}", wanted)
        return value

    def place(self, name: str) -> str:
        return f"{name} in the config file {self.file}"


def _near(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key.lower(), _KINDS, n=1)
    return f"{near[0]} is meant, perhaps" if near else f"known: {', '.join(sorted(_KINDS))}"


def _words(name: str, value: Any) -> str:
    words = str(value)
    if not words.strip() or "\0" in words:
        raise UsageError(f"{name} is {words!r}", "give it a value, or leave it out")
    return words


def _one_of(known: Sequence[str], name: str, value: Any) -> str:
    if value not in known:
        raise UsageError(f"{name} is {value!r}", f"known: {', '.join(known)}")
    return str(value)


def _folder(name: str, value: Any) -> Path:
    return _users(name, Path(_words(name, value)).expanduser).absolute()


def _one_folder(name: str, value: Any) -> Path:
    named = value if isinstance(value, list) else [value]
    if len(named) > 1:
        raise UsageError("several memories are named, and this is done to one", f"give one {name}")
    return _folder(name, named[0])


def _users(name: str, find: Callable[[], Path]) -> Path:
    """What `find` finds, which may lie in the user's home. Raises `UsageError` without one."""
    try:
        return find()
    except RuntimeError as error:
        raise UsageError(
            "the home folder is not known", f"set HOME, or give {name} a path that begins with /"
        ) from error


def _whole(name: str, value: Any) -> int:
    with suppress(ValueError):
        if -SEEDS <= int(value) < SEEDS:
            return int(value)
    raise UsageError(f"{name} is {value!r}", "take a whole number, such as 7")


def _yes(name: str, value: Any) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if (word := str(value).lower()) not in words:
        raise UsageError(f"{name} is {value!r}", "known: true, false")
    return words[word]


def _seconds(name: str, value: Any) -> float:
    with suppress(ValueError):
        if 0 <= float(value) <= LONGEST_WAIT_S:
            return float(value)
    raise UsageError(f"{name} is {value!r}", "take a number of seconds, such as 3 or 0.5")


def vectors_kept(name: str, value: str | int) -> Vectors:
    """Which derived vectors are kept, as people write it. Raises `UsageError`."""
    if value in _VECTORS:
        return cast(Vectors, value)
    try:
        return bytes_of(name, str(value))
    except UsageError as error:
        hint = f"known: {', '.join(_VECTORS)}, or a size such as 2GiB"
        raise UsageError(f"{name} is {value!r}", hint) from error


def bytes_of(name: str, text: str) -> int:
    """A size as people write it: 300000, 200MB, 1.5 GiB. Raises `UsageError`."""
    found = re.fullmatch(r"(?i)([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)b?", text.strip())
    if found is None or (found[3] and not found[2]):
        raise UsageError(f"{name} is {text!r}, which is no size", "write it like 200MB or 1.5GiB")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].lower()])


def _nearest_memory() -> Path:
    """The nearest .mplus/ upward that holds a memory, else the user's own."""
    here = Path.cwd()
    if found := nearest_memory((here, *here.parents)):
        return found
    return user_data() / "memory"
