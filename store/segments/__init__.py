"""Segments: what chunks wrote, named by what it was written from; as files of their own
(`store.segments.files`), or in packs with vectors that are derived (`store.segments.lean`).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from store.records import SegmentFile
from store.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor

    from store.segments.carried import Carried
    from store.segments.keys import Keys
    from store.segments.quantized import Rows


def segment_key(identity: str, previous: str | None, ids: Sequence[int]) -> str:
    """Name of what one chunk writes: SHA-256 over the model, the segment it was written after, and
    its ids.

    Known before anything is computed, and the same on every machine. `previous` is None for a
    document's first chunk and where the model writes every chunk by itself.
    """
    digest = hashlib.sha256(f"mplus segment\n{identity}\n{previous or '-'}\n".encode())
    digest.update(struct.pack(f"<{len(ids)}I", *ids))
    return digest.hexdigest()


@dataclass(frozen=True)
class Segment:
    """What a chunk of `ids` wrote: vectors [L,K,w] and, where the model has a retriever, keys
    [F,K,h] of the layers with keys; or write rows [F,R,w] of an LM2 memory. `store.kinds.layout`
    says what w is.
    """

    vectors: Tensor
    keys: Tensor | None
    ids: Sequence[int]


class Arriving(Protocol):
    """Segments on their way to the disk, while other work goes on. An error shows at a later
    call.
    """

    def expect(self, tokens: int) -> None:
        """Know that so many tokens, at least, will come behind what is put from now on."""
        ...

    def put(self, segments: Mapping[str, Segment]) -> None:
        """Take segments that were written together, by their keys."""
        ...

    def take(self, segments: Sequence[Carried]) -> None:
        """Take segments that another machine wrote. Raises `DamagedError` for what is none."""
        ...

    def __contains__(self, key: object) -> bool:
        """Whether it is on its way, or has come since `all` was called last."""
        ...

    def vectors(self, key: str) -> int:
        """K of one of these."""
        ...

    def wait_for(self, key: str) -> None:
        """Return when one of these has come."""
        ...

    def all(self) -> dict[str, SegmentFile]:
        """What has come since the last call, when all has come."""
        ...

    def close(self) -> None:
        """Return when nothing is being written any more."""
        ...


class Segments(Protocol):
    """The segments that one memory has for `spec`, for any number of threads; nothing is read
    before it is used.

    What was opened stays open, and can be read on after it was removed, so a new generation wants a
    new object: then what was erased is let go.
    """

    spec: Spec

    @property
    def keys(self) -> Keys:
        """The keys of all segments, for searching."""
        ...

    def there(self, keys: Sequence[str]) -> list[bool]:
        """Which of some segments lie there, though the index may not know them."""
        ...

    def find(self, key: str, known: SegmentFile | None) -> SegmentFile | None:
        """What the index is to say of a segment; None where it does not lie there, and where what
        does is none of this memory's: then it is written again. known: what the index says of it
        by now.
        """
        ...

    def vectors(self, key: str) -> Rows:
        """A segment's vectors [L,K,w], mapped where they lie in a file.

        Raises `DamagedError` where the segment is missing or is none.
        """
        ...

    def ready(self, keys: Sequence[str]) -> None:
        """Have the vectors of some segments at hand, which are asked for now."""
        ...

    def arriving(self) -> Arriving: ...
