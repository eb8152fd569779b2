"""Room made on the disk: derived vectors go, and a memory whose vectors are none yet is made lean.

For that it must be known what each chunk was written from. So documents are cut anew, from the
texts that the memory keeps: where the name of a segment is that of the ids that come out, these are
what it was written from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.chunking.passages import model_chunks
from mplus_cli.chunking.whole import document_of
from mplus_cli.errors import ReadError
from mplus_cli.results import Progress
from mplus_cli.results.upkeep import Trimmed
from store.change import Change, change
from store.collect import collect, garbage
from store.errors import MplusError, unwritable
from store.home import Home
from store.index.reader import Index
from store.records import DocumentRow
from store.segments.leaning import Keyed, keep_last, make_lean, pack, unpack
from store.segments.vector_cache import vector_cache_of
from store.spec import Spec, check_model
from store.texts import WholeText

if TYPE_CHECKING:
    from mplus_cli.engine import Engine

_NAMED_AT_MOST = 5  # of documents in an error


def trim(
    engine: Callable[[], Engine],
    memory: Path,
    timeout_s: float,
    size_bytes: int,
    progress: Progress,
) -> Trimmed:
    """Remove derived vectors, the oldest first, down to a size; `engine`: what a memory that is not
    lean is made so with.

    Raises `MplusError` where vectors can't be made again, or the memory can't be written.
    """
    home = Home(memory)
    if home.spec.lean:
        return _trim(home, timeout_s, size_bytes, progress)
    if not home.spec.retrieval_layers:
        raise _not_derived(home.spec)
    return _make_lean(engine(), memory, timeout_s, size_bytes, progress)


def _trim(home: Home, timeout_s: float, size_bytes: int, progress: Progress) -> Trimmed:
    """Takes no lock of the memory for vectors: whoever misses some has them made again. Those of
    models that wrote only earlier generations all go.
    """
    files = removed_bytes = left_bytes = 0
    if any(home.segments()) or any(home.states()):  # left when the memory was made lean, perhaps
        with change(home.path, "trim", timeout_s, alone=True) as opened:
            files, removed_bytes = _tidied(opened, progress)
    with closing(Index.open(home)) as index:
        specs = {home.spec.identity: home.spec} | index.specs()
    for identity, spec in specs.items():
        if spec.lean:
            cache = vector_cache_of(home, spec)
            try:
                found = cache.trim(size_bytes if identity == home.spec.identity else 0)
            except OSError as error:
                raise unwritable(home.path, error) from error
            files, removed_bytes = files + found.files, removed_bytes + found.bytes
            left_bytes += cache.size_bytes()
    return Trimmed(files, removed_bytes, left_bytes)


def _tidied(opened: Change, progress: Progress) -> tuple[int, int]:
    """Remove what no generation needs: files, and their bytes."""
    found = garbage(opened.home, opened.index)
    collect(opened, found, progress)
    return len(found.files), found.bytes


def _make_lean(
    engine: Engine, memory: Path, timeout_s: float, size_bytes: int, progress: Progress
) -> Trimmed:
    """Make a memory lean, and keep so many bytes of the vectors of its last chunks.

    Raises `MplusError` where it is not known what a chunk was written from: then nothing changes.
    """
    with change(memory, "trim", timeout_s, alone=True) as opened:
        home, index, before = opened.home, opened.index, opened.home.spec
        check_model(before, engine.spec)
        if not engine.spec.lean:
            raise _not_derived(before)
        if before.lean:  # by another process, just now
            return Trimmed(0, 0, vector_cache_of(home, before).size_bytes())
        spec = replace(engine.spec, model=before.model, seed=before.seed)
        unknown = list[DocumentRow]()
        files = pack(home, spec, _keyed(engine, index, before.identity, unknown, progress))
        if unknown:
            unpack(home, spec)
            raise _not_known(unknown, index)
        make_lean(opened, spec, files.values())
        keep_last(opened, before, size_bytes)
        removed = _tidied(opened, progress)
        return Trimmed(*removed, vector_cache_of(home, spec).size_bytes(), len(files))


def _keyed(
    engine: Engine, index: Index, identity: str, unknown: list[DocumentRow], progress: Progress
) -> Iterator[Keyed]:
    """The segments of a model, each once, with the ids that it was written from; documents of which
    these are not known join the list.
    """
    left = {key for key, of in index.identities().items() if of == identity}
    documents = index.all_documents()
    for done, document in enumerate(documents, 1):
        chunks, whole = index.content(document.id)
        wanted = left.intersection(chunk.segment for chunk in chunks)
        found = _cut(engine, document, whole) if wanted and whole else {}
        if wanted - found.keys():
            unknown.append(document)
        for key in wanted & found.keys():
            left.discard(key)
            yield key, found[key]
        progress(done, len(documents))


def _cut(engine: Engine, document: DocumentRow, whole: WholeText) -> dict[str, tuple[int, ...]]:
    """The ids of a document's chunks, as it would be cut today, by the segments that they write."""
    try:
        read = document_of(whole, document.reader)
        chunks = model_chunks(read, engine.tokenizer, engine.config.memory)
    except ReadError:  # it was read in another way
        return {}
    ids = [chunk.ids for chunk in chunks]
    return dict(zip(engine.kind.writer.names(ids), ids, strict=True))


def _not_derived(spec: Spec) -> MplusError:
    why = "the vectors of this memory can't be made again: each chunk was written after what came "
    return MplusError(
        "this memory keeps no vectors: of its chunks it has what they write into its slots"
        if spec.recurrent
        else f"{why}before it",
        "make room with: mplus gc --keep-last 1; or take documents out with: mplus forget",
    )


def _not_known(unknown: list[DocumentRow], index: Index) -> MplusError:
    last = index.generation()
    now = {each.id for each in index.documents(last.id)} if last else set()
    paths = list(dict.fromkeys(each.path for each in unknown))
    more = f" and {len(paths) - _NAMED_AT_MOST:,} more" if len(paths) > _NAMED_AT_MOST else ""
    steps = ["let go of the generations that held them before with: mplus gc --keep-last 1"]
    if any(each.id in now for each in unknown):
        steps.insert(0, "have them read again with: mplus update (or mplus inject)")
    if index.tags():
        steps.insert(
            -1, "take away the names of generations that held them with: mplus tag -d NAME"
        )
    return MplusError(
        f"an older mplus cut {', '.join(paths[:_NAMED_AT_MOST])}{more} into other chunks, or the "
        "memory has no text of them, so that their vectors could not be made again",
        "; then ".join(steps),
    )
