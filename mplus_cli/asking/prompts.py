"""The prompt of a question: the ids behind the memory, and the whole text for people to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mplus_cli.asking.how import Asking
from mplus_cli.chunking.passages import model_chunks
from mplus_cli.chunking.whole import document_of
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.results.answers import Prompt

if TYPE_CHECKING:
    from store.index.reader import Index
    from store.records import Located


def prompt_ids(question: str, engine: Engine, how: Asking) -> list[int]:
    """Token ids of what stands behind the memory.

    Raises `UsageError` where it, the memory and the answer do not fit the model's positions; what
    is longer, question or answer, is too long.
    """
    config = engine.config
    ids = engine.tokenizer.prompt(question, _system(engine, how))
    memory_rows = config.memory.prefix_rows + config.memory.read_vectors
    most = config.architecture.max_positions - memory_rows
    room, room_after = most - how.max_tokens, most - len(ids)
    if len(ids) > room and how.max_tokens > len(ids) and room_after > 0:
        raise UsageError(
            f"an answer of {how.max_tokens:,} tokens is too long: behind this question there is "
            f"room for {room_after:,}",
            f"allow at most as many: -n {room_after}",
        )
    if len(ids) > room:
        raise UsageError(
            f"the question is too long: {len(ids):,} tokens, and there is room for "
            f"{max(room, 0):,}",
            "ask a shorter question, or put the text into the memory with: mplus inject -",
        )
    return ids


def whole_prompt(
    question: str, ids: list[int], engine: Engine, how: Asking, index: Index, read: Located | None
) -> Prompt:
    """What a plain run of the model would be given for the same answer.

    read: the chunk that is read, where it is one. Its ids are not kept: they are made again from
    the document's text, and are given where they are those that were written.
    """
    system, tokenizer, passage = _system(engine, how), engine.tokenizer, ""
    front: tuple[int, ...] | None = engine.config.memory.prefix_ids
    whole = index.whole_text(read.document) if read else None
    if read is not None:
        passage, front = read.chunk.text, None
    if read is not None and whole is not None:
        document = document_of(whole, index.document(read.document).reader)
        chunks = model_chunks(document, tokenizer, engine.config.memory)
        names = engine.kind.writer.names([chunk.ids for chunk in chunks])
        if read.ordinal < len(chunks) and names[read.ordinal] == read.chunk.segment:
            chunk = chunks[read.ordinal]
            passage = chunk.context + chunk.text
            front = (*engine.config.memory.prefix_ids, *chunk.ids)
    text = tokenizer.text(passage, question, system)
    return Prompt(text, None if front is None else (*front, *ids))


def _system(engine: Engine, how: Asking) -> str | None:
    """The system prompt that stands behind the memory."""
    own = engine.config.answering.asked_with
    return (own if how.system is None else how.system) or None
