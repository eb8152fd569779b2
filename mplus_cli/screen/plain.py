"""Records as JSON can take them, under the names that `--json` has had from the start."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

# By the names of their classes, so that none need be loaded for it.
_NAMES = {
    "Alternative": {"text": "answer"},
    "Answer": {"text": "answer"},
    "Diff": {"before": "from", "after": "to"},
}


def plain(value: Any) -> Any:
    """A record, or anything that holds records, as dicts, lists and plain values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = _NAMES.get(type(value).__name__, {})
        fields = (field.name for field in dataclasses.fields(value))
        return {names.get(name, name): plain(getattr(value, name)) for name in fields}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
