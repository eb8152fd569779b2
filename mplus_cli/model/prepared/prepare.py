"""Any checkpoint -> prepared form, once. transformers is used here, in `base` and in
`gguf_file.tokenizer` alone.

The prepared form is a folder of the model cache: `model.json`, `outer.safetensors`, one
`layer-NNN.safetensors` a layer with its projections fused, `memory-NNN.safetensors` where the
checkpoint brings vectors of its own, `tokenizer.json` and `chat_template.jinja` where it has them.
Tensors go through one layer at a time.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from safetensors.torch import save_file

from mplus_cli.errors import ModelError, reason_of
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.linear import Tensors
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared import whole
from mplus_cli.model.prepared.base import (
    SENSELESS,
    Base,
    base_of,
    check_tensors,
    no_model,
    transformers_config,
)
from mplus_cli.model.prepared.checkpoint import (
    SLOTS_FILE,
    Checkpoint,
    SafetensorsCheckpoint,
    Source,
    TextPart,
    read_json,
    sha256,
)
from mplus_cli.model.prepared.describe import as_ids, describe, with_memory
from mplus_cli.model.prepared.families import text_config
from mplus_cli.model.prepared.fused import (
    PrefixStates,
    layer_tensors,
    need,
    norm_weight,
    own_memory,
)
from mplus_cli.model.prepared.gguf_file.architectures import config_of
from mplus_cli.model.prepared.gguf_file.container import GgufFile
from mplus_cli.model.prepared.gguf_file.tensors import GgufCheckpoint
from mplus_cli.model.prepared.gguf_file.tokenizer import tokenizer_of, turn_ends
from mplus_cli.model.prepared.layout import is_plain
from mplus_cli.model.prepared.parts import with_parts
from mplus_cli.model.prepared.slots import module_of
from mplus_cli.model.typed import need_types

LEAST_ROOM = 128  # tokens of a question and its answer
_UNFINISHED, _LOCK = ".preparing-", ".lock"  # of names beside the prepared models
SWAPS = 20  # tries to put a prepared form in its place while others do the same


def folder_source(name: str, folder: Path) -> Source:
    """A published checkpoint as it lies in a folder. Raises `ModelError`."""
    given = read_json(folder / "config.json")
    config = text_config(given)
    transformers_config(config)
    checkpoint: Checkpoint = SafetensorsCheckpoint(folder)
    if given.get("model_type") != config.get("model_type"):
        checkpoint = TextPart(checkpoint)
    generation = folder / "generation_config.json"
    eos = read_json(generation).get("eos_token_id") if generation.exists() else None
    return Source(name, config, checkpoint, _tokenizer(folder), as_ids(eos))


def _tokenizer(folder: Path) -> Any:
    """Of a checkpoint, if it has one. Raises `ModelError` where it can't be read."""
    names = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")
    if not any((folder / name).exists() for name in names):
        return None
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except SENSELESS as error:
        raise ModelError(
            f"the tokenizer of {folder} can't be read: {reason_of(error)}",
            "mplus reads tokenizer.json: put a whole one there, and pull the model again",
        ) from error


def gguf_source(name: str, path: Path, memory: Path | None = None) -> Source:
    """A decoder from a GGUF file; with its M+ parts and their config from the folder `memory`,
    where it has one. Raises `ModelError`.
    """
    file = GgufFile(path)
    source = Source(name, config_of(file), GgufCheckpoint(file), eos_ids=turn_ends(file))
    if memory is not None:
        source = with_parts(source, memory)
    return replace(source, tokenizer=tokenizer_of(file, source.config.get("tokenizer_pre")))


def prepare(
    source: Source, target: Path, progress: Callable[[int, int], None] = lambda done, of: None
) -> ModelConfig:
    """Write the prepared form to `target`, whole or not at all. Raises `ModelError`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_unfinished(target.parent)
    work = target.parent / f"{_UNFINISHED}{uuid.uuid4().hex}"
    try:
        # Held while the folder is there, so that one which nobody writes any more is known.
        with FileLock(_lock_of(work), is_singleton=False):
            work.mkdir(mode=0o700)
            config = _write(source, work, progress)
            _put(work, target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    finally:
        _lock_of(work).unlink(missing_ok=True)
    return config


def _lock_of(work: Path) -> Path:
    return work.with_name(f"{work.name}{_LOCK}")


def _remove_unfinished(folder: Path) -> None:
    """Remove what was left where preparing was killed: folders whose lock nobody holds."""
    for name in {each.name.removesuffix(_LOCK) for each in folder.glob(f"{_UNFINISHED}*")}:
        lock = _lock_of(folder / name)
        with suppress(OSError), FileLock(lock, timeout=0, is_singleton=False):
            shutil.rmtree(folder / name, ignore_errors=True)
            lock.unlink(missing_ok=True)


def _put(work: Path, target: Path) -> None:
    """Move a folder to where another one may lie. Several may do so at once: the last one stays."""
    for left in reversed(range(SWAPS)):
        shutil.rmtree(target, ignore_errors=True)
        try:
            work.replace(target)
            return
        except OSError:  # another one came between
            if not left:
                raise


def _write(source: Source, folder: Path, progress: Callable[[int, int], None]) -> ModelConfig:
    source, base, config = _described(source)
    _write_tokenizer(source, folder, config)
    if source.tokenizer is not None:
        _need_embeddings(Tokenizer(folder, config).last_id(), config)
    if config.answering.in_template:
        prefix = tuple(Tokenizer(folder, config).prefix())
        config = replace(config, memory=replace(config.memory, prefix_ids=prefix))
        _need_room(config)
    states = _prefix_states(source, config, base)
    for number in range(config.architecture.layers):
        _write_layer(source, config, folder, number, states)
        progress(number + 1, config.architecture.layers)
    save_file(_outer(source, config, base, states), folder / "outer.safetensors")
    if config.memory.recurrent:
        save_file(_slots(source, config), folder / SLOTS_FILE)
    origin = replace(config.provenance, files=_digests(source))
    config = replace(config, provenance=origin)
    config.save(folder)
    whole.seal(folder)
    return config


def _described(source: Source) -> tuple[Source, Base, ModelConfig]:
    """The checkpoint with its memory, its base, and the description of both. Raises `ModelError`
    where config.json makes no sense.
    """
    try:
        base = base_of(source.config)
        _check(source, base)
        source = with_memory(source, base)
        config = describe(source, base)
        for section in (config.architecture, config.memory, config.special, config.answering):
            need_types(section)
        return source, base, config
    except SENSELESS as error:
        raise no_model(source.config.get("model_type"), error) from error


def _write_tokenizer(source: Source, folder: Path, config: ModelConfig) -> None:
    """LM2 was trained with plain questions, so its base's chat template stays away."""
    if source.tokenizer is not None:
        source.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        if source.tokenizer.chat_template and not config.memory.recurrent:
            (folder / "chat_template.jinja").write_text(
                source.tokenizer.chat_template, encoding="utf-8"
            )


def _prefix_states(source: Source, config: ModelConfig, base: Base) -> PrefixStates | None:
    """The prefix on its way through the layers; None where the checkpoint brings its states."""
    name, ids = "model.embed_tokens.weight", list(config.memory.prefix_ids)
    if ids:
        embedded = need(source, name)[ids]
    elif source.checkpoint.shape("bos_embedding") is None:
        embedded = need(source, name, _start_id(base, config))[None]
    else:
        return None
    return PrefixStates(config.architecture, embedded.to(_dtype(config)), base.frequencies)


def _write_layer(
    source: Source, config: ModelConfig, folder: Path, number: int, states: PrefixStates | None
) -> None:
    tensors = layer_tensors(source, config, number)
    save_file(tensors, folder / f"layer-{number:03}.safetensors")
    if states:
        states.through(tensors)
    memory = own_memory(source.checkpoint, config, number, tensors)
    if memory:
        save_file(memory, folder / f"memory-{number:03}.safetensors")


def _slots(source: Source, config: ModelConfig) -> Tensors:
    """The parameters of an LM2 memory as they are. Raises `ModelError` where they are none."""
    try:
        names = module_of(config, source.checkpoint.tensor).state_dict()
    except ValueError as error:
        raise ModelError(
            f"the parameters of the memory in {source.name} do not fit its config.json: {error}",
            "get the whole folder again",
        ) from error
    return {name: need(source, name).contiguous() for name in names}


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


def _check(source: Source, base: Base) -> None:
    """Raise `ModelError` for what no part of mplus reads."""
    config = source.config
    if not config.get("add_bos_embedding", True):
        raise ModelError(
            "add_bos_embedding is false in config.json; mplus runs models trained with it only"
        )
    check_tensors(source, base, whole=is_plain(config))


def _need_embeddings(last: int, config: ModelConfig) -> None:
    """Raise `ModelError` where the tokenizer gives ids that the model has no embedding of."""
    rows = config.architecture.vocabulary
    if last >= rows:
        raise ModelError(
            f"the tokenizer of {config.name} gives ids up to {last:,}, and the model has "
            f"embeddings of {rows:,} tokens only",
            "put the model's own tokenizer beside its weights, and pull it again",
        )


def _need_room(config: ModelConfig) -> None:
    """Raise `ModelError` where prefix, chunk, question and answer can't be read together."""
    net, memory = config.architecture, config.memory
    room = net.max_positions - memory.prefix_rows - memory.read_vectors
    if room < LEAST_ROOM:
        limited = " (further rows some of its layers don't see)" if net.window else ""
        raise ModelError(
            f"the model {config.name} reads {net.max_positions:,} tokens at once{limited}: too few "
            f"for a prefix of {memory.prefix_rows:,}, a chunk of {memory.read_vectors:,} and "
            f"{LEAST_ROOM:,} of question and answer",
            "take a model with a longer context; see which there are with: mplus model ls",
        )


def _start_id(base: Base, config: ModelConfig) -> int:
    """The token that stands for the sequence start; a model that has none (Qwen) was trained on
    texts that each begin behind the end of another.
    """
    bos = base.config.bos_token_id
    ids = [*([] if bos is None else [bos]), *config.special.eos_ids]
    if not ids:
        raise ModelError("config.json names no token that begins or ends a text")
    if not 0 <= ids[0] < config.architecture.vocabulary:
        raise ModelError(f"config.json begins texts with a token that is none: {ids[0]}")
    return int(ids[0])


def _dtype(config: ModelConfig) -> torch.dtype:
    found: torch.dtype = getattr(torch, config.architecture.dtype)
    return found


def _outer(source: Source, config: ModelConfig, base: Base, states: PrefixStates | None) -> Tensors:
    dtype = _dtype(config)
    outer = {
        "embedding": need(source, "model.embed_tokens.weight").to(dtype),
        "final_norm": norm_weight(source, "model.norm").to(dtype),
        "frequencies": base.frequencies,
    }
    if not base.config.tie_word_embeddings:
        outer["head"] = need(source, "lm_head.weight").to(dtype)
    positional = source.checkpoint.tensor("new_memory_positional_emb")
    if positional is not None:
        outer["positional"] = positional.flatten().to(dtype)
    outer["bos_embedding"] = states.all() if states else need(source, "bos_embedding").to(dtype)
    return {name: tensor.contiguous() for name, tensor in outer.items()}
