"""The model under training: the frozen base with low-rank adapters to write chunks and to read
them, in batches.

It computes what `kinds.passes.write_alone` and `Network.read` compute, through the same layers,
with gradients: the linear maps are swapped for ones whose adapters train. Which row stands where is
worked out on the CPU, before anything is computed. Shapes: C chunks of n tokens at most, R tokens
of all chunks; B questions, q token rows at most, T of all questions; p rows of the
prefix; the rest as in mplus_cli/model/net/attention.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from mplus_cli.model.net.attention import Texts, row_numbers
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import AdaptedLinear, Use
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.fused import ADAPTERS, PROJECTIONS

# Fused projection -> published names of its parts, of all that have adapters (all but `o`).
ADAPTED = {name: parts for name, parts in PROJECTIONS.items() if name != "o"}
Pair = tuple[nn.Parameter, nn.Parameter]
"""An adapter's A [r,in] and B [out,r]."""


@dataclass(frozen=True)
class Batch:
    """Questions, each with the chunk that it reads; on the CPU.

    chunks [C,n] ids, -1 where none (at the end); read [B] each question's chunk; tokens [B,q] ids
    of prompt and answer, -1 where none (at the end); answer [B,q] marks the answer's.
    """

    chunks: Tensor
    read: Tensor
    tokens: Tensor
    answer: Tensor


class TrainedLinear(nn.Module):
    """y = Wx + B(Ax), with an A and a B for each part of a fused projection; α/r is 1.

    They are float32 and train; W is as it was loaded, and what it computes in is x's type.
    """

    def __init__(self, base: nn.Module, adapters: dict[Use, list[Pair]]) -> None:
        super().__init__()
        self.base, self._adapters = base, adapters

    def forward(self, x: Tensor, use: Use) -> Tensor:
        return self.adapt(self.base(x), x, use)

    def adapt(self, y: Tensor, x: Tensor, use: Use) -> Tensor:
        """Wx -> Wx + B(Ax)."""
        if use not in self._adapters:
            return y
        parts = [
            F.linear(F.linear(x, down.to(x.dtype)), up.to(x.dtype))
            for down, up in self._adapters[use]
        ]
        return y + torch.cat(parts, -1)


class Reader(nn.Module):
    """Both adapters, each of its rank, and the forward pass that they train in.

    The write adapter begins at layer `first_written`: nothing changes in what the retriever sees
    before it.
    """

    def __init__(self, network: Network, rank: int, write_rank: int, first_written: int) -> None:
        """The network's own adapters make room for these: it is the reader's from now on."""
        super().__init__()
        self.network = network
        self.adapters = nn.ParameterDict()
        last = len(network.layers) - 1  # what it makes of a chunk is read by no layer
        for number, layer in enumerate(network.layers):
            ranks: dict[Use, int] = {"read": rank}
            if first_written <= number < last:
                ranks["write"] = write_rank
            self._adapt(number, layer, ranks)

    def _adapt(self, number: int, layer: DecoderLayer, ranks: dict[Use, int]) -> None:
        """Give a layer's linear maps adapters of these ranks."""

        def trained(fused: str, linear: AdaptedLinear) -> TrainedLinear:
            names, (rows, columns) = ADAPTED.get(fused, []), _shape(linear)
            made: dict[Use, list[Pair]] = {
                use: [
                    self._pair(number, name, use, rank, rows // len(names), columns)
                    for name in names
                ]
                for use, rank in ranks.items()
                if names
            }
            return TrainedLinear(linear.base, made)

        layer.swap(trained)

    def _pair(self, number: int, name: str, use: Use, rank: int, rows: int, columns: int) -> Pair:
        """A at random and B zero, so that they change nothing at first."""
        down = torch.empty(rank, columns)
        nn.init.kaiming_uniform_(down, a=math.sqrt(5))
        # Drawn on the CPU, so that a seed means the same on every device.
        device = self.network.device
        pair = nn.Parameter(down.to(device)), nn.Parameter(torch.zeros(rows, rank, device=device))
        for part, parameter in zip("AB", pair, strict=True):
            self.adapters[_key(number, name, part, use)] = parameter
        return pair

    def named(self) -> dict[str, nn.Parameter]:
        """The adapters under their published names."""
        return {key.replace("/", "."): tensor for key, tensor in self.adapters.items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take adapters over; one that is not among them stays as it is."""
        with torch.no_grad():
            for key, parameter in self.adapters.items():
                parameter.copy_(tensors.get(key.replace("/", "."), parameter))

    def forward(self, batch: Batch) -> Tensor:
        """Logits [a,V] of the a answer tokens of the batch, each from the row before it."""
        device, before = self.network.device, self.network.prefix_rows
        states = self.write(batch.chunks)
        there, written = (batch.chunks >= 0)[batch.read], batch.tokens >= 0
        # The prefix stands at 0 to p-1, the chunk behind it, the question behind the chunk.
        chunk_at = torch.arange(before + there.shape[1]).expand(len(there), -1)
        token_at = before + there.sum(1)[:, None] + torch.arange(batch.tokens.shape[1])
        texts = self._texts(written, there, torch.cat([chunk_at, token_at], 1))
        rows = (before + row_numbers(batch.chunks >= 0))[batch.read]
        index = torch.cat([torch.arange(before).expand(len(rows), -1), rows], 1).to(device)
        h = self.network.llama.embed(batch.tokens[written].to(device))
        for number, layer in enumerate(self.network.layers):
            project, normed = layer.attention.kv, layer.norm(h)
            memory = project(torch.cat([self._prefix(number, layer), states[number]]), "read")
            read, own = F.embedding(index, memory), project(normed, "read")
            h = layer.through_texts(h, normed, own, read, texts, "read")
        asked = batch.answer.roll(-1, 1)
        asked[:, -1] = False
        places = asked[written].nonzero()[:, 0].to(device)
        return self.network.llama.logits(h[places])

    def write(self, chunks: Tensor) -> list[Tensor]:
        """What enters the attention of each layer, normed, for chunks [C,n], padded with -1: [R,d]
        each.
        """
        written, before = chunks >= 0, self.network.prefix_rows
        positions = torch.arange(before + chunks.shape[1]).expand(len(chunks), -1)
        texts = self._texts(written, written[:, :0], positions)
        h = self.network.llama.embed(chunks[written].to(self.network.device))
        states = []
        for number, layer in enumerate(self.network.layers):
            normed, project = layer.norm(h), layer.attention.kv
            states.append(normed)
            if number + 1 < len(self.network.layers):
                prefix = project(self._prefix(number, layer), "write").expand(len(chunks), -1, -1)
                own = project(normed, "write")
                h = layer.through_texts(h, normed, own, prefix, texts, "write")
        return states

    def _prefix(self, number: int, layer: DecoderLayer) -> Tensor:
        """The prefix as it enters attention: [p,d]."""
        prefix: Tensor = layer.norm(self.network.prefix(number)[0])
        return prefix

    def _texts(self, written: Tensor, there: Tensor, positions: Tensor) -> Texts:
        """Of `written` tokens [B,q] that see the prefix, the rows that are `there`, and each other
        causally.

        positions [B,S] of all of these.
        """
        prefix = there.new_ones(len(there), self.network.prefix_rows)
        ahead = torch.cat([prefix, there], 1)[:, None]
        causal = torch.ones(written.shape[1], written.shape[1], dtype=torch.bool).tril()
        mask = torch.cat([ahead.expand(-1, len(causal), -1), causal.expand(len(there), -1, -1)], 2)[
            :, None, None
        ].to(self.network.device)
        net = self.network.config.architecture
        mask = mask.expand(-1, net.kv_heads, net.heads // net.kv_heads, -1, -1)
        bias = self.network.llama.embedding.new_zeros(mask.shape)
        bias = bias.masked_fill_(~mask, float("-inf")).flatten(2, 3).flatten(0, 1)
        cos, sin = self.network.llama.rope(int(positions.max()) + 1)
        positions = positions.to(self.network.device)
        rope = cos[:, positions][:, :, None], sin[:, positions][:, :, None]
        return Texts.where(written, rope, bias)


def _shape(linear: AdaptedLinear) -> tuple[int, int]:
    """(out, in) of the map without its adapters."""
    weight = linear.base.weight
    assert isinstance(weight, Tensor)
    rows, columns = weight.shape
    return rows, columns


def _key(number: int, name: str, part: str, use: Use) -> str:
    """The published name, with strokes where it has dots: a module's parameters must have none."""
    return f"model.layers.{number}.{name}.lora_{part}.{ADAPTERS[use]}.weight".replace(".", "/")


def padded(rows: Sequence[Sequence[int]], fill: int = -1) -> Tensor:
    """Rows of unlike length as one tensor, filled at the end."""
    return pad_sequence([torch.tensor(row, dtype=torch.long) for row in rows], True, fill)
