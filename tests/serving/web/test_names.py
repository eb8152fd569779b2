"""What a server tells of where files lie."""

from pathlib import Path

import pytest

from mplus_cli.api import Memory
from mplus_cli.results.plain import plain
from mplus_cli.results.runs import Problem, Report
from mplus_cli.serving.web.names import Names, name_of, told_apart, without_folders


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/ann/notes/pump.md", "pump.md"),
        ("C:\\Users\\ann\\pump.md", "pump.md"),
        ("\\\\server\\share\\pump.md", "pump.md"),
        ("notes/pump.md", "notes/pump.md"),
        ("https://example.org/pump.md", "https://example.org/pump.md"),
        ("stdin-0123456789ab", "stdin-0123456789ab"),
    ],
)
def test_a_path_is_its_last_part(path: str, name: str) -> None:
    assert name_of(path) == name


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("there is no memory at /home/ann/.mplus", "there is no memory at .mplus"),
        ("a.txt is not in the memory at '/home/ann/m'", "a.txt is not in the memory at 'm'"),
        ("/srv/a/b.pdf: damaged (see /var/log/x)", "b.pdf: damaged (see x)"),
        ("C:\\Users\\ann\\b.pdf: damaged", "b.pdf: damaged"),
        ("there is work/a.md; see it with: mplus ls", "see it with: mplus ls"),
        ("half a cup and/or 1/2 of notes/a.md", "half a cup and/or 1/2 of notes/a.md"),
        ("https://example.org/a/b says 404", "https://example.org/a/b says 404"),
        ("write it like 2026-01-31, 7d or 2w", "write it like 2026-01-31, 7d or 2w"),
    ],
)  # fmt: skip
def test_sentences_tell_no_folder(said: str, told: str) -> None:
    assert without_folders(said) == told


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/home/ann/a.md", "/home/ann/b.md"], {}),
        (["/home/ann/x/a.md", "/home/ann/y/a.md"], ["x/a.md", "y/a.md"]),
        (["/home/ann/a.md", "/home/ann/y/a.md"], ["a.md", "y/a.md"]),
        (["/a.md", "/y/a.md"], ["a.md", "y/a.md"]),
        (["/h/x/1/a.md", "/h/x/2/a.md", "/h/y/1/a.md"], ["x/1/a.md", "2/a.md", "y/1/a.md"]),
        (["/h/x/old/a.md", "/h/y/old/a.md"], ["x/old/a.md", "y/old/a.md"]),
        (["C:\\ann\\x\\a.md", "C:\\ann\\y\\a.md"], ["x/a.md", "y/a.md"]),
        (["a.md", "notes/a.md", "/home/ann/a.md"], {}),
    ],
)  # fmt: skip
def test_what_ends_alike_is_told_apart_and_no_folder_above(
    paths: list[str], names: list[str]
) -> None:
    assert told_apart(paths) == dict(zip(paths, names, strict=False))


def test_records_at_any_depth(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    failed = Problem("/home/ann/b.pdf", "/home/ann/b.pdf is damaged", "mend /home/ann/b.pdf", "x")
    report = Report("/home/ann/m", 3, added=("/home/ann/a.txt",), failed=(failed,))
    told = Names(memory, shows_paths=False).named({"report": report})["report"]
    assert "ann" not in str(told)
    assert (told["memory"], told["added"], told["failed"][0]["path"]) == ("m", ["a.txt"], "b.pdf")
    assert Names(memory, shows_paths=True).named(report) == plain(report)
