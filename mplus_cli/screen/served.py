"""A server that begins and ends, for people and as JSON."""

from __future__ import annotations

from pathlib import Path

from mplus_cli.screen import terminal


def listening(url: str, made_token: Path | None, in_json: bool) -> None:
    """Where it listens and how to stop it."""
    if in_json:
        token = None if made_token is None else str(made_token)
        terminal.json_line({"event": "listening", "url": url, "made_token": token})
        return
    if made_token is not None:
        terminal.note(f"a token was made: {made_token}")
    terminal.aside(f"mplus listens at {url} (stop it with Ctrl-C)")


def ended(in_json: bool) -> None:
    """That it has ended, as it was told to."""
    if in_json:
        terminal.json_line({"event": "ended"})
    else:
        terminal.note("mplus has ended")
