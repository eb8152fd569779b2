"""What a newer mplus made: named as such, whatever way it comes, and nothing is left of it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.errors import DamagedError, NewerError
from store.home import Home
from store.repository.layout import GENERATIONS
from store.snapshots.manifest import sealed
from store.spec import Spec, described, parse_spec
from tests.store.made import SLOTS, SPEC
from tests.store.repository.kept import Kept, pull, push
from tests.store.repository.kept import told as told_in_a_repository
from tests.store.snapshots import fill, read, told, unpacked, write

Change = Callable[[dict[str, Any]], object]
SPECS = pytest.mark.parametrize("spec", [SPEC, SLOTS], ids=["vectors", "slots"])


def resealed(content: bytes, change_it: Change) -> bytes:
    """A `memory.json` that says something else, and vouches for it."""
    found = json.loads(content)
    change_it(found)
    found.pop("digest", None)
    digest = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
    return json.dumps(found | {"digest": digest}).encode()


def another_kind(spec: dict[str, Any]) -> None:
    spec["heads_of_a_kind_to_come"] = 3


def is_named(error: pytest.ExceptionInfo[NewerError], *words: str) -> bool:
    told = error.value
    assert (told.exit_code, told.code) == (22, "newer")
    assert "pip install --upgrade mplus-cli" in told.hint
    return all(word in told.message for word in ("made by a newer mplus", *words))


@SPECS
def test_a_memory(tmp_path: Path, spec: Spec) -> None:
    memory = tmp_path / "memory"
    fill(memory, 1, spec=spec)
    file, content = memory / "memory.json", described(spec)
    file.write_bytes(resealed(content, lambda found: found.update(format=6)))
    with pytest.raises(NewerError) as error:
        Home(memory)
    assert is_named(error, "the memory at", "format 6", "up to format 5")
    file.write_bytes(resealed(content, another_kind))
    with pytest.raises(NewerError) as error:
        Home(memory)
    assert is_named(error, "heads_of_a_kind_to_come")


def test_what_nothing_vouches_for_is_damage(tmp_path: Path) -> None:
    found = json.loads(described(SPEC))
    another_kind(found)
    with pytest.raises(DamagedError):
        parse_spec(json.dumps(found).encode(), tmp_path / "x")
    del found["digest"]
    with pytest.raises(DamagedError):
        parse_spec(json.dumps(found).encode(), tmp_path / "x")


@SPECS
def test_a_snapshot(tmp_path: Path, spec: Spec) -> None:
    fill(tmp_path / "memory", 1, spec=spec)
    files = unpacked(write(tmp_path / "memory"))
    with pytest.raises(NewerError) as error:
        read(told(files, lambda found: found.update(version=6)), tmp_path / "other")
    assert is_named(error, "the snapshot", "version 6", "up to 5")
    with pytest.raises(NewerError) as error:
        read(told(files, lambda found: another_kind(found["specs"][0])), tmp_path / "other")
    assert is_named(error, "the snapshot", "heads_of_a_kind_to_come")
    assert not (tmp_path / "other").exists()


@SPECS
def test_a_repository(tmp_path: Path, spec: Spec) -> None:
    fill(tmp_path / "memory", 1, spec=spec)
    push(tmp_path / "memory", kept := Kept())
    whole = dict(kept.objects)

    def newer(*words: str) -> None:
        for use, memory in ((pull, "other"), (push, "memory")):
            with pytest.raises(NewerError) as error:
                use(tmp_path / memory, kept)
            assert is_named(error, "the repository at", *words)
        assert not (tmp_path / "other").exists()
        kept.objects = dict(whole)

    about = json.loads(kept.objects["mplus.json"])
    kept.objects["mplus.json"] = sealed(about | {"format": 2})
    newer("format 2", "reads format 1")
    told_in_a_repository(kept, 1, lambda found: found.update(format=2))
    newer("format 2", "reads format 1")
    told_in_a_repository(kept, 1, lambda found: another_kind(found["spec"]))
    newer("heads_of_a_kind_to_come")
    assert f"{GENERATIONS}0000000001" in kept.objects
