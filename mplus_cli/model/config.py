"""The one description of a prepared model: network, memory, how it answers, where it came from.

Sizes (`machine.fit`), the spec of a memory (`engine.make_spec`) and the identity follow from it by
the names of its fields. Letters as in docs/design.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from mplus_cli.errors import DamagedModelError, ModelError, reason_of
from mplus_cli.model.typed import OfAnotherTypeError, beside_defaults, need_types

PREPARED_VERSION = 2  # of the file's form: 1 had all fields side by side
IDENTITY_VERSION = 1  # of what is hashed; another number refuses every memory that there is
CONFIG_FILE = "model.json"

MIN_CHUNK_TOKENS = 16  # a shorter write disturbs the memory (published inference notes)
PUBLISHED_CHUNK_TOKENS = 512  # C of published checkpoints (arXiv 2502.00592, section 4)

Quantization = Literal["none", "nf4", "int8"]

_ROWS_STEP = 64  # of the cache's length, and of what decoding reads of it
_T = TypeVar("_T")


def damaged(file: Path, wrong: Exception | str) -> DamagedModelError:
    """The error for a file of a prepared model; `wrong`: a predicate, or why it can't be read."""
    said = wrong if isinstance(wrong, str) else f"can't be read: {reason_of(wrong)}"
    return DamagedModelError(_name_in(file.parent), f"{file.name} {said}")


def _name_in(folder: Path) -> str:
    """The name of the model that a folder holds, be its description whole or not."""
    try:
        name = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))["provenance"]["name"]
    except (OSError, ValueError, TypeError, LookupError):
        name = None
    return name if isinstance(name, str) else folder.name.replace("--", "/")


def in_steps(rows: int) -> int:
    """The least length of a cache that holds so many rows."""
    return -(-rows // _ROWS_STEP) * _ROWS_STEP


@dataclass(frozen=True)
class Architecture:
    """The network: all that its layers are built from.

    A field added later has a default that says what the models before it were.
    """

    dtype: str  # of weights and vectors, and what is computed in
    layers: int  # L
    hidden: int  # d
    heads: int  # H
    kv_heads: int  # G
    head_dim: int  # e
    vocabulary: int  # V
    rms_eps: float
    activation: str
    max_positions: int
    rope_scaling: float  # factor on cos and sin (1 but for yarn and longrope)
    # What Llama has not, and others have.
    norms: Literal["before", "after", "both"] = "before"  # where attention and MLP have theirs
    head_norms: Literal["none", "head", "all"] = "none"  # of queries and keys: each head, or a row
    score_scale: float | None = None  # on attention's scores; None: 1/sqrt(e)
    score_cap: float = 0.0  # most that a score can be; 0: it can be anything
    logits_cap: float = 0.0
    logits_scale: float = 1.0  # on the head's products
    embedding_scale: float = 1.0
    residual_scale: float = 1.0  # on what attention and MLP add to a row
    rope_tables: tuple[int, ...] = ()  # [L], which row of the frequencies; empty: all have row 0
    window: int = 0  # rows that some layers see at most, which bounds the positions; 0: all

    @property
    def query_scale(self) -> float:
        """What queries are multiplied with, so that products with keys are scores."""
        return self.head_dim**-0.5 if self.score_scale is None else self.score_scale

    @property
    def norm_width(self) -> int:
        """Weights of a layer's norms."""
        of_rows = (4 if self.norms == "both" else 2) * self.hidden
        heads = {"none": 0, "head": 2, "all": self.heads + self.kv_heads}[self.head_norms]
        return of_rows + heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """Numbers of one row's keys and values in a layer: 2·G·e."""
        return 2 * self.kv_heads * self.head_dim

    @property
    def value_bytes(self) -> int:
        """Of a weight or vector as prepared."""
        return 4 if self.dtype == "float32" else 2


@dataclass(frozen=True)
class MemoryLayout:
    """The memory that a model writes and reads."""

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
    # Whose keys find whole chunks; none: every layer finds vectors for itself.
    retrieval_layers: tuple[int, ...]
    read_adapter: Literal["read", "write"]
    # Of the prefix, in front of every chunk, written and read; none: the sequence start alone.
    prefix_ids: tuple[int, ...] = ()
    # Of LM2, whose memory is a matrix of slots; T is the most rows that a chunk writes there.
    slots: int = 0  # N; 0: no such memory
    tag: int = 0  # a
    slot_value: int = 0  # m
    adds_at: int = 0  # the block whose attention is added to
    write_heads: int = 0  # rows that a sentence writes

    @property
    def recurrent(self) -> bool:
        """Whether the memory is a matrix of slots (LM2)."""
        return self.slots > 0

    @property
    def row_numbers(self) -> int:
        """w: numbers of a row that a sentence writes: two keys, a value, three gates."""
        return 2 * self.tag + self.slot_value + 3

    @property
    def prefix_rows(self) -> int:
        """p: rows in front of every chunk."""
        return len(self.prefix_ids) or 1

    @property
    def finds_chunks(self) -> bool:
        """Whether whole chunks are found, once for all layers."""
        return bool(self.retrieval_layers)

    @property
    def can_decline(self) -> bool:
        """Whether what a question finds tells that there is nothing to answer it with."""
        return self.finds_chunks or self.recurrent

    @property
    def keeps_states(self) -> bool:
        """Whether segments keep hidden states: a chunk that is written after others needs theirs.

        Else only reading needs anything of them, and it needs keys and values.
        """
        return self.write_context == "tail"

    @property
    def is_lean(self) -> bool:
        """Whether memories keep ids and keys of a chunk, from which its vectors follow; no pool."""
        return self.finds_chunks and not self.keeps_states and not any(self.origin_vectors)

    @property
    def read_vectors(self) -> int:
        """Vectors of a layer that a question reads at once, at most: all, or those of one chunk."""
        return self.num_tokens if self.finds_chunks else self.retrieved_vectors + self.pool_vectors


@dataclass(frozen=True)
class SpecialTokens:
    """Token ids and texts that stand for no text."""

    # The tokenizer's. No prompt behind a memory begins with it: `bos_embedding` stands there.
    bos_token: str
    eos_ids: tuple[int, ...]  # each ends an answer
    eos_token: str = ""  # the tokenizer's, where the chat template prints it


@dataclass(frozen=True)
class Confidence:
    """Weights of the logistic rule for the chance that an answer is right; what they weigh is said
    in `mplus_cli.asking.checking.confidence`.
    """

    bias: float
    doubt: float
    likelihood: float
    literal: float
    beside: float


@dataclass(frozen=True)
class Answering:
    """What a checkpoint was trained to be asked and to say. No vector depends on it."""

    system: str = "Answer the question briefly, from what you have read."
    declines: str = ""  # the answer where a passage holds none; empty: it always answers
    sure: float = 0.1  # probability of declining below which no further passage is read
    likely: float = 0.5  # and from which on declining is likelier than all answers together
    # Where a passage stands: before the whole prompt, or within the user's turn, between what is
    # in front of every chunk (the prefix) and the question.
    passage: Literal["before", "within"] = "before"
    literal: bool = False  # made for short answers in the words of the passage
    sources: bool = True  # whether it is told where an answer is from: it is known well enough
    confidence: Confidence | None = None  # None: nobody has measured how often it is right
    languages: tuple[str, ...] = ()  # codes of ISO 639-1; empty: nobody knows, or any

    @property
    def in_template(self) -> bool:
        """Whether a passage stands within the chat template."""
        return self.passage == "within"

    @property
    def asked_with(self) -> str:
        """The system prompt beside a question: within a template it is in the prefix already."""
        return "" if self.in_template else self.system

    def declined(self, answer: str) -> bool:
        """Whether an answer says that there is none: it begins or ends with the words for it.

        What was only asked to say so writes case, apostrophes and stops as it likes.
        """
        said, answer = _bare(self.declines), _bare(answer)
        return bool(said) and (answer.startswith(said) or answer.endswith(said))


def _bare(words: str) -> str:
    return words.replace("\u2019", "'").strip(" .").casefold()


@dataclass(frozen=True)
class Provenance:
    """Where a model came from."""

    name: str
    files: dict[str, str] = field(default_factory=dict)  # source file -> SHA-256
    revision: str = ""  # the commit of the Hugging Face Hub that it came from


@dataclass(frozen=True)
class ModelConfig:
    """One prepared model."""

    architecture: Architecture
    memory: MemoryLayout
    special: SpecialTokens
    answering: Answering
    provenance: Provenance

    @property
    def name(self) -> str:
        return self.provenance.name

    def flat(self) -> dict[str, Any]:
        """All fields but those of answering, side by side."""
        parts = (self.architecture, self.memory, self.special, self.provenance)
        return {name: value for part in parts for name, value in asdict(part).items()}

    def identity(self, quantize: Quantization) -> str:
        """SHA-256 over everything that decides what a chunk's vectors are.

        Name, revision and answering do not count. Nor does a field at its default, so that adding
        one refuses no memory.
        """
        hashed = {
            name: value
            for part in (self.architecture, self.memory, self.special)
            for name, value in beside_defaults(part).items()
        }
        hashed |= {"quantize": quantize, "prepared": IDENTITY_VERSION}
        hashed["files"] = sorted(self.provenance.files.values())
        return hashlib.sha256(json.dumps(hashed, sort_keys=True).encode()).hexdigest()

    def save(self, folder: Path) -> None:
        described = {"prepared": PREPARED_VERSION} | asdict(self)
        (folder / CONFIG_FILE).write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> ModelConfig:
        """Raises `ModelError` where the folder holds no prepared model of a known version."""
        try:
            found = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
            version = found.pop("prepared")
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise damaged(folder / CONFIG_FILE, error) from error
        try:
            return _from_sections(_sections(found) if version == 1 else found, version)
        except OfAnotherTypeError as error:
            raise damaged(folder / CONFIG_FILE, str(error)) from error
        except (TypeError, ValueError, AttributeError) as error:
            raise ModelError(
                f"{folder} was prepared by another version of mplus",
                f"prepare it again with: mplus model pull {_name_in(folder)} --again",
            ) from error


SECTIONS: dict[str, type] = {
    "architecture": Architecture,
    "memory": MemoryLayout,
    "special": SpecialTokens,
    "answering": Answering,
    "provenance": Provenance,
}


def answering_from(given: Mapping[str, Any], can_decline: bool) -> Answering:
    """What a checkpoint says of its answers; where it says nothing, what such models did before.

    can_decline: see `MemoryLayout`.

    Raises `TypeError` for other fields, `ValueError` for values that nothing can follow.
    """
    said = {"declines": "I don't know."} if can_decline else {}
    found = _section(Answering, said | dict(given) | {"confidence": _confidence(given)})
    if found.passage not in ("before", "within"):
        raise ValueError(f"the passage stands {found.passage!r}; known are: before, within")
    if not isinstance(found.languages, tuple) or not all(map(_is_code, found.languages)):
        raise ValueError(f"languages is {found.languages!r}; they are named like en, de")
    if not 0 <= found.sure <= found.likely <= 1:
        raise ValueError(f"sure is {found.sure!r} and likely {found.likely!r}: no such chances")
    return found


def _is_code(language: object) -> bool:
    return isinstance(language, str) and language.isalpha()


def _confidence(given: Mapping[str, Any]) -> Confidence | None:
    weights = given.get("confidence")
    if weights is None:
        return None
    if not isinstance(weights, dict):
        raise TypeError(f"confidence is {weights!r}: no weights by name")
    return _section(Confidence, weights)


def _from_sections(found: Mapping[str, Any], version: object) -> ModelConfig:
    given = {"answering": {}} | dict(found)
    if version not in (1, PREPARED_VERSION) or given.keys() != SECTIONS.keys():
        raise ValueError(f"version {version!r} with {', '.join(given)}")
    made: dict[str, Any] = {
        name: _section(kind, given[name]) for name, kind in SECTIONS.items() if name != "answering"
    }
    made["answering"] = answering_from(given["answering"], made["memory"].can_decline)
    return ModelConfig(**made)


def _sections(flat: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Version 1 of the file, which had no answering: its fields by section."""
    placed = {
        section: {item.name: flat[item.name] for item in fields(kind) if item.name in flat}
        for section, kind in SECTIONS.items()
        if section != "answering"
    }
    if sum(map(len, placed.values())) != len(flat):
        raise ValueError("unknown fields")
    return placed


def _section(kind: type[_T], found: Mapping[str, Any]) -> _T:
    """A section from its JSON, whose lists are tuples. Raises `TypeError` for other fields."""
    values = {
        name: tuple(value) if isinstance(value, list) else value for name, value in found.items()
    }
    made = kind(**values)
    need_types(made)
    return made
