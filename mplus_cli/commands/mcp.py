"""`mplus mcp`: a memory for editors and agents, by the Model Context Protocol."""

from __future__ import annotations

from typing import Annotated

import typer

from mplus_cli.commands import extras, options
from mplus_cli.serving.mcp.wire import own_stdout
from mplus_cli.settings import load_settings

Write = Annotated[
    bool, typer.Option("--write", help="Let the other side remember notes and forget documents.")
]


def mcp(
    memory: options.Memory = None,
    model: options.Model = None,
    write: Write = False,
    device: options.Device = None,
    quantize: options.Quantize = None,
    seed: options.Seed = None,
) -> None:
    """Serve the memory to an editor or an agent that starts this and speaks the Model Context
    Protocol on standard input and output.

    It offers the tools ask, search, fetch and status, with --write also remember and forget, and
    the documents as resources. The model is loaded with the first question, and unloaded after ten
    idle minutes. Ends at the end of its input. `mplus serve` offers the same at /mcp.
    """
    wire = own_stdout()
    settings = load_settings(
        {"memory": memory, "model": model, "device": device, "quantize": quantize, "seed": seed}
    )
    extras.need("mcp", "mcp", "mcp")
    from mplus_cli.serving.mcp.stdio import serve

    serve(settings, wire, writable=write)
