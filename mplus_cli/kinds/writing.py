"""The ways to write chunks: each after the one before it in its document, or each alone, as
vectors or as rows for slots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from mplus_cli.kinds import Disk, Ids, Keyed, Measured, Model, Writer
from store.kinds.layout import layout_of
from store.segments import Segment, segment_key

if TYPE_CHECKING:
    from torch import Tensor

    from mplus_cli.model.net.lm2.sentences import Sentences
    from mplus_cli.model.net.network import Network, Written
    from store.spec import Spec

ROWS_AT_ONCE = 1024
_ROWS_ON_GPU = 4096  # where launching the kernels takes as long for fewer


def rows_at_once(model: Model) -> int:
    """Up to how many tokens chunks that see nothing of each other are written together."""
    return _ROWS_ON_GPU if model.device == "cuda" else ROWS_AT_ONCE


def writer_of(model: Model) -> Writer:
    """How a model writes."""
    if model.config.memory.recurrent:
        return WritesRows(model)
    return After(model) if model.config.memory.keeps_states else Alone(model)


class After:
    """A chunk sees the T vectors before it in its document, so its segment depends on those before.

    arXiv 2502.00592, section 3.1.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    def names(self, chunks: Sequence[Ids]) -> list[str]:
        names: list[str] = []
        for ids in chunks:
            previous = names[-1] if names else None
            names.append(segment_key(self._model.spec.identity, previous, ids))
        return names

    def write(self, chunks: Sequence[Ids], disk: Disk, measured: Measured) -> Iterator[str]:
        return self._write(None, zip(self.names(chunks), chunks, strict=True), disk, measured)

    def write_run(
        self, previous: str | None, run: Sequence[Keyed], disk: Disk, measured: Measured
    ) -> None:
        for _ in self._write(previous, run, disk, measured):
            pass

    def _write(
        self, previous: str | None, run: Iterable[Keyed], disk: Disk, measured: Measured
    ) -> Iterator[str]:
        from mplus_cli.kinds.passes import write_after

        layout = layout_of(disk.spec)
        last: Tensor | None = None  # the vectors of `previous`, where they were written just now
        for key, ids in run:
            if disk.has_segment(key):
                last = None
            else:
                network = self._model.network  # loading it is no writing
                tail = self._tail(previous, disk) if last is None else last
                with measured(len(ids)):
                    written = write_after(network, ids, tail)
                    vectors = written.vectors.cpu()  # waits for a GPU
                disk.put_segments({key: Segment(vectors, written.keys, ids)})
                last = layout.as_kept(written.vectors)  # a chunk is the same, whoever goes on
            previous = key
            yield key

    def _tail(self, previous: str | None, disk: Disk) -> Tensor:
        """What a chunk sees: [L,T,d]; a document's first sees the end of the checkpoint's pool."""
        import torch

        if previous is not None:
            return disk.segment_rows(previous).unpacked(getattr(torch, disk.spec.dtype))
        tokens = self._model.config.memory.num_tokens
        return torch.stack([vectors[-tokens:] for vectors in self._model.origin.vectors])

    def write_small(self, chunks: Sequence[Ids], disk: Disk, measured: Measured) -> None:
        """Nothing can be written before its turn."""


class Alone:
    """A chunk sees nothing but itself, so chunks of any documents are written together."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def names(self, chunks: Sequence[Ids]) -> list[str]:
        return [segment_key(self._model.spec.identity, None, ids) for ids in chunks]

    def write(self, chunks: Sequence[Ids], disk: Disk, measured: Measured) -> Iterator[str]:
        keyed = zip(self.names(chunks), chunks, strict=True)
        for batch in _batches(keyed, rows_at_once(self._model)):
            self._compute(batch, disk, measured)
            yield from (key for key, _ in batch)

    def write_small(self, chunks: Sequence[Ids], disk: Disk, measured: Measured) -> None:
        self.write_run(None, list(zip(self.names(chunks), chunks, strict=True)), disk, measured)

    def write_run(
        self, previous: str | None, run: Sequence[Keyed], disk: Disk, measured: Measured
    ) -> None:
        if not run:
            return  # and ask for no device
        keyed = sorted(run, key=lambda each: len(each[1]))
        for batch in _batches(keyed, rows_at_once(self._model)):
            self._compute(batch, disk, measured)

    def _compute(self, batch: Iterable[Keyed], disk: Disk, measured: Measured) -> None:
        wanted: Mapping[str, Ids] = dict(batch)
        lacking = disk.lacking(list(wanted))
        missing = {key: ids for key, ids in wanted.items() if key in lacking}
        if not missing:
            return
        network, chunks = self._model.network, list(missing.values())  # loading it is no writing
        with measured(sum(map(len, chunks))):
            written = self._written(network, chunks, disk.spec)
            # Here, for it waits for a GPU; its vectors stay there until they are packed.
            keys = [None if each.keys is None else each.keys.cpu() for each in written]
        parts = zip(written, keys, chunks, strict=True)
        segments = (Segment(each.vectors, own, ids) for each, own, ids in parts)
        disk.put_segments(dict(zip(missing, segments, strict=True)))

    def _written(self, network: Network, chunks: Sequence[Ids], spec: Spec) -> list[Written]:
        from mplus_cli.kinds.passes import write_alone

        return write_alone(network, chunks, layout_of(spec).keeps_kv)


class WritesRows(Alone):
    """A chunk's rows say what to write into slots, of which it sees nothing (LM2)."""

    @cached_property
    def _sentences(self) -> Sentences:
        from mplus_cli.model.net.lm2.sentences import Sentences

        vocabulary = self._model.config.architecture.vocabulary
        return Sentences.of(self._model.tokenizer.decode, vocabulary)

    def _written(self, network: Network, chunks: Sequence[Ids], spec: Spec) -> list[Written]:
        from mplus_cli.kinds.slots import write_rows

        ids, ends = zip(*map(self._sentences.read, chunks), strict=True)
        return write_rows(network, ids, ends)


def _batches(keyed: Iterable[Keyed], rows: int) -> Iterator[list[Keyed]]:
    """Chunks written together: so many tokens, of lengths that are not too unlike each other, so
    that attention has twice as many rows at most.
    """
    batch: list[Keyed] = []
    tokens = longest = 0
    for one in keyed:
        size = len(one[1])
        tokens, longest = tokens + size, max(longest, size)
        if batch and (tokens > rows or (len(batch) + 1) * longest > 2 * rows):
            yield batch
            batch, tokens, longest = [], size, size
        batch.append(one)
    if batch:
        yield batch
