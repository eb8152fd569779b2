"""What the retriever sees of texts: states of the first layers, which no adapter of ours
changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from rich.progress import track
from torch import Tensor

from mplus_cli.model.net.network import Network
from training.reader import padded

TEXTS_AT_ONCE = 32


@torch.no_grad()
def states_of(
    network: Network, texts: Sequence[Sequence[int]], layers: Sequence[int], what: str
) -> list[Tensor]:
    """Normed states entering F layers, [F,n,d] for each text of n ids, on the CPU; `what` names the
    texts in the progress bar.
    """
    found = [torch.empty(0)] * len(texts)
    order = sorted(
        range(len(texts)), key=lambda number: len(texts[number])
    )  # alike lengths: little padding
    for at in track(range(0, len(texts), TEXTS_AT_ONCE), what):
        group = order[at : at + TEXTS_AT_ONCE]
        normed = _entering(network, padded([texts[number] for number in group]), layers)
        for rows, number in zip(normed, group, strict=True):
            found[number] = rows[:, : len(texts[number])].to("cpu", copy=True)
    return found


def _entering(network: Network, ids: Tensor, layers: Sequence[int]) -> Tensor:
    """[C,F,n,d] for ids [C,n], padded with -1."""
    entering = network.entering(ids.clamp(min=0), max(layers))
    found = [network.layers[at].norm(h) for at, h in enumerate(entering) if at in layers]
    return torch.stack(found, 1)
