"""What is kept of segments' keys for searching, and in which files; chosen once, by the spec
(`key_form_of`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from store import two_bits
from store.kinds.layout import KeyFile, Layout

if TYPE_CHECKING:
    from torch import Tensor

    from store.quantized import Rows
    from store.spec import Spec


CODES, MEANS = 0, 1  # places in the files of `TwoBits`


class KeyForm(Protocol):
    """How keys lie in files. records: the name of the file that says whose they are; files: those
    of each layer. Forms have no names of files in common, so none reads another's.
    """

    records: str

    @property
    def files(self) -> Sequence[KeyFile]: ...

    def pack(self, keys: Rows) -> list[Tensor]:
        """What each file has of the keys [K,h] of one segment in one layer: [*,width]."""


class AsStored:
    """The keys as segments hold them, for finding single vectors."""

    records = "segments"

    def __init__(self, layout: Layout) -> None:
        self.files: Sequence[KeyFile] = layout.key_files

    def pack(self, keys: Rows) -> list[Tensor]:
        return [part for part in keys if part is not None]


def as_rows(parts: Sequence[Tensor]) -> Rows:
    """What `AsStored` has packed: rows again."""
    from store.quantized import Rows

    return Rows(parts[0], parts[1] if len(parts) > 1 else None)


class TwoBits:
    """The keys in two bits a number and their mean in each chunk, for finding whole chunks."""

    records = "chunks-2-bits"

    def __init__(self, selector: int) -> None:
        self.selector = selector
        self.files: Sequence[KeyFile] = (
            KeyFile("codes", two_bits.width(selector), "uint8"),
            KeyFile("means", selector, "int8", per_segment=True),
        )

    def pack(self, keys: Rows) -> list[Tensor]:
        bits = two_bits.two_bits(keys.numbers)
        return [bits, two_bits.mean(bits, self.selector)[None]]


def key_form_of(spec: Spec, layout: Layout) -> KeyForm:
    return TwoBits(spec.selector) if spec.retrieval_layers else AsStored(layout)
