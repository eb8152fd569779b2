"""Fields, forms, links, signs, equations, boxes and charts of Word documents."""

from __future__ import annotations

import pytest

from mplus_cli.readers import ReaderOptions, read_document
from tests.readers.office import (
    blocks,
    chart,
    diagram,
    field,
    m,
    mt,
    par,
    read,
    text,
    word,
)
from tests.readers.zips import make_xlsx

# Fields, links, controls


def test_fields_are_their_results() -> None:
    nested = field("IF " + field("PAGE", text("9")) + " = 1", text("result"))
    simple = f'<w:fldSimple w:instr=" REF x ">{text("clause 4")}</w:fldSimple>'
    body = par(nested + text("; ") + simple + text("; ") + field("= SUM(ABOVE)", text("12")))
    assert read(body).text == "result; clause 4; 12"


def test_a_field_may_reach_over_paragraphs_or_never_end() -> None:
    begin, end = (
        field("TOC", "").split('<w:r><w:fldChar w:fldCharType="end"/></w:r>')[0],
        ('<w:r><w:fldChar w:fldCharType="end"/></w:r>'),
    )
    body = par(begin + text("Intro 1")) + par(text("End 2") + end) + par("text")
    assert blocks(body) == ["Intro 1", "End 2", "text"]
    open_ = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>x</w:instrText></w:r>'
    assert blocks(par(text("a") + open_) + par("b")) == ["a", "b"]


def test_form_fields_have_their_values() -> None:
    def box(inside: str) -> str:
        return field(
            "FORMCHECKBOX", None, f"<w:ffData><w:checkBox>{inside}</w:checkBox></w:ffData>"
        )

    chosen = (
        '<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/>'
        '<w:listEntry w:val="blue"/></w:ddList></w:ffData>'
    )
    ticked, empty = box('<w:default w:val="0"/><w:checked/>'), box('<w:default w:val="0"/>')
    body = par(ticked + text(" a ") + empty + text(" b ") + field("FORMDROPDOWN", None, chosen))
    assert read(body).text == "[x] a [ ] b blue"


def test_content_controls_have_their_state_whatever_they_show() -> None:
    box = (
        '<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{}"/></w14:checkbox></w:sdtPr>'
        "<w:sdtContent><w:r><w:t>●</w:t></w:r></w:sdtContent></w:sdt>"
    )
    body = par(box.format(1) + text(" yes ") + box.format(0) + text(" no ☒ ☐"))
    assert read(body).text == "[x] yes [ ] no [x] [ ]"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (r"EQ \f(3,4)", "2 3/4"),
        (r"EQ \r(x+1)", "2sqrt(x+1)"),
        (r"EQ \r(3;x)", "2root(x, 3)"),
        (r"EQ x\s\up8(2)", "2x^2"),
        (r"EQ x\s\do8(n+1)", "2x_(n+1)"),
        (r'EQ \* jc2 \* "Font:MS Mincho" \* hps10 \o\ad(\s\up 9(かんじ),漢字)', "2漢字(かんじ)"),
        ("SYMBOL 254 \\f Wingdings \\s 11", "2[x]"),
        ("MACROBUTTON NoMacro [Name]", "2[Name]"),
        ("PAGE", "2"),
    ],
)
def test_fields_that_are_only_an_instruction(code: str, shown: str) -> None:
    assert read(par(text("2") + field(code))).text == shown


def test_a_result_that_is_not_saved_is_said() -> None:
    assert read(par(text("Figure ") + field("SEQ Figure"))).notes == (
        "fields without a saved result are not read, such as SEQ",
    )


def test_links_of_both_kinds_on_request() -> None:
    body = par(
        f'<w:hyperlink r:id="L">{text("here")}</w:hyperlink>'
        + text(" and ")
        + field('HYPERLINK "https://b.org/"', text("there"))
        + f'<w:hyperlink r:id="M">{text(" https://c.org")}</w:hyperlink>'
    )
    data = word(body, links={"L": "https://a.org/", "M": "https://c.org"})
    assert read_document("a.docx", data).text == "here and there https://c.org"
    assert read_document("a.docx", data, ReaderOptions(links=True)).text == (
        "here <https://a.org/> and there <https://b.org/> https://c.org"
    )


# Signs, equations, ruby, boxes


def test_symbols_are_told_by_their_fonts() -> None:
    signs = "".join(
        f'<w:sym w:font="{font}" w:char="{code}"/>'
        for font, code in [
            ("Symbol", "F0B1"),
            ("Wingdings", "F0A8"),
            ("Foo", "F0FE"),
            ("Foo", "zz"),
        ]
    )
    run = text("m", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>')
    assert read(par(f"{run}{text(' = 5 ')}<w:r>{signs}</w:r>")).text == (
        "μ = 5 ±[ ][symbol F0FE of Foo]"
    )


OVER = '<m:fPr><m:type m:val="noBar"/></m:fPr>'
EQUATIONS = [
    (m("f", m("num", mt("a+b")), m("den", mt("2c"))), "(a+b)/(2c)"),
    (m("sSup", m("e", mt("x")), m("sup", mt("n+1"))), "x^(n+1)"),
    (m("sSubSup", m("e", mt("x")), m("sub", mt("i")), m("sup", mt("2"))), "x_i^2"),
    (m("sSup", m("e", m("d", m("e", mt("a+b")))), m("sup", mt("2"))), "(a+b)^2"),
    (m("rad", m("deg"), m("e", mt("x"))), "sqrt(x)"),
    (m("rad", m("deg", mt("3")), m("e", mt("x"))), "root(x, 3)"),
    (mt("3") + m("f", m("num", mt("1")), m("den", mt("2"))), "3 1/2"),
    (
        m("nary", '<m:naryPr><m:chr m:val="∑"/></m:naryPr>', m("sub", mt("i=1")), m("sup", mt("n")),
          m("e", mt("i"))),
        "∑_(i=1)^n i",
    ),
    (m("nary", m("sub", mt("0")), m("sup", mt("∞")), m("e", mt("f dx"))), "∫_0^∞ f dx"),
    (m("func", m("fName", mt("sin")), m("e", mt("x"))), "sin x"),
    (
        m("m", m("mr", m("e", mt("1")), m("e", mt("2"))), m("mr", m("e", mt("3")), m("e"))),
        "[1, 2; 3, ]",
    ),
    (m("sPre", m("sub", mt("92")), m("sup", mt("235")), m("e", mt("U"))), "_92^235U"),
    (m("d", m("e", m("f", OVER, m("num", mt("n")), m("den", mt("k"))))), "(n over k)"),
    (m("unheardOf", m("e", mt("x"))), "x"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "shown"), EQUATIONS, ids=[shown for _, shown in EQUATIONS])
def test_equations_are_lines(made: str, shown: str) -> None:
    assert read(par(m("oMath", made))).text == shown


def test_a_reading_follows_its_word_in_parentheses() -> None:
    reading = f"<w:rt>{text('かん')}</w:rt>"
    ruby = f"<w:ruby><w:rubyPr/>{reading}<w:rubyBase>{text('漢')}</w:rubyBase></w:ruby>"
    assert read(par(f"<w:r>{ruby}</w:r>{text('字')}")).text == "漢(かん)字"


def test_boxes_are_read_once_and_pictures_by_their_description() -> None:
    def inside(kind: str) -> str:
        return f"<{kind}><w:txbxContent>{par('in a box')}{par('twice')}</w:txbxContent></{kind}>"

    drawing = f'<w:drawing><wp:docPr descr="A map"/>{inside("wps:txbx")}</w:drawing>'
    both = (
        f'<mc:AlternateContent><mc:Choice Requires="wps">{drawing}</mc:Choice><mc:Fallback>'
        f"<w:pict>{inside('v:textbox')}</w:pict></mc:Fallback></mc:AlternateContent>"
    )
    named = '<w:r><w:drawing><wp:docPr descr="image1.png"/></w:drawing></w:r>'
    assert blocks(par(f"<w:r>{both}</w:r>{text('anchor')}") + par(named)) == [
        "[A map] anchor",
        "in a box",
        "twice",
    ]


def test_drop_caps_belong_to_their_word() -> None:
    assert read(par("O", '<w:framePr w:dropCap="drop"/>') + par("nce upon a time")).text == (
        "Once upon a time"
    )


def test_charts_diagrams_and_embedded_files_are_read() -> None:
    others: dict[str, str | bytes] = {
        "chart1.xml": chart("Growth", {"2025": [0.075, 0.2]}, ["North", "South"], "0.0%"),
        "diagramData1.xml": diagram({2: "second", 1: "first"}, [(0, 1, 0), (0, 2, 1)]).encode(),
        "package1.xlsx": make_xlsx("<row><c><v>41</v></c></row>"),
        "oleObject1.bin": b"x",
    }
    body = par('<w:r><w:drawing><c:chart r:id="chart1"/></w:drawing></w:r>')
    body += par('<w:r><w:drawing><dgm:relIds r:dm="diagramData1"/></w:drawing></w:r>')
    body += par(
        '<w:r><w:object><o:OLEObject ProgID="Excel.Sheet.12" r:id="package1"/></w:object></w:r>'
    )
    body += par(
        '<w:r><w:object><o:OLEObject ProgID="Excel.Sheet.8" r:id="oleObject1"/></w:object></w:r>'
    )
    document = read(body, others)
    assert "[Chart: Growth]\n\n | 2025\nNorth | 7.5%\nSouth | 20.0%" in document.text
    assert "- first\n- second" in document.text
    assert "[Embedded file package1.xlsx]\n\nOne\n\n41" in document.text
    assert document.notes == ("embedded objects are not read, such as Excel.Sheet.8",)


def test_pieces_in_other_formats_belong_to_the_text() -> None:
    page = b"<html><body><p>From a page</p></body></html>"
    body = par("One") + '<w:altChunk r:id="aFChunk1"/>' + par("Two")
    assert blocks(body, {"aFChunk1.html": page}) == ["One", "From a page", "Two"]
