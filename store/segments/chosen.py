"""Which segments a memory has of a model: files of their own, or packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.home import Home
from store.spec import Spec

if TYPE_CHECKING:
    from store.segments import Segments


def segments_of(home: Home, spec: Spec) -> Segments:
    """The segments of a memory that one model wrote."""
    if spec.lean:
        from store.segments.lean import LeanSegments

        return LeanSegments(home, spec)
    from store.segments.files import FileSegments

    return FileSegments(home, spec)
