"""The options of `ask` and `search`, and those that all commands share, as plain data: typer's
commands are made of it, and a warm command reads its words by it, without typer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mplus_cli.commands.stdin import typed
from mplus_cli.settings import is_server

if TYPE_CHECKING:
    from mplus_cli.asking.how import How

_WHOLE, _DECIMAL = r"[0-9]{1,9}", r"[0-9]{1,9}(\.[0-9]{1,9})?"


class Option(NamedTuple):
    """An option, or an argument: one without flags.

    name: of the parameter; kind: str, int, float or bool; default: None where it need not be given;
    flags: as typer takes them, `--yes/--no` for both values; many: whether it may come again;
    least: its lowest value; metavar: what stands for its value in the help, which shows the default
    where it says something.
    """

    name: str
    help: str
    flags: tuple[str, ...] = ()
    kind: type = str
    default: Any = None
    many: bool = False
    least: float | None = None
    metavar: str | None = None


MEMORY = Option(
    "memory",
    "The memory's folder (env: MPLUS_MEMORY; else the nearest .mplus/ upward; else your own).",
    ("--memory", "-M"),
    many=True,  # so that several are refused where one is meant: else the last would count, unseen
    metavar="<path>",
)
MEMORIES = MEMORY._replace(
    help="The memory's folder, or a server's address, such as https://host:8321 (env: "
    "MPLUS_MEMORY; else the nearest .mplus/ upward; else your own). Repeatable: all are asked "
    "together.",
)
MODEL = Option(
    "model",
    "Model name, checkpoint folder or GGUF file (env: MPLUS_MODEL; else the memory's own; else "
    "smollm2).",
    ("--model", "-m"),
)
DEVICE = Option(
    "device", "auto, cpu, cuda or mps (env: MPLUS_DEVICE; default: auto).", ("--device",)
)
QUANTIZE = Option(
    "quantize",
    "auto, nf4, int8 or none (env: MPLUS_QUANTIZE; default: auto).",
    ("--quantize",),
)
SEED = Option("seed", "Seed of random draws (env: MPLUS_SEED; default: 0).", ("--seed",), int)
JSON = Option("json", "Print one JSON document.", ("--json",), bool, False)
MAX_TOKENS = Option(
    "max_tokens", "Longest answer, in tokens.", ("--max-tokens", "-n"), int, 128, least=1
)
_AMONG = Option(
    "among",
    "Ask these documents alone: a file's name, the end of a path, a folder, a pattern such as "
    "'leases/*.pdf', or an id as `mplus ls` shows it. Repeatable.",
    ("--in",),
    many=True,
    metavar="PATTERN",
)
_SINCE = Option(
    "since",
    "Ask only documents that were read on or after a date (2026-01-31 or 2026-01-31T09:30, UTC), "
    "or in the last days (7d) or weeks (2w).",
    ("--since",),
    metavar="DATE",
)
_AT = Option(
    "at",
    "Ask the memory as a generation had it: its number, its tag, or `last`. Another model's takes "
    "-m.",
    ("--at",),
    metavar="GENERATION",
)

ASK = (
    Option("question", "The question; text from a pipe is put after it."),
    MEMORIES,
    MODEL,
    MAX_TOKENS,
    Option(
        "stop",
        "End the answer before this text. Repeatable.",
        ("--stop",),
        many=True,
        metavar="TEXT",
    ),
    Option(
        "temperature",
        "0 takes the best token each time.",
        ("--temperature",),
        float,
        0.0,
        least=0.0,
    ),
    Option(
        "system",
        "System prompt in place of the model's own; empty for none.",
        ("--system", "-s"),
    ),
    _AT,
    Option(
        "sources",
        "Show the passages that the answer drew on.",
        ("--sources/--no-sources",),
        bool,
        True,
    ),
    Option(
        "quote",
        "Answer with the sentences of the passage themselves.",
        ("--quote",),
        bool,
        False,
    ),
    Option(
        "top",
        "Show what the N best passages answer, each by itself.",
        ("--top",),
        int,
        1,
        least=1,
    ),
    Option(
        "show_prompt",
        "Show the text that a plain run of the model would be given for the same answer.",
        ("--show-prompt",),
        bool,
        False,
    ),
    Option(
        "stream",
        "Show the answer as it grows (on a terminal).",
        ("--stream/--no-stream",),
        bool,
        True,
    ),
    DEVICE,
    QUANTIZE,
    SEED,
    _AMONG,
    _SINCE,
    Option(
        "batch",
        'Answer many questions, each a line of JSON: {"id": 1, "question": "…"} or "…"; - is '
        "standard input. Prints one JSON object a line, as --json does, with id and question. A "
        'line may have "in" and "since" of its own.',
        ("--batch",),
        metavar="FILE",
    ),
    JSON,
)
SEARCH = (
    Option(
        "words", "What to search for; text from a pipe is put after it.", many=True, metavar="WORDS"
    ),
    MEMORIES,
    MODEL,
    Option("k", "How many passages to show at most.", ("-k",), int, 5, least=1),
    _AT,
    DEVICE,
    QUANTIZE,
    SEED,
    _AMONG,
    _SINCE,
    JSON,
)
_OF_SETTINGS = (MEMORY, MODEL, DEVICE, QUANTIZE, SEED)


def settings_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of options that are settings, as `load_settings` takes them."""
    return {option.name: given[option.name] for option in _OF_SETTINGS}


def asks_one_folder(given: Mapping[str, Any]) -> bool:
    """Whether one memory is asked, and that is a folder on this machine."""
    memories = given[MEMORY.name] or [""]
    return len(memories) == 1 and not is_server(memories[0])


def how_of(given: Mapping[str, Any]) -> How:
    """How a question is to be answered, by the values of `ASK`."""
    system: str | None = given["system"]
    return {
        "max_tokens": given["max_tokens"],
        "temperature": given["temperature"],
        "sources": given["sources"],
        "show_prompt": given["show_prompt"],
        "among": given["among"] or None,
        "since": given["since"],
        "top": given["top"],
        "quote": given["quote"],
        "stop": [typed(text) for text in given["stop"] or []],
        "system": None if system is None else typed(system),
    }


def understood(table: Sequence[Option], words: Sequence[str]) -> dict[str, Any] | None:
    """The value of each option, as typer would find them; None where that is better asked itself:
    help, what is wrong or unusual, a value that begins with a dash.
    """
    flags = {name: found for option in table for name, found in _flags(option)}
    given = {option.name: option.default for option in table}
    arguments: list[str] = []
    rest = iter(words)
    for word in rest:
        if os.name == "nt" and re.search(r"[*?\[~$%]", word):  # typer puts in what is meant
            return None
        if not word.startswith("-"):
            arguments.append(word)
            continue
        flag, sets, value = _cut(word)
        option, when_given = flags.get(flag, (None, None))
        if option is None or (sets and when_given is not None):
            return None
        if when_given is None:
            when_given = _value(option, value if sets else next(rest, "-"))
        if when_given is None:
            return None
        given[option.name] = (
            [*(given[option.name] or []), when_given] if option.many else when_given
        )
    return _with_arguments(table, given, arguments)


def _flags(option: Option) -> list[tuple[str, tuple[Option, bool | None]]]:
    """Each flag of an option, with the value that it stands for; None: one follows."""
    if option.kind is not bool:
        return [(flag, (option, None)) for flag in option.flags]
    yes, _, no = option.flags[0].partition("/")
    return [(yes, (option, True)), *([(no, (option, False))] if no else [])]


def _cut(word: str) -> tuple[str, bool, str]:
    """A flag, whether a value is joined to it, and that: `--top=3`, `-n5`."""
    if word.startswith("--"):
        flag, sets, value = word.partition("=")
        return flag, bool(sets), value
    return word[:2], len(word) > 2, word[2:]


def _value(option: Option, word: str) -> Any:
    """What a word means; None where typer has to say."""
    if word.startswith("-"):
        return None
    if option.kind is str:
        return word
    if not re.fullmatch(_WHOLE if option.kind is int else _DECIMAL, word):
        return None
    value = option.kind(word)
    return None if option.least is not None and value < option.least else value


def _with_arguments(
    table: Sequence[Option], given: dict[str, Any], arguments: list[str]
) -> dict[str, Any] | None:
    [argument] = (option for option in table if not option.flags)
    if arguments and argument.many:
        given[argument.name] = arguments
    elif arguments:
        if len(arguments) > 1:
            return None
        [given[argument.name]] = arguments
    return given
