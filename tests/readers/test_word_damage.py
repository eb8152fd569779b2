"""Word documents that are damaged or hostile: what is there is read, in bounds, and said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mplus_cli.readers import read_document
from tests.readers.fuzz import FUZZ, changed, survives
from tests.readers.office import (
    cell,
    chart,
    field,
    headings,
    level,
    listed,
    m,
    mark,
    mt,
    note,
    numbering,
    par,
    raised,
    read,
    styled,
    table,
    text,
    word,
)
from tests.readers.test_word import RAISING
from tests.readers.test_word_lists import LEGAL
from tests.readers.test_word_signs import EQUATIONS
from tests.readers.zips import make_zip

# Damage


def test_what_is_damaged_beside_the_text_is_named() -> None:
    broken = {f"{kind}.xml": b"<x" for kind in ("styles", "numbering", "footnotes", "comments")}
    document = read(par("Head", styled("Heading1")) + par("item", listed(1)), {**broken})
    assert (document.text, headings(document)) == ("Head\n- item", ["Head"])
    assert document.notes == (
        "the styles, by which headings are told, can't be read: damaged",
        "the numbers of lists and headings can't be read: damaged",
        "the footnotes can't be read: damaged",
        "the comments can't be read: damaged",
    )


def test_a_text_is_read_up_to_where_it_is_damaged() -> None:
    main = f"<w:document xmlns:w='w'><w:body>{par('one')}{par('two')}<w:p></w:body>"
    made = make_zip({"[Content_Types].xml": "", "_rels/.rels": "<x", "word/document.xml": main})
    document = read_document("a.docx", made)
    assert document.text == "one\n\ntwo"
    assert (
        "the document is damaged: what follows on the damaged place is not read" in document.notes
    )


@pytest.mark.parametrize("depth", [5, 50, 3000])
def test_deep_tables_boxes_and_equations_are_read_in_bounds(depth: int) -> None:
    inside = par("deep")
    for _ in range(depth):
        inside = f"<w:tbl><w:tr><w:tc>{inside}</w:tc><w:tc>{par('x')}</w:tc></w:tr></w:tbl>"
    survives("a.docx", word(inside + par("end")))
    box = text("deep")
    for _ in range(depth):
        box = f"<w:r><w:pict><w:txbxContent><w:p>{box}</w:p></w:txbxContent></w:pict></w:r>"
    document = read(par(box) + par("end"))
    assert document.text.endswith("end")
    assert bool(document.notes) == (depth > 20)
    made = "<m:e>" * depth + mt("x") + "</m:e>" * depth
    assert read(par(m("oMath", made))).text == "x"


def test_styles_and_lists_in_circles_end() -> None:
    styles = (
        "".join(
            f'<w:style w:styleId="{one}"><w:basedOn w:val="{other}"/></w:style>'
            for one, other in ("AB", "BA", "CC")
        )
        + '<w:style w:styleId="L"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    made = numbering('<w:numStyleLink w:val="L"/>')
    more = '<w15:commentEx w15:paraId="P0" w15:paraIdParent="P1"/>'
    more += '<w15:commentEx w15:paraId="P1" w15:paraIdParent="P0"/>'
    comments = "".join(
        f'<w:comment w:id="{n}"><w:p w14:paraId="P{n}">{text("c")}</w:p></w:comment>'
        for n in (0, 1)
    )
    others: dict[str, str | bytes] = {"styles.xml": styles, "numbering.xml": made}
    others |= {"comments.xml": comments, "commentsExtended.xml": more}
    found = read(par("a", styled("A") + listed(1)) + par("c", styled("C")), others).text
    assert found.startswith("1. a") and found.count("Reply") == 2


@pytest.mark.timeout(60)
def test_nothing_is_repeated_without_end() -> None:
    long = "x" * 100_000
    rows = [[cell(long, '<w:gridSpan w:val="9999"/>'), cell("y")]] * 20
    assert len(read(table(*rows)).text) < 3_000_000
    notes = note("footnote", 1, long)
    found = read(par("".join(mark("footnote", 1) for _ in range(2000))), {"footnotes.xml": notes})
    assert len(found.text) < 200_000
    made = numbering(level(0, "lowerLetter", "%1" * 5000, start=700))
    assert len(read(par("a", listed(1)), {"numbering.xml": made}).text) < 2000
    survives("a.docx", word(par(field("EQ " + "\\f(" * 200_000))))
    survives("a.docx", word(par(field("IF " * 200_000))))


ROWS = [
    [cell("a", '<w:vMerge w:val="restart"/>'), cell(table([cell("n"), cell("m")]))],
    [cell("", "<w:vMerge/>"), cell("c")],
]
RICH = {
    "document": par(text("a") + mark("footnote", 1) + raised("2") + field("EQ \\f(1,2)"), listed(1))
    + table(*ROWS)
    + par(m("oMath", EQUATIONS[0][0] + EQUATIONS[7][0])),
    "numbering": LEGAL,
    "footnotes": note("footnote", 1, "note"),
    "comments": f'<w:comment w:id="0" w:author="A">{par("said")}</w:comment>',
    "styles": RAISING,
    "chart1": chart("G", {"2025": [1, 2]}, ["N", "S"], "0%"),
}  # fmt: skip


@FUZZ
@given(data=st.data())
def test_changed_documents_give_a_document_or_a_read_error(data: st.DataObject) -> None:
    parts = {name: content.encode() for name, content in RICH.items()}
    name = data.draw(st.sampled_from(list(parts)))
    parts[name] = data.draw(changed(parts[name]))
    body = parts.pop("document").decode("utf-8", "replace")
    others: dict[str, str | bytes] = {
        f"{one}.xml": content.decode("utf-8", "replace") for one, content in parts.items()
    }
    survives("a.docx", word(body, others))
