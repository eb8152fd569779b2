"""What the façade gives back: frozen records of plain values, the same for every caller.

Their fields are, but for a few names that `mplus_cli.screen.plain` translates, those of the
`--json` output. Times are UTC, as "2026-11-27T12:00:00Z"; vectors are counted per layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Progress = Callable[[int, int], None]
"""Is told how much of a known amount of work is done: (done, of)."""

Numbers = tuple[int, int]
"""First and last page, line, row …"""


@dataclass(frozen=True)
class Source:
    """A chunk that an answer drew on.

    `weight`: its share of all attention that the answer's tokens paid to injected text, over layers
    and heads. `kind`: where most of that attention went, to vectors that retrieval brought or to
    the pool's. `score`: the best retrieval score of its vectors, None where retrieval brought none:
    a mean of sigmoids, 0 to 1, or for whole chunks late interaction's score, which has no upper
    bound. `place` says in words what `unit`, `numbers` and `section` say; `page` and `lines` are
    the numbers in these units.
    """

    path: str
    document: int
    chunk: int
    place: str
    unit: str
    numbers: Numbers | None
    section: str
    page: Numbers | None
    lines: Numbers | None
    kind: str
    weight: float
    score: float | None
    retrieved_vectors: int
    snippet: str


@dataclass(frozen=True)
class Answer:
    """An answer, where it came from and what it cost.

    declined: the answer is that there is none; the source is then the passage that came nearest to
    holding one. usage: `prompt_tokens`, `memory_vectors` (rows of a layer read at once),
    `answer_tokens`. timings_ms: `load`, `read`, `decode`, `sources`.
    """

    text: str
    declined: bool
    sources: tuple[Source, ...]
    generation: int
    usage: Mapping[str, int]
    timings_ms: Mapping[str, float]


@dataclass(frozen=True)
class Passage:
    """A chunk as a person sees it: text, document, place.

    `score`: late interaction's, which has no upper bound; None where the text alone was ranked.
    """

    path: str
    document: int
    chunk: int
    place: str
    unit: str
    numbers: Numbers | None
    section: str
    text: str
    score: float | None


@dataclass(frozen=True)
class Document:
    """A document of a memory. `copies`: other paths at which the same content was read.

    `pool_vectors`, `ltm_vectors`: what it has in the pool and in the long-term memory, the mean
    over the layers.
    """

    id: int
    path: str
    sha256: str
    reader: str
    bytes: int
    chunks: int
    tokens: int
    added_at: str
    copies: tuple[str, ...]
    pool_vectors: float
    ltm_vectors: float

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths at which its content was read."""
        return (self.path, *self.copies)


@dataclass(frozen=True)
class Status:
    """What a memory holds. `created_at`, `state_digest`: None before the first generation.

    `state_digest`: SHA-256 of the state file; memories of one seed that read the same documents in
    the same order have the same. `bytes`: of all files but those in the cache.
    """

    memory: str
    model: str
    identity: str
    dtype: str
    quantize: str
    generation: int
    tags: tuple[str, ...]
    created_at: str | None
    state_digest: str | None
    documents: int
    chunks: int
    tokens: int
    pool_vectors: int
    pool_capacity: int
    ltm_vectors: int
    ltm_capacity: int
    bytes: int


@dataclass(frozen=True)
class Generation:
    """One committed state: what it holds, and what changed since its parent.

    `vectors_in`, `vectors_out`: vectors that came and left with the documents. `state`: see
    `Status.state_digest`; `digest`: over all that is said here and the documents.
    """

    id: int
    parent: int | None
    command: str
    author: str
    created_at: str
    state: str
    documents: int
    chunks: int
    tokens: int
    pool_vectors: int
    ltm_vectors: int
    vectors_in: int
    vectors_out: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    digest: str
    tags: tuple[str, ...] = ()


Pair = tuple[float, float]
"""Before and after."""


@dataclass(frozen=True)
class DocumentDiff:
    """A document in two generations. `change`: "added", "changed", "removed" or "same"."""

    path: str
    change: str
    tokens: tuple[int, int]
    pool_vectors: Pair
    ltm_vectors: Pair


@dataclass(frozen=True)
class Diff:
    """Two generations side by side, by their numbers."""

    before: int
    after: int
    tokens: tuple[int, int]
    pool_vectors: tuple[int, int]
    ltm_vectors: tuple[int, int]
    documents: tuple[DocumentDiff, ...]


@dataclass(frozen=True)
class Problem:
    """An input that was left out, why, and what can be done."""

    path: str
    reason: str
    hint: str


@dataclass(frozen=True)
class Report:
    """What a run of `inject` or `update` did.

    `mended`: documents whose damaged segments were written anew; `copies`: those of the unchanged
    whose content is there under another path; `skipped`: left out, and nothing is amiss; `failed`:
    should have been read; `gone`: paths whose files were deleted and that are still in the memory.
    """

    memory: str
    generation: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    unchanged: int = 0
    copies: int = 0
    skipped: tuple[Problem, ...] = ()
    failed: tuple[Problem, ...] = ()
    gone: tuple[str, ...] = ()
    tokens: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def did_something(self) -> bool:
        done = self.added or self.changed or self.removed or self.mended or self.failed
        return bool(done) or self.interrupted


@dataclass(frozen=True)
class ToRead:
    """A document that a run would read: its tokens, and those that the model would compute."""

    path: str
    tokens: int
    tokens_to_compute: int


@dataclass(frozen=True)
class PassedOver:
    """A file or a folder that was passed over while looking for files."""

    path: str
    reason: str


@dataclass(frozen=True)
class Preview:
    """What a run would do; nothing was changed.

    Seconds are an estimate: tokens to compute by the rate `tokens_per_second`; `rate` says where
    that is from.
    """

    memory: str
    tokens_per_second: float
    rate: str
    dry_run: bool = True
    new: tuple[ToRead, ...] = ()
    changed: tuple[ToRead, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    copies: int = 0
    skipped: tuple[Problem, ...] = ()
    failed: tuple[Problem, ...] = ()
    gone: tuple[str, ...] = ()
    passed: tuple[PassedOver, ...] = ()
    tokens: int = 0
    tokens_to_compute: int = 0
    seconds_estimated: float = 0.0


@dataclass(frozen=True)
class Left:
    """A document that left a memory, or would."""

    id: int
    path: str
    tokens: int


@dataclass(frozen=True)
class Forgotten:
    """Documents that left, or would leave, and the generation that is the last one then.

    `erased_generations`: those that held them and are gone, too.
    """

    documents: tuple[Left, ...]
    generation: Generation
    erased_generations: tuple[int, ...] = ()


@dataclass(frozen=True)
class Finding:
    """Something wrong: where, what, and what mends it."""

    where: str
    wrong: str
    mend: str


@dataclass(frozen=True)
class Extent:
    """How much was looked at."""

    generations: int
    documents: int
    segments: int
    bytes: int


@dataclass(frozen=True)
class Verified:
    """Whether a memory is whole."""

    whole: bool
    looked_at: Extent
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Collected:
    """What was removed, or would be: generations, documents that only they held, files."""

    generations: tuple[int, ...]
    documents: tuple[str, ...]
    files: int
    bytes: int
    dry_run: bool


@dataclass(frozen=True)
class Exported:
    """What a snapshot holds. `digest`: SHA-256 over all of it; `bytes`: before compression.

    `file`, `file_bytes`: where it was written, None for a stream.
    """

    digest: str
    generation: int
    generations: int
    documents: int
    members: int
    bytes: int
    file: str | None
    file_bytes: int | None
    seconds: float


@dataclass(frozen=True)
class Imported:
    """What came in: `generations` were taken over as they are, or `documents` were appended."""

    generation: int
    state: str | None
    generations: int
    documents: tuple[str, ...]
    unchanged: int
    mended: int
    memory: str
    seconds: float


@dataclass(frozen=True)
class ModelInfo:
    """A prepared model. `bytes`: of its files; `forms`: of those derived from it, by name.

    `config`: its whole description.
    """

    name: str
    folder: str
    bytes: int
    forms: Mapping[str, int]
    identity: str
    config: object = field(repr=False)


@dataclass(frozen=True)
class KnownModel:
    """A model that can be named. `here`: it is prepared on this machine."""

    name: str
    about: str
    licence: str
    here: bool
