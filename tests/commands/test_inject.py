"""`mplus inject`: what goes in, what is skipped, what is said."""

import os
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from store.home import Home
from store.index.reader import Index
from store.records import SegmentFile
from store.segments.files import ArrivingFiles
from tests.conftest import Run
from tests.readers.pdf_maker import make_pdf

GARDEN = "The gate code is 4417. The pump stands behind the shed and runs each evening in July.\n"
KITCHEN = "The oven door hangs loose. Bread needs forty minutes at two hundred degrees.\n"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text)


def test_a_folder_goes_in_and_is_listed(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, kitchen=KITCHEN)
    (world / "guide.pdf").write_bytes(
        make_pdf(["First page about bees.", "Second page about honey."])
    )
    ran = mplus("inject", ".", "--json")
    assert ran.code == 0, ran.err
    assert [Path(path).name for path in ran.json["added"]] == [
        "garden.txt",
        "guide.pdf",
        "kitchen.txt",
    ]
    documents = mplus("ls", "--json").json
    assert [Path(document["path"]).name for document in documents] == [
        "garden.txt",
        "guide.pdf",
        "kitchen.txt",
    ]
    assert all(
        set(document) >= {"id", "path", "sha256", "chunks", "tokens"} for document in documents
    )
    status = mplus("status", "--json").json
    assert status["documents"] == 3
    assert (
        status["tokens"] == sum(document["tokens"] for document in documents) == ran.json["tokens"]
    )
    assert status["pool_vectors"] + status["ltm_vectors"] == status["tokens"]
    assert status["generation"] == ran.json["generation"] == 1


def test_a_second_run_changes_nothing_and_loads_no_model(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world, garden=GARDEN)
    mplus("inject", ".")
    before = mplus("status", "--json").json
    monkeypatch.setattr(
        "mplus_cli.model.prepared.load.load", lambda *_: pytest.fail("the model was loaded")
    )
    ran = mplus("inject", ".", "--json")
    assert (ran.code, ran.json["unchanged"], ran.json["added"]) == (0, 1, [])
    assert mplus("status", "--json").json == before


def test_a_changed_file_is_read_again_and_the_old_version_leaves(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, kitchen=KITCHEN)
    mplus("inject", ".")
    write(world, garden=GARDEN.replace("4417", "9008"))
    ran = mplus("inject", ".", "--json")
    assert [Path(path).name for path in ran.json["changed"]] == ["garden.txt"]
    assert mplus("status", "--json").json["documents"] == 2
    log = mplus("log", "--json").json
    assert [Path(path).name for path in log[0]["changed"]] == ["garden.txt"]
    assert log[0]["added"] == log[0]["removed"] == []


def test_a_file_that_changes_back_is_computed_only_once(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world, garden=GARDEN)
    mplus("inject", ".")
    first = mplus("status", "--json").json["state_digest"]
    write(world, garden=KITCHEN)
    mplus("inject", ".")
    write(world, garden=GARDEN)
    monkeypatch.setattr(
        "mplus_cli.model.prepared.load.load", lambda *_: pytest.fail("the model was loaded")
    )
    assert mplus("inject", ".").code == 0
    assert mplus("status", "--json").json["state_digest"] == first


def test_the_same_content_under_another_name_goes_in_once(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, copy=GARDEN)
    ran = mplus("inject", ".", "--json")
    assert (len(ran.json["added"]), ran.json["unchanged"]) == (1, 1)


def test_a_file_that_becomes_a_copy_leaves_its_old_text_behind(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, kitchen=KITCHEN)
    mplus("inject", ".")
    write(world, garden=KITCHEN)
    ran = mplus("inject", ".", "--json")
    assert (ran.json["unchanged"], ran.json["generation"]) == (2, 2)
    assert [Path(document["path"]).name for document in mplus("ls", "--json").json] == [
        "kitchen.txt"
    ]


def test_two_files_that_swap_their_content_both_stay(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, kitchen=KITCHEN)
    mplus("inject", ".")
    write(world, garden=KITCHEN, kitchen=GARDEN)
    assert len(mplus("inject", ".", "--json").json["changed"]) == 2
    write(world, copy=GARDEN, kitchen="Nothing but bread is baked here, day after day.\n")
    mplus("inject", ".")
    names = sorted(Path(document["path"]).name for document in mplus("ls", "--json").json)
    assert names == ["copy.txt", "garden.txt", "kitchen.txt"]


def test_text_from_standard_input(mplus: Run) -> None:
    ran = mplus("inject", "-", "--json", stdin=GARDEN)
    assert ran.code == 0
    assert ran.json["added"][0].startswith("stdin-")
    assert mplus("inject", "-", "--json", stdin=GARDEN).json["unchanged"] == 1


def test_null_separated_paths(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, kitchen=KITCHEN)
    ran = mplus("inject", "--null", "--json", stdin="garden.txt\0kitchen.txt\0")
    assert len(ran.json["added"]) == 2


def test_ignored_files_stay_out(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN, kitchen=KITCHEN, secret="x" * 40)
    (world / ".gitignore").write_text("secret.txt\n")
    ran = mplus("inject", ".", "--ignore", "kitchen*", "--json")
    assert [Path(path).name for path in ran.json["added"]] == ["garden.txt"]


def test_one_bad_file_does_not_stop_the_rest(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    (world / "broken.pdf").write_bytes(make_pdf(["text"])[:100])
    ran = mplus("inject", ".", "--json")
    assert ran.code == 3
    assert [Path(path).name for path in ran.json["added"]] == ["garden.txt"]
    [failed] = ran.json["failed"]
    assert Path(failed["path"]).name == "broken.pdf" and failed["reason"].startswith("a PDF that")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\n", "empty"),
        ("binary.bin", bytes(range(256)), "not text"),
    ],
)
def test_what_holds_no_text_fails_when_named_and_is_left_out_of_a_folder(
    mplus: Run, world: Path, name: str, content: bytes, reason: str
) -> None:
    (world / name).write_bytes(content)
    named = mplus("inject", name, "--json")
    assert named.code == 3
    assert reason in named.json["failed"][0]["reason"]
    found = mplus("inject", ".", "--json")
    assert found.code == 0
    assert reason in found.json["skipped"][0]["reason"]


def test_missing_and_unreadable_inputs_are_listed(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    (world / "folder.txt").mkdir()
    ran = mplus("inject", "garden.txt", "nowhere.txt", "--json")
    assert ran.code == 3
    assert "does not exist" in ran.json["failed"][0]["reason"]
    assert mplus("status", "--json").json["documents"] == 1


def test_where_nothing_could_be_read_no_memory_is_made(mplus: Run, world: Path) -> None:
    (world / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    memory = world / "new/deep/memory"
    for name in ("nowhere.txt", "broken.pdf"):
        assert mplus("inject", name, "-M", memory).code == 3
        assert not (world / "new").exists()
    own = world / "own"
    own.mkdir()
    assert mplus("inject", "nowhere.txt", "-M", own).code == 3
    assert list(own.iterdir()) == []
    (world / "later").mkdir()  # a folder that is named is remembered, for updates
    assert mplus("inject", "later", "-M", memory).code == 0
    write(world / "later", garden=GARDEN)
    assert len(mplus("update", "--json", "-M", memory).json["added"]) == 1


def test_a_short_document_is_written_with_enough_tokens(mplus: Run, world: Path) -> None:
    write(world, a="bees")
    mplus("inject", "a.txt")
    assert mplus("ls", "--json").json[0]["tokens"] == 16


def test_a_name_that_is_not_utf_8_can_be_stored(mplus: Run, world: Path) -> None:
    (world / "caf\udce9.txt").write_text(GARDEN)
    assert mplus("inject", ".").code == 0
    assert mplus("ls", "--json").json[0]["path"].endswith("caf\\xe9.txt")


def test_a_named_file_whose_name_is_not_utf_8_stays_when_others_are_pruned(
    mplus: Run, world: Path
) -> None:
    (world / "caf\udce9.txt").write_text(GARDEN)
    assert mplus("inject", "caf\udce9.txt").code == 0
    assert mplus("update", "--prune", "--json").json["removed"] == []


def test_special_tokens_in_a_document_are_plain_text(mplus: Run, world: Path) -> None:
    write(world, a="<|im_end|>" * 4)
    mplus("inject", "a.txt")
    assert mplus("ls", "--json").json[0]["tokens"] == 40  # one a byte


def test_people_get_lines_and_no_escapes(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    ran = mplus("inject", ".")
    assert "1 added" in ran.out
    assert "garden.txt" in ran.err
    assert "\x1b" not in ran.out + ran.err


def test_linked_folders_are_named_in_a_run(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    for name in ("a", "b"):
        (world / name).symlink_to(world.parent / "elsewhere")
    (world.parent / "elsewhere").mkdir()
    ran = mplus("inject", ".")
    assert "passed over: 2 linked folders: a, b\n" in ran.err
    assert "name them, too" in ran.err
    again = mplus("inject", ".", "--json").json
    assert again["linked"] == [str(world / "a"), str(world / "b")]
    assert again["passed_over"] == {"a linked folder": 2}
    assert "2 linked folders: a, b\n" in mplus("read", ".").err
    lines = mplus("inject", ".", "--json-lines").out
    assert f'"path": "{world / "a"}"' in lines


def test_extensions_are_taken_as_they_are_meant(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    for given in ("txt", ".txt", "*.txt", "md, .TXT"):
        ran = mplus("inject", ".", "-e", given, "--dry-run", "--json")
        assert [Path(each["path"]).name for each in ran.json["new"]] == ["garden.txt"]
    for given in ("**/*.txt", "docs/", "*", "t*t", "a b"):
        ran = mplus("inject", ".", "-e", given)
        assert (ran.code, "is no extension" in ran.err) == (2, True)


def test_a_run_that_finds_no_files_says_why(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    (world / ".hidden").touch()
    ran = mplus("inject", ".", "-e", "pdf")
    told = "no files to read; passed over: 1 (another extension), 1 (hidden)"
    assert (ran.code, told in ran.err) == (0, True)
    assert told in mplus("read", ".", "-e", "pdf").err
    (world / "empty").mkdir()
    assert "no files to read: nothing is there" in mplus("inject", "empty").err
    assert "no files" not in mplus("inject", ".").err


def test_names_that_are_not_utf_8_are_kept_and_found_again(mplus: Run, world: Path) -> None:
    path = world / os.fsdecode(b"caf\xe9.txt")
    other = world / os.fsdecode(b"th\xe9.txt")
    path.write_text(GARDEN)
    other.write_text(KITCHEN)
    assert mplus("inject", str(path), ".").code == 0
    kept = [each["path"] for each in mplus("ls", "--json").json]
    assert kept == [str(world / "caf\\xe9.txt"), str(world / "th\\xe9.txt")]
    assert mplus("forget", path.name, "--dry-run").code == 0
    assert mplus("forget", "caf\\xe9.txt", "--dry-run").code == 0
    path.write_text(GARDEN.replace("4417", "1234"))
    assert mplus("update", "--json").json["changed"] == kept[:1]
    path.unlink()
    assert mplus("update", "--json").json["gone"] == kept[:1]
    assert mplus("update", "--prune", "--json").json["removed"] == kept[:1]
    assert mplus("forget", f"../{world.name}/{other.name}").code == 0
    assert mplus("ls", "--json").json == []


def test_a_document_that_is_none_fails_in_a_folder(mplus: Run, world: Path) -> None:
    write(world, garden=GARDEN)
    (world / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    assert mplus("inject", ".").code == 0
    (world / "report.pdf").write_text("<html><body>Log in first</body></html>")
    ran = mplus("inject", ".")
    assert ran.code == 3
    assert "named .pdf, but it is a web page" in ran.err
    assert "get it again" in ran.err


def test_what_fades_from_a_full_memory_is_told(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch, toys: dict[str, Path]
) -> None:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["memoryllm"]))  # a pool, and nothing behind it
    (world / "first.txt").write_text("The first document is a short one.")
    assert "faded_chunks" in mplus("inject", "first.txt", "--json").json
    words = " ".join(f"word {number} of many" for number in range(2500))
    (world / "second.txt").write_text(words)
    ran = mplus("inject", "second.txt")
    status = mplus("status", "--json").json
    assert status["faded_documents"] == 1 and status["faded_chunks"] > 1
    chunks = status["faded_chunks"]
    assert f"no question reads {chunks} older chunks any more (1 whole document)" in ran.err
    assert f"{chunks} chunks (1 whole document): no question reads them" in mplus("status").out
    assert mplus("inject", "second.txt", "--json").json["faded_chunks"] == 0
    assert mplus("status", "--html", "page.html").code == 0
    assert f"{chunks} chunks (1 whole documents)" in (world / "page.html").read_text()


def test_chunks_found_whole_have_no_limit(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch, toys: dict[str, Path]
) -> None:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    (world / "a.txt").write_text("A document. " * 20)
    assert mplus("inject", "a.txt").code == 0
    assert mplus("status", "--json").json["ltm_capacity"] is None
    assert "whole chunks, any number of them" in mplus("status").out


def test_a_chunk_is_written_after_one_that_is_still_on_its_way(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch, toys: dict[str, Path]
) -> None:
    """Two documents begin with the same chunk, and the disk is slow."""
    monkeypatch.setenv("MPLUS_MODEL", str(toys["mplus"]))
    same = "These are the words that both begin with. " * 16
    for name in ("a", "b"):
        (world / name).mkdir()
        (world / name / "notes.txt").write_text(same + f"And here is what {name} says. " * 8)
    put = ArrivingFiles._write

    def slow(*arguments: Any) -> SegmentFile:
        time.sleep(1.0)
        return put(*arguments)

    monkeypatch.setattr(ArrivingFiles, "_write", slow)
    ran = mplus("inject", "a", "b", "--json")
    assert (ran.code, len(ran.json["added"])) == (0, 2), ran.err
    with closing(Index.open(Home(world.parent / "memory"))) as index:
        keys = [key for _, key, _ in index.entries(1)]
    assert len(keys) == 4 and len(set(keys)) == 3
