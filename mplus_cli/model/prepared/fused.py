"""A checkpoint's tensors as the network takes them: projections of the same input as one, α/r in
the adapters.

A tensor is cast where it is read, so that no more than what is being made and one tensor lie in
memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mplus_cli.errors import ModelError
from mplus_cli.model.config import Architecture, ModelConfig
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import Tensors
from mplus_cli.model.net.norm import rms_norm
from mplus_cli.model.net.retriever import Selector
from mplus_cli.model.net.rope import table
from mplus_cli.model.prepared.checkpoint import Checkpoint, Source

PROJECTIONS = {
    "q": ["self_attn.q_proj"],
    "kv": ["self_attn.k_proj", "self_attn.v_proj"],
    "o": ["self_attn.o_proj"],
    "gate_up": ["mlp.gate_proj", "mlp.up_proj"],
    "down": ["mlp.down_proj"],
}
ADAPTERS = {"write": "default", "read": "decoder_adapter"}


def layer_tensors(source: Source, config: ModelConfig, number: int) -> Tensors:
    """Tensors of one layer under the names that `DecoderLayer` takes, in the prepared dtype."""
    prefix, dtype = f"model.layers.{number}", getattr(torch, config.architecture.dtype)
    norm = need(source, f"{prefix}.input_layernorm.weight")
    tensors = {
        "input_norm": norm.to(dtype),
        "post_norm": need(source, f"{prefix}.post_attention_layernorm.weight").to(dtype),
    }
    for fused, parts in PROJECTIONS.items():
        tensors |= _fuse(source, fused, [f"{prefix}.{name}" for name in parts], dtype)
    memory = config.memory
    if memory.selector and number in (memory.retrieval_layers or range(config.architecture.layers)):
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


def _fuse(source: Source, fused: str, names: list[str], dtype: torch.dtype) -> Tensors:
    """Projections of the same input as one: stacked weights, stacked A, block-diagonal B times
    α/r.
    """
    checkpoint = source.checkpoint
    stems = [
        f"{name}.base_layer" if checkpoint.shape(f"{name}.base_layer.weight") else name
        for name in names
    ]
    shapes = [_need_shape(source, f"{stem}.weight") for stem in stems]
    out: Tensors = {
        f"{fused}.weight": _stacked(source, [f"{stem}.weight" for stem in stems], shapes, dtype)
    }
    biases = [
        bias for bias in (checkpoint.tensor(f"{stem}.bias") for stem in stems) if bias is not None
    ]
    if biases:
        out[f"{fused}.bias"] = torch.cat(biases).to(dtype)
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


def _stacked(
    source: Source, names: list[str], shapes: list[tuple[int, ...]], dtype: torch.dtype
) -> Tensor:
    """Weights [rows,in] on top of each other, each cast into its place."""
    out = torch.empty(sum(shape[0] for shape in shapes), shapes[0][1], dtype=dtype)
    at = 0
    for name, shape in zip(names, shapes, strict=True):
        out[at : at + shape[0]] = need(source, name)
        at += shape[0]
    return out


def _stack_adapter(
    name: str, pairs: Sequence[Sequence[Tensor | None]], shapes: list[tuple[int, ...]], scale: float
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
    odd = [name for name in ("use_dora", "rank_pattern", "alpha_pattern") if lora.get(name)]
    if odd:
        raise ModelError(f"lora_config has {odd[0]}, which mplus does not read")
    if not {"r", "lora_alpha"} <= set(lora):
        raise ModelError(
            "the checkpoint has adapters, but config.json has no lora_config with r and lora_alpha"
        )
    rank = lora["r"]
    return float(lora["lora_alpha"] / (rank**0.5 if lora.get("use_rslora") else rank))


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
    alike: those that the layer's own attention tells its keys apart by.

    They are the first right singular vectors of its k projection [G·e,d], so they follow from the
    weights alone. Of all h directions they keep most of what k makes of a state; random ones also
    find, but how well is a matter of luck. Scaled so that a state's product with itself is about 1,
    where sigmoid is far from flat.
    """
    net, h = config.architecture, config.memory.selector
    k = tensors["kv.weight"][: net.kv_heads * net.head_dim].double()
    directions = torch.linalg.svd(k, full_matrices=False).Vh[:h]
    # A singular vector is one up to its sign, which must not hang on the library that found it.
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    norm = tensors["input_norm"].double()
    scale = (net.hidden / (h * norm.square().sum())).sqrt()
    return (directions * largest.sign() * scale).float()


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
    keys: Tensor = project(rms_norm(rows, tensors["input_norm"].float(), net.rms_eps))
    return keys


class FirstStates:
    """What the base makes of the tokens in front of every chunk: the sequence start alone, which is
    an untrained `bos_embedding`, or a prefix.
    """

    def __init__(self, architecture: Architecture, embedded: Tensor, frequencies: Tensor) -> None:
        """embedded [p,d]: of the tokens; frequencies [e/2]: of RoPE."""
        self._net = architecture
        self._rows = embedded.float()[None]
        self._rope = table(frequencies, len(embedded), architecture.rope_scaling, torch.float32)
        self._states: list[Tensor] = []

    def through(self, tensors: Tensors) -> None:
        """Keep what enters the next layer, and go through it."""
        self._states.append(self._rows[0])
        base = {
            name: tensor.float()
            for name, tensor in tensors.items()
            if not name.endswith((".a", ".b"))
        }
        layer = DecoderLayer(self._net, base)
        self._rows = layer.through(self._rows, self._rows.shape[1], self._rope, "write")

    def states(self) -> Tensor:
        """[L,d] of one token, [L,p,d] of several; float32: rounding would be seen in every
        answer.
        """
        found = torch.stack(self._states)
        return found[:, 0] if found.shape[1] == 1 else found
