"""Which documents a name means."""

import os
from pathlib import Path

import pytest

from mplus_cli.errors import UsageError
from mplus_cli.upkeep.meant import find_documents
from store.records import DocumentRow

PATHS = (
    "notes/lease.pdf",
    "notes/old/lease.pdf",
    "notes/2024/a.md",
    "leases/flat.pdf",
    "leases/garage.txt",
    "3/a.md",
)
ELSEWHERE = ("/srv/docs/leases/hall.pdf", "https://example.com/docs/page", "minutes/monday.md")


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[DocumentRow]:
    monkeypatch.chdir(tmp_path)
    paths = [*(str(tmp_path / path) for path in PATHS), *ELSEWHERE]
    return [
        DocumentRow(path, f"sha {number}", "", "text", 0, 1, 1, "", id=number)
        for number, path in enumerate(paths, 1)
    ]


def meant(known: list[DocumentRow], *names: str, **inputs: str) -> list[int]:
    return [each.id for each in find_documents(names, known, inputs, Path("m"))]


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("3", [3]),  # an id, and not the folder of that name
        ("notes/lease.pdf", [1]),
        ("notes/../notes/lease.pdf", [1]),
        ("lease.pdf", [1, 2]),  # a file's name
        ("*.md", [3, 6, 9]),
        ("leases/*.pdf", [4]),  # from here
        ("leases/*", [4, 5]),
        ("leases", [4, 5, 7]),  # folders of that name, here and elsewhere
        ("leases/", [4, 5, 7]),
        ("./leases", [4, 5]),
        ("docs/leases", [7]),  # a part of a path
        ("old", [2]),
        ("20??", [3]),
        ("docs/l*/hall.pdf", [7]),
        ("/srv", [7]),
        ("example.com", [8]),
        ("https://example.com/docs", [8]),
        ("minutes", [9]),
        ("/", [1, 2, 3, 4, 5, 6, 7]),
        (".", [1, 2, 3, 4, 5, 6]),
        ("*", [*range(1, 10)]),
    ],
)
def test_names(known: list[DocumentRow], name: str, ids: list[int]) -> None:
    assert meant(known, name) == ids


def test_whole_paths_and_several_names(known: list[DocumentRow], tmp_path: Path) -> None:
    assert meant(known, str(tmp_path / "leases")) == [4, 5]
    assert meant(known, str(tmp_path / "leases" / "flat.pdf"), "leases", "5") == [4, 5, 7]
    os.chdir(tmp_path / "..")
    assert meant(known, "leases/*.pdf") == [4, 7]


def test_steps_and_the_home_folder(
    known: list[DocumentRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert meant(known, "~/leases") == meant(known, "~/leases/*") == [4, 5]
    assert meant(known, "./leases/*.pdf") == meant(known, "./notes/../leases/*.pdf") == [4]
    assert meant(known, "leases//") == meant(known, "leases") == [4, 5, 7]
    assert meant(known, "leases/flat.pdf/") == [4]
    (tmp_path / "notes/old").mkdir(parents=True)
    os.chdir(tmp_path / "notes/old")
    assert meant(known, "../lease.pdf") == [1]
    assert meant(known, "../*.pdf") == [1, 2]  # * goes over /
    assert meant(known, "..") == [1, 2, 3]
    assert meant(known, "../../leases/") == [4, 5]


def test_links_lead_both_ways(known: list[DocumentRow], tmp_path: Path) -> None:
    (tmp_path / "leases").mkdir()
    (tmp_path / "link").symlink_to("leases")
    assert meant(known, "link") == meant(known, "link/") == [4, 5]
    (tmp_path / "leases").rename(tmp_path / "real")
    (tmp_path / "leases").symlink_to("real")
    assert meant(known, "real") == [4, 5]
    (tmp_path / "real/flat.pdf").touch()
    assert meant(known, "real/flat.pdf") == [4]


def test_what_was_forgotten_before(known: list[DocumentRow], tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        meant(known, "old.txt", **{str(tmp_path / "old.txt"): "sha 99"})
    assert error.value.hint.startswith("it was forgotten before")


def test_a_copy_means_its_content(known: list[DocumentRow]) -> None:
    assert meant(known, "copy.txt", **{"copy.txt": "sha 5"}) == [5]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("lease", "there is leases, lease.pdf; see"),
        ("LEASES", "there is leases"),
        ("garrage.txt", "there is garage.txt"),
        ("notes/old/leese.pdf", "there is notes/old/lease.pdf"),
        ("99", "see what is there with: mplus ls"),
        ("*.xyz", "see what is there with: mplus ls"),
        ("", "see what is there with: mplus ls"),
        ("pdf/", "there is flat.pdf, hall.pdf, lease.pdf; see"),
    ],
)
def test_what_means_nothing_names_the_nearest(
    known: list[DocumentRow], name: str, near: str
) -> None:
    with pytest.raises(UsageError, match="is not in the memory at m") as error:
        meant(known, "leases", name)
    assert error.value.hint.startswith(near)
