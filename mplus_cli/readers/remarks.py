"""What readers say in the same words, whatever the format: comments, ticked boxes, counts."""

from __future__ import annotations

TICKED, EMPTY = "[x]", "[ ]"
"""How a box of a form or a list is written, and its state with it."""


def comment(
    text: str, author: str = "", on: str = "", reply: bool = False, resolved: bool = False
) -> str:
    """A comment with who wrote it and `on` what; empty where it says nothing."""
    text = text.strip()
    if not text:
        return ""
    by = f" by {author}" if author else ""
    where = f" on {on}" if on else ""
    return f"[{'Reply' if reply else 'Comment'}{by}{where}{', resolved' * resolved}: {text}]"


def counted(count: int, what: str) -> str:
    """A number of things in words, empty for none."""
    return f"{count:,} {what}{'s' if count > 1 else ''}" if count else ""
