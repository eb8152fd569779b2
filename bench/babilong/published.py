"""LM2 with the equations of its paper as they are written (arXiv 2502.06049, section 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from bench.babilong.arm import Arm, Asking
from bench.babilong.base import ADAPTED, PLAIN, RANK, Base, padded
from bench.babilong.cache import Cache
from bench.babilong.material import Material
from training.stories import Story
from training.stories.telling import TOKENS

_MAPS = ("query", "key", "value", "out", "in", "forget")
_START = 0.02  # spread of the maps' weights at first


@dataclass(frozen=True)
class Matrix:
    """M of some stories: [B,N,d]."""

    rows: Tensor

    @property
    def bytes(self) -> int:
        return self.rows.nbytes


class Published(Arm[Matrix]):
    """M [N,d] beside one block t in the middle, carried from segment to segment, anew for each
    story. E [T,d] is the block's input; token i writes slot i, so N is the length of a segment.

        Q = E W_Q, K = M W_K, V = M W_V                           eq. 1
        E_mem = softmax(Q K^T / sqrt(d)) V, causal                eq. 2
        E_next = E_attn + sigmoid(E_mem W_out) * M                eq. 3, 4
        M' = sigmoid(E W_in) * tanh(E_mem) + sigmoid(E_mem W_forget) * M

    M is the identity's first rows at first. Nothing of a segment but M goes on, so the blocks
    behind t see questions alone.
    """

    name = "published"
    trained_on = f"LM2's six maps in one block, LoRA of rank {RANK} from there on"

    def __init__(self, base: Base, material: Material) -> None:
        super().__init__(base, material)
        self._block = len(base.layers) // 2
        hidden = base.network.config.architecture.hidden
        self._maps = {
            name: nn.Parameter((torch.randn(hidden, hidden) * _START).to(base.device))
            for name in _MAPS
        }
        self._identity = torch.eye(TOKENS, hidden, device=base.device)
        self._entering = Cache(material.pool, self._computed)
        self.parameters = {**self._maps, **base.adapt(RANK, first=self._block)}

    def written(self, stories: Sequence[Story]) -> Matrix:
        memory = self._identity.expand(len(stories), -1, -1)
        known = self._entering.of(stories)
        for number in range(len(stories[0].segments)):
            rows = [known[story.segments[number].ids] for story in stories]
            own = pad_sequence([row.new_ones(len(row), dtype=torch.bool) for row in rows], True)
            memory = self.updated(pad_sequence(rows, True), own, memory)
        return Matrix(memory)

    def _computed(self, texts: Sequence[Sequence[int]]) -> Iterator[Tensor]:
        """E [T,d] of segments: nothing before the block is trained."""
        ids, own = padded(texts)
        entering, _ = self.base.through(self.base.embed(ids), own, PLAIN, stop=self._block)
        for rows, text in zip(entering, texts, strict=True):
            yield rows[: len(text)].clone()

    def updated(self, entering: Tensor, own: Tensor, memory: Tensor) -> Tensor:
        """M' [B,N,d] of M and a segment's E [B,T,d]; slots without a token stay as they are."""
        n = entering.shape[1]
        found = self._read(entering, memory)
        let_in = torch.sigmoid(entering @ self._maps["in"])
        kept = torch.sigmoid(found @ self._maps["forget"])
        new = let_in * torch.tanh(found) + kept * memory[:, :n]
        return torch.cat([torch.where(own[..., None], new, memory[:, :n]), memory[:, n:]], 1)

    def _read(self, entering: Tensor, memory: Tensor) -> Tensor:
        """E_mem [B,T,d]."""
        maps, hidden = self._maps, entering.shape[-1]
        queries, keys = entering @ maps["query"], memory @ maps["key"]
        scores = queries @ keys.mT * hidden**-0.5
        ahead = torch.ones_like(scores[0], dtype=torch.bool).triu(1)
        found: Tensor = scores.masked_fill(ahead, -torch.inf).softmax(-1) @ (memory @ maps["value"])
        return found

    def states(self, memory: Matrix, asking: Asking) -> Tensor:
        rows = memory.rows[asking.owners]

        def added(number: int, entering: Tensor) -> Tensor | None:
            if number != self._block:
                return None
            # Questions are shorter than segments; a longer one reads with its first tokens.
            first = entering[:, :TOKENS]
            gate = torch.sigmoid(self._read(first, rows) @ self._maps["out"])
            more = gate * rows[:, : first.shape[1]]
            return nn.functional.pad(more, (0, 0, 0, entering.shape[1] - first.shape[1]))

        return self.base.through(self.base.embed(asking.ids), asking.own, ADAPTED, added=added)[0]
