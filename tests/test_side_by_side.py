"""Many threads read one memory while another process changes it; `make soak` does for minutes."""

from pathlib import Path

import pytest

from mplus_cli import Memory, MplusError
from tests import soak

ROOT = Path(__file__).parent.parent


@pytest.fixture
def fresh(world: Path, toys: dict[str, Path], toy_cache: Path) -> Memory:
    return Memory(world / "m", model=str(toys["chunks"]), cache=toy_cache, lock_timeout_s=1)


@pytest.mark.timeout(120)
def test_no_wrong_answer_and_no_error_but_the_promised_ones(
    tmp_path: Path, toys: dict[str, Path], toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)  # the other process is a module of these tests
    seen = soak.run(tmp_path, str(toys["chunks"]), toy_cache, 5.0)
    assert not seen.wrong
    assert seen.counts["answers"] > 20
    assert seen.counts["passages"] > 20
    assert seen.counts["compared"] > 0
    assert seen.counts["generations"] > 5


def test_a_question_sees_one_generation(fresh: Memory, world: Path) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    fresh.inject("a.txt")
    response = fresh.stream("What is the gate code?", max_tokens=8)
    pieces = iter(response)
    next(pieces, None)
    (world / "b.txt").write_text("The gate code is 1111. " * 5)
    assert fresh.inject("b.txt").generation == 2
    with pytest.raises(MplusError) as error:  # what is read must not go away
        fresh.gc(keep_last=1)
    assert error.value.code == "locked"
    assert response.answer.generation == 1
    assert fresh.ask("What is the gate code?", max_tokens=2).generation == 2
    assert fresh.gc(keep_last=1).generations == (1,)
