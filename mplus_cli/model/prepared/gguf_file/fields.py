"""The fields of one architecture in a GGUF file's metadata."""

from __future__ import annotations

import math

from mplus_cli.errors import ModelError
from mplus_cli.model.prepared.gguf_file.container import GgufFile


class Fields:
    """Reads `ARCHITECTURE.key`. Raises `ModelError` where a value is none that a model can have."""

    def __init__(self, file: GgufFile) -> None:
        self.file = file
        self.name = file.get("general.architecture", str, "")

    def size(self, key: str, default: int | None = None) -> int:
        """A whole number above 0, the same in all layers."""
        found = self.file.metadata.get(f"{self.name}.{key}", default)
        if isinstance(found, list) and len(set(found)) == 1:
            found = found[0]
        if isinstance(found, list):
            raise ModelError(
                f"{self.file.path} has layers that differ in {key}, which mplus does not run"
            )
        if not isinstance(found, int) or isinstance(found, bool) or found <= 0:
            raise self.file.damaged(f"{self.name}.{key} is {str(found)[:40]!r}")
        return found

    def number(self, key: str) -> float | None:
        found = self.file.get(f"{self.name}.{key}", (int, float))
        if found is not None and not math.isfinite(found):
            raise self.file.damaged(f"{self.name}.{key} is {found}")
        return None if found is None else float(found)

    def needed(self, key: str) -> float:
        found = self.number(key)
        if found is None:
            raise self.file.damaged(f"{self.name}.{key} is missing")
        return found

    def text(self, key: str, default: str) -> str:
        found: str = self.file.get(f"{self.name}.{key}", str, default)
        return found

    def given(self, **keys: str) -> dict[str, float]:
        """transformers' names for keys -> their numbers, for those that are there."""
        found = {name: self.number(key) for name, key in keys.items()}
        return {name: value for name, value in found.items() if value is not None}
