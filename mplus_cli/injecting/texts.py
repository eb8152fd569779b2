"""The first half of the write path alone: what was named -> text, without a model or a memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from mplus_cli.errors import ReadError
from mplus_cli.injecting.events import Skipped
from mplus_cli.injecting.named import Named
from mplus_cli.inputs.piece import Piece
from mplus_cli.readers import Document, Span, read_document
from mplus_cli.results.runs import PassedOver
from mplus_cli.results.texts import Stretch, Text


def texts(named: Named, passed: Callable[[PassedOver], None]) -> Iterator[Text | Skipped]:
    """The text of each input as `inject` would take it in, or why it would leave it out."""
    with ExitStack() as stack:
        pieces = named.pieces(stack, lambda each: passed(PassedOver(each.path, each.reason)))
        for piece in pieces:
            try:
                yield _text(piece)
            except ReadError as error:
                yield Skipped.of(piece, error)


def _text(piece: Piece) -> Text:
    content = piece.load()
    document = read_document(content.name, content.data, piece.options, content.charset)
    return Text(
        path=piece.path,
        reader=document.reader,
        unit=document.unit,
        text=document.text,
        places=tuple(_stretch(document, span) for span in document.spans),
        notes=document.notes,
    )


def _stretch(document: Document, span: Span) -> Stretch:
    place = document.place(span.start, span.end)
    return Stretch(
        start=span.start,
        end=span.end,
        first=place.first,
        last=place.last,
        section=span.section,
        heading=span.heading,
        header=span.header,
        label=place.label(),
    )
