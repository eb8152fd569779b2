"""Models that there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ModelInfo:
    """A prepared model. `bytes`: of its files; `forms`: of those derived from it, by name.

    `config`: its whole description.
    """

    name: str
    folder: str
    bytes: int
    forms: Mapping[str, int]
    identity: str
    config: object = field(repr=False)


@dataclass(frozen=True)
class KnownModel:
    """A model that can be named. `here`: it is prepared on this machine."""

    name: str
    about: str
    licence: str
    here: bool
