"""What is kept of segments' keys for searching, and in which columns; chosen once, by the spec
(`key_form_of`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from store.kinds.layout import KeyFile, Layout
from store.segments.packs import Column

if TYPE_CHECKING:
    from torch import Tensor

    from store.segments.quantized import Rows
    from store.spec import Spec


CODES, MEANS = 0, 1  # places in the columns of `TwoBits`
COLUMNS = 2  # of each layer


class KeyForm(Protocol):
    """How keys lie in files. records: the name of the file that says whose they are; columns: those
    of each layer. Forms have no names of files in common, so none reads another's.
    """

    records: str

    @property
    def columns(self) -> Sequence[Column]: ...

    def pack(self, keys: Rows, counts: Sequence[int]) -> list[Tensor]:
        """What each column has of the keys [M,h] in one layer of segments with so many, one after
        the other: [*,width].
        """


def columns_of(form: KeyForm, layers: int) -> list[Column]:
    """The columns of all layers with keys; those of a layer follow one another."""
    return [
        column._replace(name=f"{place:03}.{column.name}")
        for place in range(layers)
        for column in form.columns
    ]


class AsStored:
    """The keys as segments hold them, for finding single vectors."""

    records = "segments"

    def __init__(self, files: Sequence[KeyFile]) -> None:
        self.files = files
        self.columns: Sequence[Column] = [Column(each.suffix, each.row_bytes) for each in files]

    def pack(self, keys: Rows, counts: Sequence[int]) -> list[Tensor]:
        return [part for part in keys if part is not None]

    def rows(self, parts: Sequence[bytes]) -> Rows:
        """What columns have, as rows again."""
        import torch

        from store.segments.quantized import Rows

        numbers = [
            torch.frombuffer(bytearray(part), dtype=getattr(torch, file.dtype)).view(-1, file.width)
            for part, file in zip(parts, self.files, strict=True)
        ]
        return Rows(numbers[0], numbers[1] if len(numbers) > 1 else None)


class TwoBits:
    """The keys in two bits a number and their mean in each chunk, for finding whole chunks."""

    records = "chunks-2-bits"

    def __init__(self, selector: int) -> None:
        self.selector = selector
        self.columns: Sequence[Column] = (
            Column("codes", -(-selector // 4)),
            Column("means", selector, per_segment=True),
        )

    def pack(self, keys: Rows, counts: Sequence[int]) -> list[Tensor]:
        from store.segments import two_bits

        bits = two_bits.two_bits(keys.numbers)
        return [bits, two_bits.means(bits, counts, self.selector)]

    def means(self, codes: bytes) -> bytes:
        """What the column of means has of a segment, from what that of codes has."""
        import torch

        from store.segments import two_bits

        bits = torch.frombuffer(bytearray(codes), dtype=torch.uint8)
        packed = bits.view(-1, two_bits.width(self.selector))
        return two_bits.means(packed, [len(packed)], self.selector).numpy().tobytes()


def key_form_of(spec: Spec, layout: Layout) -> TwoBits | AsStored:
    return TwoBits(spec.selector) if spec.retrieval_layers else AsStored(layout.key_files)
