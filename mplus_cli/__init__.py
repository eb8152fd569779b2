"""A local language model with a memory that lasts.

    from mplus_cli import Memory

What is named here is loaded when it is first used, and brings neither torch nor the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mplus_cli.version import __version__ as __version__

if TYPE_CHECKING:
    from mplus_cli.api import Memory
    from mplus_cli.members.together import Memories
    from mplus_cli.results.answers import Answer, Passage, Source
    from mplus_cli.results.contents import Document
    from mplus_cli.results.runs import Report
    from mplus_cli.results.texts import Text
    from mplus_cli.texts import read
    from store.errors import MplusError

__all__ = [
    "Answer",
    "Document",
    "Memories",
    "Memory",
    "MplusError",
    "Passage",
    "Report",
    "Source",
    "Text",
    "read",
]

_OWNERS = {
    "Answer": "mplus_cli.results.answers",
    "Document": "mplus_cli.results.contents",
    "Memories": "mplus_cli.members.together",
    "Memory": "mplus_cli.api",
    "MplusError": "store.errors",
    "Passage": "mplus_cli.results.answers",
    "Report": "mplus_cli.results.runs",
    "Source": "mplus_cli.results.answers",
    "Text": "mplus_cli.results.texts",
    "read": "mplus_cli.texts",
}


def __getattr__(name: str) -> Any:
    if name not in _OWNERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_OWNERS[name]), name)
    globals()[name] = found
    return found
