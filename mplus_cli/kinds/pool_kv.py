"""Keys and values of the pool before RoPE, made once for a generation and kept beside the memory.

A question to a published checkpoint reads all of the pool, and projecting it anew each time costs
more than all else. Where segments hold keys and values already, there is nothing to make.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from mplus_cli.model.prepared.forms import keep, kept

if TYPE_CHECKING:
    from torch import Tensor

    from mplus_cli.model.net.network import Network
    from store.home import Home
    from store.kinds.mplus import Memory


def pool_kv(home: Home, memory: Memory, network: Network) -> list[Tensor]:
    """Keys and values [P,2·G·e] that stand for the pool of each layer, mapped where they are there
    already.
    """
    import torch

    file, marks = home.pool_kv(memory.state.digest), {"identity": memory.spec.identity}
    found = kept(file, marks)
    if found is not None:
        return [found[f"{layer:03}"] for layer in range(memory.spec.layers)]
    dtype = getattr(torch, memory.spec.dtype)  # whatever they are computed in
    made = [
        network.as_kv(layer, memory.gather(layer, rows)).cpu().to(dtype)
        for layer, rows in enumerate(memory.state.pool)
    ]
    with suppress(
        OSError, SafetensorError
    ):  # where nothing can be written, the next question makes it anew
        _forget_others(file)
        keep({f"{layer:03}": rows for layer, rows in enumerate(made)}, file, marks)
    return made


def _forget_others(file: Path) -> None:
    """Those of earlier generations; who still reads one keeps it until its end."""
    for other in file.parent.glob("pool-*"):
        other.unlink(missing_ok=True)
