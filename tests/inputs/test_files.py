"""Finding the files that paths, folders and globs stand for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mplus_cli.errors import ReadError, UsageError
from mplus_cli.inputs.files import Found, discover
from mplus_cli.inputs.load import load
from mplus_cli.inputs.selection import Selection


def plant(root: Path) -> None:
    """A folder with a bit of everything."""
    for name in ["b.md", "a.txt", "sub/c.md", "sub/deep/d.md", ".hidden/e.md", ".f.md", "[x].md"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "folder"
    plant(root)
    return root


def names(folder: Path, *paths: str, **selected: Any) -> list[str]:
    found = discover(paths or ["."], Selection(**selected), base=folder)
    return [one.path.relative_to(folder).as_posix() for one in found]


def test_a_selection_is_what_was_kept_of_it() -> None:
    selection = Selection(("*.log",), ("md", "tar.gz"), hidden=True, max_bytes=5)
    assert Selection.from_dict(selection.as_dict()) == selection


def test_a_folder_is_walked_in_order_without_hidden_entries(folder: Path) -> None:
    assert names(folder) == ["[x].md", "a.txt", "b.md", "sub/c.md", "sub/deep/d.md"]


def test_arguments_keep_their_order_and_files_come_once(folder: Path) -> None:
    assert names(folder, "sub", "b.md", ".", "./b.md", "sub/../a.txt") == [
        "sub/c.md",
        "sub/deep/d.md",
        "b.md",
        "[x].md",
        "a.txt",
    ]


def test_only_what_the_user_wrote_is_named(folder: Path) -> None:
    found = list(discover(["a.txt", "sub/*.md", "sub"], base=folder))
    assert found == [
        Found(folder / "a.txt", named=True),
        Found(folder / "sub/c.md", named=True),
        Found(folder / "sub/deep/d.md", named=False),
    ]


def test_paths_stay_as_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert [found.path for found in discover(["sub", "*.txt"])] == [
        Path("sub/c.md"),
        Path("sub/deep/d.md"),
        Path("a.txt"),
    ]
    assert [found.path for found in discover([str(folder / "*.txt")])] == [folder / "a.txt"]


def test_hidden_files_can_be_named(folder: Path) -> None:
    assert names(folder, ".hidden", ".f.md") == [".hidden/e.md", ".f.md"]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*.md", ["[x].md", "b.md"]),
        ("**/*.md", ["[x].md", "b.md", "sub/c.md", "sub/deep/d.md"]),
        ("s?b/**", ["sub/c.md", "sub/deep/d.md"]),
        ("[ab].*", ["a.txt", "b.md"]),
        (".*.md", [".f.md"]),
        ("[x].md", ["[x].md"]),
    ],
)
def test_globs(folder: Path, pattern: str, matches: list[str]) -> None:
    assert names(folder, pattern) == matches


def test_a_missing_path_and_a_glob_without_matches_do_not_stop_the_rest(folder: Path) -> None:
    found = list(discover(["gone", "*.none", "a**b", "a.txt"], base=folder))
    assert found == [
        Found(folder / name, named=True) for name in ["gone", "*.none", "a**b", "a.txt"]
    ]
    with pytest.raises(ReadError, match="does not exist"):
        load(found[1].path)


def test_gitignore_files_hold_for_the_folder_they_lie_in(folder: Path) -> None:
    (folder / ".gitignore").write_text("# comment\n*.txt\n/sub/deep/\n")
    (folder / "sub/.gitignore").write_text("/b.md\n!keep.txt\n")
    for name in ["keep.txt", "sub/keep.txt", "sub/b.md", "sub/c.txt"]:
        (folder / name).touch()
    assert names(folder) == ["[x].md", "b.md", "sub/c.md", "sub/keep.txt"]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("*\n!*/\n!*.md\n", ["[x].md", "b.md", "sub/c.md", "sub/deep/d.md"]),
        ("/*\n!sub\n", ["sub/c.md", "sub/deep/d.md"]),
        ("/sub/*\n!/sub/deep/\n*.txt\n", ["[x].md", "b.md", "sub/deep/d.md"]),
        ("sub/**\n!sub/c.md\n", ["[x].md", "a.txt", "b.md", "sub/c.md"]),
        ("*.md\n!sub/\n", ["a.txt"]),
        ("sub\n!sub/c.md\n", ["[x].md", "a.txt", "b.md"]),
        ("**/deep/\n\\[x].md\n", ["a.txt", "b.md", "sub/c.md"]),
    ],
)
def test_gitignore_patterns_work_as_in_git(folder: Path, lines: str, kept: list[str]) -> None:
    (folder / ".gitignore").write_text(lines)
    assert names(folder) == kept


def test_mplusignore_has_the_same_rules_and_the_last_word(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.txt\n")
    (folder / ".mplusignore").write_text("deep/\n!a.txt\n")
    (folder / "sub/.mplusignore").write_text("/c.md\n")
    (folder / "sub/b.txt").touch()
    assert names(folder) == ["[x].md", "a.txt", "b.md"]
    assert names(folder, "sub/deep") == ["sub/deep/d.md"]


def test_extensions_choose_from_folders_and_globs(folder: Path) -> None:
    (folder / "sub/Report.PDF").touch()
    (folder / "sub/all.tar.gz").touch()
    assert names(folder, extensions=["txt", "pdf"]) == ["a.txt", "sub/Report.PDF"]
    assert names(folder, extensions=["tar.gz"]) == ["sub/all.tar.gz"]
    assert names(folder, "*", "b.md", extensions=["txt"]) == ["a.txt", "b.md"]


def test_hidden_files_on_demand_but_never_those_of_git_or_of_a_memory(folder: Path) -> None:
    for name in (".git/config", ".mplus/memory.json", ".mplus/index.db"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    found = names(folder, hidden=True)
    assert found == [
        ".f.md",
        ".hidden/e.md",
        "[x].md",
        "a.txt",
        "b.md",
        "sub/c.md",
        "sub/deep/d.md",
    ]


def test_what_is_passed_over_is_reported_with_the_reason(folder: Path) -> None:
    (folder / ".gitignore").write_text("deep/\n")
    (folder / "sub/loop").symlink_to(folder)
    passed: list[tuple[str, str]] = []

    def report(path: Path, reason: str) -> None:
        passed.append((path.relative_to(folder).as_posix(), reason))

    list(discover(["."], Selection(extensions=["md"]), base=folder, passed=report))
    assert sorted(passed) == [
        (".f.md", "hidden"),
        (".gitignore", "hidden"),
        (".hidden", "hidden"),
        ("a.txt", "another extension"),
        ("sub/deep", "ignored by a pattern"),
        ("sub/loop", "a linked folder"),
    ]


def test_named_files_are_taken_whatever_gitignore_says(folder: Path) -> None:
    (folder / ".gitignore").write_text("*")
    assert names(folder, "a.txt", "*.md") == ["a.txt", "[x].md", "b.md"]


def test_the_rules_of_the_repository_around_a_folder_hold(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".gitignore").write_text("deep/\n")
    (folder.parent / ".gitignore").write_text("*.md\n")  # outside of the repository
    assert names(folder, "sub") == ["sub/c.md"]
    assert names(folder, "sub/deep") == ["sub/deep/d.md"]


def test_ignore_patterns(folder: Path) -> None:
    (folder / ".gitignore").write_text("a.txt\n")
    assert names(folder, ignore=["*.md", "!b.md", "!a.txt"]) == ["a.txt", "b.md"]
    assert names(folder, "**/*.md", "sub/c.md", ignore=["sub/"]) == ["[x].md", "b.md", "sub/c.md"]


@pytest.mark.parametrize("pattern", ["!", "[a-", "end\\"])
def test_a_bad_pattern_is_refused_as_an_option_and_passed_over_in_a_gitignore(
    folder: Path, pattern: str
) -> None:
    (folder / ".gitignore").write_text(f"{pattern}\n*.md\n")
    assert names(folder) == ["a.txt"]
    with pytest.raises(UsageError, match="is no pattern"):
        names(folder, ignore=[pattern])


def test_links_to_files_are_followed_links_to_folders_are_not(folder: Path) -> None:
    (folder / "sub/loop").symlink_to(folder)
    (folder / "sub/self").symlink_to("self")
    (folder / "sub/dangling").symlink_to("nowhere")
    (folder / "sub/a-again").symlink_to(folder / "a.txt")
    assert names(folder, "sub", "a.txt") == ["sub/a-again", "sub/c.md", "sub/deep/d.md"]
    assert names(folder, "sub/**/*.md") == ["sub/c.md", "sub/deep/d.md"]


def test_hard_links_come_under_each_name(folder: Path) -> None:
    os.link(folder / "a.txt", folder / "sub/a.txt")
    assert names(folder, ".") == [
        "[x].md",
        "a.txt",
        "b.md",
        "sub/a.txt",
        "sub/c.md",
        "sub/deep/d.md",
    ]


def test_a_named_link_to_a_folder_is_walked(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder / "sub")
    found = list(discover(["link"], base=folder.parent))
    assert found[0] == Found(folder.parent / "link/c.md", named=False)


def test_a_named_link_to_itself_reaches_load(folder: Path) -> None:
    (folder / "self").symlink_to("self")
    [found] = discover(["self"], base=folder)
    with pytest.raises(ReadError, match="can't be read"):
        load(found.path)


def test_pipes_are_passed_over_unless_named(folder: Path) -> None:
    os.mkfifo(folder / "sub/pipe")
    assert names(folder, "sub") == ["sub/c.md", "sub/deep/d.md"]
    assert names(folder, "sub/pipe") == ["sub/pipe"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_cannot_be_listed_is_reported(folder: Path) -> None:
    (folder / "sub").chmod(0)
    assert "sub" in names(folder)
    with pytest.raises(ReadError, match="permission denied"):
        load(folder / "sub")
