"""The memories that `-M` names, to be asked: one, or several together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mplus_cli.api import Memory
from mplus_cli.commands import asked
from mplus_cli.commands.table import MEMORY, settings_of
from mplus_cli.screen import answers, progress, terminal
from mplus_cli.settings import Settings, is_server, load_settings
from mplus_cli.tokens import token_for

if TYPE_CHECKING:
    from mplus_cli.asking.among import Narrowing
    from mplus_cli.members.together import Memories


def settings_for(given: Mapping[str, Any]) -> Settings:
    """The settings of a command that asks; their memory is the first folder that is named."""
    folders = [each for each in given[MEMORY.name] or () if not is_server(each)]
    # Where servers alone are named no folder is looked for.
    named = folders[:1] or (["."] if given[MEMORY.name] else None)
    return load_settings(settings_of({**given, MEMORY.name: named}))


@contextmanager
def opened(
    settings: Settings, places: Sequence[str] | None, quiet: bool
) -> Iterator[Memory | Memories]:
    """The memory that was named, or several as one, with bars for what takes long. places: as `-M`
    names them; none: that of the settings.
    """
    with ExitStack() as stack:
        reading = stack.enter_context(progress.Reading(quiet))
        quantizing = None if quiet else progress.Quantizing()

        def one(place: str) -> Memory:
            if is_server(place):
                return Memory(place, token=token_for(place))
            folder = settings._replace(memory=Path(place).expanduser().absolute())
            return Memory.of(folder, quantizing=quantizing, reading=reading.tell)

        named = places or [str(settings.memory)]
        memories = [stack.enter_context(one(place)) for place in named]
        yield memories[0] if len(memories) == 1 else together(memories)


def together(memories: Sequence[Memory]) -> Memories:
    """Several memories as one. Raises `UsageError` where one is named twice."""
    from mplus_cli.members.together import Memories

    return Memories(memories)


def passages(memory: Memory | Memories, words: str, given: Mapping[str, Any]) -> asked.Show:
    """What finds passages, in one memory or in several, and shows them."""
    if len(given[MEMORY.name] or ()) < 2:
        return asked.passages(cast("Memory", memory), words, given)
    return lambda: _show_passages(cast("Memories", memory), words, given)


def _show_passages(memories: Memories, words: str, given: Mapping[str, Any]) -> None:
    narrowing: Narrowing = {"among": given["among"] or None, "since": given["since"]}
    found = memories.searched(words, given["k"], **narrowing)
    if given["json"]:
        terminal.as_json(found)
    else:
        answers.passages(found.passages)
        answers.away(found.away)
