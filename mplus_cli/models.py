"""The façade's other half: which models there are, making one ready, what a machine can run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.errors import DamagedModelError, ModelError
from mplus_cli.model.config import ModelConfig, Quantization
from mplus_cli.model.machine import fit
from mplus_cli.model.machine.fit import Sizes
from mplus_cli.model.prepared import catalog, whole
from mplus_cli.model.prepared.known import CATALOG, DEFAULT, Entry, chat_models
from mplus_cli.results import Progress
from mplus_cli.results.models import Advice, Fit, KnownModel, ModelInfo, VerifiedModel

if TYPE_CHECKING:
    from mplus_cli.model.machine.hardware import Machine

# Of the limits that are measured, what a model comes to; and what it must come to, in tokens a
# second, so that waiting for it is no burden.
REACHED = 0.5
ANSWERS_AT_LEAST, READS_AT_LEAST = 5, 100


@dataclass(frozen=True)
class _Model:
    """A model that can be named: one that mplus knows, one that is prepared here, or both."""

    name: str
    sizes: Sizes
    entry: Entry | None
    folder: Path | None
    damage: str = ""

    @property
    def short(self) -> str:
        return self.entry.short if self.entry else self.name

    @property
    def download_bytes(self) -> int:
        return self.entry.download_bytes if self.entry and not self.folder else 0


def _models(cache: Path) -> list[_Model]:
    """All, from the smallest on."""
    here, damaged = catalog.prepared(cache), catalog.damaged(cache)
    found = [
        _Model(name, entry.sizes, entry, here.get(name), damaged.get(name, ""))
        for name, entry in CATALOG.items()
    ]
    found += [
        _Model(name, fit.sizes_of(folder), None, folder)
        for name, folder in here.items()
        if name not in CATALOG and name not in damaged
    ]
    return sorted(found, key=lambda model: model.sizes.parameters)


def known(cache: Path) -> list[KnownModel]:
    """The models that mplus knows by name, and those prepared on this machine, the smallest
    first.
    """
    return [
        KnownModel(
            name=model.name,
            short=model.short,
            about=model.entry.about if model.entry else "your own",
            licence=model.entry.licence if model.entry else "its own",
            here=model.folder is not None,
            parameters=model.sizes.parameters,
            download_bytes=model.download_bytes,
            memory_bytes={form: fit.peak_bytes(model.sizes, form) for form in _forms(model.sizes)},
            disk_bytes=fit.disk_bytes(model.sizes, "none"),
            bytes_per_injected_token=fit.bytes_a_token(model.sizes),
            damage=model.damage,
        )
        for model in _models(cache)
    ]


def damaged(cache: Path) -> dict[str, str]:
    """Names of prepared models that are damaged, as far as sizes and descriptions tell -> what is
    wrong.
    """
    return catalog.damaged(cache)


def shortage(name: str, cache: Path) -> str:
    """By how much a known model that is not here yet is too large for this machine's memory in
    every form; empty: it is not, or nobody knows.
    """
    entry = CATALOG.get(catalog.full_name(name))
    if entry is None or catalog.prepared_folder(name, cache).exists():
        return ""
    from mplus_cli.model.prepared.load import default_device, free_memory

    device = default_device()
    free = free_memory(device)
    needed = {
        form: fit.peak_bytes(entry.sizes, form, device=device) for form in _forms(entry.sizes)
    }
    form, least = min(needed.items(), key=lambda each: each[1])
    if least <= free:
        return ""
    return (
        f"{entry.short} takes {least / 1e9:.1f} GB of memory at least ({form}), and "
        f"{free / 1e9:.1f} GB are free here: {(least - free) / 1e9:.1f} GB too few; what fits: "
        "mplus doctor"
    )


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

    base: a file or folder here in place of the model's base; revision: a branch, tag or commit of
    its repository; again: even where that was done. preparing counts layers, downloading bytes.
    """
    return _info(
        catalog.pull(
            name, cache, base, again, preparing, revision=revision, downloading=downloading
        )
    )


def info(name: str | None, cache: Path) -> ModelInfo:
    """A prepared model (None: the default one). Raises `ModelError` where it is not here."""
    return _info(catalog.find(name or DEFAULT, cache))


def verify(
    name: str | None, cache: Path, progress: Progress = lambda done, of: None
) -> VerifiedModel:
    """Read all files of a prepared model (None: the default one) and compare them with what was
    prepared. Raises `ModelError` where it is not here.

    Derived forms count, too; of those what is damaged is made anew when it is next used. progress
    counts bytes.
    """
    folder = catalog.find(name or DEFAULT, cache)
    found = whole.read(folder)
    damage = dict(whole.damage(folder, progress)) if found else {}
    found = found or whole.seal(folder, first_use=True, progress=progress)
    return VerifiedModel(
        name=ModelConfig.load(folder).name,
        folder=str(folder),
        files=len(found.files),
        bytes=sum(file.bytes for file in found.files.values()),
        whole=not damage,
        since="first use" if found.first_use else "prepared",
        damage=damage,
    )


def _info(folder: Path) -> ModelInfo:
    config = ModelConfig.load(folder)
    forms = {
        form.name: sum(file.stat().st_size for file in form.iterdir())
        for form in sorted(folder.iterdir())
        if form.is_dir()
    }
    size_bytes = sum(
        file.stat().st_size
        for file in folder.iterdir()
        if file.is_file() and file.name != whole.RECORD
    )
    return ModelInfo(
        name=config.name,
        folder=str(folder),
        bytes=size_bytes,
        forms=forms,
        identity=config.identity("none"),
        config=config,
        damage=whole.sizes(folder),
    )


@dataclass(frozen=True)
class Survey:
    """What this machine has, how each model fits it, and which of them fits it best."""

    machine: Machine
    models: tuple[Fit, ...]
    advice: Advice


def survey(cache: Path, size: Callable[[float], str]) -> Survey:
    """Look at the machine, measure it for a moment, and count what every model needs.

    size: bytes in words, for the reasons why one does not fit.
    """
    from mplus_cli.model.machine import hardware

    machine = hardware.look(cache)
    amiss = [DamagedModelError(name, wrong) for name, wrong in catalog.damaged(cache).items()]
    findings = (*machine.findings, *(f"{each.message}; {each.hint}" for each in amiss))
    machine = replace(machine, findings=findings)
    rows = [row for model in _models(cache) for row in _rows(model, machine, size)]
    return Survey(machine, tuple(rows), _advice(rows))


def _forms(sizes: Sizes) -> tuple[Quantization, ...]:
    """A small model gains nothing by quantizing; one with slots was not measured with it."""
    large = fit.weights_bytes(sizes, "none") > fit.SMALL_BYTES
    return fit.FORMS if large and not sizes.memory.recurrent else ("none",)


def _rows(model: _Model, machine: Machine, size: Callable[[float], str]) -> list[Fit]:
    chosen = _chosen(model.sizes, machine)
    return [_fit(model, form, form == chosen, machine, size) for form in _forms(model.sizes)]


def _chosen(sizes: Sizes, machine: Machine) -> Quantization | None:
    """The form that is taken on this machine unless one is named; None: none fits."""
    forms = _forms(sizes)
    if len(forms) == 1:
        return forms[0]
    made = [form for form in forms if form == "none" or machine.quantizes]
    weights = {form: fit.weights_bytes(sizes, form, machine.device) for form in made}
    try:
        return fit.choose(weights, machine.device, machine.free_bytes).quantize
    except ModelError:
        return None


def _fit(
    model: _Model,
    form: Quantization,
    chosen: bool,
    machine: Machine,
    size: Callable[[float], str],
) -> Fit:
    sizes, on = model.sizes, machine.device
    computed = fit.computed(sizes, form, machine.product_type, machine.free_bytes)
    memory, disk = fit.peak_bytes(computed, form, on), fit.disk_bytes(sizes, form)
    has_longterm = not (sizes.memory.finds_chunks or sizes.memory.recurrent)
    longterm = fit.longterm_bytes(sizes, sizes.memory.capacity_vectors)
    files = model.folder.rglob("*") if model.folder else ()
    there = sum(file.stat().st_size for file in files if file.is_file())
    lacks = {}
    if form != "none" and not machine.quantizes:
        lacks["bitsandbytes"] = "bitsandbytes does not work here"
    if memory > machine.free_bytes:
        lacks["memory"] = f"{size(machine.free_bytes)} of memory are free ({machine.device})"
    if max(model.download_bytes + disk - there, 0) > machine.cache_free_bytes:
        lacks["disk"] = f"{size(machine.cache_free_bytes)} of disk are free"
    return Fit(
        model=model.name,
        short=model.short,
        here=model.folder is not None,
        quantize=form,
        chosen=chosen,
        memory_bytes=memory,
        memory_with_longterm_bytes=memory + longterm if has_longterm else None,
        read_cache_bytes=fit.read_cache_bytes(computed),
        download_bytes=model.download_bytes,
        disk_bytes=disk,
        bytes_per_injected_token=fit.bytes_a_token(sizes),
        decode_tokens_per_s_at_most=round(
            machine.reads_bytes_per_s / fit.decode_bytes(computed, form, on), 1
        ),
        inject_tokens_per_s_at_most=round(
            machine.operations_per_s / fit.inject_operations(sizes), 1
        ),
        fits=not lacks,
        lacks=tuple(lacks),
        why=", ".join(lacks.values()),
    )


def _advice(rows: Sequence[Fit]) -> Advice:
    """The largest known chat model that fits and is quick enough in the form that is taken here;
    where there is none, the default.
    """
    taken = {row.model: row for row in rows if row.chosen and row.fits and _is_quick(row)}
    able = [entry for entry in chat_models() if entry.name in taken]
    best = able[-1] if able else CATALOG[DEFAULT]
    if best.name == DEFAULT:
        why = (
            "no larger one that fits can be expected to answer with "
            f"{ANSWERS_AT_LEAST} tokens a second and read {READS_AT_LEAST}"
        )
        return Advice(best.name, best.short, why, ("mplus inject PATH",))
    row = taken[best.name]
    why = (
        "the largest that fits; about "
        f"{row.decode_tokens_per_s_at_most * REACHED:.0f} tokens a second can be expected in "
        f"answers, {row.inject_tokens_per_s_at_most * REACHED:,.0f} in reading"
    )
    fetch = () if row.here else (f"mplus model pull {best.short}",)
    return Advice(best.name, best.short, why, (*fetch, f"mplus inject PATH -m {best.short}"))


def _is_quick(row: Fit) -> bool:
    return (
        row.decode_tokens_per_s_at_most * REACHED >= ANSWERS_AT_LEAST
        and row.inject_tokens_per_s_at_most * REACHED >= READS_AT_LEAST
    )
