"""E-books with blemishes: what is there is read, and what is not is named."""

from __future__ import annotations

import pytest

from mplus_cli.errors import ReadError
from mplus_cli.readers import read_document
from tests.readers.test_formats import label
from tests.readers.trial import trial
from tests.readers.zips import make_epub, make_zip

BOTH = "One\n\nThe mill stood by the river.\n\nTwo\n\nIts wheel turned slowly."
CONTAINER = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'


def page(text: str) -> str:
    return f"<html><body><p>{text}</p></body></html>"


def book(package: str, **others: str | bytes) -> bytes:
    pages = {name.replace("_", "."): data for name, data in others.items()}
    return make_zip(
        {"META-INF/container.xml": CONTAINER.format("a.opf"), "a.opf": package, **pages}
    )


@pytest.mark.parametrize(
    ("name", "text", "notes"),
    [
        ("epub_case.epub", BOTH, ()),
        ("epub_dangling_idref.epub", BOTH, ("pages that the book names but does not have: cover",)),
        ("epub_missing_file.epub", BOTH, ("the page OEBPS/gone.xhtml is missing from the file",)),
        ("epub_xmltype.epub", BOTH, ()),
        ("epub_zero_page.epub", BOTH, ("the page OEBPS/zero.xhtml is empty",)),
        ("epub_entity.epub", BOTH.partition("\n\nTwo")[0], ()),
    ],
)
def test_books_with_blemishes(name: str, text: str, notes: tuple[str, ...]) -> None:
    document = trial(name)
    assert (document.text, document.notes) == (text, notes)


def test_a_note_has_its_mark_and_a_reading_does_not_stick() -> None:
    assert trial("epub_footnote.epub").text == (
        "One\n\nThe mill [1] stood.\n\n[1] Built in 1712.\n\n漢(kan)"
    )


def test_notes_on_a_page_of_their_own_have_their_marks() -> None:
    pages = {
        "text/one.xhtml": page('The mill<a href="../notes.xhtml#n1"><sup>1</sup></a> stood.'),
        "text/two.xhtml": page('A weir<a href="../notes.xhtml#n2" epub:type="noteref">2</a>.'),
        "notes.xhtml": page('<i id="n1">1.</i> Built in 1712.</p><p id="n2">Of oak.'),
    }
    assert read_document("a.epub", make_epub(pages)).text.split("\n\n") == [
        "The mill [1] stood.",
        "A weir [2].",
        "[1] Built in 1712.",
        "[2] Of oak.",
    ]


def test_the_same_name_on_another_page_is_no_note() -> None:
    pages = {
        "one.xhtml": page('Mill<a href="#n1"><sup>1</sup></a>'),
        "two.xhtml": page('<span id="n1">Else</span>'),
    }
    assert read_document("a.epub", make_epub(pages)).text == "Mill [1]\n\nElse"


@pytest.mark.parametrize(
    "package",
    [
        '<!DOCTYPE package SYSTEM "x.dtd" [<!ENTITY a "b">]><package><item id="i" href="p.html"/>'
        '<itemref idref="i"/></package>',
        '<opf:package xmlns:opf="x"><opf:item id="i" href="p.html" media-type="text/xml"/>'
        '<opf:itemref idref="i"/></opf:package>',
        '<package><dc:title>A & B</dc:title><item id="i" href="P.html"/><itemref idref="i"/>',
        "<package><item id='i' href='p%2ehtml' media-type='application/xhtml+xml'></package>",
    ],
    ids=["doctype", "prefix", "broken", "no spine"],
)
def test_packages_that_no_parser_would_take(package: str) -> None:
    assert read_document("a.epub", book(package, p_html=page("text"))).text == "text"


def test_a_package_is_found_where_the_container_is_wrong() -> None:
    parts = {
        "META-INF/container.xml": CONTAINER.format("gone.opf"),
        "OPS/b.opf": '<package><item id="i" href="p.html"/><itemref idref="i"/></package>',
        "OPS/p.html": page("text"),
    }
    assert read_document("a.epub", make_zip(parts)).text == "text"
    with pytest.raises(ReadError, match=r"the list of its pages \(\.opf\) is missing"):
        read_document("a.epub", make_zip({"META-INF/container.xml": ""}))


def test_broken_contents_cost_titles_alone() -> None:
    package = (
        '<item id="i" href="p.html"/><item id="n" href="n.xhtml" properties="nav"/>'
        '<item id="t" href="t.ncx" media-type="application/x-dtbncx+xml"/><itemref idref="i"/>'
    )
    data = book(package, p_html=page("text"), n_xhtml="\0\1", t_ncx="<navPoint><text>One")
    document = read_document("a.epub", data)
    assert document.text == "text" and "table of contents" in document.notes[0]
    ncx = (
        "<navPoint><navLabel><text>The &amp; digging&nbsp;site</text></navLabel>"
        '<content src="p.html#x"/></navPoint>'
    )
    data = book(package, p_html=page("text"), n_xhtml="", t_ncx=ncx)
    assert label(read_document("a.epub", data), "text") == "The & digging site, part 1"


def test_pages_that_are_no_text_or_too_deep_or_pictures_are_named() -> None:
    package = "".join(
        f'<item id="{name}" href="{name}"/>' for name in ("a.html", "b.html", "c.html", "d.svg")
    ).replace('href="d.svg"', 'href="d.svg" media-type="image/svg+xml"')
    package += "".join(f'<itemref idref="{name}.html"/>' for name in "abc")
    package += '<itemref idref="d.svg" linear="no"/>'
    data = book(
        package, a_html=page("text"), b_html="\0\1\2", c_html="<div>" * 5000, d_svg="<svg/>"
    )
    document = read_document("a.epub", data)
    assert document.text == "text"
    pictures, binary, deep = document.notes
    assert pictures == "pages that are pictures or the like are not read: d.svg"
    assert binary.startswith("the page b.html is not text") and "nested too deeply" in deep


def test_a_book_without_a_page_that_can_be_read_is_refused() -> None:
    with pytest.raises(ReadError, match=r"can't be read: the page one\.xhtml is not text"):
        read_document("a.epub", make_epub({"one.xhtml": "\0"}))
    with pytest.raises(ReadError, match="nested too deeply"):
        read_document("a.epub", make_epub({"one.xhtml": "<div>" * 5000}))


def test_empty_elements_and_marked_sections_cost_no_text() -> None:
    head = '<head><script src="x.js"/><style/><title/></head>'
    body = '<body><a id="x"/><p>5 <![CDATA[< 6 & more]]> <i/>text<br/>end</p></body>'
    document = read_document("a.epub", make_epub({"one.xhtml": f"<html>{head}{body}</html>"}))
    assert document.text == "5 < 6 & more text\nend"
    page = f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">{head}{body}</html>'
    assert read_document("a.xhtml", page.encode()).text == "5 < 6 & more text\nend"


def test_a_damaged_page_is_named() -> None:
    data = make_epub({"one.xhtml": page("first"), "two.xhtml": page("second " * 50)})
    at = data.index(b"two.xhtml") + len("two.xhtml") + 3
    broken = data[:at] + b"\xff\xff\xff" + data[at + 3 :]
    document = read_document("a.epub", broken)
    assert document.text == "first"
    assert document.notes == ("the page two.xhtml is damaged: not read",)


def test_one_locked_page_of_many_is_named() -> None:
    locked = '<CipherReference URI="{}"/>'
    pages = {f"{name}.xhtml": page(name) for name in "abc"}
    data = make_epub(pages, {"META-INF/encryption.xml": locked.format("b.xhtml")})
    document = read_document("a.epub", data)
    assert document.text == "a\n\nc"
    assert document.notes == ("the page b.xhtml is encrypted: not read",)


def test_style_sheets_beside_the_pages_count() -> None:
    style = ".up{vertical-align:super}.no{display:none}.old{text-decoration:line-through}"
    text = "<p>10<span class='up'>6</span> t<b class='no'>no</b>, <i class='old'>4</i> 5</p>"
    link = "<link rel='stylesheet' href='../Styles/a%20b.css'/><link rel='stylesheet' href='no'/>"
    pages = {"Text/one.xhtml": f"<html><head>{link}</head><body>{text}</body></html>"}
    document = read_document("a.epub", make_epub(pages, {"Styles/a b.css": style}))
    assert (document.text, document.notes) == ("10^6 t, ~~4~~ 5", ())
