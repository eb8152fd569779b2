"""What is ignored, held against git itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mplus_cli.inputs.files import discover
from mplus_cli.inputs.ignore import rules_of
from mplus_cli.inputs.selection import Selection

SEGMENTS = [b"a", b"b", b"ab", b"A", b"a.x", b"b.x", b"c", b"x y", b"x ", b"[c]", b"!n", b"#h"]
SEGMENTS += ["é".encode(), b"\xff", b"b\\", b"*", b"a-", b"]"]
WILD = [b"*", b"?", b"**", b"***", b"*.x", b"a*", b"*a*", b"a?", b"[ab]", b"[!a]", b"[^b]*", b"a**"]
WILD += [b"[a-c]", b"[]-]", b"[]a]", b"[a-", b"[[:alpha:]]", b"[[:upper:]]*", b"[[:no:]]", b"\\a"]
WILD += [
    b"\\*",
    b"\\[c\\]",
    b"\\!n",
    b"\\#h",
    b"x\\ ",
    b"x\\ \\ ",
    b"b\\\\",
    b"b\\",
    b"*b*?",
    b"?*",
]
WILD += [b"[\\]]", b"[!a-]", b"[a-\\c]", b"[\xc3]?", b"??", b"[[:x]", b"[c-a]", b"[a/b]", b".*"]

names = st.sampled_from(SEGMENTS)
trees = st.lists(st.lists(names, min_size=1, max_size=4), min_size=1, max_size=24)
parts = st.sampled_from(SEGMENTS + WILD + [b"**"] * 8 + [b"*"] * 4)
patterns = st.builds(
    lambda sign, head, segments, tail: sign + head + b"/".join(segments) + tail,
    st.sampled_from([b""] * 4 + [b"!"]),
    st.sampled_from([b""] * 3 + [b"/"]),
    st.lists(parts, min_size=1, max_size=4),
    st.sampled_from([b""] * 5 + [b"/", b"/", b"  ", b"\t", b"\r", b"\\/"]),
)
files = st.lists(patterns | st.sampled_from([b"# a", b"", b"!", b"/", b"*", b"!*/"]), max_size=6)
placed = st.dictionaries(st.integers(0, 23), files, max_size=4)


def plant(root: Path, tree: list[list[bytes]]) -> list[Path]:
    """Make files, but for those that would lie in a file; the folders, the root first."""
    folders = {root: None}
    for segments in tree:
        path = root.joinpath(*map(os.fsdecode, segments))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(exist_ok=False)
        except OSError:
            continue
        folders |= dict.fromkeys(each for each in path.parents if each.is_relative_to(root))
    return list(folders)


def kept_by_git(root: Path) -> set[bytes]:
    """The files that git does not ignore."""
    found = [
        os.fsencode(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts and path.name != ".gitignore"
    ]
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z", "-v", "-n"],
        input=b"".join(path + b"\0" for path in found),
        cwd=root,
        capture_output=True,
        check=False,
    )
    fields = asked.stdout.split(b"\0")
    verdicts = dict(zip(fields[3::4], fields[2::4], strict=True))
    return {path for path in found if not verdicts[path] or verdicts[path].startswith(b"!")}


def kept_by_us(root: Path) -> set[bytes]:
    found = discover([str(root)], Selection(hidden=True))
    paths = [each.path.relative_to(root) for each in found]
    return {os.fsencode(path) for path in paths if path.name != ".gitignore"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def configure(root: Path, any_case: bool) -> None:
    config = f"[core]\n\trepositoryformatversion = 0\n\texcludesFile = {root}.ignore\n"
    (root / ".git/config").write_text(config + f"\tignorecase = {str(any_case).lower()}\n")


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees, placed, files, files, st.booleans())
@example([[b"secrets", b"k"], [b"p", b"secrets", b"k"]], {0: [b"**/secrets/*"]}, [], [], False)
@example([[b"a", b"x", b"b"], [b"a", b"b"], [b"ac"]], {0: [b"a**/b"]}, [b"!ac"], [b"ac"], False)
def test_what_is_read_is_what_git_does_not_ignore(
    repository: Path,
    tree: list[list[bytes]],
    placed: dict[int, list[bytes]],
    exclude: list[bytes],
    of_user: list[bytes],
    any_case: bool,
) -> None:
    for entry in repository.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    configure(repository, any_case)
    folders = plant(repository, tree)
    for number, lines in placed.items():
        text = (b"\xef\xbb\xbf" if number % 3 else b"") + b"\n".join(lines)
        (folders[number % len(folders)] / ".gitignore").write_bytes(text)
    (repository / ".git/info/exclude").write_bytes(b"\r\n".join(exclude) + b"\n")
    Path(f"{repository}.ignore").write_bytes(b"\n".join(of_user))
    assert kept_by_us(repository) == kept_by_git(repository)


def test_no_pattern_takes_long() -> None:
    stars = [b"*a" * 60 + b"b", b"**/a*/" * 30 + b"b", b"/" + b"**/" * 60 + b"b", b" " * 200_000]
    start = time.monotonic()
    rules = rules_of(b"", b"\n".join([*stars, b"\\ " * 100_000, b"[" * 100_000]))
    for path in (b"a" * 250, b"aa/" * 300 + b"a"):
        assert rules.verdict(path, False) is None
    assert time.monotonic() - start < 2


def test_the_trial_of_secrets(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("**/secrets/*.txt\n**/node_modules/*\n")
    plant(
        tmp_path,
        [
            [b"note.txt"],
            [b"secrets", b"k.txt"],
            [b"pkg", b"secrets", b"k.txt"],
            [b"a", b"b", b"node_modules", b"x", b"i.txt"],
        ],
    )
    assert [found.path.name for found in discover([str(tmp_path)])] == ["note.txt"]


def test_an_option_means_what_the_same_line_of_a_file_means(tmp_path: Path) -> None:
    plant(tmp_path, [[b"n.txt"], [b"x", b"logs", b"b.log"], [b"x", b"b.log"]])
    for pattern in ("**/logs/*.log", "**/logs/", "x/**/logs/b.log", "logs", "/x/logs"):
        found = discover([str(tmp_path)], Selection(ignore=[pattern]))
        assert [each.path.name for each in found] == ["n.txt", "b.log"]


def test_mplusignore_comes_before_all_files_of_git(tmp_path: Path) -> None:
    plant(tmp_path, [[b"sub", b"a.log"], [b"sub", b"b.txt"]])
    (tmp_path / ".mplusignore").write_text("!*.log\n*.txt\n")
    (tmp_path / "sub/.gitignore").write_text("*.log\n!*.txt\n")
    assert [found.path.name for found in discover([str(tmp_path)])] == ["a.log"]


def test_the_rules_of_a_repository_in_a_folder_hold_there(repository: Path) -> None:
    around = repository.parent
    plant(around, [[b"repository", b"a.x"], [b"a.x"], [b"repository", b"deep", b"a"]])
    (repository / ".git/info/exclude").write_text("*.x\n")
    Path(os.environ["XDG_CONFIG_HOME"], "git").mkdir()
    Path(os.environ["XDG_CONFIG_HOME"], "git/ignore").write_text("/deep/\n")
    found = [str(each.path.relative_to(around)) for each in discover([str(around)])]
    assert found == ["a.x"]
    assert [each.path.name for each in discover([str(repository / "deep")])] == ["a"]


def test_without_git_the_usual_files_hold(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(repository, [[b"a.x"], [b"b.x"], [b"c.x"]])
    (repository / ".git/info/exclude").write_text("a.x\n")
    Path(os.environ["XDG_CONFIG_HOME"], "git").mkdir()
    Path(os.environ["XDG_CONFIG_HOME"], "git/ignore").write_text("b.x\n")
    monkeypatch.setenv("PATH", "")
    assert [each.path.name for each in discover([str(repository)])] == ["c.x"]


def test_a_working_tree_elsewhere_has_the_rules_of_its_repository(repository: Path) -> None:
    run = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*run, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    tree = repository.parent / "tree"
    subprocess.run([*run, "worktree", "add", "-q", str(tree)], check=True, capture_output=True)
    plant(tree, [[b"a.x"], [b"b"]])
    (repository / ".git/info/exclude").write_text("*.x\n")
    assert [each.path.name for each in discover([str(tree)])] == ["b"]


def test_a_linked_gitignore_is_passed_over_as_in_git(repository: Path) -> None:
    plant(repository, [[b"a.x"]])
    (repository / "lines").write_text("*.x\n")
    (repository / ".gitignore").symlink_to("lines")
    assert [each.path.name for each in discover([str(repository)])] == ["a.x", "lines"]
