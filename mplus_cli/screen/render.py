"""The only file that prints: results and progress for people (Rich) or machines (JSON).

stdout carries the result, stderr everything else.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from mplus_cli.screen import charts
from store.errors import MplusError

if TYPE_CHECKING:
    from mplus_cli.asking.answer import Answer
    from mplus_cli.asking.batch import Asked
    from mplus_cli.asking.sources import Source
    from mplus_cli.overview import Overview
    from store.records import Generation
    from store.restore import Imported
    from store.verify import Extent, Finding

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def as_json(result: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(plain(result), ensure_ascii=False, indent=2))


def json_line(event: dict[str, Any]) -> None:
    """One JSON object on a line of stdout, at once."""
    print(json.dumps(plain(event), ensure_ascii=False), flush=True)


def plain(value: Any) -> Any:
    """A result as JSON can take it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def error(problem: MplusError, in_json: bool) -> None:
    """What is wrong and how to mend it, on stderr."""
    if in_json:
        print(json.dumps(_described(problem), ensure_ascii=False), file=sys.stderr)
        return
    err.print(Text.assemble(("error: ", "bold red"), problem.message))
    if problem.hint:
        err.print(Text.assemble(("hint: ", "bold"), problem.hint))


def _described(problem: MplusError) -> dict[str, Any]:
    return {"error": {"code": problem.code, "message": problem.message, "hint": problem.hint}}


def asked(found: Asked) -> None:
    """What became of one line of a batch."""
    result = found.result
    json_line(
        found.given | (_described(result) if isinstance(result, MplusError) else plain(result))
    )


def note(text: str) -> None:
    """A line on stderr."""
    err.print(Text(text, "dim"))


def line(markup: str) -> None:
    """A line of the result on stdout, in Rich's markup."""
    out.print(markup)


def table(columns: dict[str, str], rows: Sequence[tuple[str, ...]]) -> None:
    """A table on stdout: column name -> justification."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, justify in columns.items():
        made.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        made.add_row(*map(escape, row))
    out.print(made, soft_wrap=False)


def pairs(rows: list[tuple[str, str]]) -> None:
    """Names and values on stdout, aligned."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        out.print(Text.assemble((f"{name:<{width}}  ", "bold"), value))


def status(found: Overview) -> None:
    """What a memory holds: figures, and a bar of each store by document."""
    facts = found.facts
    tags = f" ({', '.join(facts['tags'])})" if facts["tags"] else ""
    pairs(
        [
            ("memory", f"{shown(facts['memory'])} ({size(facts['bytes'])})"),
            ("model", f"{facts['model']} ({facts['identity'][:12]}, {facts['dtype']})"),
            (
                "generation",
                f"{facts['generation']}{tags}"
                + (f", {facts['created_at']}" if facts["created_at"] else ""),
            ),
            (
                "documents",
                f"{facts['documents']:,} ({facts['chunks']:,} chunks, {facts['tokens']:,} tokens)",
            ),
            ("pool", f"{facts['pool_vectors']:,} of {facts['pool_capacity']:,} vectors a layer"),
            ("long-term", _longterm(facts)),
        ]
    )
    if found.documents:
        charts.by_document(out, found)


def _longterm(facts: dict[str, Any]) -> str:
    if not facts["ltm_capacity"]:
        return "none: this model has no long-term memory"
    return f"{facts['ltm_vectors']:,} of {facts['ltm_capacity']:,} vectors a layer"


def documents(rows: list[dict[str, Any]]) -> None:
    """The documents of a memory."""
    columns = {
        "id": "right",
        "document": "left",
        "tokens": "right",
        "chunks": "right",
        "pool": "right",
    }
    columns |= {"long-term": "right", "added (UTC)": "left"}
    cells: list[tuple[str, ...]] = []
    for row in rows:
        counts = (
            f"{row['tokens']:,}",
            str(row["chunks"]),
            f"{row['pool_vectors']:,.0f}",
            f"{row['ltm_vectors']:,.0f}",
        )
        cells.append(
            (
                str(row["id"]),
                shown(row["path"]),
                *counts,
                row["added_at"].replace("T", " ").rstrip("Z"),
            )
        )
        cells += [("", f"= {shown(path)}", "", "", "", "", "") for path in row["copies"]]
    table(columns, cells)


_SIGNS = (("+", "green", "added"), ("~", "yellow", "changed"), ("-", "red", "removed"))


def log(generations: list[Generation], tags: dict[int, list[str]]) -> None:
    """Generations, newest first, and what each changed."""
    for generation in generations:
        head = Text.assemble(
            (f"generation {generation.id}", "bold cyan"),
            (f" ({', '.join(tags[generation.id])})" if tags[generation.id] else "", "bold yellow"),
            f"  {generation.created_at}  {generation.command}  ",
            (generation.author, "dim"),
        )
        out.print(head)
        for sign, style, change in _SIGNS:
            for path in getattr(generation, change):
                out.print(Text(f"  {sign} {shown(path)}", style))
        vectors = f"{generation.vectors_in:,} vectors a layer in, {generation.vectors_out:,} out"
        held = f"{generation.documents:,} documents, {generation.tokens:,} tokens"
        out.print(Text(f"  {held}; {vectors}", "dim"))


def changed(generation: Generation) -> None:
    """What a generation is that was just made, or was there already."""
    for sign, style, change in _SIGNS:
        for path in getattr(generation, change):
            out.print(Text(f"{sign} {shown(path)}", style))
    out.print(
        f"generation {generation.id}: {generation.documents:,} documents, "
        f"{generation.tokens:,} tokens"
    )


def diff(found: dict[str, Any]) -> None:
    """Two generations side by side: documents that differ in anything, and the sums."""
    signs = {change: (sign, style) for sign, style, change in _SIGNS} | {"same": (" ", "")}
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    made.add_column("")
    made.add_column("document", overflow="fold")
    for name in ("tokens", "pool", "long-term"):
        made.add_column(name, justify="right")
    keys = ("tokens", "pool_vectors", "ltm_vectors")
    for row in found["documents"]:
        sign, style = signs[row["change"]]
        made.add_row(
            sign, escape(shown(row["path"])), *(_went(*row[key]) for key in keys), style=style
        )
    made.add_row("", "all", *(_went(*found[key]) for key in keys), style="bold")
    out.print(f"generation {found['from']} → {found['to']}")
    out.print(made, soft_wrap=False)


def _went(before: float, after: float) -> str:
    return f"{after:,.0f}" if round(before) == round(after) else f"{before:,.0f} → {after:,.0f}"


def verified(looked: Extent, findings: list[Finding]) -> None:
    """What a look over the memory found: on stdout, with what mends each."""
    for finding in findings:
        out.print(Text.assemble(("! ", "bold red"), (finding.where, "bold"), f": {finding.wrong}"))
        out.print(Text(f"  mend: {finding.mend}", "dim"))
    counted = (
        f"{looked.generations:,} generations, {looked.documents:,} documents, "
        f"{looked.segments:,} segments ({size(looked.bytes)})"
    )
    wrong = (
        Text(f"{len(findings):,} wrong", "bold red")
        if findings
        else Text("all whole", "bold green")
    )
    out.print(Text.assemble(f"{counted}: ", wrong))


def imported(done: Imported) -> None:
    """What came in with a snapshot."""
    for path in done.documents:
        err.print(Text.assemble(("+ ", "green"), shown(path)))
    parts = [
        (done.generations, "generations taken over"),
        (len(done.documents), "documents new"),
        (done.unchanged, "there already"),
        (done.mended, "damaged or missing segments mended"),
    ]
    words = ", ".join(f"{count:,} {word}" for count, word in parts if count) or "nothing new"
    out.print(f"{words}; generation {done.generation}")


def streamed(pieces: Iterator[str | Answer], live: bool) -> Answer:
    """Show an answer on stdout: as it grows on a terminal, else whole; gives what came last."""
    live = live and out.is_terminal
    begun = False
    for piece in pieces:
        if not isinstance(piece, str):
            print("" if live else piece.answer, flush=True)
            return piece
        shown_now = piece if begun else piece.lstrip()
        begun = begun or bool(shown_now)
        if live:
            print(shown_now, end="", flush=True)
    raise AssertionError("the pieces of an answer end with the answer")


@contextmanager
def steps(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar for work whose size is known; gives a function of (done, of)."""
    if quiet or not err.is_terminal:
        yield lambda done, of: None
        return
    from rich import progress as bars

    # What is printed on stdout meanwhile stays there.
    with bars.Progress(console=err, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def escaped(text: str) -> str:
    """Text that Rich's markup leaves alone."""
    return escape(text)


def sources(found: Answer) -> None:
    """The sources of an answer, on stderr so that the answer alone can be piped on."""
    if not found.sources:
        err.print(Text("no sources: the answer paid no attention to injected text", "dim"))
        return
    err.print()
    if found.declined:
        err.print(Text("nearest passage, though it does not seem to hold an answer:", "yellow"))
    for number, source in enumerate(found.sources, 1):
        head = Text.assemble(
            (f"[{number}] ", "bold cyan"),
            (shown(source.path), "bold"),
            f" {source.place}  ",
            # Of one source the share is all.
            (
                f"{source.weight:.0%} {bar(source.weight)} " if len(found.sources) > 1 else "",
                "cyan",
            ),
            (_found_in(source), "dim"),
        )
        err.print(head)
        err.print(Text(f"    {source.snippet}", "dim"))


def _found_in(source: Source) -> str:
    if source.score is None:
        return source.kind
    return f"{source.kind}, score {source.score:.2f}"


def bar(share: float, width: int = 10) -> str:
    """A share from 0 to 1 as a bar of eighths."""
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + " ▏▎▍▌▋▊▉"[rest].strip()


def shown(path: str) -> str:
    """A path as people know it: relative where it lies below the working folder."""
    here = f"{Path.cwd()}{os.sep}"
    return path.removeprefix(here)


def size(count: float) -> str:
    """Bytes in words."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError
