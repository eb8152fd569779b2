"""A memory of whole chunks that an older mplus made, with files of segments, made lean: ids and
packed keys of each chunk, and vectors that are derived.

Packs are written first, beside the files; then one transaction says that they count, then the
description of the memory does (`Home.described_as`). What does not count any more is garbage then
(`store.collect`). Killed anywhere, the memory is either as it was or lean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from store.change import Change
from store.disk import remove
from store.home import Home
from store.kinds import kind_of
from store.kinds.layout import layout_of
from store.records import SegmentFile
from store.segments import Segment
from store.segments.files import FileSegments, read_segment
from store.segments.lean import LeanSegments, file_of
from store.spec import Spec
from store.state_files import state_of

_AT_ONCE = 64  # segments that are brought to the disk together

Keyed = tuple[str, Sequence[int]]
"""A segment's key, and the token ids that it was written from."""


def pack(home: Home, spec: Spec, keyed: Iterable[Keyed]) -> dict[str, SegmentFile]:
    """Write packs for the lean `spec` of segments that lie in files; what the index is to say of
    each. What an earlier call has packed is not written again.

    Raises `DamagedError` where a file is missing or damaged.
    """
    import torch

    segments, layout = LeanSegments(home, spec), layout_of(home.spec)
    files: dict[str, SegmentFile] = {}
    waiting = iter(keyed)
    while some := dict(islice(waiting, _AT_ONCE)):
        there = segments.there(list(some))
        new: dict[str, Segment] = {}
        for (key, ids), is_there in zip(some.items(), there, strict=True):
            if is_there:
                files[key] = file_of(segments.packed(key))
                continue
            stored = read_segment(home.segment(key), layout)
            assert stored.keys is not None
            keys = stored.keys.unpacked(torch.float32)
            new[key] = Segment(stored.vectors.numbers, keys, ids)
        packed = segments.packed_of(new) if new else []
        segments.append(packed)
        files |= {each.key: file_of(each) for each in packed}
    return files


def unpack(home: Home, spec: Spec) -> None:
    """Remove the packs again, which do not count yet."""
    folder = home.packs(spec.identity)
    if folder.exists():
        remove(folder)


def make_lean(change: Change, spec: Spec, files: Iterable[SegmentFile]) -> None:
    """Let the packs count: all generations of the model of `spec` are lean from now on."""
    home, index, kind = change.home, change.index, kind_of(spec)
    if index.generation() is None:
        index.keep([])  # and with it what the index says of models
        Home.create(home.path, spec)
        home.spec = spec
        return
    told = {}
    for generation in index.generations():
        if generation.identity == spec.identity:
            state = state_of(home, spec, index.entries(generation.id))
            told[generation.id] = (state.digest, *kind.counts(state))
    with home.described_as(spec):
        index.make_lean(spec, files, told)


def keep_last(change: Change, before: Spec, budget_bytes: int) -> None:
    """Copy vectors into the cache that derived ones are read from: those of the last chunks of the
    last generation, as far as the budget goes.
    """
    home, index = change.home, change.index
    if layout_of(before) != layout_of(home.spec):  # as format 1 had them, which is read no more
        return
    last = index.generation()
    journal = list(dict.fromkeys(index.entries(last.id).journal)) if last else []
    old, cache = FileSegments(home, before), LeanSegments(home, home.spec).cache
    kept, room = [], budget_bytes
    for key in reversed(journal):
        room -= home.segment_bytes(key) or 0
        if room < 0:
            break
        kept.append(key)
    cache.budget_bytes = budget_bytes
    for key in reversed(kept):
        cache.put(key, old.vectors(key))
