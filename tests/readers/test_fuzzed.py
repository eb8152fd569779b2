"""Changed files of the corpus, and bytes at random: a document or a `ReadError`, and soon."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers.fuzz import FUZZ, changed, survives
from tests.readers.golden import CORPUS
from tests.readers.pdf_maker import make_pdf
from tests.readers.trial import TRIALS
from tests.readers.zips import make_zip

pytestmark = pytest.mark.usefixtures("no_network")

SAMPLES = {path.name: path.read_bytes() for path in sorted(CORPUS.iterdir())}
SAMPLES["a.pdf"] = make_pdf(["one", "two"])
for trial in ("pdf_form.pdf", "pdf_comments_links_files.pdf", "xlsx_merged.xlsx"):
    SAMPLES[trial] = (TRIALS / trial).read_bytes()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {member: opened.read(member) for member in opened.namelist()}


PACKED = {
    name: unpacked(data)
    for name, data in SAMPLES.items()
    if Path(name).suffix in (".docx", ".pptx", ".xlsx", ".epub", ".odt", ".ods", ".odp")
}


@pytest.mark.parametrize("name", list(SAMPLES))
@FUZZ
@given(data=st.data())
def test_changed_files_give_a_document_or_a_read_error(name: str, data: st.DataObject) -> None:
    survives(name, data.draw(changed(SAMPLES[name])))


@pytest.mark.parametrize("name", list(PACKED))
@FUZZ
@given(data=st.data())
def test_archives_of_changed_parts_give_a_document_or_a_read_error(
    name: str, data: st.DataObject
) -> None:
    parts = PACKED[name]
    xml = [part for part in parts if part.endswith(("xml", "rels", "opf", "xhtml"))]
    member = data.draw(st.sampled_from(xml))
    survives(name, make_zip({**parts, member: data.draw(changed(parts[member]))}))


@pytest.mark.parametrize("name", sorted({f"a{Path(name).suffix}" for name in SAMPLES}))
@FUZZ
@given(
    data=st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_bytes_at_random_give_a_document_or_a_read_error(name: str, data: bytes) -> None:
    survives(name, data)


json_values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=9),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "source", "outputs", "cell_type", "text", "data", "worksheets", "a"]
            ),
            inside,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@FUZZ
@given(json_values)
def test_any_json_gives_a_document_or_a_read_error(value: object) -> None:
    for name in ("a.json", "a.jsonl", "a.ipynb"):
        survives(name, json.dumps(value).encode())


ALTERNATIVE = (
    b"From: a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n"
    b"Content-Type: text/plain\n\nx\n--b\nContent-Type: text/html\n\n"
)
NCX = '<item id="n" href="t.ncx"/><item id="a" href="a.html"/><itemref idref="a"/>'
PRINTED = (
    b'{"cells": [{"cell_type": "code", "outputs": [{"output_type": "stream", "text": "%s"}]}]}'
)


def slow_elements() -> Iterator[tuple[str, bytes]]:
    """The same, of pages whose elements have a meaning of their own."""
    count = 50_000
    yield "a.html", b"<sup>" * 400 + b"<a href='#x'>" * count
    yield "a.html", b"<p style='" + b"text-decoration:" * count + b"'>x"
    yield "a.html", b"<style>" + b".a{" * count + b"</style><p class=a>x"
    yield "a.html", b"<style>" + b".a " * count + b"</style><p class=a>x"
    yield "a.html", b"<math>" + b"<annotation encoding='" * count
    yield "a.html", b"<math>" + b"<mrow>" * count + b"<a '" * count
    yield "a.html", b"<table><tr><td>" * 100 + b"<td>x<tr>" * count
    yield "a.html", b"<ol reversed>" + b"<li>x" * count
    yield "a.html", b"<ruby>x<rt>" * count
    yield "a.html", b"<?xml?>" + b"<![CDATA[" * count
    yield "a.html", b"<!DOCTYPE " + b"XHTML " * count
    yield "a.html", b"<p>" + b"x<sup>2</sup><sub>1</sub>" * count
    yield "a.html", b"<table>" + b"<tr><th rowspan=9 colspan=9>x" * 5000
    yield "a.html", b"<label><input type=checkbox>" * count


def slow_pages() -> Iterator[tuple[str, bytes]]:
    """Texts that would take long if anything looked at them again and again."""
    count = 50_000
    for piece in (
        "<a ",
        "<a x='",
        "<!--",
        "<b>",
        "</x>",
        "<table>",
        "<p><a>",
        "&#",
        "<![CDATA[",
        "<td><tr>",
        "<script>",
        "<style ",
        "<script></scrip",
    ):
        yield "a.html", piece.encode() * count
    yield "a.tex", b"\\section{{" * count
    yield "a.tex", b"\\section*[" * count
    yield "a.md", b"~~~\n" * count + b"# x\n" * count
    yield "a.md", b"# " + b"x " * count + b"#" * count
    yield "a.md", b"```" * count
    yield "a.rst", b"==\n" * count
    yield "a.vtt", b"WEBVTT\n\n" + b"0:" * count
    yield "a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * count
    yield "a.srt", b"00:00:01,000 --> 00:00:02,000\n" + b"\n ".join([b"x"] * count)
    yield "a.rtf", b"{\\rtf1 " + b"{\\b x}" * count
    yield "a.rtf", b"{\\rtf1 " + b"\\trowd\\cellx9\\cell\\row" * count
    yield "a.rtf", b"{\\rtf1 " + b"\\'" * count + b"\\u1" * count
    yield "a.eml", b"From: a\nSubject: " + b"=?utf-8?q?x?= " * count + b"\n\nx"
    yield "a.eml", b"From: a\nContent-Type: text/plain" + b"; a=b" * count + b"\n\nx"
    yield "a.mbox", b"From a Tue May  5 10:00:00 2026\nFrom: a\n\n" * count
    yield "a.mbox", b"From " + b"Tue " * count + b"\nFrom: a\n\n" + b"From Tue 1:" * count
    yield "a.csv", b'"' * count
    yield "a.csv", b'a,b\n"x,"y\n""' * count
    yield "a.csv", b'a,"b\n' * count
    yield "a.csv", b'"\n""\n' * count
    yield "a.eml", b"From: a\nSubject: " + b"=?x?b?" * count + b"\n\n" + b"begin 644 x\n" * count
    yield "a.eml", ALTERNATIVE + b"<" * count
    yield "a.eml", b"From: a\nContent-Type: text/calendar\n\n" + b'A;";' * count + b":" * count
    yield "a.epub", make_zip({"a.opf": "<item " + "a" * count + " <item a='" * count})
    yield "a.epub", make_zip({"a.opf": NCX, "t.ncx": "<navPoint>" + "<text>" * count})
    yield "a.ipynb", PRINTED % (b"x" * count + b"\\r" * count + b"\\u001b]" * count)
    yield "a", b"a:" * count
    yield "a", b"<!-- --> " * 400


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("name", "data"),
    [*slow_pages(), *slow_elements()],
    ids=lambda value: value[:24] if isinstance(value, bytes) else None,
)
def test_nothing_takes_long(name: str, data: bytes) -> None:
    survives(name, data)
