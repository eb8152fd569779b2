"""A folder that others write into: links, special files, leftovers, disks that refuse."""

import errno
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from store.backends.folder import Folder
from store.errors import DamagedError, FullDiskError, MplusError
from tests.faults import faults, in_child, killed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "notes"


@pytest.fixture
def folder(root: Path) -> Folder:
    made = Folder(root)
    made.create("packs/ab", b"there")
    return made


def test_links_are_not_followed(folder: Folder, root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/mine").write_text("mine")
    (root / "packs/link").symlink_to(tmp_path / "secret")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    assert list(folder.names()) == [("packs/ab", 5)]
    refused: list[Callable[[], object]] = [
        lambda: folder.get("packs/link", 100),
        lambda: folder.get("linked/mine", 100),
        lambda: folder.create("linked/new", b""),
        lambda: folder.delete(["linked/mine"]),
        lambda: list(folder.names("linked")),
    ]
    for each in refused:
        with pytest.raises(DamagedError, match="link"):
            each()
    assert not folder.create("packs/link", b"")
    folder.delete(["packs/link"])
    assert (tmp_path / "secret").read_text() == (tmp_path / "elsewhere/mine").read_text() == "mine"
    assert [each.name for each in (tmp_path / "elsewhere").iterdir()] == ["mine"]


def test_the_folder_itself_may_be_a_link(folder: Folder, root: Path, tmp_path: Path) -> None:
    (tmp_path / "short").symlink_to(root)
    assert Folder(tmp_path / "short").get("packs/ab", 5) == b"there"


def test_what_is_no_file_is_not_read(folder: Folder, root: Path) -> None:
    os.mkfifo(root / "packs/pipe")
    (root / "packs/inner").mkdir()
    (root / "packs/ab.d").mkdir()
    for name in ("packs/pipe", "packs/inner"):
        with pytest.raises(DamagedError, match="it is a link, or no file"):
            folder.get(name, 100)
    with pytest.raises(DamagedError, match=r"ab at .* is damaged: it is a link, or no folder"):
        folder.get("packs/ab/c", 100)
    assert list(folder.names()) == [("packs/ab", 5)]


def test_files_of_others_are_left_out(folder: Folder, root: Path) -> None:
    for name in ("README", ".DS_Store", "packs/.new-1", "packs/Ä", "packs/a b", "x" * 201):
        (root / name).write_text("not an object")
    assert list(folder.names()) == [("packs/ab", 5)]


def test_a_sparse_file_is_no_more_than_its_size(folder: Folder, root: Path) -> None:
    os.truncate(root / "packs/ab", 1 << 40)
    assert list(folder.names()) == [("packs/ab", 1 << 40)]
    with pytest.raises(DamagedError, match="it has 1,099,511,627,776 bytes, and 1,000 are"):
        folder.get("packs/ab", 1000)
    assert folder.get("packs/ab", 1000, 0, 5) == b"there"


def test_others_may_read_what_one_writes(folder: Folder, root: Path) -> None:
    umask = os.umask(0o002)
    try:
        Folder(root).create("shared/a", b"")
    finally:
        os.umask(umask)
    assert (root / "shared/a").stat().st_mode & 0o777 == 0o664
    assert (root / "shared").stat().st_mode & 0o777 == 0o775


@pytest.mark.parametrize("step", range(8))
def test_a_killed_writer_leaves_no_half_object(folder: Folder, root: Path, step: int) -> None:
    def write() -> None:
        with faults(step, killed):
            Folder(root).create("packs/new", b"new" * 1000)

    ended = in_child(write)
    assert ended in (0, -signal.SIGKILL)
    there = dict(folder.names())
    assert there.pop("packs/new", 3000) == 3000
    assert there == {"packs/ab": 5}
    folder.create("packs/new", b"new" * 1000)
    assert folder.get("packs/new", 3000) == b"new" * 1000


def test_what_killed_writers_left_goes_when_it_is_old(folder: Folder, root: Path) -> None:
    old, young, other = (root / "packs" / name for name in (".new-1", ".new-2", ".nfs1"))
    for each in (old, young, other):
        each.write_text("half")
    day_before = time.time() - 25 * 3600
    for each in (old, other):
        os.utime(each, (day_before, day_before))
    Folder(root).create("packs/c", b"")
    assert (old.exists(), young.exists(), other.exists()) == (False, True, True)


def no_links(*_: Any, **__: Any) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_file_system_without_hard_links(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    assert Folder(root).create("packs/ab", b"first")
    assert not Folder(root).create("packs/ab", b"other")
    for turn in range(10):
        with ThreadPoolExecutor(8) as pool:
            created = list(
                pool.map(
                    lambda at, turn=turn: Folder(root).create(f"generations/{turn}", b"%d" % at),
                    range(8),
                )
            )
        assert created.count(True) == 1
        assert Folder(root).get(f"generations/{turn}", 1) == b"%d" % created.index(True)
    assert not list(root.rglob(".*"))


def test_a_server_of_files_that_lost_its_answer(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS may link, lose the answer, be asked again, and say that there is one."""
    link = os.link

    def linked_twice(*names: Any, **folders: Any) -> None:
        link(*names, **folders)
        link(*names, **folders)

    monkeypatch.setattr(os, "link", linked_twice)
    assert Folder(root).create("a", b"first")
    assert not Folder(root).create("a", b"other")


def test_a_full_disk_leaves_nothing(
    folder: Folder, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(FullDiskError, match="no space is left on the disk"):
            folder.create("packs/c", b"much")
    assert list(folder.names()) == [("packs/ab", 5)]
    assert not list(root.rglob(".*"))


def test_a_disk_that_is_not_mounted_is_not_written_beside(tmp_path: Path) -> None:
    with pytest.raises(MplusError, match="can't be written: no such file") as raised:
        Folder(tmp_path / "stick/notes").create("a", b"")
    assert "look whether its disk is there" in raised.value.hint
    assert not (tmp_path / "stick").exists()


def test_a_folder_that_may_not_be_written(
    folder: Folder, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(name: Any, flags: int, *rest: Any, **named: Any) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return opened(name, flags, *rest, **named)

    opened = os.open
    monkeypatch.setattr(os, "open", read_only)
    with pytest.raises(MplusError, match=f"the folder {root} can't be written: read-only file"):
        folder.create("packs/c", b"")
    assert folder.get("packs/ab", 5) == b"there"


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("not a folder")
    for call in (lambda: list(Folder(tmp_path / "notes").names()), lambda: create(tmp_path)):
        with pytest.raises(MplusError, match="not a directory"):
            call()


def create(parent: Path) -> bool:
    return Folder(parent / "notes").create("a", b"")


def test_a_listing_goes_on_while_others_delete(folder: Folder, root: Path) -> None:
    for number in range(200):
        folder.create(f"packs/{number:03}", b"")
    deleting = threading.Thread(
        target=lambda: Folder(root).delete(f"packs/{number:03}" for number in range(200))
    )
    deleting.start()
    while deleting.is_alive():
        assert ("packs/ab", 5) in list(folder.names())
    deleting.join()
    assert list(folder.names()) == [("packs/ab", 5)]
