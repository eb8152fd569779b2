"""Any checkpoint -> prepared form, once: the only user of transformers.

The prepared form is a folder of the model cache: `model.json`, `outer.safetensors`, one
`layer-NN.safetensors` a layer with its projections fused, `memory-NN.safetensors` where the
checkpoint brings vectors of its own, `tokenizer.json` and `chat_template.jinja` where it has them.
Tensors go through one layer at a time.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from mplus_cli.errors import ModelError
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.layers import ACTIVATIONS, Tensors
from mplus_cli.model.prepared.checkpoint import (
    GgufCheckpoint,
    Overlay,
    SafetensorsCheckpoint,
    Source,
    read_json,
    sha256,
)
from mplus_cli.model.prepared.fused import (
    BosStates,
    layer_tensors,
    need,
    origin_sizes,
    own_memory,
    selector_width,
)

PAPER_CAPACITY = 153_600  # long-term vectors per layer that a published checkpoint keeps
MAX_CHUNK_TOKENS = 512  # section 4 of the paper
# The paper ran in bfloat16, so a large checkpoint in float32 gains nothing by it and would take
# twice the space.
LARGE_FLOAT32_BYTES = 4_000_000_000


def folder_source(name: str, folder: Path) -> Source:
    """A published checkpoint as it lies in a folder. Raises `ModelError`."""
    config = read_json(folder / "config.json")
    checkpoint = SafetensorsCheckpoint(folder)
    generation = folder / "generation_config.json"
    eos = read_json(generation).get("eos_token_id") if generation.exists() else None
    tokenizer = None
    if any(
        (folder / file).exists()
        for file in ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")
    ):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    return Source(name, config, checkpoint, tokenizer, _as_ids(eos))


def gguf_source(name: str, file: Path, memory: Path) -> Source:
    """A plain Llama from a GGUF file, with its M+ parts and their config from the folder
    `memory`.
    """
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(file.parent, gguf_file=file.name).to_dict() | read_json(
        memory / "config.json"
    )
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    return Source(
        name, config, Overlay(SafetensorsCheckpoint(memory), GgufCheckpoint(file)), tokenizer
    )


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
    start = None
    if source.checkpoint.shape("bos_embedding") is None:
        embedded = need(source, "model.embed_tokens.weight", llama.bos_token_id)
        start = BosStates(config, embedded.to(getattr(torch, config.dtype)))
    for number in range(config.layers):
        _write_layer(source, config, folder, number, start)
        progress(number + 1, config.layers)
    save_file(_outer(source, config, llama, start), folder / "outer.safetensors")
    if source.tokenizer is not None:
        source.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        if source.tokenizer.chat_template:
            (folder / "chat_template.jinja").write_text(
                source.tokenizer.chat_template, encoding="utf-8"
            )
    config = replace(config, files=_digests(source))
    config.save(folder)
    return config


def _write_layer(
    source: Source, config: ModelConfig, folder: Path, number: int, start: BosStates | None
) -> None:
    tensors = layer_tensors(source, config, number)
    save_file(tensors, folder / f"layer-{number:03}.safetensors")
    if start:
        start.through(tensors)
    memory = own_memory(source.checkpoint, config, number, tensors)
    if memory:
        save_file(memory, folder / f"memory-{number:03}.safetensors")


def _digests(source: Source) -> dict[str, str]:
    """SHA-256 of each file that was read. Raises `ModelError` where one is not what the Hub says it
    is.
    """
    files = source.checkpoint.files
    found = {name: sha256(path) for name, path in files.items()}
    for name, digest in found.items():
        if source.sha256.get(name, digest) != digest:
            raise ModelError(
                (
                    f"{files[name]} is damaged: its SHA-256 is {digest[:16]}…, the Hub says "
                    f"{source.sha256[name][:16]}…"
                ),
                f"delete {files[name].resolve()} and pull the model again",
            )
    return found


def _llama_config(config: dict[str, Any]) -> Any:
    from transformers import LlamaConfig

    if config.get("model_type", "llama") != "llama":
        raise ModelError(
            f"the model is a {config['model_type']!r}; mplus runs Llama models with M+ memory"
        )
    if "num_blocks" not in config or "num_tokens" not in config:
        raise ModelError(
            (
                "this is a Llama without M+ or MemoryLLM memory: its config.json has no "
                "num_blocks and num_tokens"
            ),
            "see which models there are with: mplus model ls",
        )
    if not config.get("add_bos_embedding", True):
        raise ModelError(
            "add_bos_embedding is false in config.json; mplus runs models trained with it only"
        )
    return LlamaConfig.from_dict(config)


def _model_config(source: Source, llama: Any) -> ModelConfig:
    raw = source.config
    tokens, longterm_blocks = raw["num_tokens"], raw.get("num_ltm_blocks", 0)
    retrieves = longterm_blocks > 0 and (selector_width(source) > 0 or "num_selector_layers" in raw)
    if llama.hidden_act not in ACTIVATIONS:
        raise ModelError(
            f"the activation {llama.hidden_act!r} is unknown; known: {', '.join(ACTIVATIONS)}"
        )
    state, context = raw.get("memory_state", "output"), raw.get("write_context", "tail")
    if (state, context) not in (("output", "tail"), ("input", "none")):
        raise ModelError(
            f"config.json has memory_state {state!r} with write_context {context!r}, "
            f"which nothing reads"
        )
    pool = (raw["num_blocks"] - longterm_blocks) * tokens
    tokenizer = source.tokenizer
    eos = {*_as_ids(llama.eos_token_id), *source.eos_ids}
    return ModelConfig(
        name=source.name,
        dtype=_dtype(source),
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
        selector=(selector_width(source) or int(raw["selector_hidden_dim"])) if retrieves else 0,
        drop_per_layer=raw.get("drop_memory_per_layer", False),
        chunk_tokens=tokens if state == "input" else MAX_CHUNK_TOKENS,
        memory_state=state,
        write_context=context,
        origin_vectors=origin_sizes(
            source.checkpoint, llama.num_hidden_layers, pool, llama.hidden_size
        ),
        pool_full=source.checkpoint.shape("memory") is not None,
        retrieval_layers=tuple(raw.get("retrieval_layers", ())),
        read_adapter="read" if raw.get("add_decoder_lora") else "write",
        bos_token=(tokenizer.bos_token or "") if tokenizer is not None else "",
        eos_ids=tuple(sorted(eos)),
        revision=source.revision,
    )


def _dtype(source: Source) -> str:
    """What weights and vectors are kept and computed in."""
    given = str(source.config.get("torch_dtype") or source.config.get("dtype") or "float32")
    size_bytes = sum(path.stat().st_size for path in source.checkpoint.files.values())
    return "bfloat16" if given == "float32" and size_bytes > LARGE_FLOAT32_BYTES else given


def _rope(llama: Any) -> tuple[Tensor, float]:
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    kind = llama.rope_parameters["rope_type"]
    if kind in ("dynamic", "longrope"):
        raise ModelError(
            f"RoPE of type {kind!r} changes with the length read; mplus keeps positions fixed"
        )
    rope = LlamaRotaryEmbedding(llama)
    return rope.inv_freq.float(), float(rope.attention_scaling)


def _outer(source: Source, config: ModelConfig, llama: Any, start: BosStates | None) -> Tensors:
    dtype = getattr(torch, config.dtype)
    outer = {
        "embedding": need(source, "model.embed_tokens.weight").to(dtype),
        "final_norm": need(source, "model.norm.weight").to(dtype),
        "frequencies": _rope(llama)[0],
    }
    if not llama.tie_word_embeddings:
        outer["head"] = need(source, "lm_head.weight").to(dtype)
    positional = source.checkpoint.tensor("new_memory_positional_emb")
    if positional is not None:
        outer["positional"] = positional.flatten().to(dtype)
    outer["bos_embedding"] = (
        start.states() if start else need(source, "bos_embedding")[:, 0].to(dtype)
    )
    return {name: tensor.contiguous() for name, tensor in outer.items()}


def _as_ids(value: int | list[int] | None) -> tuple[int, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, int) else tuple(value)
