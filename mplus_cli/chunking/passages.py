"""The chunks of a document as a model takes them in: cut, and with the ids that it will read."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from mplus_cli.chunking.chunks import Chunk, Encoder, cut
from mplus_cli.errors import ReadError
from mplus_cli.model.config import MIN_CHUNK_TOKENS, MemoryLayout
from mplus_cli.readers.document import Document

_MARGIN_SHARE = 32  # of a chunk is kept free for other ids at its ends


class PassageEncoder(Encoder, Protocol):
    """One that knows how a model reads a passage."""

    def passage(self, text: str) -> list[int]:
        """The ids of a text as a passage within a prompt."""
        ...


def model_chunks(document: Document, encoder: PassageEncoder, layout: MemoryLayout) -> list[Chunk]:
    """The chunks of a document that a model writes. Raises as `cut` does.

    One that reads passages within its prompt gets the very ids that such a prompt would have, which
    may be others at both ends; so they are cut shorter until all of them fit.
    """
    most, margin = layout.chunk_tokens, layout.chunk_tokens // _MARGIN_SHARE
    if layout.recurrent:  # what is written is written sentence by sentence
        return cut(document, encoder, most, min_tokens=1, whole_sentences=True)
    if not layout.prefix_ids:
        return cut(document, encoder, most, MIN_CHUNK_TOKENS)
    while margin < most:
        found = [
            replace(chunk, ids=tuple(encoder.passage(chunk.context + chunk.text)))
            for chunk in cut(document, encoder, most - margin, MIN_CHUNK_TOKENS)
        ]
        if all(len(chunk.ids) <= most for chunk in found):
            return found
        margin *= 2
    raise ReadError("the model's tokenizer splits it too finely", "leave it out")
