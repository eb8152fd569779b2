"""Models that there are, and what a machine can do with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ModelInfo:
    """A prepared model. `bytes`: of its files; `forms`: of those derived from it, by name.

    `config`: its whole description; `damage`: what its files' sizes tell of damage.
    """

    name: str
    folder: str
    bytes: int
    forms: Mapping[str, int]
    identity: str
    config: object = field(repr=False)
    damage: str = ""


@dataclass(frozen=True)
class VerifiedModel:
    """Whether a prepared model is what was prepared. `damage`: file -> what is wrong with it.

    `since`: what its files were compared with: what was "prepared", or what was there at its "first
    use" with this mplus, where an older one prepared it.
    """

    name: str
    folder: str
    files: int
    bytes: int
    whole: bool
    since: str
    damage: Mapping[str, str]


@dataclass(frozen=True)
class KnownModel:
    """A model that can be named, by its name or in short, and what it costs.

    `here`: it is prepared on this machine; `damage`: what its files' sizes tell of damage, empty:
    nothing; `about`: what it is good for; `download_bytes`: 0 where that is not known or was done;
    `memory_bytes`: of an answer in the prepared type, by the form of the weights; `disk_bytes`: of
    its prepared form;
    `bytes_per_injected_token`: of vectors in a memory's folder, as long as they are kept.
    """

    name: str
    short: str
    about: str
    licence: str
    here: bool
    parameters: int
    download_bytes: int
    memory_bytes: Mapping[str, int]
    disk_bytes: int
    bytes_per_injected_token: int
    damage: str = ""


@dataclass(frozen=True)
class Fit:
    """One model in one form on this machine. Rates are limits: what is measured stays below them.

    `chosen`: the form that is taken here unless one is named; `memory_with_longterm_bytes`: with a
    full long-term memory beside the weights, None where that stays on the disk and chunks are found
    in it, and where there is none. `fits` is false for what it `lacks`, and `why` says so with
    figures.
    """

    model: str
    short: str
    here: bool
    quantize: str
    chosen: bool
    memory_bytes: int
    memory_with_longterm_bytes: int | None
    read_cache_bytes: int
    download_bytes: int
    disk_bytes: int
    bytes_per_injected_token: int
    decode_tokens_per_s_at_most: float
    inject_tokens_per_s_at_most: float
    fits: bool
    lacks: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Advice:
    """The model that fits a machine best, why, and the commands that use it."""

    model: str
    short: str
    why: str
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Answerer:
    """The model that answers from a memory.

    takes_system: whether a system prompt is the asker's to write: a chat model read in its own
    template, where nothing was trained. room_tokens: positions for question and answer together.
    """

    name: str
    takes_system: bool
    room_tokens: int
