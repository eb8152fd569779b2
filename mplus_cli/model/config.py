"""What mplus knows about a prepared model: sizes, layout and where it came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

from mplus_cli.errors import ModelError

PREPARED_VERSION = 1
CONFIG_FILE = "model.json"

MIN_CHUNK_TOKENS = 16  # a shorter write disturbs the memory (published inference notes)

Quantization = Literal["none", "nf4", "int8"]

_ROWS_STEP = 64  # of the cache's length, and of what decoding reads of it


def in_steps(rows: int) -> int:
    """The least length of a cache that holds so many rows."""
    return -(-rows // _ROWS_STEP) * _ROWS_STEP


@dataclass(frozen=True)
class ModelConfig:
    """One prepared model. The letters are those of docs/design.md."""

    name: str
    dtype: str
    layers: int  # L
    hidden: int  # d
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    rms_eps: float
    activation: str
    max_positions: int
    rope_scaling: float  # factor on cos and sin (1 but for yarn)
    num_tokens: int  # T
    pool_vectors: int  # N
    retrieved_vectors: int  # K0, 0 for MemoryLLM
    capacity_vectors: int
    selector: int  # h, 0 for MemoryLLM
    drop_per_layer: bool
    chunk_tokens: int  # C
    memory_state: Literal["output", "input"]
    write_context: Literal["tail", "none"]
    origin_vectors: tuple[int, ...]  # [L], the checkpoint's own
    pool_full: bool
    retrieval_layers: tuple[
        int, ...
    ]  # whose keys find whole chunks; none: every layer finds vectors for itself
    read_adapter: Literal["read", "write"]
    bos_token: str
    eos_ids: tuple[int, ...]
    files: dict[str, str] = field(default_factory=dict)  # source file -> SHA-256
    revision: str = ""  # the commit of the Hugging Face Hub that it came from

    @property
    def read_vectors(self) -> int:
        """Vectors of a layer that a question reads at once, at most: where whole chunks are found,
        one of them.
        """
        return (
            self.num_tokens if self.retrieval_layers else self.retrieved_vectors + self.pool_vectors
        )

    def identity(self, quantize: Quantization) -> str:
        """SHA-256 over everything that decides what a chunk's vectors are. Name and revision do not
        count.
        """
        described = asdict(self) | {"quantize": quantize, "prepared": PREPARED_VERSION}
        del described["name"], described["revision"]
        described["files"] = sorted(self.files.values())
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()

    def save(self, folder: Path) -> None:
        described = {"prepared": PREPARED_VERSION} | asdict(self)
        (folder / CONFIG_FILE).write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> ModelConfig:
        """Raises `ModelError` where the folder holds no prepared model of this version."""
        try:
            found = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
            version = found.pop("prepared")
            found.setdefault("revision", "")  # mplus 0.1.0 wrote none
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{folder} holds no prepared model: {error}", _PULL) from error
        if version != PREPARED_VERSION or set(found) != {item.name for item in fields(ModelConfig)}:
            raise ModelError(f"{folder} was prepared by another version of mplus", _PULL)
        tuples = {
            name: tuple(found[name]) for name in ("origin_vectors", "retrieval_layers", "eos_ids")
        }
        return ModelConfig(**found | tuples)


_PULL = "prepare it again with: mplus model pull --again"
