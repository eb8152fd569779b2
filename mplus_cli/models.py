"""The façade's other half: which models there are, making one ready, what a machine can run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.results import Progress
from mplus_cli.results.models import KnownModel, ModelInfo

if TYPE_CHECKING:
    from mplus_cli.model.config import Quantization
    from mplus_cli.model.machine.fit import Sizes
    from mplus_cli.model.machine.hardware import Machine


def known(cache: Path) -> list[KnownModel]:
    """The models that mplus knows by name, and those prepared on this machine."""
    from mplus_cli.model.prepared import catalog

    here = catalog.prepared(cache)
    found = [
        KnownModel(name, entry.about, entry.licence, name in here)
        for name, entry in catalog.CATALOG.items()
    ]
    return found + [
        KnownModel(name, "a checkpoint folder or repository", "see its page", True)
        for name in here
        if name not in catalog.CATALOG
    ]


def pull(
    name: str,
    cache: Path,
    *,
    base: Path | None = None,
    revision: str | None = None,
    again: bool = False,
    preparing: Progress = lambda done, of: None,
    downloading: Progress = lambda done, of: None,
) -> ModelInfo:
    """Fetch a model, check it, and prepare it once. Raises `ModelError`.

    base: a local file in place of a download; revision: a branch, tag or commit of its repository;
    again: even where that was done. preparing counts layers, downloading bytes.
    """
    from mplus_cli.model.prepared import catalog

    return _info(
        catalog.pull(
            name, cache, base, again, preparing, revision=revision, downloading=downloading
        )
    )


def info(name: str | None, cache: Path) -> ModelInfo:
    """A prepared model (None: the default one). Raises `ModelError` where it is not here."""
    from mplus_cli.model.prepared import catalog

    return _info(catalog.find(name or catalog.DEFAULT, cache))


def _info(folder: Path) -> ModelInfo:
    from mplus_cli.model.config import ModelConfig

    config = ModelConfig.load(folder)
    forms = {
        form.name: sum(file.stat().st_size for file in form.iterdir())
        for form in sorted(folder.iterdir())
        if form.is_dir()
    }
    size_bytes = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    return ModelInfo(config.name, str(folder), size_bytes, forms, config.identity("none"), config)


@dataclass(frozen=True)
class Fit:
    """One model in one form on this machine. Rates are limits: what is measured stays below them.

    `fits` is false for the reasons `why`: forms that can't be made here, and the two shortages.
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


@dataclass(frozen=True)
class Survey:
    """What this machine has, and how each model fits it."""

    machine: Machine
    models: tuple[Fit, ...]


def survey(cache: Path, size: Callable[[float], str]) -> Survey:
    """Look at the machine, measure it for a moment, and count what every model needs.

    size: bytes in words, for the reasons why one does not fit.
    """
    from mplus_cli.model.machine import fit, hardware
    from mplus_cli.model.prepared import catalog

    machine, here = hardware.look(cache), catalog.prepared(cache)
    rows = []
    for name in [*catalog.CATALOG, *(name for name in here if name not in catalog.CATALOG)]:
        entry, folder = catalog.CATALOG.get(name), here.get(name)
        sizes = fit.sizes_of(folder) if folder else entry.sizes if entry else None
        assert sizes is not None
        download = entry.download_bytes if entry and not folder else 0
        rows += [_fit(name, folder, sizes, download, form, machine, size) for form in _forms(sizes)]
    return Survey(machine, tuple(rows))


def _forms(sizes: Sizes) -> tuple[Quantization, ...]:
    """A small model gains nothing by quantizing."""
    from mplus_cli.model.machine import fit

    return fit.FORMS if fit.weights_bytes(sizes, "none") > fit.SMALL_BYTES else ("none",)


def _fit(
    name: str,
    folder: Path | None,
    sizes: Sizes,
    download: int,
    form: Quantization,
    machine: Machine,
    size: Callable[[float], str],
) -> Fit:
    from mplus_cli.model.machine import fit

    on = machine.device
    memory, disk = fit.peak_bytes(sizes, form, device=on), fit.disk_bytes(sizes, form)
    files = folder.rglob("*") if folder else ()
    there = sum(file.stat().st_size for file in files if file.is_file())
    why = []
    if form != "none" and not machine.quantizes:
        why.append("bitsandbytes does not work here")
    if memory > machine.free_bytes:
        why.append(f"{size(machine.free_bytes)} of memory are free ({machine.device})")
    if max(download + disk - there, 0) > machine.cache_free_bytes:
        why.append(f"{size(machine.cache_free_bytes)} of disk are free")
    return Fit(
        model=name,
        here=folder is not None,
        quantize=form,
        memory_bytes=memory,
        memory_with_longterm_bytes=fit.peak_bytes(sizes, form, longterm_here=True, device=on),
        read_cache_bytes=fit.read_cache_bytes(sizes),
        download_bytes=download,
        disk_bytes=disk,
        bytes_per_injected_token=fit.bytes_a_token(sizes),
        decode_tokens_per_s_at_most=round(
            machine.reads_bytes_per_s / fit.decode_bytes(sizes, form, on), 1
        ),
        inject_tokens_per_s_at_most=round(
            machine.operations_per_s / fit.inject_operations(sizes), 1
        ),
        fits=not why,
        why=", ".join(why),
    )
