"""Files of a repository on the Hugging Face Hub, by its own client and in its own cache (HF_HOME,
HF_HUB_OFFLINE).
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import constants, get_session, snapshot_download
from huggingface_hub.errors import (
    DryRunError,
    GatedRepoError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import logging, tqdm

from mplus_cli.errors import ModelError

# A whole checkpoint without its pickles and code.
CHECKPOINT = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model")
ANSWER_WITHIN_S = 10

Progress = Callable[[int, int], None]  # done, in all


class NotThereError(ModelError):
    """The Hub has no such repository, or shows it to others only."""


@dataclass(frozen=True)
class Fetched:
    """A repository at one commit. `sha256`: of the files whose digest the Hub tells."""

    folder: Path
    revision: str
    sha256: dict[str, str]


def fetch(
    repository: str, revision: str | None, wanted: tuple[str, ...], progress: Progress
) -> Fetched:
    """Download what matches the patterns and is not in the cache; go by the cache where the Hub
    can't be reached.

    revision: a branch, tag or commit. Raises `ModelError`, `NotThereError` for an unknown name.
    """
    logging.set_verbosity_error()  # each try that fails; what it comes to is said below
    chosen: dict[str, Any] = {"revision": revision, "allow_patterns": list(wanted)}
    unreachable = _why_unreachable()
    try:
        if not unreachable:
            looked = snapshot_download(
                repository, dry_run=True, tqdm_class=_counting(progress, 0), **chosen
            )
            size_bytes = sum(file.file_size or 0 for file in looked if file.will_download)
            _need_space(repository, size_bytes)
            folder = Path(
                snapshot_download(repository, tqdm_class=_counting(progress, size_bytes), **chosen)
            )
        else:
            folder = Path(snapshot_download(repository, local_files_only=True, **chosen))
    except LocalEntryNotFoundError as error:
        raise ModelError(
            f"the Hugging Face Hub is out of reach ({unreachable or _first_line(error)}), "
            f"and {repository} is not whole in its cache on this machine",
            "check the network, and pull again: whole files are kept",
        ) from error
    except (OSError, httpx2.HTTPError) as error:  # the Hub's own errors are of the first kind
        raise _refusal(repository, error) from error
    return Fetched(folder, folder.name, _digests(folder))


def _refusal(repository: str, error: Exception) -> ModelError:
    """Why the Hub does not give a repository."""
    found = error.__cause__ if isinstance(error, DryRunError) else error
    if isinstance(found, GatedRepoError):
        return ModelError(
            f"the Hugging Face Hub gives {repository} only to who agreed to its terms",
            f"agree to them at {constants.ENDPOINT}/{repository}, log in with: hf auth login, "
            "and pull again; models that need no login: mplus model ls",
        )
    if isinstance(found, RepositoryNotFoundError):
        return NotThereError(
            f"the Hugging Face Hub has no model {repository}, or shows it to others only",
            "check the name on its page, and log in with hf auth login if it is a private one",
        )
    return ModelError(
        f"{repository} could not be fetched from the Hugging Face Hub: {_first_line(error)}",
        "check the name and the network, and pull again: whole files are kept",
    )


def _why_unreachable() -> str:
    """Empty where the Hub answers at all: one try, where its client would try for half a minute."""
    try:
        get_session().head(constants.ENDPOINT, timeout=ANSWER_WITHIN_S)
    except OfflineModeIsEnabled:
        return "HF_HUB_OFFLINE is set"
    except httpx2.TransportError as error:
        return _first_line(error)
    return ""


def _need_space(repository: str, size_bytes: int) -> None:
    place = Path(constants.HF_HUB_CACHE)
    free = shutil.disk_usage(
        next(folder for folder in (place, *place.parents) if folder.exists())
    ).free
    if free < size_bytes:
        raise ModelError(
            (
                f"{repository} needs {size_bytes / 1e9:.1f} GB at {place}, and "
                f"{free / 1e9:.1f} GB are free"
            ),
            "make room, or name another place with HF_HOME",
        )


def _digests(folder: Path) -> dict[str, str]:
    """The cache names the content of large files by its SHA-256; no folder: nothing was wanted."""
    there = folder.iterdir() if folder.exists() else ()
    contents = {path.name: path.resolve().name for path in there if path.is_symlink()}
    return {
        name: content for name, content in contents.items() if re.fullmatch("[0-9a-f]{64}", content)
    }


def _counting(progress: Progress, of: int) -> type[tqdm]:
    """A bar that shows nothing and tells how many bytes of a repository have come."""
    lock, done = threading.Lock(), 0

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, name: str | None = None, **named: Any) -> None:
            super().__init__(*args, **(named | {"disable": True}))
            self._counts = name == "huggingface_hub.snapshot_download"

        def update(self, n: float | None = 1) -> None:
            nonlocal done
            if self._counts:
                with lock:
                    done += int(n or 0)
                    progress(min(done, of), of)

    return Bar


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
