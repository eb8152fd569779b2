"""A server goes on with what a model is now, when it was prepared anew beside it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mplus_cli.serving.desk import Desk
from mplus_cli.serving.warm.listener import Listener
from mplus_cli.settings import load_settings
from tests.conftest import Run
from tests.serving.warm.conftest import Q, untimed
from tests.toy import make_checkpoint


@pytest.fixture
def own(world: Path, mplus: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint, prepared in a cache of its own, and a memory that it wrote."""
    monkeypatch.setenv("MPLUS_CACHE", str(world / "cache"))
    own = make_checkpoint(world / "own", "chunks")
    monkeypatch.setenv("MPLUS_MODEL", str(own))
    assert not mplus("model", "pull", own).code
    (world / "gate.md").write_text("The gate code is 4417.\n" * 3)
    assert not mplus("inject", "gate.md").code
    return own


@pytest.fixture
def server(own: Path, runtime: Path) -> Iterator[Desk]:
    settings = load_settings({})
    desk = Desk(settings)
    listener = Listener(desk, settings)
    listener.start()
    yield desk
    listener.close()
    desk.close()


def test_another_model_of_the_same_name_is_loaded(
    server: Desk, own: Path, mplus: Run, served: Run, at_once: Run
) -> None:
    before = untimed(served("ask", Q, "--json", "-n", "8"))
    shutil.rmtree(own)
    make_checkpoint(own, "chunks", seed=7)
    assert untimed(served("ask", Q, "--json", "-n", "8")) == before
    assert not mplus("model", "pull", own).code
    refused = at_once("ask", Q, "--json")
    assert refused == mplus("ask", Q, "--json")
    assert (refused.code, refused.error["code"]) == (21, "other_model")
    assert "mplus rebuild" in refused.error["hint"]
    assert not mplus("rebuild", "--yes").code
    now = untimed(served("ask", Q, "--json", "-n", "8"))
    assert now == untimed(mplus("ask", Q, "--json", "-n", "8"))
    assert now.json["generation"] > before.json["generation"]


def test_the_same_model_prepared_again_is_loaded_again(
    server: Desk, own: Path, mplus: Run, served: Run
) -> None:
    before = untimed(served("ask", Q, "--json"))
    engine = server.memory._shared.engine()
    assert server.memory._shared.engine() is engine
    assert not mplus("model", "pull", own, "--again").code
    assert untimed(served("ask", Q, "--json")) == before
    assert server.memory._shared.engine() is not engine
