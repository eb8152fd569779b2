"""`mplus serve`: a memory over HTTP."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mplus_cli.commands import extras, options
from mplus_cli.errors import UsageError
from mplus_cli.screen import served
from mplus_cli.settings import load_settings

if TYPE_CHECKING:
    from mplus_cli.serving.web.running import Address

_UNITS_S = {"s": 1, "m": 60, "h": 3600}


Host = Annotated[
    str, typer.Option(help="The address to listen at; another one than this takes a token.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any that is free.")]
Write = Annotated[
    bool, typer.Option("--write", help="Let clients add, forget and roll back documents.")
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        help="Ask every client for the token in this file; one is made where there is none.",
        show_default=False,
    ),
]
ShowPaths = Annotated[
    bool, typer.Option("--show-paths", help="Tell clients in which folders files lie.")
]
Origins = Annotated[
    list[str] | None,
    typer.Option(
        "--cors",
        metavar="ORIGIN",
        help="Let a page of this origin ask, such as https://chat.example.org. Repeatable.",
        show_default=False,
    ),
]
KeepAlive = Annotated[
    str,
    typer.Option(
        "--keep-alive", help="Unload the model after so long without a question, or never."
    ),
]
Queue = Annotated[
    int, typer.Option("--queue", min=1, max=10_000, help="How many questions may wait.")
]


def serve(
    memory: options.Memory = None,
    model: options.Model = None,
    host: Host = "127.0.0.1",
    port: Port = 8321,
    write: Write = False,
    token_file: TokenFile = None,
    show_paths: ShowPaths = False,
    cors: Origins = None,
    keep_alive: KeepAlive = "10m",
    queue: Queue = 64,
    device: options.Device = None,
    quantize: options.Quantize = None,
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Serve the memory over HTTP: to programs made for OpenAI's API, to chat windows, and as a page
    of its own.

    It listens on this machine alone and only reads, unless told otherwise. Ctrl-C ends it.
    """
    extras.need("serve", "serve", "pydantic", "starlette", "uvicorn")
    from mplus_cli.serving.web.running import Wanted
    from mplus_cli.serving.web.running import serve as run

    settings = load_settings(
        {"memory": memory, "model": model, "device": device, "quantize": quantize, "seed": seed}
    )
    wanted = Wanted(
        host=host,
        port=port,
        writes=write,
        token_file=token_file,
        shows_paths=show_paths,
        origins=tuple(cors or ()),
        longest_line=queue,
        idle_s=_seconds(keep_alive),
    )

    def told(address: Address) -> None:
        served.listening(address.url, address.made_token, json)

    run(settings, wanted, told)
    served.ended(json)


def _seconds(text: str) -> float:
    """A length of time as people write it, `never` being the longest. Raises `UsageError`."""
    if text == "never":
        return math.inf
    found = re.fullmatch(r"([0-9]{1,6})([smh])", text)
    if found is None or int(found[1]) == 0:
        raise UsageError(
            f"--keep-alive is {text!r}", "write it like 90s, 10m or 2h, or take: never"
        )
    return int(found[1]) * _UNITS_S[found[2]]
