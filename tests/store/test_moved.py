"""Paths carried over to where a memory lies now."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.index.moved import Move, find_move

part = st.text("abc.@: é", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
parts = st.lists(part, min_size=1, max_size=4)


def joined(names: list[str]) -> str:
    return "/" + "/".join(names)


@given(parts, parts, parts)
def test_what_lies_below_is_carried_and_comes_back(
    before: list[str], after: list[str], below: list[str]
) -> None:
    move = Move(joined(before), joined(after))
    path = joined([*before, *below])
    assert move.carried(path) == joined([*after, *below])
    assert Move(move.after, move.before).carried(move.carried(path)) == path


@given(parts, parts, parts)
def test_what_lies_elsewhere_stays(before: list[str], after: list[str], other: list[str]) -> None:
    move, path = Move(joined(before), joined(after)), joined(other)
    if other[: len(before)] != before:
        assert move.carried(path) == path
    for name in (f"stdin-{other[0]}", f"https://example.org{path}", "/".join(other)):
        assert move.carried(name) == name


@pytest.mark.parametrize(
    ("name", "carried"),
    [
        ("/a/b", "/x"),
        ("/a/b/*.txt", "/x/*.txt"),
        ("/a/bc/d", "/a/bc/d"),
        ("git:/a/b@HEAD", "git:/x@HEAD"),
        ("git:/a/b@v1:docs/a.md", "git:/x@v1:docs/a.md"),
        ("git:/a/b/sub@HEAD:/a/b/c", "git:/x/sub@HEAD:/a/b/c"),
        ("git:/a/bc@HEAD", "git:/a/bc@HEAD"),
        ("notes/a/b", "notes/a/b"),
    ],
)
def test_names(name: str, carried: str) -> None:
    assert Move("/a/b", "/x").carried(name) == carried


def test_drive_letters_and_other_systems() -> None:
    assert Move("D:\\proj", "E:\\proj").carried("D:\\proj\\docs\\a.txt") == "E:\\proj\\docs\\a.txt"
    assert Move("D:\\proj", "/srv/proj").carried("D:\\proj\\docs\\a.txt") == "/srv/proj/docs/a.txt"


def made(folder: Path, *names: str) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return [str(folder / name) for name in names]


def test_files_that_moved_along(tmp_path: Path) -> None:
    before, now = tmp_path / "proj", tmp_path / "moved"
    files = made(before, "a", "b", "c", "d")
    before.rename(now)
    assert find_move(str(before), str(now), [], files) == (Move(str(before), str(now)), True)
    made(before, "a", "b", "c", "d")  # a copy: both are there
    assert find_move(str(before), str(now), [], files)[0] is not None
    for name in "ab":  # and something was deleted since
        (now / name).unlink()
    assert find_move(str(before), str(now), [], files)[0] is not None
    (now / "c").unlink()  # one of that name by chance
    assert find_move(str(before), str(now), [], files) == (None, True)


def test_files_that_did_not_move_along(tmp_path: Path) -> None:
    before, now = str(tmp_path / "proj"), str(tmp_path / "moved")
    files = made(tmp_path / "proj", "a", "b")
    (tmp_path / "moved").mkdir()
    assert find_move(before, now, [], files) == (None, True)
    assert find_move(before, now, [], ["/elsewhere/a", "stdin-1"]) == (None, True)
    for file in files:
        Path(file).unlink()  # they may still come
    assert find_move(before, now, [], files) == (None, False)
    assert find_move(now, now, [], files) == (None, True)


def test_the_tree_that_moves_holds_the_memory(tmp_path: Path) -> None:
    before, now = tmp_path / "proj", tmp_path / "moved"
    [file] = made(before / "docs", "a")
    before.rename(now)
    roots = [str(before), str(tmp_path / "other"), "https://example.org"]
    move, certain = find_move(str(before / "data"), str(now / "data"), roots, [file])
    assert (move, certain) == (Move(str(before), str(now)), True)
    assert find_move(str(before / "data"), str(now / "other"), roots, [file]) == (None, True)


def test_a_folder_that_has_two_paths_is_one(tmp_path: Path) -> None:
    files = made(tmp_path / "proj", "a")
    (tmp_path / "link").symlink_to(tmp_path / "proj")
    found = find_move(str(tmp_path / "proj"), str(tmp_path / "link"), [], files)
    assert found == (None, False)
