"""Paths as people know them."""

from __future__ import annotations

import os
from pathlib import Path


def shown(path: str) -> str:
    """A path relative to the working folder where it lies below that; else as it is."""
    return path.removeprefix(f"{Path.cwd()}{os.sep}")
