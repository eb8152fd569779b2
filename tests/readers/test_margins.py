"""Headers, footers and hidden text of other documents than Word: read once, or named."""

from __future__ import annotations

from mplus_cli.readers import read_document
from tests.readers.odf_maker import make_odf, part
from tests.readers.test_sheets import book, data, row


def test_headers_and_footers_of_opendocument() -> None:
    number = "<text:page-number>3</text:page-number>"
    pages = (
        '<office:master-styles><style:master-page style:name="S">'
        "<style:header><text:p>Contract 4711</text:p></style:header>"
        '<style:header-left style:display="false"><text:p>never</text:p></style:header-left>'
        f"<style:footer><text:p>Page {number} of <text:page-count>9</text:page-count></text:p>"
        '</style:footer></style:master-page><style:master-page style:name="F">'
        "<style:header><text:p>Contract 4711</text:p></style:header>"
        f"<style:footer><text:p>Valid until 2027, {number}</text:p></style:footer>"
        "</style:master-page></office:master-styles>"
    )
    data = make_odf(
        "text", "<text:p>Body</text:p>", others={"styles.xml": part("document-styles", pages)}
    )
    assert read_document("a.odt", data).text.split("\n\n") == [
        "Body",
        "[Header: Contract 4711]",
        "[Footer: Valid until 2027,]",
    ]


def test_hidden_text_of_opendocument_is_named_and_shown_text_read() -> None:
    body = (
        '<text:p>a <text:hidden-text text:is-hidden="true">gone</text:hidden-text>'
        '<text:hidden-text text:is-hidden="false">seen</text:hidden-text></text:p>'
        '<text:section text:display="none"><text:p>never</text:p></text:section>'
    )
    document = read_document("a.odt", make_odf("text", body))
    assert document.text == "a seen"
    assert document.notes == ("1 hidden text not read", "1 hidden section not read")


def test_headers_and_footers_of_rich_text() -> None:
    table = rb"\trowd\cellx900\cellx1900\pard\intbl No. 4711\cell Rev. 3\cell\row\pard "
    page = rb"Page {\field{\*\fldinst PAGE}{\fldrslt 3}} of \chpgn"
    head = rb"{\header %s}{\footer %s\par}{\headerf Contract 12\par}{\footerf 3 pages}" % (
        table,
        page,
    )
    text = read_document("a.rtf", rb"{\rtf1 %s 3 pages here, {\v hidden}\par}" % head)
    assert text.text.split("\n\n") == [
        "3 pages here,",
        "[Header: No. 4711\tRev. 3]",
        "[Header: Contract 12]",
    ]
    assert text.notes == ("hidden text is not read",)


def test_objects_in_rich_text_are_named() -> None:
    data = rb"{\rtf1 a{\object\objemb{\*\objdata 0105}{\result shown}}\par}"
    document = read_document("a.rtf", data)
    assert document.text == "ashown"
    assert document.notes == ("embedded objects are not read",)


def test_headers_without_end_are_cut() -> None:
    heads = b"".join(b"{\\header head %d}" % number for number in range(300))
    document = read_document("a.rtf", b"{\\rtf1 body\\par%s}" % heads)
    assert document.text.count("[Header: ") == 200
    assert document.notes == ("of the headers and footers the first 200 are read",)


def test_headers_and_footers_of_workbooks() -> None:
    margins = (
        "<headerFooter><oddHeader>&amp;L&amp;&quot;Arial,Bold&quot;&amp;12R&amp;&amp;D &amp;D"
        "&amp;RContract 4711</oddHeader><oddFooter>&amp;CPage &amp;P of &amp;N</oddFooter>"
        "<evenFooter>Valid until 2027</evenFooter></headerFooter>"
    )
    document = read_document("a.xlsx", book(data(row(1, "a", "b")) + margins))
    assert document.text.split("\n\n") == [
        "One",
        "a | b",
        "[Header: R&D Contract 4711]",
        "[Footer: Valid until 2027]",
    ]
