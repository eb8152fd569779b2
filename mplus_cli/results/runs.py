"""What a run of `inject`, `update` or `rebuild` did, or would do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

LINKED = "a linked folder"
"""Why one is passed over."""


@dataclass(frozen=True)
class Problem:
    """An input that was left out, why, and what can be done; `code` is the kind of error."""

    path: str
    reason: str
    hint: str
    code: str


@dataclass(frozen=True)
class Noted:
    """A document that was read, and what of it was not, or may be wrong."""

    path: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Away:
    """A folder that is not as it was, why, and how many documents (with their copies) it held.

    They stay in the memory: it may be on a drive that is not here now.
    """

    path: str
    reason: str
    documents: int


@dataclass(frozen=True)
class Report:
    """What a run of `inject` or `update` did.

    `mended`: documents whose damaged segments were written anew; `copies`: those of the unchanged
    whose content is there under another path; `skipped`: left out, and nothing is amiss; `failed`:
    should have been read; `noted`: what was lost of those that were read; `gone`: paths whose
    files were deleted and that are still in the memory, and `withheld`: how many documents of these
    were to be pruned, but are most of the memory; `away`: folders that are missing with what they
    held; `faded_documents`, `faded_chunks`: those that no question reads since this run, for the
    memory is full; `linked`: linked folders that were passed over, and `passed_over`: how many
    files and folders were for which reason.
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
    noted: tuple[Noted, ...] = ()
    gone: tuple[str, ...] = ()
    withheld: int = 0
    away: tuple[Away, ...] = ()
    linked: tuple[str, ...] = ()
    passed_over: dict[str, int] = field(default_factory=dict)
    tokens: int = 0
    faded_documents: int = 0
    faded_chunks: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def found_nothing(self) -> bool:
        """Whether there was no input at all."""
        return not (self.did_something or self.unchanged or self.skipped)

    @property
    def did_something(self) -> bool:
        done = self.added or self.changed or self.removed or self.mended or self.failed
        return bool(done) or self.interrupted

    @property
    def misses_something(self) -> bool:
        """Whether documents are not where they were read."""
        return bool(self.gone or self.away)

    def since(self, before: Report) -> Self:
        """The same without what the one before has said of what is missing."""
        gone, away = set(before.gone), {each.path for each in before.away}
        return replace(
            self,
            gone=tuple(path for path in self.gone if path not in gone),
            away=tuple(each for each in self.away if each.path not in away),
        )


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

    Seconds are an estimate: tokens to compute by the rate `tokens_per_second`, which counts all
    that a run does, and how busy the machine is; `rate` says where that is from.
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
    noted: tuple[Noted, ...] = ()
    gone: tuple[str, ...] = ()
    withheld: int = 0
    away: tuple[Away, ...] = ()
    passed: tuple[PassedOver, ...] = ()
    tokens: int = 0
    tokens_to_compute: int = 0
    seconds_estimated: float = 0.0


@dataclass(frozen=True)
class Rebuilding:
    """What writing a memory anew for `model` would do; nothing was changed.

    before: the model that it belongs to; generations: those that are there, which stay that
    model's, and with their `bytes` on the disk until `gc` drops them; needless: the memory is that
    model's already. Seconds are an estimate, as in `Preview`.
    """

    memory: str
    model: str
    before: str
    documents: int
    tokens: int
    tokens_to_compute: int
    tokens_per_second: float
    rate: str
    seconds_estimated: float
    generations: int
    bytes: int
    needless: bool
    dry_run: bool = True


@dataclass(frozen=True)
class Rebuilt:
    """What was written anew, for `model`; by the one `before` the earlier generations were.

    read_again: documents of which it is not known how they were read, so that the next update reads
    them anew; needless: the memory was that model's already; interrupted: the memory is as it was,
    and the same command goes on.
    """

    memory: str
    model: str
    before: str
    generation: int
    documents: int
    tokens: int
    read_again: tuple[str, ...]
    seconds: float
    needless: bool
    interrupted: bool
