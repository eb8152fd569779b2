"""Broken and hostile files: a clear `ReadError` in bounded time and memory, and nothing else."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers import blocks, read_document
from mplus_cli.readers.containers import archive
from mplus_cli.readers.plain import json_data
from tests.readers.golden import CORPUS
from tests.readers.zips import make_docx, make_epub, make_ooxml, make_xlsx, make_zip

pytestmark = pytest.mark.usefixtures("no_network")

ENTITY_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARAMETER = (
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd" [<!ENTITY % a SYSTEM '
    '"http://127.0.0.1:1/x"> %a;]>'
)


def refused(name: str, data: bytes, why: str) -> None:
    with pytest.raises(ReadError, match=why) as caught:
        read_document(name, data)
    assert (caught.value.path, caught.value.message) == (name, f"{name}: {caught.value.reason}")
    assert caught.value.hint


# Broken


@pytest.mark.parametrize("name", ["handbook.docx", "winter.pptx", "shop.xlsx", "well.epub"])
def test_a_cut_archive_is_refused(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    refused(name, data[: len(data) // 2], ": an archive that can't be read, probably damaged")


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        (
            "a.docx",
            make_ooxml("word/document.xml", "<w:document"),
            ": an archive that can't be read",
        ),
        (
            "a.docx",
            make_zip({"[Content_Types].xml": "", "_rels/.rels": ""}),
            ": an archive that can't be read",
        ),
        (
            "a.xlsx",
            make_xlsx('<row r="x"><c><v>1</v></c></row>'),
            ": a workbook that can't be read",
        ),
        (
            "a.xlsx",
            make_xlsx('<row><c t="s"><v>7</v></c></row>'),
            ": a workbook that can't be read",
        ),
        (
            "a.xlsx",
            make_xlsx('<row r="99999999999999999999"><c><v>1</v></c></row>'),
            ": a workbook that can't be read",
        ),
        ("a.xlsx", make_xlsx("<row><c>"), ": a workbook that can't be read"),
        (
            "a.pptx",
            make_ooxml("p.xml", '<p:presentation xmlns:p="p"><p:sldId/></p:presentation>'),
            ": a presentation",
        ),
        (
            "a.epub",
            make_zip({"META-INF/container.xml": "<container/>"}),
            ": an e-book that can't be read",
        ),
        (
            "a.epub",
            make_zip({"META-INF/container.xml": '<a><rootfile full-path="x"/></a>'}),
            ": an e-book",
        ),
        ("a.ipynb", b"{", "a notebook that can't be read"),
        ("a.ipynb", b'{"cells": 5}', "a notebook that can't be read"),
        ("a.ipynb", b"[1]", "a notebook that can't be read"),
        (
            "a.ipynb",
            b'{"cells": [{"cell_type": "code", "source": true}]}',
            "a notebook that can't be read",
        ),
        ("a.eml", b"no headers at all", ": no e-mail message"),
        ("a.mbox", b"no messages at all", ": no mailbox"),
        ("a.srt", b"no times at all", ": no subtitles"),
        (
            "a.odt",
            make_zip({"mimetype": "application/vnd.oasis.opendocument.text"}),
            ": an OpenDocument file that can't be read",
        ),
        ("a.rtf", b"no rich text", ": no RTF"),
        (
            "a.msg",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 999,
            ": an Office file of the old kind",
        ),
    ],
)
def test_broken_files_are_refused_by_name(name: str, data: bytes, why: str) -> None:
    refused(name, data, why)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", make_docx("")),
        ("a.xlsx", make_xlsx("")),
        ("a.epub", make_epub({})),
        ("a.html", b"<html><script>x</script></html>"),
        ("a.json", b"{}"),
        ("a.jsonl", b"\n\n"),
        ("a.csv", b",,\n"),
        ("a.ipynb", b'{"cells": []}'),
        ("a.tex", b"\n"),
        ("a.rst", b""),
        ("a.py", b" "),
    ],
)
def test_empty_files_are_named_as_such(name: str, data: bytes) -> None:
    with pytest.raises(NoTextError, match=": empty"):
        read_document(name, data)


@pytest.mark.parametrize(
    "data", [make_zip({"a.txt": "x"}), make_zip({}), make_zip({"a.class": "x"})]
)
def test_other_archives_are_no_text(data: bytes) -> None:
    with pytest.raises(NoTextError, match=": not text: it is an archive"):
        read_document("a.zip", data)


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(make_docx("<w:p/>"))
    start = 0
    while (start := data.find(b"PK\x01\x02", start)) >= 0:
        data[start + 8] |= 1
        start += 4
    refused("a.docx", bytes(data), "can't be read, probably damaged: .*encrypted")


# Too much


def test_a_zip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1_000_000)
    rows = b"<row><c><v>1</v></c></row>" * 100_000
    refused("a.xlsx", make_xlsx(rows), ": unpacks to too much: xl/sheet1.xml")
    refused("a.docx", make_docx("<w:p/>" * 300_000), ": unpacks to too much: word/document.xml")


def test_a_part_of_too_many_elements_is_refused() -> None:
    refused(
        "a.docx",
        make_docx("<a/>" * (archive.MAX_TAGS + 1)),
        ": unpacks to too much: word/document.xml",
    )


def test_too_many_members_are_refused() -> None:
    refused(
        "a.zip", b"PK\x03\x04" + b"PK\x01\x02" * (archive.MAX_MEMBERS + 1), "more than 20,000 files"
    )


def test_a_long_string_named_again_and_again_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_CHARACTERS", 1_000_000)
    strings = f"<si><t>{'x' * 30_000}</t></si>"
    refused(
        "a.xlsx",
        make_xlsx('<row><c t="s"><v>0</v></c></row>' * 100, strings),
        ": too much text",
    )


def test_a_slide_that_is_listed_a_thousand_times_is_read_once() -> None:
    from tests.readers.zips import RELATIONS, relations

    listed = '<p:sldId r:id="r1"/>' * 1000
    main = f'<p:presentation xmlns:p="p" xmlns:r="{RELATIONS}">{listed}</p:presentation>'
    slide = (
        '<p:sld xmlns:p="p" '
        'xmlns:a="a"><p:sp><p:txBody><a:p><a:t>once</a:t></a:p></p:txBody></p:sp></p:sld>'
    )
    others = {
        "ppt/_rels/main.xml.rels": relations({"r1": ("slide", "one.xml")}),
        "ppt/one.xml": slide,
    }
    assert read_document("a.pptx", make_ooxml("ppt/main.xml", main, others)).text == "once"


def test_json_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_data, "MAX_VALUES", 1000)
    refused("a.json", b"[" + b"[]," * 2000 + b"1]", ": too large: it holds more than 1,000 values")


# Too deep


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b"[" * 100_000 + b"]" * 100_000),
        ("a.json", b'{"a":' * 200 + b"1" + b"}" * 200),
        ("a.jsonl", b"[" * 300 + b"]" * 300),
        ("a.ipynb", b'{"cells":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("a.html", b"<div>" * 100_000 + b"x"),
        ("a.html", b"<p><x-y>" * 100_000 + b"x"),
        ("a.html", b"<div title='<'>" * 100_000),
        ("a.html", b"<dd><li>" * 100_000),
        ("a.html", b"<form><div></form>" * 100_000),
        ("a.html", b"<b><h1></b>" * 100_000),
        ("a.html", b"<!-->" + b"<div>" * 5000 + b"-->"),
        ("a.xlsx", make_xlsx("<a>" * 2000 + "</a>" * 2000)),
        ("a.rtf", b"{\\rtf1 " + b"{" * 5000),
    ],
)
def test_what_is_nested_too_deeply_is_refused(name: str, data: bytes) -> None:
    refused(name, data, ": nested too deeply")


def test_unclosed_paragraphs_and_closed_elements_do_not_count_as_depth() -> None:
    assert read_document("a.html", b"<p>x<li>y<td>z" * 5000).text
    assert read_document("a.html", b"<div><b><i>x</div>" * 5000).text
    script = b"<script>" + b"'<div>' +" * 5000 + b"</script><!--" + b"<div>" * 5000 + b"-->text"
    assert read_document("a.html", script).text == "text"


def test_what_stands_in_styles_of_pictures_has_no_depth() -> None:
    assert read_document("a.html", b"text<svg><style>" + b"<div>" * 100_000).text == "text"


def test_a_deep_tree_of_word_elements_is_read() -> None:
    deep = "<w:x>" * 50_000 + "<w:p><w:t>deep</w:t></w:p>" + "</w:x>" * 50_000
    assert read_document("a.docx", make_docx(deep)).text == "deep"


def multipart(depth: int) -> bytes:
    begin = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth)
    )
    return f"From: a\nSubject: b\n{begin}Content-Type: text/plain\n\nx".encode()


@pytest.mark.parametrize("depth", [60, 3000])
def test_deep_mime_is_refused(depth: int) -> None:
    with pytest.raises(ReadError):
        read_document("a.eml", multipart(depth))
    assert read_document("a.eml", multipart(20)).text.endswith("x")


# Entities and what lies outside


@pytest.mark.parametrize(
    "trick", [ENTITY_BOMB, EXTERNAL, PARAMETER], ids=["bomb", "external", "parameter"]
)
@pytest.mark.parametrize("kind", ["docx", "xlsx", "epub"])
def test_xml_entities_are_refused(kind: str, trick: str) -> None:
    makers: dict[str, Callable[[], bytes]] = {
        "docx": lambda: make_docx("<w:p><w:t>&a;</w:t></w:p>", before=trick),
        "xlsx": lambda: make_ooxml("w.xml", trick + "<workbook/>"),
        "epub": lambda: make_zip({"META-INF/container.xml": trick + "<container>&a;</container>"}),
    }
    with pytest.raises(ReadError, match="can't be read") as caught:
        read_document(f"a.{kind}", makers[kind]())
    assert "root:" not in caught.value.message


def test_entities_of_pages_are_not_followed() -> None:
    text = read_document("a.html", f"{EXTERNAL}<html><p>a&a;b".encode()).text
    assert "root:" not in text


def test_parts_outside_of_an_archive_are_not_read() -> None:
    data = make_zip(
        {"META-INF/container.xml": '<a><rootfile full-path="../../../etc/passwd"/></a>'}
    )
    refused("a.epub", data, ": an e-book that can't be read")


def test_nothing_that_a_page_names_is_fetched() -> None:
    page = (
        '<link rel=stylesheet href="{0}"><script src="{0}"></script><img src="{0}"><iframe '
        'src="{0}"></iframe><p>text'
    )
    for address in ("http://127.0.0.1:1/a", "file:///etc/passwd"):
        assert read_document("a.html", page.format(address).encode()).text == "text"


# Memory


def test_memory_is_bounded_by_what_is_read() -> None:
    """A sheet of very many empty cells in a small file passes through without being held."""
    data = make_xlsx(b'<row r="1"><c r="A1"/></row>' * 60_000 + b"<row><c><v>1</v></c></row>")
    assert len(data) < 20_000
    tracemalloc.start()
    assert read_document("a.xlsx", data).text == "One\n\n1"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
