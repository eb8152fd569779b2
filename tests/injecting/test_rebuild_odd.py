"""`mplus rebuild` where something is amiss: interrupted, damaged, erased, twice the same."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from mplus_cli.injecting.rebuild import Rebuild
from mplus_cli.injecting.writing import Prepared
from store.home import Home
from store.index.reader import Index
from store.records import DocumentRow
from store.verify import Verifier
from tests.conftest import Run
from tests.injecting.conftest import TEXTS
from tests.store.made import findings


def test_ctrl_c_says_what_is_kept(
    mplus: Run, files: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    mplus("inject", *TEXTS)
    prepare = Rebuild._prepare

    def press(self: Rebuild, document: DocumentRow, index: Index) -> Prepared:
        if document.path.endswith("d.txt"):
            os.kill(os.getpid(), signal.SIGINT)
        return prepare(self, document, index)

    monkeypatch.setattr(Rebuild, "_prepare", press)
    ran = mplus("rebuild", "-m", toys["other"], "--json")
    assert (ran.code, ran.json["interrupted"], ran.json["generation"]) == (130, True, 1)
    assert mplus("status", "--json").json["model"] == str(toys["input"])


def test_on_a_terminal_it_is_asked_for(
    mplus: Run, files: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    mplus("inject", "a.txt")
    monkeypatch.setattr("mplus_cli.commands.rebuild.at_a_terminal", lambda: True)
    assert mplus("rebuild", "-m", toys["other"], stdin="\n").code == 130
    assert mplus("status", "--json").json["generation"] == 1
    assert mplus("rebuild", "-m", toys["other"], stdin="y\n").code == 0
    assert mplus("status", "--json").json["generation"] == 2


def test_a_damaged_segment_of_the_old_model_has_a_way_out(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    memory = files.parent / "memory"
    mplus("inject", "a.txt", "b.md")
    first = min(memory.glob("segments/*/*"))
    mplus("rebuild", "-m", toys["mplus"], "--yes")
    first.write_bytes(first.read_bytes()[:-1])
    (finding,) = findings(memory)
    assert "mplus gc --keep-last 1" in finding.mend
    mplus("gc", "--keep-last", "1")
    assert findings(memory) == []


def test_two_documents_of_one_path_and_content_keep_their_ids(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    mplus("inject", "a.txt", "b.md")
    mplus("inject", "a.txt", "--links", "-M", ".other")  # read otherwise: another document
    mplus("export", "other.mplus", "-M", ".other")
    assert mplus("import", "other.mplus").code == 0
    before = mplus("ls", "--json").json
    assert [Path(row["path"]).name for row in before] == ["a.txt", "b.md", "a.txt"]
    ids = [row["id"] for row in before]
    mplus("rebuild", "-m", toys["chunks"], "--yes")
    for _ in range(2):
        ran = mplus("rollback", "2")
        assert ran.code == 0, ran.err
        assert [row["id"] for row in mplus("ls", "--json").json] == ids
        mplus("rollback", "3")
    assert findings(files.parent / "memory") == []


def test_what_is_erased_is_in_no_file_of_either_model(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    memory = files.parent / "memory"
    (files / "secret.txt").write_text("The word is Zanzibarqua. " * 20)
    mplus("inject", "a.txt", "secret.txt")
    mplus("rebuild", "-m", toys["chunks"], "--yes")
    mplus("ask", "What is the word?", "-n", "2", "-m", toys["chunks"])
    mplus("rollback", "1")
    assert mplus("forget", "secret.txt", "--erase").code == 0
    for file in (each for each in memory.rglob("*") if each.is_file()):
        content = file.read_bytes().lower()
        assert b"zanzibarqua" not in content and b"secret.txt" not in content, file
    with closing(Index.open(Home(memory))) as index:
        assert len(list(memory.glob("segments/*/*"))) == len(index.segment_files())
    assert findings(memory) == []


def test_what_lies_there_in_another_form_is_written_again(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    memory = files.parent / "memory"
    mplus("inject", "a.txt")
    mplus("inject", "a.txt", "-M", ".fresh", "-m", toys["mplus"])
    other = next(memory.glob("segments/*/*")).read_bytes()
    for file in (files / ".fresh").glob("segments/*/*"):
        left = memory / file.relative_to(files / ".fresh")
        left.parent.mkdir(exist_ok=True)
        left.write_bytes(other)
    ran = mplus("rebuild", "-m", toys["mplus"], "--yes")
    assert ran.code == 0, ran.err
    assert findings(memory) == []


def test_a_memory_may_be_verified_while_it_goes_over_to_another_model(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    mplus("inject", "a.txt")
    verifier = Verifier(Home(files.parent / "memory"), True, True, lambda done, of: None)
    mplus("rebuild", "-m", toys["other"], "--yes")
    verifier.run()
    assert verifier.findings == []


def test_another_form_of_a_model_is_named_by_its_option(
    mplus: Run, files: Path, toys: dict[str, Path]
) -> None:
    mplus("inject", "a.txt", "--quantize", "int8")
    mplus("rebuild", "--quantize", "none", "--yes")
    ran = mplus("ask", "What?", "--quantize", "int8", "--json")
    assert "--quantize none, or" in ran.error["hint"]
    assert ran.error["hint"].endswith("--quantize int8")
    ran = mplus("ask", "What?", "--at", "1", "--json")
    assert "--quantize int8" in ran.error["hint"]
    assert mplus("ask", "What?", "--at", "1", "--quantize", "int8", "-n", "2").code == 0
