"""A checkpoint's tensors as the network takes them: projections of the same input as one, α/r in
the adapters.

A tensor is cast where it is read, so that no more than what is being made and one tensor lie in
memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mplus_cli.errors import ModelError
from mplus_cli.model.config import Architecture, ModelConfig
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import Tensors
from mplus_cli.model.net.norm import rms_norm
from mplus_cli.model.net.retriever import Selector
from mplus_cli.model.net.rope import tables
from mplus_cli.model.prepared.checkpoint import GET_CONFIG, Checkpoint, Source
from mplus_cli.model.prepared.families import family_of

PROJECTIONS = {
    "q": ["self_attn.q_proj"],
    "kv": ["self_attn.k_proj", "self_attn.v_proj"],
    "o": ["self_attn.o_proj"],
    "gate_up": ["mlp.gate_proj", "mlp.up_proj"],
    "down": ["mlp.down_proj"],
}
# Where one tensor holds several projections (Phi 3), their rows follow each other in it.
JOINED = {
    "self_attn.qkv_proj": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "mlp.gate_up_proj": ("mlp.gate_proj", "mlp.up_proj"),
}
ADAPTERS = {"write": "default", "read": "decoder_adapter"}
# A layer's norms by their names in the prepared form and in the checkpoint, by where they stand.
# "post_attention_layernorm" is the one behind attention only where there are such norms.
NORMS = {
    "before": {"input_norm": "input_layernorm", "post_norm": "post_attention_layernorm"},
    "after": {
        "after_norm": "post_attention_layernorm",
        "mlp_after_norm": "post_feedforward_layernorm",
    },
    "both": {
        "input_norm": "input_layernorm",
        "after_norm": "post_attention_layernorm",
        "post_norm": "pre_feedforward_layernorm",
        "mlp_after_norm": "post_feedforward_layernorm",
    },
}
HEAD_NORMS = {"q_norm": "self_attn.q_norm", "k_norm": "self_attn.k_norm"}


def layer_tensors(source: Source, config: ModelConfig, number: int) -> Tensors:
    """Tensors of one layer under the names that `DecoderLayer` takes, in the prepared dtype."""
    net = config.architecture
    prefix, dtype = f"model.layers.{number}", getattr(torch, net.dtype)
    names = NORMS[net.norms] | (HEAD_NORMS if net.head_norms != "none" else {})
    norms = {ours: norm_weight(source, f"{prefix}.{theirs}") for ours, theirs in names.items()}
    tensors = {name: weight.to(dtype) for name, weight in norms.items()}
    for fused, parts in PROJECTIONS.items():
        tensors |= _fuse(source, net, fused, [f"{prefix}.{name}" for name in parts], dtype)
    memory = config.memory
    if memory.selector and number in (memory.retrieval_layers or range(net.layers)):
        for name in ("query_proj", "key_proj"):
            found = _selector(source, config, number, name, tensors)
            tensors |= {key: tensor.to(dtype) for key, tensor in found.items()}
    return tensors


def need(source: Source, name: str, row: int | None = None) -> Tensor:
    """A tensor of the checkpoint. Raises `ModelError` where it has none of this name."""
    found = source.checkpoint.tensor(name, row)
    if found is None:
        raise ModelError(f"the checkpoint {source.name} lacks the tensor {name}")
    return found


def norm_weight(source: Source, name: str) -> Tensor:
    """What a norm of the checkpoint multiplies with."""
    weight, offset = need(source, f"{name}.weight"), family_of(source.config).norm_offset
    return weight.float() + offset if offset else weight


@dataclass(frozen=True)
class _Part:
    """A projection: the tensor that holds it (its name without ".weight"), and which rows it is."""

    stem: str
    start: int
    stop: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.stop - self.start, self.columns


def _part(source: Source, net: Architecture, name: str) -> _Part:
    """Where a projection `model.layers.{l}.{…}_proj` lies. Raises `ModelError`: nowhere."""
    checkpoint = source.checkpoint
    for joined, parts in JOINED.items():
        own = next((part for part in parts if name.endswith(f".{part}")), None)
        stem = "" if own is None else name.removesuffix(own) + joined
        shape = checkpoint.shape(f"{stem}.weight")
        if own is not None and shape is not None:
            query, kv, half = net.heads * net.head_dim, net.kv_heads * net.head_dim, shape[0] // 2
            rows = [query, kv, kv] if len(parts) == 3 else [half, half]
            at = parts.index(own)
            return _Part(stem, sum(rows[:at]), sum(rows[: at + 1]), shape[1])
    adapted = checkpoint.shape(f"{name}.base_layer.weight")
    stem = name if adapted is None else f"{name}.base_layer"
    rows_there, columns = adapted or _need_shape(source, f"{stem}.weight")
    return _Part(stem, 0, rows_there, columns)


def _fuse(
    source: Source, net: Architecture, fused: str, names: list[str], dtype: torch.dtype
) -> Tensors:
    """Projections of the same input as one: stacked weights, stacked A, block-diagonal B times
    α/r.
    """
    checkpoint = source.checkpoint
    parts = [_part(source, net, name) for name in names]
    out: Tensors = {f"{fused}.weight": _stacked(source, parts, dtype)}
    biases = [(checkpoint.tensor(f"{part.stem}.bias"), part) for part in parts]
    there = [bias[part.start : part.stop] for bias, part in biases if bias is not None]
    if there:
        out[f"{fused}.bias"] = torch.cat(there).to(dtype)
    shapes = [part.shape for part in parts]
    for use, adapter in ADAPTERS.items():
        pairs = [
            [checkpoint.tensor(f"{name}.lora_{part}.{adapter}.weight") for part in "AB"]
            for name in names
        ]
        if any(down is not None for down, _ in pairs):
            stacked = _stack_adapter(f"{fused}.{use}", pairs, shapes, _lora_scale(source))
            out |= {name: tensor.to(dtype) for name, tensor in stacked.items()}
    return out


def _need_shape(source: Source, name: str) -> tuple[int, ...]:
    found = source.checkpoint.shape(name)
    if found is None:
        raise ModelError(f"the checkpoint {source.name} lacks the tensor {name}")
    return found


def _stacked(source: Source, parts: Sequence[_Part], dtype: torch.dtype) -> Tensor:
    """Weights [rows,in] on top of each other, each cast into its place."""
    out = torch.empty(sum(part.shape[0] for part in parts), parts[0].columns, dtype=dtype)
    at = 0
    for part in parts:
        rows = part.stop - part.start
        out[at : at + rows] = need(source, f"{part.stem}.weight")[part.start : part.stop]
        at += rows
    return out


def _stack_adapter(
    name: str, pairs: Sequence[Sequence[Tensor | None]], shapes: list[tuple[int, int]], scale: float
) -> Tensors:
    """(A [r,in], B [out,r]) and the weight's shape (out,in) of each part; without an adapter its
    rank is 0 here.
    """
    downs, ups = [], []
    for (given_down, given_up), (rows, columns) in zip(pairs, shapes, strict=True):
        down = torch.zeros(0, columns) if given_down is None else given_down
        up = torch.zeros(rows, 0) if given_up is None else given_up
        if (up.shape[0], down.shape[1]) != (rows, columns) or up.shape[1] != down.shape[0]:
            raise ModelError(f"an adapter of the checkpoint does not fit its projection ({name})")
        downs.append(down)
        ups.append(up.float() * scale)
    return {f"{name}.a": torch.cat(downs), f"{name}.b": torch.block_diag(*ups)}  # type: ignore[no-untyped-call]


def _lora_scale(source: Source) -> float:
    lora = source.config.get("lora_config") or {}
    if not isinstance(lora, dict):
        raise ModelError(f"config.json says that lora_config is {str(lora)[:40]!r}", GET_CONFIG)
    odd = [name for name in ("use_dora", "rank_pattern", "alpha_pattern") if lora.get(name)]
    if odd:
        raise ModelError(f"lora_config has {odd[0]}, which mplus does not read")
    if not {"r", "lora_alpha"} <= set(lora):
        raise ModelError(
            "the checkpoint has adapters, but config.json has no lora_config with r and lora_alpha"
        )
    rank = lora["r"]
    try:
        return float(lora["lora_alpha"] / (rank**0.5 if lora.get("use_rslora") else rank))
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ModelError(
            f"lora_config of config.json makes no sense: {error}", GET_CONFIG
        ) from error


def selector_width(source: Source) -> int:
    """h of the checkpoint's own retriever, 0 where it has none."""
    layer = min(source.config.get("retrieval_layers", [0]))
    for name in ("key_proj.2.weight", "key_proj.weight"):
        found = source.checkpoint.shape(f"model.layers.{layer}.self_attn.{name}")
        if found is not None:
            return found[0]
    return 0


def _selector(
    source: Source, config: ModelConfig, number: int, name: str, tensors: Tensors
) -> Tensors:
    stem = f"model.layers.{number}.self_attn.{name}"
    two = [source.checkpoint.tensor(f"{stem}.{index}.weight") for index in (0, 2)]
    if two[0] is not None and two[1] is not None:
        return {f"{name}.0": two[0], f"{name}.1": two[1]}
    one = source.checkpoint.tensor(f"{stem}.weight")
    if one is not None:
        return {f"{name}.0": one}
    if selector_width(source):
        raise ModelError(f"the checkpoint lacks {stem}")
    return {f"{name}.0": _untrained_selector(config, tensors)}


def _untrained_selector(config: ModelConfig, tensors: Tensors) -> Tensor:
    """Orthonormal directions [h,d], the same for queries and keys, so that alike states score
    alike: those in which the layer's attention tells states apart.

    They are the first right singular vectors of its k projection [G·e,d]: of h directions they keep
    most of what k makes of a state. So they follow from the weights; random ones find as well or
    worse, as luck has it. Scaled so that a state's product with itself is about 1, where sigmoid is
    far from flat.
    """
    net, h = config.architecture, config.memory.selector
    k = tensors["kv.weight"][: net.kv_heads * net.head_dim].double()
    directions = torch.linalg.svd(k, full_matrices=False).Vh[:h]
    # A singular vector may as well point the other way: that must not hang on the machine.
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    norm = tensors.get("input_norm", torch.ones(net.hidden)).double()
    scale = (net.hidden / (h * norm.square().sum())).sqrt()
    found: Tensor = (directions * largest.sign() * scale).float().contiguous()
    return found


def origin_sizes(checkpoint: Checkpoint, layers: int, pool: int, hidden: int) -> tuple[int, ...]:
    """The checkpoint's own vectors per layer: its whole pool and its long-term memory, or none."""
    memory = checkpoint.shape("memory")
    if memory is None:
        return (0,) * layers
    if memory != (layers, pool, hidden):
        raise ModelError(
            f"the checkpoint's memory is {memory}, config.json says {(layers, pool, hidden)}"
        )
    longterm = [checkpoint.shape(f"ltm.{layer}") for layer in range(layers)]
    return tuple(pool + (rows[0] if rows else 0) for rows in longterm)


def own_memory(
    checkpoint: Checkpoint, config: ModelConfig, number: int, tensors: Tensors
) -> Tensors:
    """The checkpoint's own vectors of one layer, oldest first, and their keys."""
    pool = checkpoint.tensor("memory", number)
    if pool is None:
        return {}
    net, layout = config.architecture, config.memory
    dtype = pool.dtype if net.dtype == "float32" else getattr(torch, net.dtype)
    born = torch.empty(layout.origin_vectors[number], net.hidden, dtype=dtype)
    born[-len(pool) :] = pool
    longterm = checkpoint.tensor(f"ltm.{number}")
    order = torch.zeros(0, dtype=torch.long)
    if longterm is not None:
        ages = checkpoint.tensor(f"ltm_ages.{number}")
        order = torch.argsort(ages if ages is not None else order, descending=True, stable=True)
        born[: len(longterm)] = longterm[order]
    memory = {"vectors": born}
    if layout.selector:
        keys = _keys(pool.float(), net, tensors)
        stored = checkpoint.tensor(f"ltm_keys.{number}")
        if stored is not None:
            keys = torch.cat([stored[order].float(), keys])
        memory["keys"] = keys.to(dtype).contiguous()
    return memory


def _keys(rows: Tensor, net: Architecture, tensors: Tensors) -> Tensor:
    """Retrieval keys [N,h] of vectors [N,d], float32."""
    project = Selector(
        {name: tensor.float() for name, tensor in tensors.items() if name.startswith("key_proj.")},
        "key_proj",
        net.activation,
    )
    if "input_norm" in tensors:
        rows = rms_norm(rows, tensors["input_norm"].float(), net.rms_eps)
    keys: Tensor = project(rows)
    return keys


class PrefixStates:
    """What the base makes of the prefix, layer by layer: of the sequence start alone that is an
    untrained `bos_embedding`.
    """

    def __init__(self, architecture: Architecture, embedded: Tensor, frequencies: Tensor) -> None:
        """embedded [p,d]: of the tokens, not scaled yet; frequencies [R,r/2]: of RoPE."""
        net = self._net = architecture
        self._rows = embedded.float()[None] * net.embedding_scale
        self._rope = tables(frequencies, len(embedded), net.rope_scaling, torch.float32)
        self._states: list[Tensor] = []

    def through(self, tensors: Tensors) -> None:
        """Keep what enters the next layer, and go through it."""
        self._states.append(self._rows[0])
        base = {
            name: tensor.float()
            for name, tensor in tensors.items()
            if not name.endswith((".a", ".b"))
        }
        layer = DecoderLayer(self._net, base, len(self._states) - 1)
        self._rows = layer.through(self._rows, self._rows.shape[1], self._rope, "write")

    def all(self) -> Tensor:
        """[L,p,d], float32: rounding would be seen in every answer."""
        return torch.stack(self._states)
