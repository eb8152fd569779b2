"""What chat windows ask beside questions: a title, tags, what to ask next. None of it is in the
memory, and small models babble; so titles are made of the question's words, and the rest is empty.

Open WebUI begins such prompts with "### Task:", names the key of the JSON that it wants, and puts
the conversation behind it, its turns beginning with USER: and ASSISTANT:.
"""

from __future__ import annotations

import json
import re

_TASK = "### Task:"
_NOTHING: dict[str, list[str] | str] = {"tags": [], "follow_ups": [], "text": ""}
_KEY = re.compile(r'"(title|queries|tags|follow_ups|text)"\s*:')
_TURN = re.compile(r"^USER:\s*(.+)$", re.MULTILINE)
_TITLE_WORDS = 7


def done(prompt: str) -> str | None:
    """What such a prompt is answered with; None where it is a question."""
    if not prompt.startswith(_TASK):
        return None
    wanted, turns = _KEY.search(prompt), _TURN.findall(prompt)
    if wanted is None:
        return ""
    key = wanted[1]
    if key == "title":
        return json.dumps({key: title(turns[0] if turns else "")}, ensure_ascii=False)
    if key == "queries":
        return json.dumps({key: turns[-1:]}, ensure_ascii=False)
    return json.dumps({key: _NOTHING[key]})


def title(question: str) -> str:
    """A title for a conversation that begins with a question: its first words."""
    words = question.split()
    more = " …" if len(words) > _TITLE_WORDS else ""
    return " ".join(words[:_TITLE_WORDS]).strip(" ?.!,;:") + more
