"""Answers on the screen, and where they came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mplus_cli.results.answers import NO_SOURCES
from mplus_cli.results.plain import plain
from mplus_cli.screen import terminal
from mplus_cli.shown import shown
from store.errors import MplusError

if TYPE_CHECKING:
    from mplus_cli.asking.batch import Asked
    from mplus_cli.results.answers import Absent, Answer, Growing, Passage, Prompt, Source

UNSURE = 0.5
"""The chance of being right below which an answer is said to be unsure."""
MOST_QUOTED = 400
"""Characters of sentences shown under a source, and of a passage on a terminal."""
MOST_LINES = 5
"""Lines of a passage shown on a terminal."""
_STALE = {
    "changed": "changed since it was read; run: mplus update",
    "gone": "gone since it was read; see: mplus update",
}


def streamed(response: Growing, live: bool) -> Answer:
    """Show an answer on stdout: as it grows on a terminal, else whole.

    What was shown can't be taken back, so one that is cut ends with dots where it grew.
    """
    live = live and terminal.out.is_terminal
    if live:
        for piece in response:
            terminal.piece(piece)
    answer = response.answer
    dots = " …" if answer.cut else ""
    terminal.piece(dots if live else answer.text, end="\n")
    if live and answer.cut:
        terminal.note("the answer was cut at its limit; for a longer one: -n NUMBER")
    return answer


def asked(found: Asked) -> None:
    """What became of one line of a batch."""
    result = found.result
    told = terminal.described(result) if isinstance(result, MplusError) else plain(result)
    terminal.json_line(found.given | told)


def within(found: Answer) -> None:
    """Which documents were asked, where not all were, on stderr."""
    if found.within is not None:
        of = terminal.counted(found.within.of, "document")
        terminal.note(f"among {found.within.documents:,} of {of}")


def about(found: Answer, sources_too: bool) -> None:
    """What there is to say of an answer, on stderr so that the answer alone can be piped on."""
    within(found)
    if found.prompt:
        prompt(found.prompt)
    doubts(found)
    otherwise(found)
    if sources_too:
        sources(found)
    alternatives(found)
    for line in found.notes:
        terminal.note(line)
    away(found.away)


def away(found: Sequence[Absent]) -> None:
    """Which of several memories did not take part, on stderr."""
    for each in found:
        terminal.warning(f"without {shown(each.memory)}: {each.reason}")


def doubts(found: Answer) -> None:
    """What of an answer stands in no passage, and whether it is likely to be wrong, on stderr."""
    for sentence in found.unsupported:
        terminal.warning(f"not in the passage: {sentence}")
    if found.confidence is not None and found.confidence < UNSURE:
        terminal.warning(f"not sure: {found.confidence:.2f}")


def otherwise(found: Answer) -> None:
    """On which date an answer was told that names none, and which documents say something else, on
    stderr.
    """
    for date in found.dates:
        if not date.said:
            terminal.note(f"told on {date.means}, without another date")
    for other in found.disagrees:
        text = f"{called(other.source)} says otherwise: {' '.join(other.text.split())}"
        terminal.warning(text)


def alternatives(found: Answer) -> None:
    """What other passages answer, a line each, on stderr."""
    if found.alternatives:
        terminal.note("")
        terminal.note("other passages answer:")
    for other in found.alternatives:
        sure = "" if other.confidence is None else f" ({other.confidence:.2f})"
        said = ("nothing", "dim") if other.declined else " ".join(other.text.split())
        place = f"{sure}  {called(other.source)} {other.source.place}"
        terminal.aside("  ", said, (place, "dim"))


def prompt(found: Prompt) -> None:
    """The prompt of an answer, on stderr."""
    terminal.note("")
    terminal.note("the prompt, from its first character to its last:")
    terminal.passage(found.text)


def sources(found: Answer, line: Callable[..., None] = terminal.aside) -> None:
    """The sources of an answer, on stderr so that the answer alone can be piped on.

    line: shows parts on a line, where they are asked for by themselves on stdout.
    """
    if not found.sources:
        if found.declined:
            line(("no sources: nothing like what was asked for was found", "dim"))
        elif NO_SOURCES not in found.notes:
            line(("no sources: the answer paid no attention to injected text", "dim"))
        return
    line("")
    if found.declined:
        nearest = "nearest passage, though it does not seem to hold an answer:"
        line((nearest, "yellow"))
    # Of one source the share is all, and so it is of passages that are read one at a time.
    shared = len(found.sources) > 1 and any(source.weight < 1 for source in found.sources)
    for number, source in enumerate(found.sources, 1):
        line(
            (f"[{number}] ", "bold cyan"),
            (called(source), "bold"),
            f" {source.place}  ",
            (f"{source.weight:.0%} {bar(source.weight)} " if shared else "", "cyan"),
            (_found_in(source), "dim"),
        )
        if source.stale:
            line((f"    {_STALE[source.stale]}", "yellow"))
        for sentence in _excerpt(found, source):
            line((f"    {sentence}", "dim"))


def passages(found: list[Passage]) -> None:
    """Passages on stdout, with their texts: whole, but on a terminal the first lines of each."""
    for number, passage in enumerate(found, 1):
        score = "" if passage.score is None else f"score {passage.score:.2f}"
        terminal.text(
            (f"[{number}] ", "bold cyan"),
            (called(passage), "bold"),
            f" {passage.place}  ",
            (score, "dim"),
        )
        if passage.stale:
            terminal.text((f"    {_STALE[passage.stale]}", "yellow"))
        text = _beginning(passage.text) if terminal.out.is_terminal else passage.text
        for line in text.splitlines():
            terminal.text((f"    {line}" if line.strip() else "", "dim"))


def called(one: Source | Passage) -> str:
    """The document of a source or a passage, of several memories behind the name of its own."""
    return f"{shown(one.memory)}: {shown(one.path)}" if one.memory else shown(one.path)


def _beginning(text: str) -> str:
    """The first lines of a text that say something, with dots where more follows."""
    lines = [line for line in text.splitlines() if line.strip()]
    begun = "\n".join(lines[:MOST_LINES])
    if len(begun) > MOST_QUOTED:
        return f"{begun[:MOST_QUOTED].rpartition(' ')[0] or begun[:MOST_QUOTED]} …"
    return f"{begun} …" if len(lines) > MOST_LINES else begun


def _excerpt(found: Answer, source: Source) -> list[str]:
    """The sentences of a source in which the answer stands, unless they are the answer; else its
    snippet.
    """
    place = (source.document, source.chunk)
    quotes = [quote.text for quote in found.quote if (quote.document, quote.chunk) == place]
    whole = "\n".join(quotes)
    if whole == found.text:
        return []
    return whole.splitlines() if 0 < len(whole) <= MOST_QUOTED else [source.snippet]


def _found_in(source: Source) -> str:
    if source.score is None:
        return source.kind
    return f"{source.kind}, score {source.score:.2f}"


def bar(share: float, width: int = 10) -> str:
    """A share from 0 to 1 as a bar of eighths."""
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + " ▏▎▍▌▋▊▉"[rest].strip()
