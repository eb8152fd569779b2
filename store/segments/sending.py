"""Segments made ready to leave the machine that wrote them, where there is no memory."""

from __future__ import annotations

from collections.abc import Mapping

from store.kinds.layout import layout_of
from store.segments import Segment
from store.segments.carried import Carried
from store.spec import Spec


def carried(spec: Spec, segments: Mapping[str, Segment]) -> list[Carried]:
    """Segments that were just written together, one at least, by their keys."""
    if spec.lean:
        from store.segments.lean import packed_of

        return [Carried.of(each.key, each.count, each.rows) for each in packed_of(spec, segments)]
    from store.segments.files import content_of

    layout = layout_of(spec)
    return [
        Carried.of(key, each.vectors.shape[1], [content_of(layout, each)])
        for key, each in segments.items()
    ]
