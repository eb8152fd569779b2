"""Models and machines on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mplus_cli.screen import terminal

if TYPE_CHECKING:
    from mplus_cli.model.config import MemoryLayout, ModelConfig
    from mplus_cli.models import Survey
    from mplus_cli.results.models import Fit, KnownModel, ModelInfo, VerifiedModel


def known(models: Sequence[KnownModel], damaged: Mapping[str, str]) -> None:
    """The models that can be named, and what each costs; damaged: name -> what is wrong."""
    columns = {"model": "name", "licence": "left", "download": "right", "memory": "right"}
    columns |= {"a token": "right", "good for": "aside"}
    size = terminal.size
    rows = [
        (
            model.short,
            model.licence,
            _where(model),
            size(model.memory_bytes["none"]),
            size(model.bytes_per_injected_token),
            model.about,
        )
        for model in models
    ]
    terminal.table(columns, rows)
    for name, wrong in damaged.items():
        terminal.failure(name, f"damaged: {wrong}", f"mplus model pull {name} --again")
    terminal.note(
        "memory: of an answer with unquantized weights; a token: its vectors on the disk, as long "
        "as they are kept; speed on this machine, and the model that fits it best: mplus doctor"
    )


def _where(model: KnownModel) -> str:
    if model.damage:
        return "damaged"
    return "here" if model.here else terminal.size(model.download_bytes)


def verified(found: VerifiedModel) -> None:
    """Whether a prepared model is whole, and what is wrong with which of its files."""
    for name, wrong in found.damage.items():
        terminal.text(("! ", "bold red"), f"{name} {wrong}")
    told = "all whole" if found.whole else f"{len(found.damage):,} damaged"
    files = terminal.counted(found.files, "file")
    terminal.text(f"{found.name}: {files} ({terminal.size(found.bytes)}): {told}")
    if found.since != "prepared":
        terminal.note(
            "an older mplus prepared it, so they are compared with what was there when this one "
            "used it first"
        )
    if not found.whole:
        terminal.note(f"prepare it again with: mplus model pull {found.name} --again")


def warned(shortage: str) -> None:
    """What a model will lack here, if anything, before it is fetched."""
    if shortage:
        terminal.note(shortage)


def as_json(found: ModelInfo) -> None:
    terminal.as_json(
        {
            "folder": found.folder,
            "bytes": found.bytes,
            "quantized": found.forms,
            "identity": found.identity,
            "damage": found.damage,
            "config": cast("ModelConfig", found.config).flat(),
        }
    )


def described(found: ModelInfo) -> None:
    """A prepared model: sizes, memory layout, identity, files."""
    config = cast("ModelConfig", found.config)
    net = config.architecture
    forms = ", ".join(f"{form} ({terminal.size(count)})" for form, count in found.forms.items())
    terminal.pairs(
        [
            ("model", found.name),
            (
                "network",
                f"{net.layers} layers of {net.hidden}, {net.vocabulary:,} words, {net.dtype}",
            ),
            *_memory(config),
            ("context", f"{net.max_positions:,} positions"),
            ("identity", found.identity[:16]),
            ("revision", config.provenance.revision or "none recorded"),
            ("prepared in", f"{found.folder} ({terminal.size(found.bytes)})"),
            ("quantized", forms or "not yet"),
            *([("damaged", found.damage)] if found.damage else []),
        ]
    )


def _memory(config: ModelConfig) -> list[tuple[str, str]]:
    """What a model writes and reads; of a chat model without M+ parts nothing that it has not."""
    memory = config.memory
    chunks = f"up to {memory.chunk_tokens} tokens"
    if config.answering.in_template:
        return [
            ("kind", "chat model, each chunk read as a passage within its own prompt"),
            ("chunks", f"{chunks}, behind {memory.prefix_rows} of the prompt"),
        ]
    if memory.recurrent:
        return [
            ("kind", f"LM2, a matrix of {memory.slots} slots that all documents are written into"),
            ("chunks", f"{chunks}, up to {memory.write_heads} rows a sentence"),
            ("read by", f"block {memory.adds_at}, beside its attention"),
        ]
    kind = "M+" if memory.retrieved_vectors else "MemoryLLM"
    return [
        (
            "kind",
            f"{kind}, memory from each layer's {memory.memory_state}, "
            f"writing context: {memory.write_context}",
        ),
        *([] if memory.is_lean else _pool(memory)),
        ("chunks", f"{chunks}, {memory.num_tokens} vectors a layer each"),
    ]


def _pool(memory: MemoryLayout) -> list[tuple[str, str]]:
    read = "read where a chunk found has them" if memory.finds_chunks else "all read by a question"
    most = f"{memory.capacity_vectors:,} vectors a layer at most, "
    longterm = f"{'' if memory.finds_chunks else most}{memory.retrieved_vectors:,} read"
    pool = f"{memory.pool_vectors:,} vectors a layer, {read}"
    return [("pool", pool), ("long-term memory", longterm)]


def surveyed(found: Survey, cache: Path, every_form: bool) -> None:
    """What a machine has, what is amiss with it, and which models it can run, in every form or the
    one that is best here.
    """
    machine, size = found.machine, terminal.size
    gpus = [
        f"{gpu.name}, {size(gpu.free_bytes)} of {size(gpu.total_bytes)} free"
        for gpu in machine.gpus
    ]
    none = "Apple's, with the memory above" if machine.device == "mps" else "none"
    terminal.pairs(
        [
            ("processor", f"{machine.cpu}, {machine.cores} cores"),
            ("memory", f"{size(machine.ram_available_bytes)} available"),
            ("gpu", "; ".join(gpus) or none),
            ("disk", f"{size(machine.cache_free_bytes)} free at {cache}"),
            ("pytorch", f"{machine.torch}, runs on {machine.device}"),
            ("bitsandbytes", machine.bitsandbytes),
            (
                "measured",
                f"reads {machine.reads_bytes_per_s / 1e9:.0f} GB/s, multiplies "
                f"{machine.operations_per_s / 1e12:.2f} Tflop/s in {machine.product_type}",
            ),
        ]
    )
    for finding in machine.findings:
        terminal.text(("! ", "bold yellow"), finding)
    terminal.text("")
    _fits(found.models if every_form else _best_forms(found.models))
    advice = found.advice
    terminal.text("")
    terminal.text((f"best for this machine: {advice.short}", "bold"), f", {advice.why}")
    for command in advice.commands:
        terminal.text(f"  {command}")


def _best_forms(rows: Sequence[Fit]) -> list[Fit]:
    """Of each model the form that is taken here; where none fits, the smallest."""
    best: dict[str, Fit] = {}
    for row in sorted(rows, key=lambda row: (not row.chosen, row.memory_bytes)):
        best.setdefault(row.model, row)
    return [row for row in rows if best[row.model] is row]


def _fits(rows: Sequence[Fit]) -> None:
    columns = {"model": "name", "here": "left", "form": "left", "memory": "right"}
    columns |= {"disk": "right", "answers ≤": "right", "reads ≤": "right", "fits": "left"}
    size = terminal.size
    cells = [
        (
            row.short,
            "yes" if row.here else "no",
            row.quantize,
            size(row.memory_bytes),
            size(row.disk_bytes + row.download_bytes),
            f"{row.decode_tokens_per_s_at_most:,.1f}",
            f"{row.inject_tokens_per_s_at_most:,.0f}",
            "yes" if row.fits else f"no: {', '.join(row.lacks)}",
        )
        for row in rows
    ]
    terminal.table(columns, cells)
    terminal.note(
        "form: of the weights (--quantize); answers and reads: tokens per second at best, estimated"
    )
