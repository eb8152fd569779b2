"""Presentations: what slides show comes out, in order; what is hidden or damaged is said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mplus_cli.readers import Document, ReaderOptions, read_document
from tests.readers.fuzz import FUZZ, changed, survives
from tests.readers.office import (
    NAMES,
    auto,
    chart,
    diagram,
    frame,
    headings,
    line,
    m,
    mt,
    piece,
    shape,
    show,
    slide,
)
from tests.readers.trial import trial


def read(*slides: str) -> Document:
    return read_document("a.pptx", show(slides))


def test_the_file_of_the_field_trial() -> None:
    document = trial("p.pptx")
    assert document.text.split("\n\n") == [
        "Plan",
        "First bullet\nSecond bullet",
        "Text in a group",
        "Notes: Say hello first",
        "Hidden slide (hidden slide)",
        "r0c0 | r0c1 | r0c2\nr1c0 r2c0 | r1c1 | r1c2\nr1c0 r2c0 | r2c1 | r2c2",
        "[Chart]",
        " | Sales\nEast | 19.2\nWest | 21.4",
        "link",
    ]


def test_raised_and_lowered_type_equations_and_breaks() -> None:
    fallback = f"<mc:Fallback>{piece('picture')}</mc:Fallback>"
    power = m("oMath", m("sSup", m("e", mt("x")), m("sup", mt("2"))))
    math = (
        f'<mc:AlternateContent><mc:Choice Requires="a14"><a14:m>{power}</a14:m></mc:Choice>'
        f"{fallback}</mc:AlternateContent>"
    )
    lines = line(piece("10") + piece("-3", 'baseline="30%"') + piece(" mol; km"))
    lines += line(piece("H") + piece("2", 'baseline="-25000"') + piece(["O", "a:br/>"][0]))
    lines += line(math) + line(piece("a") + "<a:br/>" + piece("b"))
    assert read(slide(shape(lines))).text == "10^-3 mol; km\nH2O\nx^2\na\nb"


def test_numbers_of_lists_as_shown() -> None:
    inherited = '<a:lvl1pPr><a:buAutoNum type="alphaUcPeriod"/></a:lvl1pPr>'
    ticked = '<a:pPr><a:buFont typeface="Wingdings"/><a:buChar char="þ"/></a:pPr>'
    lines = [
        line("one", auto("arabicPeriod")),
        line("sub", auto("alphaLcParenR", level=1)),
        line("sub", auto("alphaLcParenR", level=1)),
        line("", auto("arabicPeriod")),
        line("two", auto("arabicPeriod")),
        line("plain"),
        line("four", auto("romanUcPeriod", start=4)),
        line("both", auto("arabicParenBoth")),
        line("dash", '<a:pPr><a:buChar char="•"/></a:pPr>'),
        line("done", ticked),
    ]
    found = read(slide(shape("".join(lines)) + shape(line("x") + line("y"), styles=inherited))).text
    assert found.split("\n") == [
        "1. one",
        "a) sub",
        "b) sub",
        "2. two",
        "plain",
        "IV. four",
        "(1) both",
        "- dash",
        "- [x] done",
        "",
        "A. x",
        "B. y",
    ]


def cells(*made: tuple[str, str]) -> str:
    row = "".join(f"<a:tc {how}><a:txBody>{line(said)}</a:txBody></a:tc>" for said, how in made)
    return f"<a:tr>{row}</a:tr>"


def test_cells_stand_in_their_columns() -> None:
    inside = (
        '<a:tblPr firstRow="1"/>'
        + cells(("Q", 'gridSpan="2"'), ("", 'hMerge="1"'), ("Z", ""))
        + cells(("a", 'rowSpan="2" gridSpan="2"'), ("", 'hMerge="1"'), ("1", ""))
        + cells(("", 'vMerge="1"'), ("", 'hMerge="1" vMerge="1"'), ("2", ""))
    )
    document = read(slide(frame(f"<a:tbl>{inside}</a:tbl>")))
    assert document.text == "Q | Q | Z\na | a | 1\na | a | 2"
    assert document.spans[-1].header == "Q | Q | Z"


def test_titles_come_first_and_hidden_slides_and_shapes_are_said() -> None:
    document = read(
        slide(shape(line("text")) + shape(line("Pump"), "title")),
        slide(shape(line("nameless")), 'show="0"'),
        slide(shape(line("secret"), about='hidden="1"') + shape(line("seen"))),
    )
    assert document.text.split("\n\n") == ["Pump", "text", "(hidden slide)", "nameless", "seen"]
    assert headings(document) == ["Pump"]
    assert document.notes == ("hidden shapes on slides are not read",)


def test_footers_come_once_and_numbers_of_slides_never() -> None:
    edge = shape(line("ACME, draft 3"), "ftr") + shape(line("7"), "sldNum")
    inside = shape(line(piece("see ") + '<a:fld type="slidenum"><a:t>7</a:t></a:fld>'))
    found = read(slide(edge + inside), slide(edge + shape(line("two")))).text
    assert found.split("\n\n") == ["[Footer: ACME, draft 3]", "see", "two"]


def test_pictures_by_their_description() -> None:
    picture = '<p:pic><p:nvPicPr><p:cNvPr id="3" descr="{}"/></p:nvPicPr></p:pic>'
    shapes = picture.format("Plan of the yard") + picture.format("image1.png")
    assert read(slide(shapes)).text == "[Plan of the yard]"


def test_charts_diagrams_notes_comments_and_links() -> None:
    kinds = ("chart", "diagramData", "notesSlide", "comments")
    near = {f"x{n}": (kind, f"../{n}.xml") for n, kind in enumerate(kinds)}
    near["x4"] = ("comments", "../4.xml")
    reply = '<p:extLst><p15:threadingInfo><p15:parentCm idx="1"/></p15:threadingInfo></p:extLst>'
    newer = (
        f'<p188:cm authorId="B" status="resolved"><p188:replyLst><p188:reply authorId="B">'
        f"<p188:txBody>{line('Yes')}</p188:txBody></p188:reply></p188:replyLst>"
        f"<p188:txBody>{line('New')}</p188:txBody></p188:cm>"
    )
    others = {
        "0.xml": chart("Growth", {"2025": [0.075], "2026": [0.1 + 0.2]}, ["North"], "0.0%"),
        "1.xml": diagram({3: "c", 2: "b", 1: "a"}, [(0, 1, 0), (0, 3, 1), (1, 2, 0)]),
        "2.xml": slide(shape(line("say this"), "body") + shape(line("2"), "sldNum")),
        "3.xml": f'<p:cmLst {NAMES}><p:cm authorId="0"><p:text>Old?</p:text></p:cm>'
        f'<p:cm authorId="0"><p:text>Re</p:text>{reply}</p:cm></p:cmLst>',
        "4.xml": f"<p188:cmLst {NAMES}>{newer}</p188:cmLst>",
        "5.xml": f'<p:cmAuthorLst {NAMES}><p:cmAuthor id="0" name="Ann"/></p:cmAuthorLst>',
        "6.xml": f'<p188:authorLst {NAMES}><p188:author id="B" name="Bob"/></p188:authorLst>',
    }
    shapes = frame('<c:chart r:id="x0"/>') + frame('<dgm:relIds r:dm="x1"/>')
    shapes += shape(line(piece("site", inside='<a:hlinkClick r:id="L"/>')))
    data = show(
        [slide(shapes)],
        others,
        {1: near},
        {"L": "https://e.org/"},
        {"a": ("commentAuthors", "5.xml"), "b": ("authors", "6.xml")},
    )
    document = read_document("a.pptx", data, ReaderOptions(links=True))
    assert document.text.split("\n\n") == [
        "[Chart: Growth]",
        " | 2025 | 2026\nNorth | 7.5% | 30.0%",
        "- a\n- b\n- c",
        "site <https://e.org/>",
        "Notes: say this",
        "[Comment by Ann: Old?]",
        "[Reply by Ann: Re]",
        "[Comment by Bob, resolved: New]",
        "[Reply by Bob: Yes]",
    ]
    assert read_document("a.pptx", data).text.count("https") == 0 and not document.notes


def test_a_damaged_slide_costs_only_itself() -> None:
    document = read(slide(shape(line("one"))), "<p:sld", slide(shape(line("three"))))
    assert document.text == "one\n\nthree"
    assert document.notes == ("slide 2 can't be read: damaged",)
    assert document.place(5, 10).label() == "slide 3"


def test_slides_whose_order_is_lost_are_read_by_their_numbers() -> None:
    slides = [slide(shape(line(f"text {n}"))) for n in range(1, 12)]
    data = show(slides, {"_rels/presentation.xml.rels": "<x"})
    document = read_document("a.pptx", data)
    assert document.text.split("\n\n")[-2:] == ["text 10", "text 11"]
    assert document.notes == (
        "the list of the slides can't be read: damaged",
        "the order of the slides can't be told: they are read by their numbers",
    )


@FUZZ
@given(data=st.data())
def test_changed_slides_give_a_document_or_a_read_error(data: st.DataObject) -> None:
    shapes = shape(line(piece("10") + piece("2", 'baseline="30000"'), auto("arabicPeriod")))
    rows = cells(("a", 'rowSpan="2"'), ("b", 'gridSpan="2"')) + cells(("c", ""))
    shapes += frame('<c:chart r:id="c"/>') + frame(f"<a:tbl>{rows}</a:tbl>")
    others = {
        "c.xml": chart("G", {"2025": [1, 2]}, ["N", "S"], "0%").encode(),
        "slide": slide(shapes).encode(),
    }
    name = data.draw(st.sampled_from(list(others)))
    others[name] = data.draw(changed(others[name]))
    made = others.pop("slide").decode("utf-8", "replace")
    near = {1: {"c": ("chart", "../c.xml")}}
    survives("a.pptx", show([made], others, near))
