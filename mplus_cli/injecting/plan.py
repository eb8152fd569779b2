"""What a run has to do: inputs compared by content with what the memory holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from mplus_cli.chunking.chunks import CHUNKER_VERSION
from mplus_cli.engine import Engine
from mplus_cli.errors import GoneError, ReadError
from mplus_cli.injecting.events import Looked, Skipped, Unchanged
from mplus_cli.inputs.names import Passed, expand, from_file, is_elsewhere, is_gone, is_there
from mplus_cli.inputs.piece import Content, Kept, Piece
from mplus_cli.inputs.selection import Selection
from mplus_cli.model.config import PUBLISHED_CHUNK_TOKENS
from mplus_cli.readers import READERS_VERSION, ReaderOptions
from mplus_cli.readers.detect import refuse_early
from store.inventory import Inventory
from store.records import DocumentRow
from store.spec import Spec

# What comes with the bytes of a web page, as servers write it.
_CHARSETS = (None, "utf-8", "UTF-8", "iso-8859-1", "ISO-8859-1", "windows-1252")


@dataclass
class Plan:
    """`todo`: what is new, changed or broken; `gone`: paths whose files are; `leaving`: documents
    that leave for it, and `withheld`: how many would, but stay, for they are too many; `digests`:
    SHA-256 of what was looked at, and `keys`: its skip keys; `known`: skip key -> path of the
    documents that stay as they are; `kept`: contents that are new.
    """

    todo: list[Piece] = field(default_factory=list)
    unchanged: list[Unchanged] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    leaving: list[DocumentRow] = field(default_factory=list)
    withheld: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)


@dataclass(frozen=True)
class Request:
    """What a command asks for: inputs, paths that are gone, whether what is gone leaves, and though
    it be most of the memory, whether what was forgotten stays out.
    """

    pieces: Sequence[Piece]
    gone: Sequence[str] = ()
    prune: bool = False
    prune_most: bool = False
    forgotten_stay_out: bool = False


def make(
    request: Request, engine: Engine, known: Inventory, stopped: Callable[[], bool] = lambda: False
) -> Generator[Looked, None, Plan]:
    """Look at the content of every input, or of some where it is stopped; yields as it goes,
    returns the plan.
    """
    plan = Plan(gone=list(request.gone))
    out = forgotten(known) if request.forgotten_stay_out else {}
    # By path before anything is fetched, and by content, for a file may have a new name.
    pieces = _keep_out(request.pieces, plan, known, lambda piece: out.get(piece.path))
    readable = yield from _look(pieces, plan, engine, known, stopped)
    if request.prune:
        gone = set(plan.gone)
        plan.leaving = [document for document in known.documents if document.path in gone]
    readable += yield from _look(_heirs(known, plan, request), plan, engine, known, stopped)
    if not request.prune_most:
        _withhold(known, plan)
    own = {document.path for document in known.documents}
    contents = {content: content for content in out.values()}
    readable = _keep_out(
        readable,
        plan,
        known,
        lambda piece: contents.get(plan.digests[piece.path]) if piece.path not in own else None,
    )
    plan.known = _staying(known, plan)
    for piece in readable:
        key = plan.keys[piece.path]
        same_as = plan.known.get(key)
        if same_as is None or key in known.broken:
            plan.todo.append(piece)
        else:
            plan.unchanged.append(Unchanged(piece.path, same_as))
    return plan


def _withhold(known: Inventory, plan: Plan) -> None:
    """Let nothing leave where that would be most of the memory; a new name is not counted."""
    there = set(plan.digests.values())
    lost = sum(document.sha256 not in there for document in plan.leaving)
    if known.is_most(lost):
        plan.withheld, plan.leaving = lost, []


def _keep_out(
    pieces: Iterable[Piece],
    plan: Plan,
    known: Inventory,
    content_out: Callable[[Piece], str | None],
) -> list[Piece]:
    """The pieces that stay; content_out: the content for which one is left out, if it is."""
    kept = []
    for piece in pieces:
        content = content_out(piece)
        if content is None:
            kept.append(piece)
            continue
        rolled_back = content in known.rolled_back
        code, why = ("rolled_back", "rolled back") if rolled_back else ("forgotten", "forgotten")
        hint = "take it in again with: mplus inject PATH"
        plan.skipped.append(Skipped(piece.path, why, hint, True, code))
    return kept


def _look(
    pieces: Iterable[Piece],
    plan: Plan,
    engine: Engine,
    known: Inventory,
    stopped: Callable[[], bool],
) -> Generator[Looked, None, list[Piece]]:
    """Digests of all pieces; gives those that can be read."""
    there = {document.sha256 for document in known.documents}
    was_read = set(paths(known))
    readable = []
    for piece in pieces:
        if stopped():
            break
        try:
            content = piece.load()
            refuse_early(content.name, content.data)
            plan.digests[piece.path] = content.sha256
            plan.keys[piece.path] = skip_key(content, piece.options, engine)
            if content.sha256 not in there:
                plan.kept.keep(piece.path, content)
            readable.append(piece)
        except ReadError as error:
            if isinstance(error, GoneError) and piece.path in was_read:
                plan.gone.append(piece.path)
                continue
            plan.skipped.append(Skipped.of(piece, error))
        yield Looked(piece.path)
    return readable


def _heirs(known: Inventory, plan: Plan, request: Request) -> list[Piece]:
    """Copies of what leaves in this run that nobody looked at: their content is to stay."""
    leaving = {document.sha256 for document in plan.leaving}
    leaving |= {
        document.sha256
        for document in known.documents
        if plan.digests.get(document.path, document.sha256) != document.sha256
    }
    seen = {piece.path for piece in request.pieces} | set(plan.gone)
    return _files(
        path for path, sha256 in known.inputs.items() if sha256 in leaving and path not in seen
    )


def _staying(known: Inventory, plan: Plan) -> dict[str, str]:
    """Skip key -> path of the documents that this run does not change; a copy of one of them need
    not be read.
    """
    gone = {document.id for document in plan.leaving}
    kept = {}
    for document in known.documents:
        same = plan.keys.get(document.path, document.skip_key) == document.skip_key
        if same and document.id not in gone:
            kept[document.skip_key] = document.path
    return kept


def forgotten(known: Inventory) -> dict[str, str]:
    """Paths, with contents, that were read once and are no longer in the memory: the user took them
    out.
    """
    there = {document.sha256 for document in known.documents}
    own = {document.path for document in known.documents}
    return {
        path: sha256
        for path, sha256 in known.inputs.items()
        if sha256 not in there and path not in own
    }


def again(
    known: Inventory,
    stack: ExitStack,
    passed: Callable[[Passed], None],
    elsewhere: bool = True,
    password: str | None = None,
) -> dict[str, Piece]:
    """All that was injected before, by path: what the roots lead to now, and files that are known
    for themselves.

    `elsewhere`: also what lies in git repositories or on the web; `password`: of locked files.
    """
    pieces: dict[str, Piece] = {}
    for root in known.roots:
        if is_there(root.name) and (elsewhere or not is_elsewhere(root.name)):
            for piece in expand([root.name], Selection.from_dict(root.options), stack, passed):
                if piece.path != root.name or not is_gone(
                    piece.path
                ):  # a glob may match nothing now
                    pieces.setdefault(piece.path, piece)
    rest = _files(path for path in paths(known) if path not in pieces)
    pieces |= {piece.path: piece for piece in rest}
    return {path: piece.unlocked_by(password) for path, piece in pieces.items()}


def paths(known: Inventory) -> list[str]:
    """Paths of all that was read."""
    return list(dict.fromkeys([*(document.path for document in known.documents), *known.inputs]))


def renamed(
    known: Inventory, pieces: Mapping[str, Piece]
) -> Callable[[Collection[str], Collection[str]], bool]:
    """Whether paths that are lost and paths of pieces have a content in common. Only pieces of a
    lost document's size are read for it.
    """
    contents = {**known.inputs, **{document.path: document.sha256 for document in known.documents}}
    sizes = {document.sha256: document.bytes for document in known.documents}

    def are_renamed(lost: Collection[str], new: Collection[str]) -> bool:
        wanted = {contents[path] for path in lost}
        bytes_wanted = {sizes.get(content) for content in wanted}
        alike = (pieces[path] for path in new if pieces[path].size_bytes in bytes_wanted)
        return any(_digest(piece) in wanted for piece in alike)

    return are_renamed


def _digest(piece: Piece) -> str | None:
    try:
        return piece.load().sha256
    except ReadError:
        return None


def held(known: Inventory) -> set[str]:
    """Paths of the documents that are in the memory, and of their copies."""
    out = forgotten(known)
    return {path for path in paths(known) if path not in out}


def _files(paths: Iterable[str]) -> list[Piece]:
    found = (path for path in paths if Path(path).is_absolute())
    return [from_file(Path(path)) for path in found if not is_gone(path)]


def skip_key(content: Content, options: ReaderOptions, engine: Engine) -> str:
    """Same key, same vectors: the content, how it is read and cut, and the model."""
    return _key(content.sha256, content.charset, options, _cut_by(engine))


def key_for_another(document: DocumentRow, before: Spec, engine: Engine) -> str | None:
    """The skip key of a document whose text another model writes: as if it had been read for that
    one. None where nobody knows how it was read, or mplus reads otherwise by now.

    before: of the model that wrote it. A key is a digest; what it was made of is found by trying
    the ways in which mplus reads today.
    """
    ways = product(
        _CHARSETS,
        (ReaderOptions(attachments=a, links=b) for a, b in product((True, False), repeat=2)),
        (
            f"{CHUNKER_VERSION} {most} {before.identity}"
            for most in (before.num_tokens, PUBLISHED_CHUNK_TOKENS)
        ),
    )
    for charset, options, cut_by in ways:
        if _key(document.sha256, charset, options, cut_by) == document.skip_key:
            return _key(document.sha256, charset, options, _cut_by(engine))
    return None


def _cut_by(engine: Engine) -> str:
    return f"{CHUNKER_VERSION} {engine.config.memory.chunk_tokens} {engine.spec.identity}"


def _key(sha256: str, charset: str | None, options: ReaderOptions, cut_by: str) -> str:
    how = f"{READERS_VERSION} {cut_by}"
    if charset or options.as_dict() != ReaderOptions().as_dict():
        how += json.dumps([charset, options.as_dict()], sort_keys=True)
    return hashlib.sha256(f"{sha256} {how}".encode()).hexdigest()
