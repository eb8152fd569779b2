"""Memories of a toy model, in folders and at servers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mplus_cli import Memory
from mplus_cli.serving.web.site import Rules
from tests.serving.served import Served, served, settings_of

TEXTS = {
    "mine": {
        "gate": "The gate code is 4417. The gate was made of oak by Petr in the spring. " * 3,
        "pump": "The pump stands behind the shed. It was painted green in July by Ines. " * 3,
    },
    "team": {
        "boiler": "The boiler was serviced in March by Olga. It takes eleven litres of oil. " * 3,
        "train": "The night train to Vienna leaves Hamburg at 20:36, from platform four. " * 3,
    },
    "far": {"bees": "Ole keeps bees since he stopped working on the ferries at Finse. " * 3},
}

Make = Callable[..., Path]
Serve = Callable[..., Served]


@pytest.fixture(autouse=True)
def _prepared(monkeypatch: pytest.MonkeyPatch, toy_cache: Path) -> None:
    monkeypatch.setattr("mplus_cli.api.user_cache", lambda: toy_cache)


@pytest.fixture
def make(world: Path, toys: dict[str, Path], toy_cache: Path) -> Make:
    """Make a memory: `make("mine")`, of texts of its own or of some that are known by its name."""

    def made(name: str, texts: dict[str, str] | None = None, layout: str = "chunks") -> Path:
        path = world / name / ".mplus"
        with Memory(path, model=str(toys[layout]), cache=toy_cache) as memory:
            for title, text in (TEXTS[name] if texts is None else texts).items():
                file = world / name / f"{title}.txt"
                file.parent.mkdir(exist_ok=True)
                file.write_text(text)
                memory.inject(file)
        return path

    return made


@pytest.fixture
def serve(world: Path, toys: dict[str, Path], toy_cache: Path) -> Iterator[Serve]:
    """Serve a memory of its own, in a thread."""
    with ExitStack() as stack:

        def begin(
            texts: dict[str, str], token: str | None = None, layout: str = "chunks"
        ) -> Served:
            folder = world / f"served-{len(list(world.iterdir()))}"
            folder.mkdir()
            settings = settings_of(folder, toys[layout], toy_cache, texts)
            return stack.enter_context(served(settings, Rules(token=token)))

        yield begin
