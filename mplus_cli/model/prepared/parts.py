"""Parts that were trained for a base and lie apart from it: adapters, a retriever, and how the
memory is laid out.

    config.json         what is needed beside the base's own; `weights_sha256` of the file below;
                        `base`, where the base is not the one of this package: its name, its
                        revision on the Hub, and the SHA-256 of each of its files
    model.safetensors   adapters and projectors under their published names

`training/pack.py` makes such folders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from mplus_cli.errors import ModelError
from mplus_cli.model.prepared.checkpoint import (
    Overlay,
    SafetensorsCheckpoint,
    Source,
    read_json,
    sha256,
)


@dataclass(frozen=True)
class TrainedOn:
    """The base of some parts: a name as `mplus model pull` takes it; files: name -> SHA-256."""

    model: str
    revision: str
    files: dict[str, str]


def trained_on(folder: Path) -> TrainedOn | None:
    """The base that a folder's parts were trained on; None where it holds a checkpoint by itself.

    Raises `ModelError` where its base is not described.
    """
    described = folder / "config.json"
    given = read_json(described).get("base") if described.exists() else None
    if not isinstance(given, dict):
        return None
    try:
        found = TrainedOn(**given)
        texts = [found.model, found.revision, *found.files, *found.files.values()]
    except (TypeError, AttributeError) as error:
        raise ModelError(f"{described} describes no base that mplus knows: {error}") from error
    if not all(isinstance(text, str) for text in texts) or not (found.model and found.files):
        raise ModelError(f"{described} names no base with its files")
    return found


def on_base(name: str, folder: Path, expected: TrainedOn, find: Callable[[], Source]) -> Source:
    """The parts `name` in a folder with the base that `find` gives. Raises `ModelError` where it is
    not the one that they were trained on.

    Its files may have other names. What the Hub says of them is checked when they are prepared.
    """
    try:
        base = find()
    except ModelError as error:
        raise ModelError(f"the base of {name}: {error.message}", _elsewhere(name)) from error
    files = base.checkpoint.files
    found = {file: base.sha256.get(file) or sha256(path) for file, path in files.items()}
    wanted = set(expected.files.values())
    other = [str(files[file]) for file, digest in found.items() if digest not in wanted]
    missing = [file for file, digest in expected.files.items() if digest not in found.values()]
    if other or missing:
        revision = f" of revision {expected.revision}" if expected.revision else ""
        raise ModelError(
            f"{base.name} is not the base that {name} was trained on: "
            + (f"{other[0]} has other content" if other else f"there is no {missing[0]}"),
            f"it was {expected.model}{revision}; {_elsewhere(name)}",
        )
    return replace(with_parts(base, folder), name=name, revision="")


def _elsewhere(name: str) -> str:
    return f"name a copy of it with: mplus model pull {name} --from BASE"


def with_parts(base: Source, folder: Path) -> Source:
    """A base with the parts in a folder, whose config goes before its own.

    Raises `ModelError` where their weights are not those that their config.json was written for.
    """
    parts, config = SafetensorsCheckpoint(folder), read_json(folder / "config.json")
    if [sha256(path) for path in parts.files.values()] != [config.get("weights_sha256")]:
        raise ModelError(
            f"the weights in {folder} are not those that its config.json describes",
            "get the whole folder again",
        )
    return replace(
        base,
        config=base.config | config,
        checkpoint=Overlay(parts, base.checkpoint),
        sha256={f"{Overlay.BASE}{name}": digest for name, digest in base.sha256.items()},
    )
