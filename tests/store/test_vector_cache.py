"""Vectors in files that may be missing: what is kept is whole, and within its budget."""

import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from store.kinds.layout import layout_of
from store.segments.quantized import Rows, packed
from store.segments.vector_cache import VectorCache
from tests.faults import faults, full_disk, in_child, killed
from tests.media import mounted, unprotect, write_protect
from tests.store.made import EIGHT, SPEC

LAYOUT = layout_of(EIGHT)
OLD = time.time() - 10_000


def key(number: int) -> str:
    return f"{number % 7:02x}{number:062x}"


def rows(number: int, count: int = 5) -> Rows:
    drawn = torch.randn(3, count, 6, generator=torch.Generator().manual_seed(number))
    return packed(drawn, parts=2)


def same(found: Rows | None, number: int) -> bool:
    wanted = rows(number)
    return (
        found is not None
        and wanted.scales is not None
        and found.scales is not None
        and torch.equal(found.numbers, wanted.numbers)
        and torch.equal(found.scales, wanted.scales)
    )


def cache(folder: Path, budget_bytes: int | None = None) -> VectorCache:
    return VectorCache(folder / "cache" / "vectors", LAYOUT, budget_bytes)


def filled(folder: Path, count: int, budget_bytes: int | None = None) -> VectorCache:
    """A cache with vectors of chunks 0..count-1, those of chunk 0 the oldest."""
    folder.joinpath("cache").mkdir(exist_ok=True)
    made = cache(folder, budget_bytes)
    for number in range(count):
        made.put(key(number), rows(number))
        if file_of(folder, number).exists():
            os.utime(file_of(folder, number), (OLD + number,) * 2)
    return made


def file_of(folder: Path, number: int) -> Path:
    return folder / "cache" / "vectors" / key(number)[:2] / f"{key(number)}.safetensors"


def there(folder: Path, count: int) -> list[int]:
    """Of which chunks vectors are there, by their files."""
    return [number for number in range(count) if file_of(folder, number).exists()]


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and file.name != "lock"]


@pytest.fixture
def one_bytes(tmp_path: Path) -> int:
    """Bytes of a file."""
    folder = tmp_path / "one"
    folder.mkdir()
    return filled(folder, 1).size_bytes()


def test_what_is_put_is_there(tmp_path: Path) -> None:
    made = filled(tmp_path, 3)
    for opened in (made, cache(tmp_path)):
        assert all(same(opened.get(key(number)), number) for number in range(3))
        assert opened.get(key(3)) is None
    assert sorted(made.keys()) == sorted(map(key, range(3)))
    assert made.size_bytes() == sum(file.stat().st_size for file in files(tmp_path))


def test_hidden_states_are_kept_as_they_are(tmp_path: Path) -> None:
    made, states = VectorCache(tmp_path / "v", layout_of(SPEC), None), torch.randn(3, 6, 4)
    made.put(key(0), Rows(states, None))
    found = VectorCache(tmp_path / "v", layout_of(SPEC), None).get(key(0))
    assert found is not None and torch.equal(found.numbers, states) and found.scales is None


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files(tmp_path)} == {0o600}
    folders = [path for path in (tmp_path / "cache" / "vectors").rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_nothing_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: pytest.fail("waited"))
    assert filled(tmp_path, 3, budget_bytes=100).get(key(0)) is None


def flipped(content: bytes) -> bytes:
    return content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]


def emptied(content: bytes) -> bytes:
    return bytes(len(content))


def cut(content: bytes) -> bytes:
    return content[:-1]


@pytest.mark.parametrize("damage", [flipped, emptied, cut, lambda content: b""])
def test_a_damaged_file_is_none_and_goes(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    filled(tmp_path, 2)
    file = file_of(tmp_path, 0)
    file.write_bytes(damage(file.read_bytes()))
    opened = cache(tmp_path)
    assert opened.get(key(0)) is None
    assert there(tmp_path, 2) == [1]
    opened.put(key(0), rows(0))
    assert same(opened.get(key(0)), 0)


def test_a_file_of_another_chunk_or_of_other_sizes_is_none(tmp_path: Path) -> None:
    made = filled(tmp_path, 2)
    file_of(tmp_path, 0).write_bytes(file_of(tmp_path, 1).read_bytes())
    made.put(key(1), rows(1, count=EIGHT.num_tokens + 1))
    assert cache(tmp_path).get(key(0)) is None
    assert cache(tmp_path).get(key(1)) is None


def test_the_budget_is_kept_and_the_oldest_go(tmp_path: Path, one_bytes: int) -> None:
    made = filled(tmp_path, 40, budget_bytes=10 * one_bytes)
    assert 9 * one_bytes <= made.size_bytes() <= 10 * one_bytes
    left = there(tmp_path, 40)
    assert left == list(range(40 - len(left), 40))


def test_small_changes_of_many_processes_stay_within_the_budget(
    tmp_path: Path, one_bytes: int
) -> None:
    for number in range(12):
        cache(tmp_path, 4 * one_bytes).put(key(number), rows(number))
        assert cache(tmp_path).size_bytes() <= 4 * one_bytes


def test_no_budget_keeps_all_and_an_empty_one_none(tmp_path: Path) -> None:
    assert len(there(tmp_path, 5)) == 0
    filled(tmp_path, 5)
    assert there(tmp_path, 5) == [0, 1, 2, 3, 4]
    none = cache(tmp_path, 0)
    none.put(key(5), rows(5))
    assert none.get(key(5)) is None and not files(tmp_path)


def test_one_larger_than_the_budget_is_not_written(tmp_path: Path, one_bytes: int) -> None:
    assert there(tmp_path, filled(tmp_path, 2, one_bytes - 1).size_bytes() + 2) == []


def test_what_is_read_stays(tmp_path: Path, one_bytes: int) -> None:
    filled(tmp_path, 5)
    opened = cache(tmp_path)
    assert same(opened.get(key(0)), 0)
    assert opened.trim(2 * one_bytes) == (3, 3 * one_bytes)
    assert there(tmp_path, 5) == [0, 4]


def test_trim_removes_what_was_never_finished(tmp_path: Path, one_bytes: int) -> None:
    made = filled(tmp_path, 1)
    unfinished = file_of(tmp_path, 0).parent / ".new-abc"
    unfinished.write_bytes(b"half")
    os.utime(unfinished, (OLD - 1, OLD - 1))
    assert made.trim(one_bytes) == (1, 4)
    assert made.trim(0) == (1, one_bytes)
    assert made.trim(0) == (0, 0)
    assert VectorCache(tmp_path / "nowhere", LAYOUT, 5).trim(0) == (0, 0)


def test_what_is_mapped_is_let_go_by_a_trim_and_read_on_by_who_holds_it(tmp_path: Path) -> None:
    made = filled(tmp_path, 1)
    held = made.get(key(0))
    made.trim(0)
    assert made.get(key(0)) is None
    assert same(held, 0)


def test_of_two_processes_one_trims(tmp_path: Path, one_bytes: int) -> None:
    made = filled(tmp_path, 4, budget_bytes=4 * one_bytes)
    waiting = threading.Thread(target=made.trim, args=(0,))
    with FileLock(tmp_path / "cache" / "vectors" / "lock"):
        made.put(key(4), rows(4))  # passes over what another does
        assert there(tmp_path, 5) == [0, 1, 2, 3, 4]
        waiting.start()  # asked for: it waits
        waiting.join(0.1)
        assert waiting.is_alive()
    waiting.join()
    assert there(tmp_path, 5) == []


def begun(work: Callable[[], object]) -> int:
    """A process that does it."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(1)
    return child


def test_processes_write_read_and_trim_side_by_side(tmp_path: Path, one_bytes: int) -> None:
    (tmp_path / "cache").mkdir()

    def work() -> None:
        mine = cache(tmp_path, 6 * one_bytes)
        for number in range(60):
            mine.put(key(number), rows(number))
            found = mine.get(key(number))
            assert found is None or same(found, number)
        mine.trim(3 * one_bytes)
        os._exit(4)

    running = [begun(work) for _ in range(3)]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in running] == [4, 4, 4]
    last = cache(tmp_path, 6 * one_bytes)
    assert all(found is None or same(found, n) for n in range(60) if [found := last.get(key(n))])
    last.trim(6 * one_bytes)
    assert last.size_bytes() <= 6 * one_bytes


def steps_of(work: Callable[[], object]) -> int:
    with faults(None, full_disk) as steps:
        work()
    return steps.count


def worked(folder: Path, one_bytes: int) -> None:
    made = cache(folder, 2 * one_bytes)
    for number in (1, 2, 3):
        made.put(key(number), rows(number))
    with suppress(OSError):
        made.trim(one_bytes)


def test_a_full_disk_is_no_error_and_leaves_nothing_half(tmp_path: Path, one_bytes: int) -> None:
    (tmp_path / "all").mkdir()
    for at in range(steps_of(lambda: worked(tmp_path / "all", one_bytes))):
        folder = tmp_path / str(at)
        folder.mkdir()
        with faults(at, full_disk):
            worked(folder, one_bytes)
        assert not list(folder.rglob(".new-*"))
        worked(folder, one_bytes)
        assert same(cache(folder).get(key(3)), 3)


def test_killed_anywhere_it_goes_on(tmp_path: Path, one_bytes: int) -> None:
    (tmp_path / "all").mkdir()
    for at in range(steps_of(lambda: worked(tmp_path / "all", one_bytes))):
        folder = tmp_path / str(at)
        folder.mkdir()

        def killed_there(at: int = at, folder: Path = folder) -> None:
            with faults(at, killed):
                worked(folder, one_bytes)

        assert in_child(killed_there) < 0
        opened = cache(folder)
        assert all(
            found is None or same(found, n) for n in (1, 2, 3) if [found := opened.get(key(n))]
        )
        worked(folder, one_bytes)
        assert cache(folder).trim(0).files
        assert not files(folder)


def test_a_disk_without_room(tmp_path: Path, one_bytes: int) -> None:
    with mounted(tmp_path, "-t", "tmpfs", "-o", "size=64k", "none") as done:
        if not done:
            pytest.skip("nothing can be mounted here")
        made = filled(tmp_path, 2)
        with pytest.raises(OSError), (tmp_path / "large").open("wb", buffering=0) as large:
            while True:
                large.write(bytes(512))
        made.put(key(2), rows(2))
        assert made.get(key(2)) is None and same(made.get(key(1)), 1)
        assert not list(tmp_path.rglob(".new-*"))
        assert made.trim(0) == (2, 2 * one_bytes)


def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    place = str(tmp_path)
    with mounted(tmp_path, "--bind", place), mounted(tmp_path, "-o", "remount,bind,ro") as done:
        if not done:
            write_protect(tmp_path)
        try:
            opened = cache(tmp_path, 1)
            assert same(opened.get(key(0)), 0)
            if os.geteuid() or done:
                opened.put(key(3), rows(3))
                assert there(tmp_path, 4) == [0, 1]
                with pytest.raises(OSError):
                    opened.trim(0)
        finally:
            if not done:
                unprotect(tmp_path)
