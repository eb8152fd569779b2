"""`mplus doctor`: what this machine can run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.commands import options
from mplus_cli.screen import render
from mplus_cli.settings import load_settings

if TYPE_CHECKING:
    from mplus_cli.model.config import Quantization
    from mplus_cli.model.machine.fit import Sizes
    from mplus_cli.model.machine.hardware import Machine


@dataclass(frozen=True)
class Row:
    """One model in one form on this machine. Rates are limits: what is measured stays below
    them.
    """

    model: str
    here: bool
    quantize: str
    memory_bytes: int
    memory_with_longterm_bytes: int
    read_cache_bytes: int
    download_bytes: int
    disk_bytes: int
    bytes_per_injected_token: int
    decode_tokens_per_s_at_most: float
    inject_tokens_per_s_at_most: float
    fits: bool
    why: str


def doctor(json: options.Json = False) -> None:
    """Say what this machine can run: memory and disk that each model needs, and how fast it can be
    at best.

    Memory: weights, keys and values of a full memory, and the work of reading it; the long-term
    memory stays on disk. Speeds are estimated upper limits, from a short measurement: an answer's
    token reads all weights and the memory's keys and values once, an injected token takes two
    operations a weight. On a CPU, quantized forms stay far below them.
    """
    from mplus_cli.model.machine import fit, hardware
    from mplus_cli.model.prepared import catalog

    cache = load_settings({}).cache
    found = hardware.look(cache)
    here = catalog.prepared(cache)
    rows = []
    for name in [*catalog.CATALOG, *(name for name in here if name not in catalog.CATALOG)]:
        entry, folder = catalog.CATALOG.get(name), here.get(name)
        sizes = fit.sizes_of(folder) if folder else entry.sizes if entry else None
        assert sizes is not None
        download = entry.download_bytes if entry and not folder else 0
        rows += [_row(name, folder, sizes, download, form, found) for form in _forms(sizes)]
    if json:
        render.as_json({"machine": found, "models": rows})
        return
    _say(found, rows, cache)


def _forms(sizes: Sizes) -> tuple[Quantization, ...]:
    """A small model gains nothing by quantizing."""
    from mplus_cli.model.machine import fit

    return fit.FORMS if fit.weights_bytes(sizes, "none") > fit.SMALL_BYTES else ("none",)


def _row(
    name: str,
    folder: Path | None,
    sizes: Sizes,
    download: int,
    form: Quantization,
    machine: Machine,
) -> Row:
    from mplus_cli.model.machine import fit

    memory, disk = fit.peak_bytes(sizes, form), fit.disk_bytes(sizes, form)
    there = (
        sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) if folder else 0
    )
    missing = max(download + disk - there, 0)
    why = []
    if form != "none" and not machine.quantizes:
        why.append("bitsandbytes does not work here")
    if memory > machine.free_bytes:
        why.append(f"{render.size(machine.free_bytes)} of memory are free ({machine.device})")
    if missing > machine.cache_free_bytes:
        why.append(f"{render.size(machine.cache_free_bytes)} of disk are free")
    return Row(
        model=name,
        here=folder is not None,
        quantize=form,
        memory_bytes=memory,
        memory_with_longterm_bytes=fit.peak_bytes(sizes, form, longterm_here=True),
        read_cache_bytes=fit.read_cache_bytes(sizes),
        download_bytes=download,
        disk_bytes=disk,
        bytes_per_injected_token=fit.bytes_a_token(sizes),
        decode_tokens_per_s_at_most=round(
            machine.reads_bytes_per_s / fit.decode_bytes(sizes, form), 1
        ),
        inject_tokens_per_s_at_most=round(
            machine.operations_per_s / fit.inject_operations(sizes), 1
        ),
        fits=not why,
        why=", ".join(why),
    )


def _say(machine: Machine, rows: list[Row], cache: Path) -> None:
    gpus = [
        f"{gpu.name}, {render.size(gpu.free_bytes)} of {render.size(gpu.total_bytes)} free"
        for gpu in machine.gpus
    ]
    render.pairs(
        [
            ("processor", f"{machine.cpu}, {machine.cores} cores"),
            ("memory", f"{render.size(machine.ram_available_bytes)} available"),
            (
                "gpu",
                "; ".join(gpus)
                or ("Apple's, with the memory above" if machine.device == "mps" else "none"),
            ),
            ("disk", f"{render.size(machine.cache_free_bytes)} free at {cache}"),
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
        render.line(f"[bold yellow]![/] {render.escaped(finding)}")
    render.line("")
    columns = {
        "model": "left",
        "here": "left",
        "quantize": "left",
        "memory": "right",
        "disk": "right",
    }
    columns |= {"answers": "right", "injects": "right", "fits": "left"}
    cells = [
        (
            row.model,
            "yes" if row.here else "no",
            row.quantize,
            render.size(row.memory_bytes),
            render.size(row.disk_bytes + row.download_bytes),
            f"≤ {row.decode_tokens_per_s_at_most:,.1f}",
            f"≤ {row.inject_tokens_per_s_at_most:,.0f}",
            "yes" if row.fits else f"no: {row.why}",
        )
        for row in rows
    ]
    render.table(columns, cells)
    render.note("answers and injects: tokens per second at best, estimated")
