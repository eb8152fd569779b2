"""A memory in pieces at an address: bringing it there, and bringing in what others did."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.results import Progress
from mplus_cli.results.upkeep import Pulled, Pushed
from store.errors import MplusError

if TYPE_CHECKING:
    from store.backends import Backend


def push(
    path: Path, timeout_s: float, address: str, *, text: bool, erase: bool, progress: Progress
) -> Pushed:
    """Bring what is new to a repository. Raises `PushedFirstError` where others were first."""
    from store.backends.opened import backend_at
    from store.repository.push import push as bring

    backend, start = backend_at(address), time.perf_counter()
    _check_no_memory(backend)
    done = bring(path, backend, timeout_s, text, erase, progress)
    return Pushed(
        address=backend.address,
        number=done.number,
        generations=done.generations,
        documents=done.documents,
        objects=done.objects,
        bytes=done.bytes,
        held=done.held.count,
        held_paths=done.held.paths,
        erased=done.erased.count,
        erased_paths=done.erased.paths,
        seconds=round(time.perf_counter() - start, 3),
    )


def pull(path: Path, timeout_s: float, address: str, *, progress: Progress) -> Pulled:
    """Bring in what is new in a repository, all of it or nothing."""
    from store.backends.opened import backend_at
    from store.repository.pull import pull as bring

    backend, start = backend_at(address), time.perf_counter()
    _check_no_memory(backend)
    done = bring(path, backend, timeout_s, progress)
    found = asdict(done) | {"documents": tuple(done.documents), "removed": tuple(done.removed)}
    return Pulled(
        **found,
        address=backend.address,
        memory=str(path),
        seconds=round(time.perf_counter() - start, 3),
    )


def _check_no_memory(backend: Backend) -> None:
    """Raise `MplusError` where a memory's folder is given for a repository's."""
    from store.backends.folder import Folder
    from store.home import Home
    from store.repository.layout import identity_of

    if not isinstance(backend, Folder) or not Home.exists(Path(backend.address)):
        return
    if identity_of(backend) is None:
        raise MplusError(
            f"{backend.address} is a memory and no repository",
            f"push it to a folder of its own, and pull from there: mplus push URL -M"
            f" {backend.address}",
        )
