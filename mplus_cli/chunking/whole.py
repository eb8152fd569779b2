"""A reader's document as a memory keeps it whole, and back."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter

from mplus_cli.readers.document import Document, Span
from store.texts import TextSpan, WholeText

_FIELDS = attrgetter(*(field.name for field in fields(Span)))  # both have the same


def whole_text(document: Document) -> WholeText:
    """What a memory keeps of a document beside its row."""
    spans = tuple(TextSpan(*_FIELDS(span)) for span in document.spans)
    return WholeText(document.text, spans, document.unit, document.title)


def document_of(whole: WholeText, reader: str) -> Document:
    """The document that a memory keeps, as its reader made it, without notes."""
    spans = tuple(Span(*_FIELDS(span)) for span in whole.spans)
    return Document(whole.text, spans, reader, whole.unit, title=whole.title)
