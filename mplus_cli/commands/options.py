"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Memory = Annotated[
    Path | None,
    typer.Option(
        "--memory",
        "-M",
        help="The memory's folder (env: MPLUS_MEMORY; else the nearest .mplus/ upward; else your own).",
        show_default=False,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="Model name or checkpoint folder (env: MPLUS_MODEL; else the memory's own; else smollm2).",
        show_default=False,
    ),
]
Device = Annotated[
    str | None,
    typer.Option(help="auto, cpu, cuda or mps (env: MPLUS_DEVICE; default: auto).", show_default=False),
]
Quantize = Annotated[
    str | None,
    typer.Option(help="auto, nf4, int8 or none (env: MPLUS_QUANTIZE; default: auto).", show_default=False),
]
Seed = Annotated[
    int | None,
    typer.Option(help="Seed of random draws (env: MPLUS_SEED; default: 0).", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
