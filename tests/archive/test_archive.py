"""Memories that earlier versions made: every later one must open them."""

import json
import tarfile
from pathlib import Path

import pytest

from store.change import change
from store.home import Home
from store.index import Index
from store.spec import FORMAT_VERSION
from tests.archive.make import vectors_digest
from tests.store.made import add, findings, last_state

HERE = Path(__file__).parent


@pytest.mark.parametrize("version", range(1, FORMAT_VERSION + 1))
def test_a_memory_of_each_format_can_be_opened_read_and_changed(
    version: int, tmp_path: Path
) -> None:
    expected = json.loads((HERE / f"memory-format-{version}.json").read_text())
    with tarfile.open(HERE / f"memory-format-{version}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    memory = tmp_path / "memory"
    with change(memory, "look", 1) as opened:  # brings the index up to date
        assert [document.path for document in opened.documents] == ["1", "3"]
    assert findings(memory) == []
    assert last_state(memory).digest == expected["state"]
    assert vectors_digest(memory) == expected["vectors"]
    index = Index.open(Home(memory))
    assert [(each.id, each.command, each.documents) for each in index.generations()] == [
        (4, "forget", 2),
        (3, "inject", 3),
        (2, "inject", 2),
        (1, "inject", 1),
    ]
    assert index.tags() == {"three": 3}
    assert index.ranked_by_text(4, "document 3 chunk 2")[0] == 6
    index.close()
    with change(memory, "rollback", 1) as opened:
        goal = opened.index.generation(3)
        assert goal is not None
        opened.roll_back(goal)
        opened.commit()
    with change(memory, "inject", 1, create=Home(memory).spec) as opened:
        add(opened, 4, (2,))
        opened.commit()
        assert [document.path for document in opened.documents] == ["1", "2", "3", "4"]
    assert findings(memory) == []
