"""The module seen through a lens: what it says is added to the base's last states, with none of the
base's layers in between.

So a step costs no pass of the base. What the base itself would say at such a place is drawn from a
bank of its last states behind real prompts, whichever question they are of: it says little, for it
has not read the story.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from rich.progress import track
from torch import Tensor

if TYPE_CHECKING:
    from mplus_cli.model.net.network import Network
    from training.lm2.batches import Batch

_WRONG = 1_200  # tokens of either sort that an answer is told from: of stories, and any


@dataclass(frozen=True)
class Lens:
    """bank [S,d]: last states of the base, not yet normed; often: ids that stories have, which
    answers are to be told from.
    """

    network: Network
    bank: Tensor
    often: Sequence[int]

    def loss(self, ids: Tensor, said: Tensor, rng: random.Random) -> tuple[Tensor, Tensor]:
        """Cross-entropy of some tokens [K] among some thousand, and the share that is right.

        said [K,d]: what is added where each of them is to be said.
        """
        wrong = rng.choices(range(len(self.network.llama.embedding)), k=_WRONG)
        wrong += rng.choices(self.often, k=_WRONG)
        among, places = torch.cat([ids, torch.tensor(wrong)]).unique(return_inverse=True)
        bank = self.bank[rng.choices(range(len(self.bank)), k=len(ids))]
        last = self.network.llama.final_norm(bank + said)
        logits = last @ self.network.llama.head.weight[among.to(last.device)].T
        target = places[: len(ids)].to(last.device)
        return F.cross_entropy(logits, target), (logits.argmax(-1) == target).float().mean()

    @torch.no_grad()
    def says(self, said: Tensor) -> Tensor:
        """The likeliest of all tokens at each place, [Q,p] ids. said [Q,p,d]."""
        turns = torch.arange(said.shape[0] * said.shape[1]) % len(self.bank)
        last = self.bank[turns].view_as(said) + said
        return self.network.llama.logits(last).argmax(-1)


@torch.no_grad()
def bank_of(network: Network, batch: Batch) -> Tensor:
    """Last states [S,d] at the places where a batch's answers are said, of the base alone."""
    found = []
    asked = zip(batch.asked, batch.places, batch.targets, strict=True)
    for ids, places, targets in track(list(asked), "the base's last states"):
        last = last_states(network, ids[None])[0]
        found.append(last[places[targets >= 0].to(last.device)])
    return torch.cat(found)


def last_states(network: Network, ids: Tensor) -> Tensor:
    """What the last layer gives for texts of n ids [B,n] that are read alone: [B,n,d]."""
    count, layer = ids.shape[1], network.layers[-1]
    *_, entering = network.entering(ids, len(network.layers) - 1)
    rows = torch.cat([network.prefix(len(network.layers) - 1, len(ids)), entering], dim=1)
    return layer.through(rows, count, network.llama.rope(network.prefix_rows + count), "write")
