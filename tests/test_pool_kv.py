"""The pool's keys and values are made once for a generation, and change no answer."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.conftest import Run

QUESTION = ("ask", "Where is the key?", "-n", "12", "--json")


@pytest.fixture(params=["mplus", "memoryllm"])
def asked(
    request: pytest.FixtureRequest,
    world: Path,
    toys: dict[str, Path],
    mplus: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A memory in the published form that was asked once; gives its cache."""
    monkeypatch.setenv("MPLUS_MODEL", str(toys[request.param]))
    monkeypatch.setenv("MPLUS_MEMORY", str(world / "memory"))
    (world / "note.txt").write_text("The spare key hangs behind the third flower pot. " * 4)
    assert mplus("inject", "note.txt").code == 0
    assert mplus(*QUESTION).code == 0
    return world / "memory" / "cache"


def only(cache: Path) -> Path:
    (file,) = cache.glob("pool-*")
    return file


def answered(mplus: Run) -> tuple[str, list[float]]:
    found = mplus(*QUESTION).json
    return found["answer"], [source["weight"] for source in found["sources"]]


def test_it_is_made_once_and_says_the_same(asked: Path, mplus: Run) -> None:
    kept = only(asked).stat().st_ino
    with_it = answered(mplus)
    assert only(asked).stat().st_ino == kept
    only(asked).unlink()
    assert answered(mplus) == with_it


def test_it_is_what_is_read(asked: Path, mplus: Run) -> None:
    """No test of the program, but of the tests here: other rows give another answer."""
    file, before = only(asked), answered(mplus)
    from safetensors import safe_open

    with safe_open(file, "pt") as opened:
        marks = opened.metadata()
    save_file(
        {name: torch.randn_like(rows) * 9 for name, rows in load_file(file).items()}, file, marks
    )
    assert answered(mplus) != before


def test_the_next_generation_makes_its_own(asked: Path, mplus: Run, world: Path) -> None:
    before = only(asked).name
    (world / "other.txt").write_text(
        "The gate code is four four one seven, since the first of May. " * 3
    )
    assert mplus("inject", "other.txt").code == 0
    assert mplus(*QUESTION).code == 0
    assert only(asked).name != before


@pytest.mark.parametrize(
    "content", [b"", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ", b"nonsense" * 50]
)
def test_a_damaged_one_is_made_anew(asked: Path, mplus: Run, content: bytes) -> None:
    file, before = only(asked), answered(mplus)
    whole = file.read_bytes()
    file.write_bytes(content)
    assert answered(mplus) == before
    assert only(asked).read_bytes() == whole


def test_gc_takes_it_away(asked: Path, mplus: Run) -> None:
    assert mplus("gc").code == 0
    assert not list(asked.glob("pool-*"))
    assert mplus(*QUESTION).code == 0
