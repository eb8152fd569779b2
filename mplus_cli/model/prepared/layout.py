"""What a config.json says of a memory, and the memory of a chat model that has none of its own.

Nothing here needs torch or a checkpoint, so a model's memory is known before the model is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mplus_cli.errors import ModelError
from mplus_cli.model.config import PUBLISHED_CHUNK_TOKENS, Architecture, MemoryLayout

PAPER_CAPACITY = 153_600  # long-term vectors per layer that a published checkpoint keeps
# What a chat model without memory of its own is run with: each chunk is written alone, behind the
# model's own template; whole chunks are found by the states of an early layer, and read one at a
# time within the template. So reading is a plain pass over prefix, chunk and question.
PLAIN = {
    "num_tokens": 256,
    "num_blocks": 4,
    "num_ltm_blocks": 3,
    "num_selector_layers": 1,
    "memory_state": "input",
    "write_context": "none",
    "ltm_capacity": 1 << 30,
    "answering": {
        "system": "Answer the question briefly, from the passage alone. "
        "If the passage does not hold the answer, say: I don't know.",
        "passage": "within",
        # Nothing taught it how much doubt is little: it declines a passage or answers from it.
        "sure": 0.5,
    },
}
SELECTOR = 128  # h
_MOST_SLOT_NUMBERS = 1 << 24  # as many as a memory may have
# Fields of the section `lm2`, and what the description calls them.
_SLOT_FIELDS = {
    "slots": "slots",
    "tag": "tag",
    "value": "slot_value",
    "adds_at": "adds_at",
    "write_heads": "write_heads",
    "chunk_tokens": "chunk_tokens",
}
SEARCHED_SHARE = 1 / 6  # of the layers; a plain model's chunks are found by the next two


def is_recurrent(config: Mapping[str, Any]) -> bool:
    """Whether a config.json is that of a model with a matrix of slots (LM2)."""
    return "lm2" in config


def is_plain(config: Mapping[str, Any]) -> bool:
    """Whether a config.json is that of a chat model without memory of its own."""
    published = "num_blocks" in config and "num_tokens" in config
    return not published and not is_recurrent(config)


def plain_fields(layers: int, directions: int) -> dict[str, Any]:
    """What `PLAIN` comes to for a model of L layers: fields that its config.json lacks.

    directions: those that a layer's k projection [G·e,d] has, of which its retriever is made.
    """
    first = round(layers * SEARCHED_SHARE)
    fitting = {
        "retrieval_layers": [layer for layer in (first, first + 1) if layer < layers],
        "selector_hidden_dim": min(SELECTOR, directions),
    }
    return PLAIN | fitting


def plain_layout(net: Architecture) -> MemoryLayout:
    """The memory of a chat model, but for its prefix, which its tokenizer makes."""
    fields = plain_fields(net.layers, min(net.kv_heads * net.head_dim, net.hidden))
    return layout_of(fields, 0, (0,) * net.layers, pool_full=False)


def layout_of(
    given: Mapping[str, Any], selector: int, origin_vectors: tuple[int, ...], pool_full: bool
) -> MemoryLayout:
    """What a config.json describes together with a checkpoint's own selector (width h; 0: it brings
    none) and vectors. Raises `ModelError` for what nothing reads.
    """
    tokens, longterm_blocks = given["num_tokens"], given.get("num_ltm_blocks", 0)
    retrieves = longterm_blocks > 0 and (selector > 0 or "num_selector_layers" in given)
    state, context = given.get("memory_state", "output"), given.get("write_context", "tail")
    if (state, context) not in (("output", "tail"), ("input", "none")):
        raise ModelError(
            f"config.json has memory_state {state!r} with write_context {context!r}, "
            f"which nothing reads"
        )
    return MemoryLayout(
        num_tokens=tokens,
        pool_vectors=(given["num_blocks"] - longterm_blocks) * tokens,
        retrieved_vectors=longterm_blocks * tokens if retrieves else 0,
        capacity_vectors=given.get("ltm_capacity", PAPER_CAPACITY) if retrieves else 0,
        selector=(selector or int(given["selector_hidden_dim"])) if retrieves else 0,
        drop_per_layer=given.get("drop_memory_per_layer", False),
        chunk_tokens=tokens if state == "input" else PUBLISHED_CHUNK_TOKENS,
        memory_state=state,
        write_context=context,
        origin_vectors=origin_vectors,
        pool_full=pool_full,
        retrieval_layers=tuple(given.get("retrieval_layers", ())),
        read_adapter="read" if given.get("add_decoder_lora") else "write",
    )


def slots_layout(given: Mapping[str, Any], layers: int) -> MemoryLayout:
    """The memory that the section `lm2` of a config.json describes, for a base of L layers.

    Raises `ModelError` where it describes none.
    """
    said = given["lm2"]
    if not isinstance(said, dict) or said.keys() != _SLOT_FIELDS.keys():
        raise ModelError(f"the section lm2 of config.json has not the fields {list(_SLOT_FIELDS)}")
    chunk, heads = said["chunk_tokens"], said["write_heads"]
    counts = [number for name, number in said.items() if name != "adds_at"]
    sizes_are_counts = all(type(each) is int for each in said.values()) and min(counts) > 0
    if not sizes_are_counts or said["slots"] * (said["tag"] + said["value"]) > _MOST_SLOT_NUMBERS:
        raise ModelError("the section lm2 of config.json has sizes that are none")
    if not 0 <= said["adds_at"] < layers:
        raise ModelError(f"the section lm2 of config.json names a block that {layers} layers lack")
    return MemoryLayout(
        num_tokens=chunk * heads,  # each token may end a sentence
        pool_vectors=0,
        retrieved_vectors=0,
        capacity_vectors=0,
        selector=0,
        drop_per_layer=False,
        memory_state="input",
        write_context="none",
        origin_vectors=(0,) * layers,
        pool_full=False,
        retrieval_layers=(),
        read_adapter="write",
        **{ours: said[theirs] for theirs, ours in _SLOT_FIELDS.items()},
    )
