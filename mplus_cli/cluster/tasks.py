"""What a worker runs: functions that are sent by name, so a worker needs the same mplus.

Little is imported before it is needed: the scheduler, which knows of tasks by name, too, has no use
for a model. What is wrong with a worker is given back, not raised: not every error outlives the
way.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mplus_cli.engine import Engine
    from mplus_cli.injecting.events import Skipped
    from mplus_cli.injecting.writing import Prepared
    from mplus_cli.kinds import Keyed
    from mplus_cli.readers.options import ReaderOptions
    from store.segments import Segment
    from store.segments.carried import Carried
    from store.segments.quantized import Rows
    from store.spec import Spec


@dataclass(frozen=True)
class Wanted:
    """What a worker must have: this mplus, and the model that the memory's spec names."""

    mplus: str
    spec: Spec


class Failed(NamedTuple):
    """Why a worker could not do what it was asked for."""

    address: str
    message: str


Written = dict[str, "Carried"]


def tell(model: str, quantize: str) -> dict[str, Any]:
    """What a worker has: its mplus, and of a model, by name and form of weights, the identity and
    how many tokens it writes together; or why it can't run it. Loads no network.
    """
    from mplus_cli.kinds.writing import rows_at_once
    from mplus_cli.version import __version__
    from store.errors import MplusError

    told: dict[str, Any] = {"mplus": __version__}
    try:
        engine = _engine(model, quantize)
        return told | {"identity": engine.spec.identity, "tokens": rows_at_once(engine)}
    except MplusError as error:
        return told | {"problem": str(error)}


def wrong_with(told: Mapping[str, Any], wanted: Wanted) -> str:
    """What of a worker is not as it is wanted; empty if nothing is."""
    spec = wanted.spec
    if told["mplus"] != wanted.mplus:
        return f"it has mplus {told['mplus']}, wanted is {wanted.mplus}"
    if "problem" in told:
        return f"it can't run {spec.model}: {told['problem']}"
    if told["identity"] != spec.identity:
        has, wants = told["identity"][:12], spec.identity[:12]
        return f"its {spec.model} is another one: {has}, wanted is {wants}"
    return ""


def write(
    wanted: Wanted, run: Sequence[Keyed], previous: str | None, before: Written | Failed | None
) -> Written | Failed:
    """The segments of some chunks, given with their keys, as bytes.

    previous: the segment that the first is written after, which `before` has, in a kind whose
    chunks see the one before.
    """
    from store.errors import MplusError

    if isinstance(before, Failed):
        return before
    try:
        engine = _sound(wanted)
        disk = _Hands(wanted.spec, before or {})
        engine.kind.writer.write_run(previous, run, disk, lambda tokens: engine.turn)
        return disk.made
    except MplusError as error:
        return Failed(_address(), str(error))


def prepare(
    wanted: Wanted, path: str, named: bool, options: ReaderOptions, size_bytes: int, sha256: str
) -> Prepared | Skipped | Failed:
    """A file that this worker sees, too, read and cut into chunks.

    size_bytes, sha256: of what the driver sees; anything else is told as an input that can't be
    read.
    """
    from pathlib import Path

    from mplus_cli.errors import ReadError
    from mplus_cli.injecting.events import Skipped
    from mplus_cli.injecting.ingest import prepare as prepared
    from mplus_cli.inputs.load import MAX_BYTES, load
    from mplus_cli.inputs.piece import Content, Kept, Piece
    from mplus_cli.shown import on_disk
    from store.errors import MplusError

    def read() -> Content:
        try:
            data = load(Path(on_disk(path)), max(MAX_BYTES, size_bytes))
        except ReadError as error:
            raise ReadError(f"on the worker {_address()}: {error.reason}", hint) from error
        content = Content(data, path)
        if content.sha256 != sha256:
            raise ReadError(f"the worker {_address()} sees another file there", hint)
        return content

    hint = "let workers see the same files, or leave out --shared"
    piece = Piece(path, named, size_bytes, read, options)
    try:
        return prepared(piece, Kept(), _sound(wanted))
    except ReadError as error:
        return Skipped.of(piece, error)
    except MplusError as error:
        return Failed(_address(), str(error))


class _Hands:
    """See `mplus_cli.kinds.Disk`: holds what is written until it is given back."""

    def __init__(self, spec: Spec, before: Written) -> None:
        self.spec, self.made = spec, Written()
        self._before = before

    def has_segment(self, key: str) -> bool:
        return key in self.made

    def lacking(self, keys: Sequence[str]) -> set[str]:
        return set(keys) - self.made.keys()

    def segment_rows(self, key: str) -> Rows:
        found = self.made[key] if key in self.made else self._before[key]
        return found.rows(self.spec)

    def put_segments(self, segments: Mapping[str, Segment]) -> None:
        from store.segments.sending import carried

        self.made |= {each.key: each for each in carried(self.spec, segments)}


# The model of this process: loaded once, and held until another one is asked for.
_models: dict[tuple[str, str], Engine] = {}
_lock = threading.Lock()


def _engine(model: str, quantize: str) -> Engine:
    """This worker's own engine, by its own settings. Raises `ModelError`, `UsageError`."""
    from mplus_cli.engine import Engine
    from mplus_cli.settings import load_settings

    with _lock:
        if (model, quantize) not in _models:
            flags = {"model": model, "quantize": quantize, "memory": "."}
            engine = Engine(load_settings(flags), None)
            _models.clear()
            _models[model, quantize] = engine
        return _models[model, quantize]


def _sound(wanted: Wanted) -> Engine:
    """The engine of what is wanted. Raises `ClusterError` where this worker has another: it may
    have come after the others were looked at.
    """
    from mplus_cli.errors import ClusterError

    wrong = wrong_with(tell(wanted.spec.model, wanted.spec.quantize), wanted)
    if wrong:
        raise ClusterError(wrong)
    return _engine(wanted.spec.model, wanted.spec.quantize)


def _address() -> str:
    from distributed import get_worker

    return str(get_worker().address)
