"""What a question found in a memory, read and ready to be answered when the memory is let go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from mplus_cli.asking.how import Asking
from mplus_cli.asking.opened import Opened
from mplus_cli.asking.prompts import whole_prompt
from mplus_cli.asking.question import Question
from mplus_cli.asking.sources import segments_read
from mplus_cli.engine import Engine
from mplus_cli.kinds.readings import Reading, surest
from mplus_cli.results.answers import Prompt, Within

if TYPE_CHECKING:
    from store.kinds.state import State
    from store.records import Located


@dataclass(frozen=True)
class Found:
    """Readings of a question, the one to answer from first, and the chunks that they have read.

    ids: of the prompt behind what is read; located: by the numbers of their segments.
    """

    question: str
    ids: list[int]
    readings: list[Reading]
    located: Mapping[int, Located]
    state: State
    generation: int
    within: Within | None
    prompt: Prompt | None

    def passage(self, reading: Reading) -> Located | None:
        """The one chunk that was read; None where it was none, or several."""
        return None if reading.number is None else self.located.get(reading.number)


def find(asked: Question, ids: list[int], how: Asking, opened: Opened, engine: Engine) -> Found:
    """Read what a question finds, as little as its answer and `how.top` take."""
    kind, memory, number = engine.kind, opened.memory, opened.generation.id
    question = asked.asked
    with engine.turn:
        by_text = partial(opened.by_text, asked.words)
        count = max(kind.passages, how.top)
        ranked = kind.search(question, memory, by_text, count) if kind.reads_passages else []
        following = kind.readings(ids, memory, ranked, how.max_tokens)
        sure = engine.config.answering.sure
        readings = surest(islice(following, kind.passages), sure)
        readings += islice(following, max(how.top - len(readings), 0))
        engine.network.open_decoder()  # before the first piece, for making its form is told
    numbers = {each for reading in readings for each in segments_read(reading.cache, memory.state)}
    located = opened.index.located(number, sorted(numbers))
    prompt = None
    if how.show_prompt:
        first = readings[0].number
        read = None if first is None else located[first]
        prompt = whole_prompt(question, ids, engine, how, opened.index, read)
    return Found(question, ids, readings, located, memory.state, number, opened.within, prompt)
