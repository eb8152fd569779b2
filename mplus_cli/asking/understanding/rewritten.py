"""A follow-up question written anew by a chat model that is large enough to, so that it stands by
itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mplus_cli.asking.how import Asking
from mplus_cli.asking.said import say, whole
from mplus_cli.engine import Engine

if TYPE_CHECKING:
    from mplus_cli.kinds import OpenMemory

LEAST_PARAMETERS = 900_000_000
"""Of a model that does what it is told: those of "1B" begin here."""
MOST_TOKENS = 64
"""Of the question that it writes: a longer one is no question."""
_WANTED = (
    "These are the questions of one conversation. Write the last one again, so that it can be "
    "understood without the others: put names and things in the place of words that point back. "
    "Write that question and nothing else."
)


def can_rewrite(engine: Engine) -> bool:
    """Whether a model is one that was made for chat and for no short answers, and large enough."""
    return engine.config.answering.in_template and engine.parameters >= LEAST_PARAMETERS


def rewritten(engine: Engine, memory: OpenMemory, questions: Sequence[str], how: Asking) -> str:
    """The last of some questions as the model writes it to stand by itself; empty where it writes
    none, or too much.

    Nothing of the memory is read: the questions stand where a passage would. Raises `StoppedError`.
    """
    tokenizer, config = engine.tokenizer, engine.config
    ids = tokenizer.passage("\n".join(questions)) + tokenizer.prompt(_WANTED, None)
    if config.memory.prefix_rows + len(ids) + MOST_TOKENS > config.architecture.max_positions:
        return ""
    with engine.turn:
        reading = next(iter(engine.kind.readings(ids, memory, [], MOST_TOKENS)))
    plainly = replace(how, max_tokens=MOST_TOKENS, temperature=0.0, stop=("\n",))
    said = whole(say(reading, engine, plainly))
    text = said.text.strip(" \"'")
    if said.cut or said.declined or not re.search(r"\w", text):
        return ""
    return text
