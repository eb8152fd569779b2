"""Models and machines on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mplus_cli.screen import terminal

if TYPE_CHECKING:
    from mplus_cli.model.config import ModelConfig
    from mplus_cli.models import Survey
    from mplus_cli.results.models import KnownModel, ModelInfo


def known(models: Sequence[KnownModel]) -> None:
    """The models that can be named."""
    columns = {"model": "left", "here": "left", "licence": "left", "what it is": "left"}
    rows = [
        (model.name, "yes" if model.here else "no", model.licence, model.about) for model in models
    ]
    terminal.table(columns, rows)


def as_json(found: ModelInfo) -> None:
    terminal.as_json(
        {
            "folder": found.folder,
            "bytes": found.bytes,
            "quantized": found.forms,
            "identity": found.identity,
            "config": cast("ModelConfig", found.config).flat(),
        }
    )


def described(found: ModelInfo) -> None:
    """A prepared model: sizes, memory layout, identity, files."""
    config = cast("ModelConfig", found.config)
    net, memory = config.architecture, config.memory
    kind = "M+" if memory.retrieved_vectors else "MemoryLLM"
    chunks = memory.finds_chunks
    read = "read where a chunk found has them" if chunks else "all read by every question"
    forms = ", ".join(f"{form} ({terminal.size(count)})" for form, count in found.forms.items())
    terminal.pairs(
        [
            ("model", found.name),
            (
                "kind",
                f"{kind}, memory from each layer's {memory.memory_state}, "
                f"writing context: {memory.write_context}",
            ),
            (
                "network",
                f"{net.layers} layers of {net.hidden}, {net.vocabulary:,} words, {net.dtype}",
            ),
            ("pool", f"{memory.pool_vectors:,} vectors a layer, {read}"),
            (
                "long-term memory",
                f"{memory.capacity_vectors:,} vectors a layer at most, "
                f"{memory.retrieved_vectors:,} read",
            ),
            (
                "chunks",
                f"up to {memory.chunk_tokens} tokens, {memory.num_tokens} vectors a layer each",
            ),
            ("context", f"{net.max_positions:,} positions"),
            ("identity", found.identity[:16]),
            ("revision", config.provenance.revision or "none recorded"),
            ("prepared in", f"{found.folder} ({terminal.size(found.bytes)})"),
            ("quantized", forms or "not yet"),
        ]
    )


def surveyed(found: Survey, cache: Path) -> None:
    """What a machine has, what is amiss with it, and which models it can run."""
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
                f"reads {machine.reads_bytes_per_s / 1e9:.0f} GB/s, "
                f"multiplies {machine.operations_per_s / 1e12:.2f} Tflop/s in bfloat16",
            ),
        ]
    )
    for finding in machine.findings:
        terminal.line(f"[bold yellow]![/] {terminal.escaped(finding)}")
    terminal.line("")
    columns = {"model": "left", "here": "left", "quantize": "left", "memory": "right"}
    columns |= {"disk": "right", "answers": "right", "injects": "right", "fits": "left"}
    cells = [
        (
            row.model,
            "yes" if row.here else "no",
            row.quantize,
            size(row.memory_bytes),
            size(row.disk_bytes + row.download_bytes),
            f"≤ {row.decode_tokens_per_s_at_most:,.1f}",
            f"≤ {row.inject_tokens_per_s_at_most:,.0f}",
            "yes" if row.fits else f"no: {row.why}",
        )
        for row in found.models
    ]
    terminal.table(columns, cells)
    terminal.note("answers and injects: tokens per second at best, estimated")
