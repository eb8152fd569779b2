"""A local language model with a memory that lasts.

    from mplus_cli import Memory

What is named here is loaded when it is first used, and brings neither torch nor the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mplus_cli.api import Memory
    from mplus_cli.results import Answer, Document, Passage, Report, Source
    from store.errors import MplusError

__all__ = ["Answer", "Document", "Memory", "MplusError", "Passage", "Report", "Source"]

_OWNERS = {"Memory": "mplus_cli.api", "MplusError": "store.errors"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_OWNERS.get(name, "mplus_cli.results")), name)
    globals()[name] = found
    return found
