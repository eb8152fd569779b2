"""A reader's document as a memory keeps it whole, and back."""

from __future__ import annotations

from dataclasses import astuple

from mplus_cli.readers.document import Document, Span
from store.texts import TextSpan, WholeText


def whole_text(document: Document) -> WholeText:
    """What a memory keeps of a document beside its row."""
    spans = tuple(TextSpan(*astuple(span)) for span in document.spans)
    return WholeText(document.text, spans, document.unit, document.title)


def document_of(whole: WholeText, reader: str) -> Document:
    """The document that a memory keeps, as its reader made it, without notes."""
    spans = tuple(Span(*astuple(span)) for span in whole.spans)
    return Document(whole.text, spans, reader, whole.unit, title=whole.title)
