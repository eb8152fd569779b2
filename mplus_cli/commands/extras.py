"""Commands that need more than what is installed with mplus."""

from __future__ import annotations

from importlib.util import find_spec

from mplus_cli.errors import UsageError


def need(command: str, extra: str, *packages: str) -> None:
    """Raises `UsageError` where one of an extra's packages is missing."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"`mplus {command}` needs {', '.join(missing)}", f"pip install 'mplus-cli[{extra}]'"
        )
