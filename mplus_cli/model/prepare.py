"""Any checkpoint -> prepared form, once: the only user of transformers.

The prepared form is a folder of the model cache: `model.json`, `outer.safetensors`, one `layer-NN.safetensors` a
layer with its projections fused, `memory-NN.safetensors` where the checkpoint brings vectors of its own,
`tokenizer.json` and `chat_template.jinja` where it has them. Tensors go through one layer at a time.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from mplus_cli.errors import ModelError
from mplus_cli.model.checkpoint import Checkpoint, GgufCheckpoint, Overlay, SafetensorsCheckpoint, read_json, sha256
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.layers import ACTIVATIONS, DecoderLayer, Tensors

PAPER_CAPACITY = 153_600  # long-term vectors per layer that a published checkpoint keeps
MAX_CHUNK_TOKENS = 512  # section 4 of the paper
PROJECTIONS = {
    "q": ["self_attn.q_proj"],
    "kv": ["self_attn.k_proj", "self_attn.v_proj"],
    "o": ["self_attn.o_proj"],
    "gate_up": ["mlp.gate_proj", "mlp.up_proj"],
    "down": ["mlp.down_proj"],
}
ADAPTERS = {"write": "default", "read": "decoder_adapter"}


@dataclass(frozen=True)
class Source:
    """A checkpoint to prepare. `config` is its config.json; `tokenizer` a transformers tokenizer, if it has one."""

    name: str
    config: dict[str, Any]
    checkpoint: Checkpoint
    tokenizer: Any = None
    eos_ids: tuple[int, ...] = ()


def folder_source(name: str, folder: Path) -> Source:
    """A published checkpoint as it lies in a folder. Raises `ModelError`."""
    config = read_json(folder / "config.json")
    checkpoint = SafetensorsCheckpoint(folder)
    generation = folder / "generation_config.json"
    eos = read_json(generation).get("eos_token_id") if generation.exists() else None
    tokenizer = None
    if any((folder / file).exists() for file in ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    return Source(name, config, checkpoint, tokenizer, _as_ids(eos))


def gguf_source(name: str, file: Path, memory: Path) -> Source:
    """A plain Llama from a GGUF file, with its M+ parts and their config from the folder `memory`."""
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(file.parent, gguf_file=file.name).to_dict() | read_json(
        memory / "config.json"
    )
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    return Source(name, config, Overlay(SafetensorsCheckpoint(memory), GgufCheckpoint(file)), tokenizer)


def prepare(
    source: Source, target: Path, progress: Callable[[int, int], None] = lambda done, of: None
) -> ModelConfig:
    """Write the prepared form to `target`, whole or not at all. Raises `ModelError`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=".preparing-"))
    try:
        config = _write(source, work, progress)
        if target.exists():
            shutil.rmtree(target)
        work.replace(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return config


def _write(source: Source, folder: Path, progress: Callable[[int, int], None]) -> ModelConfig:
    llama = _llama_config(source.config)
    config = _model_config(source, llama)
    dtype = getattr(torch, config.dtype)
    get = source.checkpoint.tensor
    outer = _outer(source, llama, dtype)
    start = _BosStates(config, outer["embedding"], llama) if get("bos_embedding") is None else None
    for number in range(config.layers):
        tensors = {name: tensor.to(dtype) for name, tensor in _layer(source, config, number).items()}
        memory = _memory(source.checkpoint, config, number, tensors)
        save_file(tensors, folder / f"layer-{number:03}.safetensors")
        if memory:
            save_file(memory, folder / f"memory-{number:03}.safetensors")
        if start:
            start.through(tensors)
        progress(number + 1, config.layers)
    outer["bos_embedding"] = start.states() if start else _need(source, "bos_embedding")[:, 0].to(dtype)
    save_file({name: tensor.contiguous() for name, tensor in outer.items()}, folder / "outer.safetensors")
    if source.tokenizer is not None:
        source.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        if source.tokenizer.chat_template:
            (folder / "chat_template.jinja").write_text(source.tokenizer.chat_template, encoding="utf-8")
    config = replace(config, files={name: sha256(path) for name, path in source.checkpoint.files.items()})
    config.save(folder)
    return config


def _llama_config(config: dict[str, Any]) -> Any:
    from transformers import LlamaConfig

    if config.get("model_type", "llama") != "llama":
        raise ModelError(f"the model is a {config['model_type']!r}; mplus runs Llama models with M+ memory")
    if "num_blocks" not in config or "num_tokens" not in config:
        raise ModelError(
            "this is a Llama without M+ or MemoryLLM memory: its config.json has no num_blocks and num_tokens",
            "see which models there are with: mplus model ls",
        )
    if not config.get("add_bos_embedding", True):
        raise ModelError("add_bos_embedding is false in config.json; mplus runs models trained with it only")
    return LlamaConfig.from_dict(config)


def _model_config(source: Source, llama: Any) -> ModelConfig:
    raw = source.config
    tokens, longterm_blocks = raw["num_tokens"], raw.get("num_ltm_blocks", 0)
    retrieves = longterm_blocks > 0 and (_selector_width(source) > 0 or "num_selector_layers" in raw)
    if llama.hidden_act not in ACTIVATIONS:
        raise ModelError(f"the activation {llama.hidden_act!r} is unknown; known: {', '.join(ACTIVATIONS)}")
    pool = (raw["num_blocks"] - longterm_blocks) * tokens
    tokenizer = source.tokenizer
    eos = {*_as_ids(llama.eos_token_id), *source.eos_ids}
    return ModelConfig(
        name=source.name,
        dtype=str(raw.get("torch_dtype") or raw.get("dtype") or "float32"),
        layers=llama.num_hidden_layers,
        hidden=llama.hidden_size,
        heads=llama.num_attention_heads,
        kv_heads=llama.num_key_value_heads,
        head_dim=llama.head_dim,
        vocabulary=llama.vocab_size,
        rms_eps=llama.rms_norm_eps,
        activation=llama.hidden_act,
        max_positions=llama.max_position_embeddings,
        rope_scaling=_rope(llama)[1],
        num_tokens=tokens,
        pool_vectors=pool,
        retrieved_vectors=longterm_blocks * tokens if retrieves else 0,
        capacity_vectors=raw.get("ltm_capacity", PAPER_CAPACITY) if retrieves else 0,
        selector=(_selector_width(source) or int(raw["selector_hidden_dim"])) if retrieves else 0,
        drop_per_layer=raw.get("drop_memory_per_layer", False),
        chunk_tokens=tokens if raw.get("memory_state") == "input" else MAX_CHUNK_TOKENS,
        memory_state=raw.get("memory_state", "output"),
        write_context=raw.get("write_context", "tail"),
        origin_vectors=_origin_sizes(source.checkpoint, llama, pool),
        pool_full=source.checkpoint.tensor("memory") is not None,
        retrieval_layers=tuple(raw.get("retrieval_layers", ())),
        read_adapter="read" if raw.get("add_decoder_lora") else "write",
        bos_token=(tokenizer.bos_token or "") if tokenizer is not None else "",
        eos_ids=tuple(sorted(eos)),
    )


def _selector_width(source: Source) -> int:
    """h of the checkpoint's own retriever, 0 where it has none."""
    layer = min(source.config.get("retrieval_layers", [0]))
    for name in ("key_proj.2.weight", "key_proj.weight"):
        found = source.checkpoint.tensor(f"model.layers.{layer}.self_attn.{name}")
        if found is not None:
            return found.shape[0]
    return 0


def _origin_sizes(checkpoint: Checkpoint, llama: Any, pool: int) -> tuple[int, ...]:
    """The checkpoint's own vectors per layer: its whole pool and its long-term memory, or none."""
    layers = int(llama.num_hidden_layers)
    memory = checkpoint.tensor("memory")
    if memory is None:
        return (0,) * layers
    expected = (layers, pool, llama.hidden_size)
    if tuple(memory.shape) != expected:
        raise ModelError(f"the checkpoint's memory is {tuple(memory.shape)}, config.json says {expected}")
    longterm = [checkpoint.tensor(f"ltm.{layer}") for layer in range(layers)]
    return tuple(pool + (0 if rows is None else rows.shape[0]) for rows in longterm)


def _rope(llama: Any) -> tuple[Tensor, float]:
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    kind = llama.rope_parameters["rope_type"]
    if kind in ("dynamic", "longrope"):
        raise ModelError(f"RoPE of type {kind!r} changes with the length read; mplus keeps positions fixed")
    rope = LlamaRotaryEmbedding(llama)
    return rope.inv_freq.float(), float(rope.attention_scaling)


def _outer(source: Source, llama: Any, dtype: torch.dtype) -> Tensors:
    outer = {
        "embedding": _need(source, "model.embed_tokens.weight").to(dtype),
        "final_norm": _need(source, "model.norm.weight").to(dtype),
        "frequencies": _rope(llama)[0],
    }
    if not llama.tie_word_embeddings:
        outer["head"] = _need(source, "lm_head.weight").to(dtype)
    positional = source.checkpoint.tensor("new_memory_positional_emb")
    if positional is not None:
        outer["positional"] = positional.flatten().to(dtype)
    return outer


def _layer(source: Source, config: ModelConfig, number: int) -> Tensors:
    """Tensors of one layer under the names that `DecoderLayer` takes."""
    prefix = f"model.layers.{number}"
    tensors = {
        "input_norm": _need(source, f"{prefix}.input_layernorm.weight"),
        "post_norm": _need(source, f"{prefix}.post_attention_layernorm.weight"),
    }
    for fused, parts in PROJECTIONS.items():
        tensors |= _fuse(source, fused, [f"{prefix}.{name}" for name in parts])
    if config.selector and number in (config.retrieval_layers or range(config.layers)):
        for name in ("query_proj", "key_proj"):
            tensors |= _selector(source, config, number, name, tensors["input_norm"])
    return tensors


def _fuse(source: Source, fused: str, names: list[str]) -> Tensors:
    """Projections of the same input as one: stacked weights, stacked A, block-diagonal B times α/r."""
    get = source.checkpoint.tensor
    stems = [f"{name}.base_layer" if get(f"{name}.base_layer.weight") is not None else name for name in names]
    weights = [_need(source, f"{stem}.weight") for stem in stems]
    out: Tensors = {f"{fused}.weight": torch.cat(weights)}
    biases = [bias for bias in (get(f"{stem}.bias") for stem in stems) if bias is not None]
    if biases:
        out[f"{fused}.bias"] = torch.cat(biases)
    for use, adapter in ADAPTERS.items():
        pairs = [
            (get(f"{name}.lora_A.{adapter}.weight"), get(f"{name}.lora_B.{adapter}.weight"), weight)
            for name, weight in zip(names, weights, strict=True)
        ]
        if any(down is not None for down, _, _ in pairs):
            out |= _stack_adapter(f"{fused}.{use}", pairs, _lora_scale(source))
    return out


def _stack_adapter(name: str, pairs: list[tuple[Tensor | None, Tensor | None, Tensor]], scale: float) -> Tensors:
    """(A [r,in], B [out,r], weight [out,in]) of each part; a part without an adapter has rank 0 here."""
    downs, ups = [], []
    for given_down, given_up, weight in pairs:
        down = weight.new_zeros(0, weight.shape[1]) if given_down is None else given_down
        up = weight.new_zeros(weight.shape[0], 0) if given_up is None else given_up
        if (up.shape[0], down.shape[1]) != tuple(weight.shape) or up.shape[1] != down.shape[0]:
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
        raise ModelError("the checkpoint has adapters, but config.json has no lora_config with r and lora_alpha")
    rank = lora["r"]
    return float(lora["lora_alpha"] / (rank**0.5 if lora.get("use_rslora") else rank))


def _selector(source: Source, config: ModelConfig, number: int, name: str, norm: Tensor) -> Tensors:
    stem = f"model.layers.{number}.self_attn.{name}"
    two = [source.checkpoint.tensor(f"{stem}.{index}.weight") for index in (0, 2)]
    if two[0] is not None and two[1] is not None:
        return {f"{name}.0": two[0], f"{name}.1": two[1]}
    one = source.checkpoint.tensor(f"{stem}.weight")
    if one is not None:
        return {f"{name}.0": one}
    if _selector_width(source):
        raise ModelError(f"the checkpoint lacks {stem}")
    return {f"{name}.0": _untrained_selector(config, number, norm)}


def _untrained_selector(config: ModelConfig, number: int, norm: Tensor) -> Tensor:
    """Orthonormal directions [h,d], the same for queries and keys, so that alike states score alike.

    Scaled so that a state's product with itself is about 1, where sigmoid is far from flat.
    """
    generator = torch.Generator().manual_seed(number)
    square = torch.randn(config.hidden, config.selector, generator=generator, dtype=torch.float64)
    directions: Tensor = torch.linalg.qr(square).Q.T
    scale = (config.hidden / (config.selector * norm.double().square().sum())).sqrt()
    return (directions * scale).float()


def _memory(checkpoint: Checkpoint, config: ModelConfig, number: int, tensors: Tensors) -> Tensors:
    """The checkpoint's own vectors of one layer, oldest first, and their keys."""
    pool = checkpoint.tensor("memory")
    if pool is None:
        return {}
    dtype = pool.dtype if config.dtype == "float32" else getattr(torch, config.dtype)
    born = pool[number].to(dtype)
    longterm = checkpoint.tensor(f"ltm.{number}")
    order = torch.zeros(0, dtype=torch.long)
    if longterm is not None:
        ages = checkpoint.tensor(f"ltm_ages.{number}")
        order = torch.argsort(ages if ages is not None else order, descending=True, stable=True)
        born = torch.cat([longterm[order].to(dtype), born])
    memory = {"vectors": born.contiguous()}
    if config.selector:
        layer = DecoderLayer(config, {name: tensor.float() for name, tensor in tensors.items()})
        assert layer.key_proj is not None
        keys = layer.key_proj(layer.norm(pool[number].float()))
        stored = checkpoint.tensor(f"ltm_keys.{number}")
        if stored is not None:
            keys = torch.cat([stored[order].float(), keys])
        memory["keys"] = keys.to(dtype).contiguous()
    return memory


class _BosStates:
    """What the writer makes of the sequence-start token alone: an untrained `bos_embedding`."""

    def __init__(self, config: ModelConfig, embedding: Tensor, llama: Any) -> None:
        self._config = config
        self._row = embedding[llama.bos_token_id].float()[None, None]
        self._states: list[Tensor] = []

    def through(self, tensors: Tensors) -> None:
        self._states.append(self._row[0, 0])
        layer = DecoderLayer(self._config, {name: tensor.float() for name, tensor in tensors.items()})
        still = (
            torch.full((1, self._config.head_dim), self._config.rope_scaling),
            torch.zeros(1, self._config.head_dim),
        )
        normed = layer.norm(self._row)
        kv = layer.keys_values(normed, still, "write")
        self._row = layer(self._row, normed, still, kv, "write")[0]

    def states(self) -> Tensor:
        """[L,d], float32: rounding would be seen in every answer."""
        return torch.stack(self._states)


def _need(source: Source, name: str) -> Tensor:
    found = source.checkpoint.tensor(name)
    if found is None:
        raise ModelError(f"the checkpoint {source.name} lacks the tensor {name}")
    return found


def _as_ids(value: int | list[int] | None) -> tuple[int, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, int) else tuple(value)
