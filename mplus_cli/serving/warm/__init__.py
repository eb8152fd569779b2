"""Warm commands: a server beside a memory answers what a command asks, over a socket of this user
alone.

JSON lines, with Python's own library. A client writes one line, {"token", "settings", "ask" or
"search"}, and reads {"taken"}, then {"read"} and {"piece"} as they come, and {"done"} or {"failed"}
at the end; who hangs up wants nothing any more.
"""

from __future__ import annotations

from mplus_cli.serving.warm.client import Served, WarmError, keep, questions

__all__ = ["Served", "WarmError", "keep", "questions"]
