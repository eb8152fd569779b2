"""A segment as bytes, on its way from the machine that wrote it to the memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.kinds.layout import layout_of
from store.spec import Spec

if TYPE_CHECKING:
    from store.segments.quantized import Rows


@dataclass(frozen=True)
class Carried:
    """One segment of K = `vectors`. parts: what each column of a lean memory's packs has of it,
    without the vectors, which are derived; of other memories the bytes of its file.
    """

    key: str
    vectors: int
    parts: Sequence[bytes]
    sha256: str

    @staticmethod
    def of(key: str, vectors: int, parts: Sequence[bytes]) -> Carried:
        return Carried(key, vectors, parts, _digest(parts))

    @staticmethod
    def to_go_on(key: str, rows: Rows) -> Carried:
        """The vectors alone of a segment that is in the memory, for who writes the next one."""
        from safetensors.torch import save

        found = {"vectors": rows.numbers, "vectors_scales": rows.scales}
        content = save({name: each for name, each in found.items() if each is not None})
        return Carried.of(key, rows.numbers.shape[1], [content])

    def is_whole(self) -> bool:
        """Whether the bytes are those that were sent."""
        return _digest(self.parts) == self.sha256

    def rows(self, spec: Spec) -> Rows:
        """Its vectors [L,K,w], where they are carried."""
        from safetensors.torch import load

        rows = layout_of(spec).rows(load(self.parts[0]), "vectors")
        assert rows is not None
        return rows


def _digest(parts: Sequence[bytes]) -> str:
    """SHA-256 of some bytes, with where each part ends."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()
