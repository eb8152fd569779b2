"""Reading files from the disk, and refusing what is none or too large."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mplus_cli.errors import ReadError
from mplus_cli.inputs.load import MAX_BYTES, load


def test_load_returns_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\r\n\xff")
    assert load(tmp_path / "a") == b"\r\n\xff"


def test_load_refuses_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"^does not exist"):
        load(tmp_path / "gone")


def test_load_refuses_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(ReadError, match=r"^can't be read: not a directory"):
        load(tmp_path / "a" / "b")


def test_load_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"^a folder"):
        load(tmp_path)


def test_load_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReadError, match=r"^a pipe, a socket or a device"):
        load(tmp_path / "pipe")


def test_load_refuses_a_device() -> None:
    with pytest.raises(ReadError, match=r"^a pipe, a socket or a device"):
        load(Path("/dev/zero"))


def test_load_refuses_a_file_that_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse: takes no room on disk
    with pytest.raises(ReadError, match=r"^too large: 100 MiB"):
        load(tmp_path / "big")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_load_tells_of_missing_permission(tmp_path: Path) -> None:
    (tmp_path / "a").touch(mode=0)
    with pytest.raises(ReadError, match=r"^permission denied"):
        load(tmp_path / "a")
