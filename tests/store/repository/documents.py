"""Memories of small documents that are pushed and pulled at any backend."""

from pathlib import Path

from store.backends import Backend
from store.change import change
from store.repository.pull import pull as pull_from
from store.repository.push import Pushed
from store.repository.push import push as push_to
from tests.store.made import LEAN, add
from tests.store.repository.kept import quiet


def write(memory: Path, document: int) -> None:
    with change(memory, "inject", 1, create=LEAN) as opened:
        add(opened, document, (6, 3))
        opened.commit()


def push(memory: Path, backend: Backend) -> Pushed:
    return push_to(memory, backend, 5, True, False, quiet)


def pull(memory: Path, backend: Backend) -> None:
    pull_from(memory, backend, 5, quiet)
