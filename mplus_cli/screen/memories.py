"""What a memory holds, and what became of it, on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mplus_cli.screen import terminal
from mplus_cli.screen.terminal import counted
from mplus_cli.shown import shown

if TYPE_CHECKING:
    from mplus_cli.results.contents import Document, Status
    from mplus_cli.results.history import Diff, Generation
    from mplus_cli.results.upkeep import (
        Collected,
        Exported,
        Forgotten,
        Imported,
        Pulled,
        Pushed,
        Shard,
        Trimmed,
        Verified,
    )
    from mplus_cli.upkeep.overview import Overview

_MOST_NAMED = 10  # documents in one line
_SIGNS = (("+", "green", "added"), ("~", "yellow", "changed"), ("-", "red", "removed"))


def status(found: Overview) -> None:
    """Figures of a memory, and a picture of what it holds by document."""
    facts = found.status
    tags = f" ({', '.join(facts.tags)})" if facts.tags else ""
    created = f", {facts.created_at}" if facts.created_at else ""
    rows = [
        ("memory", f"{shown(facts.memory)} ({terminal.size(facts.bytes)})"),
        ("model", f"{facts.model} ({facts.identity[:12]}, {facts.dtype})"),
        ("generation", f"{facts.generation}{tags}{created}"),
        (
            "documents",
            f"{facts.documents:,} ({counted(facts.chunks, 'chunk')}, "
            f"{counted(facts.tokens, 'token')})",
        ),
    ]
    rows += _stores(facts) if found.reads_pool else [_read(facts)]
    if facts.vectors:
        rows.append(("vectors", f"{vectors_kept(facts)}; {facts.vectors.why}"))
    elif not (found.reads_pool or facts.slots):
        rows.append(("vectors", "part of the memory; they need not be: mplus trim"))
    if facts.faded_chunks:
        rows.append(("faded", f"{_faded(facts)}: no question reads them"))
    terminal.pairs(rows)
    if found.documents:
        from mplus_cli.screen import charts

        charts.by_document(found)


def _stores(facts: Status) -> list[tuple[str, str]]:
    pool = f"{facts.pool_vectors:,} of {facts.pool_capacity:,} vectors a layer"
    longterm = "none: this model has no long-term memory"
    if facts.ltm_capacity:
        longterm = f"{facts.ltm_vectors:,} of {facts.ltm_capacity:,} vectors a layer"
    return [("pool", pool), ("long-term", longterm)]


def _read(facts: Status) -> tuple[str, str]:
    """What questions read where they do not read the pool."""
    if facts.slots:
        return "slots", f"{facts.slots_used:,} of {facts.slots:,} are in use"
    return "reads", _chunks(facts)


def _chunks(facts: Status) -> str:
    if facts.ltm_capacity is None:
        return "whole chunks, any number of them"
    room = facts.pool_capacity + facts.ltm_capacity
    held = facts.pool_vectors + facts.ltm_vectors
    return f"whole chunks; {held:,} of at most {room:,} vectors a layer are used"


def vectors_kept(facts: Status) -> str:
    """What derived vectors take, in words; nothing where there are none."""
    if facts.vectors is None:
        return ""
    most = facts.vectors.budget_bytes
    limit = "" if most is None else f" of at most {terminal.size(most)}"
    some = f"{facts.vectors.chunks:,} of {counted(facts.chunks, 'chunk')}"
    return f"{terminal.size(facts.vectors.bytes)}{limit}, for {some}"


def _faded(facts: Status) -> str:
    whole = counted(facts.faded_documents, "whole document")
    return f"{counted(facts.faded_chunks, 'chunk')} ({whole})"


def documents(rows: Sequence[Document], reads_pool: bool) -> None:
    """The documents of a memory; where each has its vectors counts where the pool is read, and
    what it has in slots where there are some.
    """
    stores = {"pool": "right", "long-term": "right"} if reads_pool else {}
    has_slots = any(row.slots for row in rows)
    stores |= {"slots": "right"} if has_slots else {}
    columns = {"id": "right", "document": "name", "tokens": "right", "chunks": "right"}
    columns |= stores | {"added (UTC)": "right"}
    cells: list[tuple[str, ...]] = []
    for row in rows:
        held = (f"{row.pool_vectors:,.0f}", f"{row.ltm_vectors:,.0f}") if reads_pool else ()
        slots = (f"{row.slots:,.1f}",) if has_slots else ()
        added = row.added_at.replace("T", " ").rstrip("Z")
        cells.append(
            (str(row.id), shown(row.path), f"{row.tokens:,}", str(row.chunks), *held, *slots, added)
        )
        rest = [""] * (len(columns) - 2)
        cells += [("", f"= {shown(path)}", *rest) for path in row.copies]
    if not cells:
        terminal.note("no documents; fill the memory with: mplus inject PATH")
        return
    terminal.table(columns, cells)


def log(generations: Sequence[Generation]) -> None:
    """Generations, newest first, and what each changed."""
    for generation in generations:
        terminal.text(
            (f"generation {generation.id}", "bold cyan"),
            (f" ({', '.join(generation.tags)})" if generation.tags else "", "bold yellow"),
            f"  {generation.created_at}  {generation.command}  ",
            (f"{generation.model}  " if generation.switched else "", "bold"),
            (generation.author, "dim"),
        )
        _changes(generation, "  ")
        piece = generation.piece
        of_layer = " a layer" if piece == "vector" else ""
        came = f"{counted(generation.vectors_in, piece)}{of_layer} in"
        went = f"{generation.vectors_out:,} out"
        terminal.text((f"  {_held(generation)}; {came}, {went}", "dim"))


def changed(generation: Generation) -> None:
    """What a generation is that was just made, or was there already."""
    _changes(generation)
    _now(generation)
    if generation.switched:
        terminal.text(f"{generation.model} answers now")


def _changes(generation: Generation, indent: str = "") -> None:
    for sign, style, change in _SIGNS:
        for path in getattr(generation, change):
            terminal.text((f"{indent}{sign} {shown(path)}", style))


def _now(generation: Generation) -> None:
    terminal.text(f"generation {generation.id}: {_held(generation)}")


def _held(generation: Generation) -> str:
    documents, tokens = generation.documents, generation.tokens
    return f"{counted(documents, 'document')}, {counted(tokens, 'token')}"


def diff(found: Diff, reads_pool: bool) -> None:
    """Two generations side by side: documents that differ in anything, and the sums."""
    signs = {change: (sign, style) for sign, style, change in _SIGNS} | {"same": (" ", "")}
    names = {"tokens": "tokens"}
    names |= {"pool": "pool_vectors", "long-term": "ltm_vectors"} if reads_pool else {}
    names |= {"slots": "slots"} if any(found.slots) else {}
    columns = {"": "left", "document": "name"} | dict.fromkeys(names, "right")
    keys = names.values()
    rows, styles = list[tuple[str, ...]](), list[str]()
    for row in found.documents:
        sign, style = signs[row.change]
        rows.append((sign, shown(row.path), *(_went(*getattr(row, key)) for key in keys)))
        styles.append(style)
    rows.append(("", "all", *(_went(*getattr(found, key)) for key in keys)))
    terminal.text(f"generation {found.before} → {found.after}")
    terminal.table(columns, rows, [*styles, "bold"])


def _went(before: float, after: float) -> str:
    if round(before) == round(after):
        return f"{after:,.0f}"
    return f"{before:,.0f} → {after:,.0f}"


def forgotten(found: Forgotten, erased: bool) -> None:
    """What left a memory."""
    for document in found.documents:
        terminal.text(f"{'erased' if erased else 'forgot'} {shown(document.path)}")
    gone = found.erased_generations
    if gone:
        numbers = ", ".join(map(str, gone))
        held = "that held them"
        terminal.text(f"removed {counted(len(gone), 'generation')} {held}: {numbers}")
    _now(found.generation)


def would_forget(found: Forgotten) -> None:
    for document in found.documents:
        tokens = counted(document.tokens, "token")
        terminal.text(f"would forget {shown(document.path)} ({tokens})")
    if found.erased_generations:
        numbers = ", ".join(map(str, found.erased_generations))
        terminal.text(f"would remove the generations that hold them: {numbers}")
    tags_go(found)


def tags_go(found: Forgotten) -> None:
    """Which names of generations go with these."""
    if found.erased_tags:
        terminal.warning(f"tags that go with what is erased: {', '.join(found.erased_tags)}")


def agrees_to_forget(found: Forgotten) -> bool:
    """Whether a user at a terminal says that so much may leave; little of it needs no answer."""
    documents = counted(len(found.documents), "document")
    if found.most:
        return terminal.agreed(f"forget {documents}, more than half of the memory?")
    return not found.erased_tags or terminal.agreed(f"erase {documents}, and drop these tags?")


def verified(found: Verified) -> None:
    """What a look over the memory found: on stdout, with what mends each."""
    for finding in found.findings:
        terminal.text(("! ", "bold red"), (finding.where, "bold"), f": {finding.wrong}")
        terminal.text((f"  mend: {finding.mend}", "dim"))
    looked = found.looked_at
    whole = (
        f"{counted(looked.generations, 'generation')}, {counted(looked.documents, 'document')}, "
        f"{counted(looked.segments, 'segment')} ({terminal.size(looked.bytes)})"
    )
    wrong = f"{len(found.findings):,} wrong"
    verdict = ("all whole", "bold green") if found.whole else (wrong, "bold red")
    terminal.text(f"{whole}: ", verdict)


def collected(found: Collected) -> None:
    """What was removed."""
    verb = "would remove" if found.dry_run else "removed"
    terminal.text(
        f"{verb} {counted(len(found.generations), 'generation')}, "
        f"{counted(len(found.documents), 'document')}, "
        f"{counted(found.segments, 'segment')} in packs, "
        f"{counted(found.files, 'file')} ({terminal.size(found.bytes)})"
    )


def trimmed(found: Trimmed) -> None:
    """What was removed to make room."""
    if found.chunks:
        terminal.note(
            f"the vectors of {counted(found.chunks, 'chunk')} are made when they are read now"
        )
    terminal.text(
        f"removed {counted(found.files, 'file')} ({terminal.size(found.bytes)}); "
        f"{terminal.size(found.left_bytes)} of derived vectors are left"
    )


def exported(found: Exported) -> None:
    """What was written, on stderr: stdout may be the snapshot."""
    to = found.file or "a pipe"
    if found.file_bytes is not None:
        to = f"{to} ({terminal.size(found.file_bytes)})"
    more = found.versions > found.documents
    versions = f"{counted(found.versions, 'version')}, " if more else ""
    terminal.note(
        f"generation {found.generation}, {counted(found.documents, 'document')}, "
        f"{versions}{terminal.size(found.bytes)} to {to} in {found.seconds:.1f} s; "
        f"content {found.digest[:16]}"
    )


def imported(found: Imported) -> None:
    """What came in with a snapshot."""
    for path in found.documents:
        terminal.aside(("+ ", "green"), shown(path))
    versions = found.versions if found.versions > len(found.documents) else 0
    parts = [
        (found.generations, "generation taken over", "generations taken over"),
        (len(found.documents), "document new", "documents new"),
        (versions, "version of documents", "versions of documents"),
        (found.unchanged, "there already", "there already"),
        (found.mended, "damaged or missing segment mended", "damaged or missing segments mended"),
    ]
    words = ", ".join(counted(*part) for part in parts if part[0]) or "nothing new"
    terminal.text(f"{words}; generation {found.generation}")


def sharded(found: Sequence[Shard]) -> None:
    """The memories that one was split into, a line each."""
    for each in found:
        held = f"{counted(each.documents, 'document')}, {counted(each.tokens, 'token')}"
        terminal.text((shown(each.memory), "bold"), f": {held} ({terminal.size(each.bytes)})")


def pushed(found: Pushed) -> None:
    """What went to a repository, and what it holds that is gone here."""
    parts = [
        (found.generations, "generation", "generations"),
        (found.documents, "document", "documents"),
    ]
    words = ", ".join(counted(*part) for part in parts if part[0]) or "nothing new"
    sent = f" ({terminal.size(found.bytes)}, {counted(found.objects, 'object')})"
    terminal.text(
        f"{words} to {shown(found.address)}{sent if found.objects else ''} in "
        f"{found.seconds:.1f} s; generation {found.number} there"
    )
    if found.erased:
        terminal.text(f"erased there: {_some(found.erased, found.erased_paths)}")
    if found.held:
        terminal.note(
            f"it still holds what no generation here has: {_some(found.held, found.held_paths)}; "
            "--erase-remote removes that"
        )


def _some(count: int, paths: tuple[str, ...]) -> str:
    """How many documents, and the first of them."""
    named = ", ".join(shown(path) for path in paths[:_MOST_NAMED])
    more = ", …" if count > min(len(paths), _MOST_NAMED) and named else ""
    return f"{counted(count, 'document')}{f' ({named}{more})' if named else ''}"


def pulled(found: Pulled) -> None:
    """What came from a repository."""
    for path in found.documents:
        terminal.aside(("+ ", "green"), shown(path))
    for path in found.removed:
        terminal.aside(("- ", "red"), shown(path))
    new = "generation with what both sides did" if found.merged else "generation taken over"
    parts = [
        (found.generations, new, "generations taken over"),
        (len(found.documents), "document new", "documents new"),
        (len(found.removed), "document gone", "documents gone"),
        (found.unchanged, "there already", "there already"),
    ]
    some = found.generations or found.documents or found.removed
    words = ", ".join(counted(*part) for part in parts if part[0]) if some else "nothing new"
    terminal.text(f"{words}; generation {found.generation}")
    if not found.text:
        terminal.note("what is new was pushed without texts: it can't be quoted or found by words")
