"""Kinds of memory: how documents are written, kept, found and read.

One object a kind, chosen once (by `mplus_cli.engine`), so that nothing else asks which kind a model
is of. Here is what needs the model; how a segment lies on the disk, the fold over the journal and
the checks need none and are in `store.kinds`.

- `mplus` (arXiv 2502.00592): a chunk is written after the one before it in its document, or alone;
  a question reads the pool and single vectors, which every layer finds for itself.
- `chunks`: a chunk is written alone; a question reads whole chunks, found once for all layers, one
  at a time.
- `lm2` (arXiv 2502.06049): a chunk is written alone, as rows that are let into a matrix of slots; a
  question reads all of that at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from mplus_cli.kinds.readings import Reading
    from mplus_cli.model.config import ModelConfig
    from mplus_cli.model.net.network import Network
    from mplus_cli.model.net.tokenizer import Tokenizer
    from store.home import Home
    from store.kinds.vectors import Origin
    from store.segments import Segment, Segments
    from store.segments.quantized import Rows
    from store.spec import Spec

Ids = Sequence[int]
"""Token ids [n] of one chunk, 0 < n <= C."""

Keyed = tuple[str, Ids]
"""A segment's key, and the ids that it is written from."""

Measured = Callable[[int], AbstractContextManager[None]]
"""Takes a number of tokens; what is done inside is the model's work on them."""


class Model(Protocol):
    """What a kind asks of the engine. The network is loaded when it is first touched."""

    @property
    def config(self) -> ModelConfig: ...
    @property
    def spec(self) -> Spec: ...
    @property
    def device(self) -> str: ...
    @property
    def tokenizer(self) -> Tokenizer: ...
    @property
    def network(self) -> Network: ...
    @property
    def origin(self) -> Origin: ...
    def limit(self, home: Home, segments: Segments) -> None: ...


class Disk(Protocol):
    """Where a kind brings its segments: a change to a memory."""

    @property
    def spec(self) -> Spec: ...
    def has_segment(self, key: str) -> bool: ...
    def lacking(self, keys: Sequence[str]) -> set[str]: ...
    def segment_rows(self, key: str) -> Rows: ...
    def put_segments(self, segments: Mapping[str, Segment]) -> None: ...


class Writer(Protocol):
    """How the chunks of documents become segments."""

    def names(self, chunks: Sequence[Ids]) -> list[str]:
        """Keys of the segments that a document's chunks write, in their order. Loads no network."""
        ...

    def write(self, chunks: Sequence[Ids], disk: Disk, measured: Measured) -> Iterator[str]:
        """Bring the segments of one document to the disk; what lies there is not computed.

        Gives each segment's key when it is there or on its way.
        """
        ...

    def write_small(self, chunks: Sequence[Ids], disk: Disk, measured: Measured) -> None:
        """Compute what chunks of small documents lack, together, where the kind can."""
        ...

    def write_run(
        self, previous: str | None, run: Sequence[Keyed], disk: Disk, measured: Measured
    ) -> None:
        """Bring segments to the disk that follow one another behind `previous` (None: a document
        begins); in a kind that writes every chunk by itself any segments.
        """
        ...


Ranked = tuple[int, float | None]
"""A segment that was found: its number in the journal, from 1, and its score if there is one."""


class OpenMemory(Protocol):
    """A state of a memory, open to be read."""

    def among(self, numbers: Sequence[int]) -> OpenMemory:
        """What there is to be found in some segments alone: numbers (from 1, ascending)."""
        ...


class Kind(Protocol):
    """What a kind of memory owns. A memory that is open is of its own type."""

    reads_passages: bool
    """Whether a question reads whole chunks, as passages of a prompt; else vectors or slots."""

    divisible: bool
    """Whether what was read can be told apart again: some documents asked alone, their sentences
    quoted.
    """

    @property
    def writer(self) -> Writer: ...

    def open(self, home: Home, state: Any, segments: Segments) -> Any:
        """A state of a memory, of the kind's own type, ready to be read by any number of
        questions: `OpenMemory`.
        """
        ...

    @property
    def passages(self) -> int:
        """Of how many readings one is chosen to answer from."""
        ...

    def readings(
        self, prompt: Ids, memory: Any, found: Sequence[Ranked], room: int
    ) -> Iterator[Reading]:
        """The question read behind each of the passages that `search` found, in their order; once,
        where no passages are read or none was found.

        prompt: ids [m] behind what is read; room: tokens to leave for an answer. Each reading is
        computed when it is taken.
        """
        ...

    def search(
        self, words: str, memory: Any, by_text: Callable[[], Ids], count: int
    ) -> list[Ranked]:
        """Segments that fit some words best, best first.

        by_text: numbers of the journal's segments (from 1), ranked by their text, best first.
        """
        ...

    def declined(self, answer: str) -> bool:
        """Whether an answer says that there is none."""
        ...
