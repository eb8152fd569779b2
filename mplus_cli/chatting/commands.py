"""The commands of a conversation, in a table: `/sources`, `/remember TEXT`, …"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial

from mplus_cli.chatting import told
from mplus_cli.chatting.conversation import Conversation, Stopped
from mplus_cli.chatting.notes import remember
from mplus_cli.chatting.opening import open_document
from mplus_cli.errors import UsageError
from mplus_cli.results.answers import Passage, Source
from mplus_cli.shown import shown

_COMMAND = re.compile(r"/([a-z]*)(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
ALL = "all documents are asked"


@dataclass(frozen=True)
class Command:
    """needs: what has to stand behind its name; may: what may."""

    does: str
    run: Callable[[Conversation, str, Stopped], told.Told]
    needs: str = ""
    may: str = ""


def say(conversation: Conversation, line: str, stopped: Stopped) -> told.Told:
    """What a line leads to: a command's doing, or an answer. Raises `UsageError` for a command that
    is none, and what it or asking raises.
    """
    found = _COMMAND.fullmatch(line.strip())
    if found is None:
        response = conversation.ask(line, stopped)
        return told.Answering(response, partial(conversation.heard, line))
    name, rest = found[1].lower(), (found[2] or "").strip()
    command = COMMANDS.get(name)
    if command is None:
        near = get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean /{near[0]}? " if near else ""
        raise UsageError(f"there is no command /{name}", f"{hint}see: /help")
    if command.needs and not rest:
        raise UsageError(f"/{name} needs more", f"write: /{name} {command.needs}")
    return command.run(conversation, rest, stopped)


def _help(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    rows = [
        (f"/{name} {command.needs or command.may}".strip(), command.does)
        for name, command in COMMANDS.items()
    ]
    return told.Help(rows)


def _sources(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    if conversation.answer is None:
        raise UsageError("there is no answer yet", "ask something first")
    return told.Sources(conversation.answer)


def _open(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    found = conversation.numbered(rest.strip("[]"))
    if open_document(found.path):
        return told.Opened(found.path, found.place)
    return told.Shown(found.path, found.place, _text(conversation, found))


def _text(conversation: Conversation, found: Source | Passage) -> str:
    """The whole passage, as far as the memory keeps it."""
    if isinstance(found, Passage):
        return found.text
    document = conversation.text(found)
    if not document.text or found.chunk >= len(document.chunks):
        return found.snippet
    chunk = document.chunks[found.chunk]
    return document.text[chunk.start : chunk.end]


def _search(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    return told.Found(conversation.search(rest))


def _in(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    conversation.narrow(rest or None)
    return told.Said(f"only {rest} is asked; for all again: /in" if rest else ALL)


def _remember(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    name = remember(conversation.memory, rest, stopped)
    return told.Said(f"remembered{_alone(conversation)}; to take it out again: /forget {name}")


def _alone(conversation: Conversation) -> str:
    """What `/in` narrowed the conversation to, if it did."""
    among = conversation.among
    return f"; only {among} is asked, for all: /in" if among else ""


def _forget(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    found = conversation.memory.forget(rest, dry_run=True)
    ids = [document.id for document in found.documents]
    paths = [document.path for document in found.documents]

    def then() -> told.Told:
        # What was shown goes, whatever else the name means by now.
        return told.Forgot(conversation.memory.forget(*map(str, ids)))

    most = ", more than half of the memory" if found.most else ""
    if len(ids) == 1:
        return told.Asks(f"forget {shown(paths[0])}{most}?", (), then)
    return told.Asks(f"forget these {len(ids)} documents{most}?", paths, then)


def _memory(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    if rest:
        conversation.turn_to_memory(rest)
    if names := conversation.names:
        return told.Which(f"memories: {', '.join(map(shown, names))}")
    text = f"memory: {shown(conversation.memory.place)}"
    return told.Said(text) if rest else told.Which(text)


def _model(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    if rest:
        conversation.turn_to_model(rest)
    text = f"model: {conversation.model()}"
    return told.Said(text) if rest else told.Which(text)


def _new(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    conversation.begin()
    return told.Said(f"a new conversation{_alone(conversation)}")


def _exit(conversation: Conversation, rest: str, stopped: Stopped) -> told.Told:
    return told.Ended()


COMMANDS = {
    "help": Command("show these commands", _help),
    "sources": Command("show the last answer's sources whole", _sources),
    "open": Command("open the document of a source, or show its passage", _open, needs="N"),
    "search": Command("show passages that fit some words, without an answer", _search, "WORDS"),
    "in": Command("ask some documents alone, all without a pattern", _in, may="[PATTERN]"),
    "remember": Command("put a note into the memory, as a document of its own", _remember, "TEXT"),
    "forget": Command("take a document out of the memory, after asking", _forget, "NAME"),
    "memory": Command("go to another memory, or tell which this is", _memory, may="[PATH]"),
    "model": Command("go on with another model, or tell which this is", _model, may="[NAME]"),
    "new": Command("begin anew: the next question goes on with nothing", _new),
    "exit": Command("end; so does Ctrl-D", _exit),
}
