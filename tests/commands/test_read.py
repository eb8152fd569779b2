"""`mplus read`: the text that goes in, where it stands, and what of it is lost."""

import io
import json
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

import mplus_cli
from mplus_cli import Memory
from tests.conftest import Run
from tests.readers.pdf_maker import make_pdf

TRIALS = Path(__file__).parents[1] / "readers" / "trials"
CORPUS = Path(__file__).parents[1] / "readers" / "corpus"


def test_lines_have_their_numbers_and_headings_stand_over_them(mplus: Run, world: Path) -> None:
    (world / "guide.md").write_text("# Pump\n\nTwo litres.\n\n## Winter\nDrain it.\n")
    ran = mplus("read", "guide.md")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "guide.md  markdown",
        "── Pump",
        "1 │ # Pump",
        "2 │ ",
        "3 │ Two litres.",
        "4 │ ",
        "── Pump > Winter",
        "5 │ ## Winter",
        "6 │ Drain it.",
        "",
    ]


def test_pages_rows_and_times_are_marked_where_they_begin(mplus: Run, world: Path) -> None:
    (world / "two.pdf").write_bytes(make_pdf(["First about bees.", "Second about honey."]))
    lines = mplus("read", "two.pdf").out.splitlines()
    assert lines[1] == "page 1 │ First about bees."
    assert lines[3] == "page 2 │ Second about honey."
    (world / "people.csv").write_text("name,age\nOda,41\n")
    assert mplus("read", "people.csv").out.splitlines()[1:3] == [
        "row 1 │ name | age",
        "row 2 │ Oda | 41",
    ]
    (world / "film.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nHello\n")
    assert mplus("read", "film.srt").out.splitlines()[1] == "0:00:01-0:00:03 │ Hello"


def test_json_has_the_exact_text_and_every_place(mplus: Run) -> None:
    found = mplus("read", CORPUS / "shop.xlsx", "--json").json
    (text,) = found["texts"]
    assert (text["reader"], text["unit"]) == ("xlsx", "row")
    assert found["failed"] == found["skipped"] == []
    first = text["places"][0]
    assert first["start"] == 0 and first["section"] == "Sales"
    for place in text["places"]:
        assert text["text"][place["start"] : place["end"]].strip()
        assert place["label"]
    assert text["places"][-1]["end"] == len(text["text"])


def test_it_reads_folders_and_standard_input_as_inject_does(mplus: Run, world: Path) -> None:
    (world / "notes").mkdir()
    (world / "notes" / "a.txt").write_text("alpha")
    (world / "notes" / "b.log").write_text("beta")
    (world / "notes" / ".gitignore").write_text("*.log\n")
    found = mplus("read", "notes", "-", "--name", "said.md", "--json", stdin="# gamma").json
    assert [Path(text["path"]).name for text in found["texts"]] == ["a.txt", "said.md"]
    assert found["texts"][1]["reader"] == "markdown"
    assert {Path(each["path"]).name for each in found["passed"]} == {"b.log", ".gitignore"}


def test_what_can_not_be_read_is_said_with_the_way_out(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text("alpha")
    (world / "b.eml").write_text("this is no message at all")
    ran = mplus("read", ".")
    assert ran.code == 3
    assert "alpha" in ran.out
    assert "! b.eml: no e-mail message" in ran.err
    assert "save it anew, or name it .txt" in ran.err
    (problem,) = mplus("read", ".", "--json").json["failed"]
    assert problem["code"] == "unreadable" and problem["hint"]


def test_what_is_lost_is_said_by_every_command_that_reads(mplus: Run, world: Path) -> None:
    lost = "1 formula without a saved result"
    assert lost in mplus("read", CORPUS / "shop.xlsx").err
    (text,) = mplus("read", CORPUS / "shop.xlsx", "--json").json["texts"]
    assert text["notes"][0].startswith(lost)
    (noted,) = mplus("inject", CORPUS / "shop.xlsx", "--dry-run", "--json").json["noted"]
    assert noted["notes"] == text["notes"]
    ran = mplus("inject", CORPUS / "shop.xlsx")
    assert lost in ran.err and "of 1 document something is lost" in ran.err
    lines = mplus("inject", CORPUS / "shop.xlsx", "--links", "--json-lines").out.splitlines()
    (document,) = (line for line in map(json.loads, lines) if line["event"] == "document")
    assert document["notes"] == text["notes"]


@pytest.fixture(scope="module")
def locked() -> bytes:
    """A Word document under the password "heron"."""
    written = io.BytesIO()
    OOXMLFile(io.BytesIO((CORPUS / "handbook.docx").read_bytes())).encrypt("heron", written)
    return written.getvalue()


def test_a_locked_file_needs_its_password(mplus: Run, world: Path, locked: bytes) -> None:
    (world / "locked.docx").write_bytes(locked)
    ran = mplus("inject", "locked.docx")
    assert ran.code == 3 and "--password" in ran.err
    (failed,) = mplus("inject", "locked.docx", "--password", "wrong", "--json").json["failed"]
    assert failed["code"] == "password" and "does not open it" in failed["reason"]
    assert mplus("read", "locked.docx", "--password", "heron").code == 0
    added = mplus("inject", "locked.docx", "--password", "heron", "--json").json["added"]
    assert [Path(path).name for path in added] == ["locked.docx"]
    # What is in the memory needs no password to stay there.
    assert mplus("update", "--json").json["unchanged"] == 1


def test_words_that_a_pdf_sets_with_ligatures_are_found(
    world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    with Memory(world / "found", model=str(toys["chunks"]), cache=toy_cache) as memory:
        memory.inject(TRIALS / "pdf_tex_ligatures.pdf", CORPUS / "people.csv")
        for word in ("first", "workflow"):
            assert Path(memory.search(word, k=1)[0].path).name == "pdf_tex_ligatures.pdf"


def test_a_password_is_asked_for_at_a_terminal(
    mplus: Run, world: Path, locked: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "locked.docx").write_bytes(locked)
    (world / "open.txt").write_text("alpha")
    asked = []

    def type_it(path: str) -> str:
        asked.append(path)
        return "heron"

    monkeypatch.setattr("mplus_cli.commands.passwords.at_a_terminal", lambda: True)
    monkeypatch.setattr("mplus_cli.screen.terminal.password", type_it)
    assert mplus("read", "locked.docx").code == 0
    ran = mplus("inject", ".")
    assert ran.code == 0
    assert [Path(path).name for path in asked] == ["locked.docx"] * 2
    assert {Path(each["path"]).name for each in mplus("ls", "--json").json} == {
        "locked.docx",
        "open.txt",
    }


def test_inject_says_the_way_out_too(mplus: Run, world: Path) -> None:
    (world / "b.eml").write_text("this is no message at all")
    assert "save it anew, or name it .txt" in mplus("inject", "b.eml").err


def test_a_document_can_not_steer_the_terminal(mplus: Run, world: Path) -> None:
    (world / "log.txt").write_bytes(b"\x1b]0;owned\x07 red \x1b[31mx\x1b[0m \x9b plain text here\n")
    out = mplus("read", "log.txt").out
    assert not {"\x1b", "\x07", "\x9b"} & set(out)
    assert "red ␛[31mx" in out


def test_no_memory_is_made(mplus: Run, world: Path, tmp_path: Path) -> None:
    (world / "a.txt").write_text("alpha")
    assert mplus("read", "a.txt").code == 0
    assert not (tmp_path / "memory").exists()


def test_nothing_named_is_an_error(mplus: Run) -> None:
    assert mplus("read").code == 2


def test_the_same_in_python(world: Path) -> None:
    (world / "a.txt").write_text("alpha")
    (world / "b.bin").write_bytes(b"\0\1\2")
    found = list(mplus_cli.read(world, ext=["txt"]))
    assert [text.text for text in found if isinstance(text, mplus_cli.Text)] == ["alpha"]
    (skipped,) = mplus_cli.read(world / "b.bin")
    assert not isinstance(skipped, mplus_cli.Text) and not skipped.harmless


@pytest.mark.parametrize("option", ["--links", "--no-attachments"])
def test_options_of_readers_make_another_document(mplus: Run, world: Path, option: str) -> None:
    (world / "a.txt").write_text("The gate code is 4417 since the third of May.")
    mplus("inject", "a.txt")
    assert mplus("inject", "a.txt", "--json").json["unchanged"] == 1
    again = mplus("inject", "a.txt", option, "--json").json
    assert [Path(path).name for path in again["changed"]] == ["a.txt"]
    assert mplus("update", "--json").json["unchanged"] == 1


def test_names_and_notes_can_not_steer_the_terminal(mplus: Run, world: Path) -> None:
    (world / "a\x1b[31mb\nc\u202ed.txt").write_text("alpha")
    for command in (("read", "."), ("inject", "."), ("ls",), ("update", "--dry-run"), ("status",)):
        ran = mplus(*command)
        assert ran.code == 0, ran.err
        assert not {"\x1b", "\u202e"} & set(ran.out + ran.err), command
    assert "a␛[31mb␊c" in mplus("read", ".").out


def test_an_empty_name_is_not_the_working_folder(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text("alpha")
    for command in ("read", "inject"):
        ran = mplus(command, "")
        assert ran.code == 2 and "an empty name" in ran.err


def test_the_first_record_of_json_lines_is_marked_like_the_others(mplus: Run, world: Path) -> None:
    (world / "r.jsonl").write_text('{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n')
    lines = mplus("read", "r.jsonl").out.splitlines()
    assert [line.partition(" │")[0].strip() for line in lines[1:]] == [
        "line 1",
        "",
        "",
        "line 2",
        "",
        "",
    ]
