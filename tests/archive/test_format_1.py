"""A memory of format 1 keeps hidden states, whatever today's model would keep, and goes on so."""

from dataclasses import replace
from pathlib import Path

import pytest

from mplus_cli import Memory
from mplus_cli.engine import Engine
from mplus_cli.settings import Settings
from store.change import change
from store.home import Home


@pytest.mark.parametrize("layout", ["input", "chunks"])
def test_it_is_written_to_and_read_as_before(
    layout: str, world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    model, old, new = str(toys[layout]), world / "old", world / "new"
    settings = Settings(old, model, "cpu", "none", 0, toy_cache, 1.0)
    spec = Engine(settings, None).spec
    assert spec.kv_width
    older = replace(spec, kv_width=0, id_bytes=0, pool_vectors=spec.pool_vectors or 64)
    with change(old, "inject", 1, create=older):
        pass
    (world / "a.txt").write_text("The gate code is 4417. " * 9)
    (world / "b.txt").write_text("The pump draws 450 watts. " * 9)
    answers = []
    for place in (old, new):
        with Memory(place, model=model, cache=toy_cache) as memory:
            memory.inject("a.txt", "b.txt")
            answers.append(memory.ask("What is the gate code?", max_tokens=4))
            assert memory.verify(read_data=True, replay=True).whole
    assert Home(old).spec.kv_width == 0
    assert [each.path for each in answers[0].sources] == [each.path for each in answers[1].sources]
    assert answers[0].text == answers[1].text
    if layout == "chunks":
        with Memory(old, model=model, cache=toy_cache) as memory:
            memory.trim("1GB")
            assert Home(old).spec == Home(new).spec
            assert memory.ask("What is the gate code?", max_tokens=4).text == answers[1].text
            assert memory.verify(read_data=True, replay=True).whole
