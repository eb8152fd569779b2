"""Where a checkpoint's tensors come from, one at a time: safetensors, single or sharded (GGUF:
`gguf_file`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from safetensors import SafetensorError, safe_open
from torch import Tensor

from mplus_cli.errors import ModelError, reason_of

SLOTS_FILE = "lm2.safetensors"
"""Parameters of an LM2 memory, beside a base, by themselves as parts, and as prepared."""
GET_CONFIG = "get its config.json again from where the checkpoint came, and pull it again"


class Checkpoint(Protocol):
    """Tensors by their published names: None where there is no such name. `row`: only that one of
    the first axis. `names`: of those that are there, as far as they have published names.
    """

    files: dict[str, Path]

    def tensor(self, name: str, row: int | None = None) -> Tensor | None: ...

    def shape(self, name: str) -> tuple[int, ...] | None: ...

    def names(self) -> set[str]: ...


@dataclass(frozen=True)
class Source:
    """A checkpoint to prepare. `config` is its config.json; `tokenizer` a transformers tokenizer,
    if it has one.

    revision: the commit of the Hub that it is; sha256: of its files, as far as the Hub tells them.
    """

    name: str
    config: dict[str, Any]
    checkpoint: Checkpoint
    tokenizer: Any = None
    eos_ids: tuple[int, ...] = ()
    revision: str = ""
    sha256: dict[str, str] = field(default_factory=dict)


class SafetensorsCheckpoint:
    """A folder with `model.safetensors`, or shards and their index; nothing is read before it is
    asked for.
    """

    def __init__(self, folder: Path) -> None:
        self.files = {path.name: path for path in _weight_files(folder)}
        self._place: dict[str, Path] = {}
        self._shapes: dict[str, tuple[int, ...]] = {}
        for path in self.files.values():
            found = shapes(path)
            self._shapes |= found
            self._place |= dict.fromkeys(found, path)

    def tensor(self, name: str, row: int | None = None) -> Tensor | None:
        path = self._place.get(name)
        if path is None:
            return None
        with safe_open(path, framework="pt") as opened:
            found: Tensor = opened.get_tensor(name) if row is None else opened.get_slice(name)[row]
        return found

    def shape(self, name: str) -> tuple[int, ...] | None:
        return self._shapes.get(name)

    def names(self) -> set[str]:
        return set(self._shapes)


class Overlay:
    """Parts and their base as one checkpoint: a tensor comes from the first that has it."""

    BASE = "base/"  # begins the names of the base's files, for both may have one of the same name

    def __init__(self, parts: Checkpoint, base: Checkpoint) -> None:
        self._parts = (parts, base)
        of_base = {f"{self.BASE}{name}": path for name, path in base.files.items()}
        self.files = parts.files | of_base

    def tensor(self, name: str, row: int | None = None) -> Tensor | None:
        found = (part.tensor(name, row) for part in self._parts)
        return next((tensor for tensor in found if tensor is not None), None)

    def shape(self, name: str) -> tuple[int, ...] | None:
        found = (part.shape(name) for part in self._parts)
        return next((shape for shape in found if shape is not None), None)

    def names(self) -> set[str]:
        return {name for part in self._parts for name in part.names()}


class TextPart:
    """The text part of a checkpoint that reads images as well, its tensors under the names that
    they have in a model of text alone.
    """

    def __init__(self, whole: Checkpoint) -> None:
        self._whole, self.files = whole, whole.files
        self._theirs = {self._name(name): name for name in whole.names()}

    def tensor(self, name: str, row: int | None = None) -> Tensor | None:
        return self._whole.tensor(self._theirs.get(name, ""), row)

    def shape(self, name: str) -> tuple[int, ...] | None:
        return self._whole.shape(self._theirs.get(name, ""))

    def names(self) -> set[str]:
        return {name for name in self._theirs if name}

    def _name(self, theirs: str) -> str:
        """Of a tensor of the text part; empty for the others."""
        for begins in ("language_model.model.", "model.language_model."):
            if theirs.startswith(begins):
                return "model." + theirs.removeprefix(begins)
        return "lm_head.weight" if theirs.endswith("lm_head.weight") else ""


def _weight_files(folder: Path) -> list[Path]:
    """The files of a base, if there is one, and the parameters of an LM2 memory beside it."""
    slots = folder / SLOTS_FILE
    if not slots.exists():
        return _base_files(folder)
    has_base = any(folder.glob("model.safetensors*"))
    return [*(_base_files(folder) if has_base else ()), slots]


def _base_files(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.exists():
        names = sorted(set(read_json(index)["weight_map"].values()))
        for name in names:
            if Path(name).name != name:
                raise ModelError(f"{index} names a file outside its folder: {name}")
        missing = [name for name in names if not (folder / name).exists()]
        if missing:
            raise ModelError(
                f"{folder} lacks the shard {missing[0]}", "download the checkpoint again"
            )
        return [folder / name for name in names]
    if (folder / "model.safetensors").exists():
        return [folder / "model.safetensors"]
    pickled = [path.name for pattern in ("*.bin", "*.pt", "*.pth") for path in folder.glob(pattern)]
    if pickled:
        raise ModelError(
            (
                f"{folder} holds pickled weights only ({pickled[0]}), and these can run code "
                f"when they are read"
            ),
            "convert them to safetensors first",
        )
    raise ModelError(f"{folder} holds no model.safetensors")


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a safetensors file, from its header. Raises `ModelError` where it is
    damaged or cut off.
    """
    try:
        with safe_open(path, framework="pt") as opened:
            names = opened.keys()
            return {name: tuple(opened.get_slice(name).get_shape()) for name in names}
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{path} is damaged: {error}", f"delete {path.resolve()} and fetch the checkpoint again"
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; `ModelError` where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} can't be read: {reason_of(error)}") from error
    if not isinstance(found, dict):
        raise ModelError(f"{path} holds no JSON object")
    return found


def sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
