"""Names of models -> their files, and the prepared forms in the model cache."""

from __future__ import annotations

import glob
import hashlib
import importlib.util
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mplus_cli.errors import DamagedModelError, ModelError
from mplus_cli.model.config import CONFIG_FILE, ModelConfig, answering_from
from mplus_cli.model.machine import fit
from mplus_cli.model.prepared import whole
from mplus_cli.model.prepared.known import CATALOG, Entry

if TYPE_CHECKING:
    from mplus_cli.model.prepared.checkpoint import Source

MOST_NEAR = 3  # names that a hint offers for one that is unknown
Progress = Callable[[int, int], None]  # done, in all: layers, or bytes of a download


def full_name(name: str) -> str:
    """The name of a model that was named in short; any other as it is."""
    return next((entry.name for entry in CATALOG.values() if entry.short == name), name)


def prepared_folder(name: str, cache: Path) -> Path:
    """Where the prepared form of a model lies or will lie: by name, or by content for a local
    folder or file.
    """
    name = full_name(name)
    if _is_local(name):
        place = Path(name)
        stats = [
            (path.name, path.stat().st_size, path.stat().st_mtime_ns)
            for path in (sorted(place.iterdir()) if place.is_dir() else [place])
        ]
        digest = hashlib.sha256(json.dumps([str(place.resolve()), stats]).encode()).hexdigest()
        return cache / "models" / f"local-{digest[:16]}"
    return cache / "models" / name.replace("/", "--")


def preparation(name: str, cache: Path) -> tuple[str, int, int] | None:
    """What tells one preparation of a model from another that took its place; None where there is
    none now. A look at the system, no more.
    """
    try:
        folder = prepared_folder(name, cache)
        found = (folder / CONFIG_FILE).stat()
    except OSError:
        return None
    return str(folder), found.st_ino, found.st_mtime_ns


def _is_local(name: str) -> bool:
    """Whether a name is a folder or a GGUF file here."""
    place = Path(name)
    return full_name(name) not in CATALOG and (
        place.is_dir() or (_is_gguf(name) and place.is_file())
    )


def _is_gguf(name: str) -> bool:
    return name.lower().endswith(".gguf")


def _on_hub(name: str) -> tuple[str, str]:
    """OWNER/NAME of the Hub, and the file in it if one is named: OWNER/NAME/FILE.gguf."""
    found = re.fullmatch(r"([\w-][\w.-]*/[\w.-]+)(?:/(.+))?", name)
    if found and _is_gguf(name) == bool(found[2]) and ".." not in Path(name).parts:
        return found[1], found[2] or ""
    if Path(name).is_absolute():
        raise ModelError(
            f"there is no model at {name}",
            "if it was moved, prepare it there (mplus model pull PATH) and name it with -m PATH: "
            "a memory knows its model by the weights",
        )
    if _is_gguf(name):
        raise ModelError(
            f"there is no file {name}", "of the Hugging Face Hub it would be OWNER/NAME/FILE.gguf"
        )
    raise ModelError(
        f"there is no model named {name}",
        f"{_near(name)}see which there are with: mplus model ls",
    )


def _near(name: str) -> str:
    """Which known models a name may have meant, as the beginning of a hint; empty: none."""
    from difflib import get_close_matches

    known = {alike.lower(): entry.short for entry in CATALOG.values() for alike in _names(entry)}
    wanted = name.lower()
    if wanted in known:  # written otherwise
        near = [wanted]
    else:
        holding = [alike for alike in known if wanted in alike or alike in wanted]
        near = holding or get_close_matches(wanted, known, cutoff=0.7)
    found = list(dict.fromkeys(known[alike] for alike in near))[:MOST_NEAR]
    return f"did you mean {' or '.join(found)}? else " if found else ""


def _names(entry: Entry) -> tuple[str, str, str]:
    return entry.short, entry.name, entry.name.split("/")[-1]


def find(name: str, cache: Path) -> Path:
    """The prepared form of a model. Raises `ModelError` where there is none yet."""
    name = full_name(name)
    folder = prepared_folder(name, cache)
    if (folder / CONFIG_FILE).exists():
        if _outdated(ModelConfig.load(folder)):
            raise ModelError(
                f"the model {name} was prepared for an older mplus",
                f"renew it: mplus model pull {name}; memories that it wrote are written anew with: "
                "mplus rebuild",
            )
        return folder
    # A local model is prepared under the path that it had.
    before = prepared(cache).get(str(Path(name).resolve())) if name not in CATALOG else None
    if before and not _is_local(name):
        return before
    if before:
        raise ModelError(
            f"the files of the model {name} changed since it was prepared",
            f"prepare it as it is now: mplus model pull {name}; memories that it wrote before "
            "go on with: mplus rebuild",
        )
    if name not in CATALOG and not _is_local(name):
        _on_hub(name)  # raises what is wrong with it
    raise ModelError(
        f"the model {name} is not prepared yet", f"get it ready with: mplus model pull {name}"
    )


def prepared(cache: Path) -> dict[str, Path]:
    """Names of all models that are prepared for this mplus -> their folders; of those of one name
    the last that was prepared.
    """
    files = (cache / "models").glob(f"*/{CONFIG_FILE}")
    folders = [file.parent for file in sorted(files, key=lambda file: file.stat().st_mtime)]
    configs = {folder: _usable(folder) for folder in folders}
    return {
        config.name: folder
        for folder, config in configs.items()
        if config and not _outdated(config)
    }


def damaged(cache: Path) -> dict[str, str]:
    """Names of prepared models that are damaged, as far as their descriptions and the sizes of
    their files tell -> what is wrong.
    """
    found = {}
    for folder in sorted((cache / "models").glob("[!.]*")):
        try:
            name = ModelConfig.load(folder).name
            fit.sizes_of(folder)
            wrong = whole.sizes(folder)
        except DamagedModelError as error:
            name, wrong = error.name, error.wrong
        except ModelError:  # of another version
            continue
        if wrong:
            found[name] = wrong
    return found


def _usable(folder: Path) -> ModelConfig | None:
    """The config of a prepared model; None where it is not there, damaged or of another version of
    mplus.
    """
    try:
        return ModelConfig.load(folder)
    except ModelError:
        return None


def pull(
    name: str,
    cache: Path,
    base: Path | None,
    again: bool,
    progress: Progress,
    *,
    revision: str | None = None,
    downloading: Progress = lambda done, of: None,
) -> Path:
    """Find or download a model's files, check them, prepare them once. Raises `ModelError`.

    base: a file or folder here to use in place of the model's base; again: prepare even what is
    prepared;
    revision: a branch, tag or commit of the Hub (None: what is prepared already keeps its own).
    `downloading` counts bytes.
    """
    name = full_name(name)
    folder = prepared_folder(name, cache)
    there = None if whole.sizes(folder) else _usable(folder)
    if there and not again and revision is None and not _outdated(there):
        return folder
    _need_space(name, cache)
    from mplus_cli.model.prepared.prepare import prepare

    wanted = revision or (there.provenance.revision if there else "") or None
    source = _source(name, base, wanted, downloading)
    same = (
        there is not None and there.provenance.revision == source.revision and not _outdated(there)
    )
    if again or not same:
        prepare(source, folder, progress)
    return folder


def _source(
    name: str, base: Path | None, revision: str | None, downloading: Progress, whole: bool = False
) -> Source:
    """Where a model's tensors come from, by its name. whole: it must not be parts of another."""
    entry = CATALOG.get(name)
    if entry is not None and entry.file is not None:
        file, found = (base, "") if base else _find_base(entry, revision, downloading)
        return _gguf_source(entry, file, found)
    if _is_local(name):
        if revision is not None:
            raise ModelError(f"{name} lies here and has no revisions", "leave out --revision")
        return _local_source(str(Path(name).resolve()), Path(name), base, downloading, whole)
    from mplus_cli.model.prepared import hub

    repository, one = _on_hub(name)
    wanted = (glob.escape(one),) if one else hub.CHECKPOINT
    try:
        if not one:
            revision = _commit_that_runs(repository, revision)
        fetched = hub.fetch(repository, revision, wanted, downloading)
    except hub.NotThereError as error:
        raise ModelError(error.message, f"{_near(name)}{error.hint}") from error
    if one and not (fetched.folder / one).is_file():
        raise ModelError(f"{repository} has no file {one}", "see its page on huggingface.co")
    source = _local_source(name, fetched.folder / one, base, downloading, whole)
    return replace(source, revision=fetched.revision, sha256=source.sha256 | fetched.sha256)


def _need_space(name: str, cache: Path) -> None:
    """Raise `ModelError` where the disk has no room for the prepared form of a known model."""
    entry = CATALOG.get(name)
    if entry is None:
        return
    place = next(each for each in (cache.absolute(), *cache.absolute().parents) if each.exists())
    needed, free = fit.disk_bytes(entry.sizes, "none"), shutil.disk_usage(place).free
    if needed > free:
        raise ModelError(
            f"the prepared form of {name} takes {needed / 1e9:.1f} GB at {cache}, and "
            f"{free / 1e9:.1f} GB are free: {(needed - free) / 1e9:.1f} GB too few",
            "make room, name another place with MPLUS_CACHE, or take a smaller model: "
            "mplus model ls",
        )


def _local_source(
    name: str, place: Path, base: Path | None, downloading: Progress, whole: bool
) -> Source:
    from mplus_cli.model.prepared.parts import on_base, trained_on
    from mplus_cli.model.prepared.prepare import folder_source, gguf_source

    if not place.is_dir():
        return gguf_source(name, place)
    expected = trained_on(place)
    if expected is None:
        return folder_source(name, place)
    if whole:
        raise ModelError(f"{name} has no base of its own either")
    model, revision = (str(base), None) if base else (expected.model, expected.revision or None)
    return on_base(
        name, place, expected, lambda: _source(model, None, revision, downloading, whole=True)
    )


def _commit_that_runs(repository: str, revision: str | None) -> str:
    """The commit of a revision. Raises `ModelError` where its config.json, which alone is fetched,
    says that mplus does not run the model.
    """
    from mplus_cli.model.prepared import hub
    from mplus_cli.model.prepared.checkpoint import read_json
    from mplus_cli.model.prepared.families import family_of, text_config

    looked = hub.fetch(repository, revision, ("config.json",), lambda done, of: None)
    if not (looked.folder / "config.json").exists():
        raise ModelError(
            f"{repository} holds no checkpoint: it has no config.json",
            "name one of its GGUF files with: mplus model pull OWNER/NAME/FILE.gguf",
        )
    family_of(text_config(read_json(looked.folder / "config.json")))
    return looked.revision


def _parts_folder(name: str) -> Path:
    """The folder of this package with the M+ parts of a model whose base is a GGUF file."""
    return Path(__file__).parents[1] / "data" / name


def described(folder: Path) -> ModelConfig:
    """The description of a prepared model; how it answers as the parts say that come with this
    mplus, where they do: no prepared file depends on that.
    """
    config = ModelConfig.load(folder)
    parts = _own_parts(config)
    if parts is None:
        return config
    answering = answering_from(parts["answering"], config.memory.can_decline)
    return replace(config, answering=answering)


def _outdated(config: ModelConfig) -> bool:
    """Whether a model was prepared with other M+ parts than those that come with this mplus."""
    parts = _own_parts(config)
    return parts is not None and parts["weights_sha256"] not in config.provenance.files.values()


def _own_parts(config: ModelConfig) -> dict[str, Any] | None:
    """The config.json of the M+ parts that come with this mplus, of a model that has such."""
    entry = CATALOG.get(config.name)
    if entry is None or entry.file is None:
        return None
    found = json.loads((_parts_folder(entry.name) / "config.json").read_text(encoding="utf-8"))
    return dict(found)


def _gguf_source(entry: Entry, file: Path, commit: str) -> Source:
    from mplus_cli.model.prepared import prepare
    from mplus_cli.model.prepared.checkpoint import sha256

    if not file.is_file():
        raise ModelError(f"there is no file {file}")
    found = sha256(file)
    if found != entry.sha256:
        raise ModelError(
            (
                f"{file} is not the base of {entry.name}: its SHA-256 is {found[:16]}…, "
                f"expected {entry.sha256}"
            ),
            f"the right file is {entry.file} of {entry.repository} on the Hugging Face Hub",
        )
    return replace(
        prepare.gguf_source(entry.name, file, _parts_folder(entry.name)), revision=commit
    )


def _find_base(entry: Entry, revision: str | None, downloading: Progress) -> tuple[Path, str]:
    """In the installed package that carries it, else on the Hugging Face Hub (or its cache); and of
    which commit.
    """
    name = str(entry.file)
    spec = importlib.util.find_spec(entry.package) if entry.package and revision is None else None
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / name).exists():
            return Path(place) / name, ""
    from mplus_cli.model.prepared import hub

    try:
        fetched = hub.fetch(entry.repository, revision, (name,), downloading)
    except ModelError as error:
        hint = "check the network, or name a copy of the file with: mplus model pull --from FILE"
        raise ModelError(error.message, hint) from error
    return fetched.folder / name, fetched.revision
