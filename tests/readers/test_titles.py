"""What documents are called: by their file's name, by their format, by what they say first."""

from __future__ import annotations

import pytest

from mplus_cli.readers import read_document
from mplus_cli.readers.titles import in_words
from tests.readers.golden import CORPUS
from tests.readers.pdf_maker import drawn_pdf


def title(name: str, text: str) -> str:
    return read_document(name, text.encode()).title


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/home/ann/harbour_view-lease.final.pdf", "harbour view lease final"),
        ("2023-policy.txt", "2023 policy"),
        ("IMG_2023-07-04.txt", "IMG 2023-07-04"),
        ("minutes_20230508.docx", "minutes 20230508"),
        ("Report v2.1.docx", "Report v2.1"),
        ("days.csv.gz", "days"),
        ("https://example.org/wiki/Harbour%20View?print=1", "Harbour View"),
        ("git:/home/ann/repo@v1.2:docs/user-guide.md", "user guide"),
    ],
)
def test_a_name_is_told_in_words(name: str, words: str) -> None:
    assert in_words(name) == words


@pytest.mark.parametrize(
    "name",
    [
        "scan0001.pdf",
        "document(3).docx",
        "passage-12",
        "README.md",
        "a.txt",
        "0042.txt",
        "d41d8cd98f00b204e9800998ecf8427e.txt",
        "stdin-0123456789ab",
        "https://example.org/",
        "https://example.org/docs/index.html",
    ],
)
def test_a_name_that_says_nothing_is_left_out(name: str) -> None:
    assert in_words(name) == ""


@pytest.mark.parametrize(
    ("file", "called"),
    [
        ("guide.html", "Guide Farm"),
        ("guide.md", "Guide"),
        ("guide.rst", "Guide"),
        ("well.epub", "The Well"),
        ("handbook.docx", "Garden handbook"),
        ("winter.pptx", "Winter plan"),
        ("letter.eml", "letter > Die Pümpe is leaking"),
        ("list.mbox", "list"),
        ("people.csv", "people"),
        ("shop.xlsx", "shop"),
        ("film.srt", "film"),
        ("pump.py", "pump.py"),
    ],
)
def test_the_title_of_each_format(file: str, called: str) -> None:
    assert read_document(file, (CORPUS / file).read_bytes()).title == called


def test_source_code_is_called_by_its_path() -> None:
    assert title("/home/ann/tool/src/pump.py", "def run(): pass") == "src/pump.py"


def test_a_pdf_has_the_title_of_its_metadata_unless_a_program_made_it() -> None:
    def made(metadata: bytes) -> str:
        drawn = b"BT /F1 12 Tf 50 700 Td (Rules of the house) Tj ET"
        page = drawn_pdf(drawn, more=(b"<< /Title (%s) >>" % metadata,))
        page = page.replace(b"/Root 1 0 R", b"/Root 1 0 R /Info 6 0 R")
        return read_document("a.pdf", page).title

    assert made(b"House rules 2024") == "House rules 2024"
    assert made(b"Microsoft Word - rules.doc") == "Rules of the house"
    assert made(b"untitled") == "Rules of the house"
    assert made("\ufeffHausordnung für alle".encode("utf-16-be")) == "Hausordnung für alle"


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Tariff sheet of the Abbot ferry\n\nIt lists what passengers pay.", "Tariff sheet of the"),
        ("- 3 -\n\n=====\nHouse rules\n=====\nBe kind.", "House rules"),
        ("3 March 2025\n\nDear Ann,\nthe pump is broken.", "Dear Ann > 3 March 2025"),
        (
            "Harbour Lettings\n1 Quay\n\n3 March 2025\n\nDear Ann,",
            "Harbour Lettings > 3 March 2025",
        ),
        ("Holidays\n1 January 2024\n6 January 2024\n", "Holidays"),
        ("The pump draws 450 watts. It is in the cellar. " * 3, "The pump draws 450 watts"),
        ("word " * 40, "word word word word word word word word word word word word"),
        ("Anna: Hello!\nBen: Hi!\nAnna: How are you?", ""),
        ("2025-03-03 12:00:01 started\n2025-03-03 12:00:02 stopped", ""),
        ("# One\n\ntext\n\n# Two\n\ntext", "One"),
    ],
)
def test_a_text_is_called_by_its_first_line_that_says_something(text: str, called: str) -> None:
    assert title("a.txt", text).startswith(called)
    assert bool(called) == bool(title("a.txt", text))


def test_one_of_several_headings_is_no_title() -> None:
    assert title("a.md", "# One\n\ntext\n\n# Two\n\ntext") == ""
    assert title("a.md", "# All\n\n## One\n\ntext\n\n## Two\n\ntext") == "All"


def test_name_and_title_do_not_repeat_each_other() -> None:
    assert title("abbot.txt", "The Abbot ferry\n") == "The Abbot ferry"
    assert title("abbot ferry 2024.txt", "Abbot ferry\n") == "abbot ferry 2024"
    assert title("tariff.txt", "The Abbot ferry\n") == "tariff > The Abbot ferry"


def test_no_title_is_longer_than_a_line() -> None:
    for text in ("x" * 5000, "漢字" * 900, "a > b > c " * 30):
        called = title("n" * 300 + ".txt", text)
        assert "\n" not in called
        assert len(called) <= 2 * 80 + 3
