"""One page of a PDF, as lines of text."""

from __future__ import annotations

from typing import Any

from mplus_cli.readers.job import Job
from mplus_cli.readers.pdf.annotations import annotations_of
from mplus_cli.readers.pdf.columns import in_reading_order
from mplus_cli.readers.pdf.lines import Line, lines_of
from mplus_cli.readers.pdf.losses import Losses
from mplus_cli.readers.pdf.pdfium import Pdf, letters_of
from mplus_cli.readers.pdf.pictures import FEW_LETTERS, Shown, shown_on
from mplus_cli.readers.pdf.placed import place_fields, place_links
from mplus_cli.readers.pdf.rows import with_whole_rows
from mplus_cli.readers.pdf.runs import Run, Runs, characters
from mplus_cli.readers.pdf.widths import has_text_without_width


def read_page(pdf: Pdf, number: int, job: Job, losses: Losses) -> list[str] | None:
    """The lines of a page, counted from 1, and what lies upon it; None where it is damaged."""
    with pdf.page(number - 1) as (c, page):
        if page is None:
            losses.damaged.append(number)
            return None
        with letters_of(page) as letters:
            if letters is None:
                losses.damaged.append(number)
                return None
            lines = _lines(c, pdf, page, letters, number, job, losses)
        if sum(len(line) for line in lines) < FEW_LETTERS:
            _tell_pictures(c, page, number, bool(lines), losses)
        if has_text_without_width(c, page) and shown_on(c, page, covering=True) is Shown.PICTURE:
            losses.without_width.append(number)
        return lines


def _lines(
    c: Any, pdf: Pdf, page: Any, letters: Any, number: int, job: Job, losses: Losses
) -> list[str]:
    runs = list(Runs(c, letters, characters(c, letters)))
    losses.untold.mark(c, letters, runs, number)
    if not c.FPDFPage_GetAnnotCount(page):
        return [line.text() for line in _ordered(runs)]
    upon = annotations_of(c, pdf, page, letters, job, number)
    if left := place_links(c, letters, runs, upon.links):
        job.note(f"page {number}: where {left:,} more links lead to is not read")
    lines = _ordered(runs)
    unplaced = place_fields(lines, upon.fields)
    return [line.text() for line in lines] + unplaced + upon.comments


def _ordered(runs: list[Run]) -> list[Line]:
    return in_reading_order(with_whole_rows(lines_of(runs)))


def _tell_pictures(c: Any, page: Any, number: int, has_text: bool, losses: Losses) -> None:
    shown = shown_on(c, page, covering=has_text)
    if has_text:
        if shown is Shown.PICTURE:
            losses.mostly_pictures.append(number)
        return
    kinds = {
        Shown.PICTURE: losses.pictures,
        Shown.DRAWING: losses.drawings,
        Shown.SHAPES: losses.shapes,
    }
    if shown is Shown.NOTHING and losses.blank_is_damaged:
        losses.damaged.append(number)
    if shown in kinds:
        kinds[shown].append(number)
