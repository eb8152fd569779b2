"""Word documents: what they say comes out as a person sees it, in its place, and once."""

from __future__ import annotations

import pytest

from mplus_cli.errors import ReadError
from mplus_cli.readers import ReaderOptions
from tests.readers.office import (
    blocks,
    cell,
    field,
    headings,
    level,
    listed,
    lowered,
    mark,
    note,
    numbering,
    par,
    raised,
    read,
    styled,
    table,
    text,
)
from tests.readers.trial import trial

# The files of the field trial


def test_powers_are_no_longer_numbers() -> None:
    assert trial("docx_sup.docx").text == "Area 5 km^2; mass 10^24 kg."


def test_headings_and_clauses_have_their_numbers() -> None:
    document = trial("docx_numbering.docx")
    assert document.text.split("\n") == [
        "1. Term",
        "1.1 The lease runs for five years.",
        "1.2 It may be renewed once.",
        "",
        "2. Rent",
        "2.1 The rent is 900 euros.",
        "2.2 It is reviewed under clause 1.2.",
    ]
    assert headings(document) == ["1. Term", "2. Rent"]


def test_a_footnote_stands_behind_its_paragraph_and_its_mark_apart_from_the_word() -> None:
    document = trial("docx_footnote.docx")
    assert document.text.split("\n\n")[:3] == [
        "The bridge [1] was rebuilt after the flood.",
        "[1] Built in 1804 by Thomas Reed.",
        "Second paragraph. [i]",
    ]
    assert document.notes == ("the text of 1 endnote is missing in the file",)


def test_a_mixed_document_has_each_thing_once() -> None:
    document = trial("docx_mix.docx")
    found = document.text.split("\n\n")
    assert "Rent is due on the fifth day of the month." in found
    assert found[found.index("The deposit is three months.") + 1] == (
        "[Comment by L: Landlord wants FOUR months here]"
    )
    assert "Room | Contents\nKitchen | Oven, 2 pieces; Fridge, 1 piece" in found
    assert "Group | Item | Cost\nPaint | White | 10\nPaint | Blue | 12" in found
    assert "Name | Span of two | Span of two | End\na | b | c | d" in found
    assert "Formula: E=mcx^2" in found
    assert "Box [x] ticked; transport\n1. One thing\n2. Another thing" in found
    assert "See the house rules for details." in found
    assert "VANISHED" not in document.text and document.notes == ("hidden text is not read",)
    assert "[Header: Contract number K-2291]" in found


def test_where_links_lead_is_told_on_request() -> None:
    text_of = trial("docx_mix.docx", ReaderOptions(links=True)).text
    assert "See the house rules <https://example.org/rules> for details." in text_of


def test_a_cut_file_is_refused_in_plain_words() -> None:
    with pytest.raises(ReadError, match="it is cut off") as caught:
        trial("docx_trunc.docx")
    assert "zip" not in caught.value.message


# Raised and lowered type

RAISING = (
    '<w:style w:type="character" w:styleId="Up"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
    '</w:style><w:style w:type="character" w:styleId="Upper"><w:basedOn w:val="Up"/></w:style>'
)


def test_type_is_raised_by_itself_by_style_and_by_hand() -> None:
    by_style = text("6", '<w:rStyle w:val="Upper"/>')
    by_hand = text("3", '<w:position w:val="8"/>')
    back = text("7", '<w:rStyle w:val="Up"/><w:vertAlign w:val="baseline"/>')
    body = par(f"{text('10')}{by_style}{text(' m')}{by_hand}{text(' CO')}{lowered('2')}{back}")
    assert read(body, {"styles.xml": RAISING}).text == "10^6 m^3 CO27"


def test_index_and_power_of_one_letter_stay_two() -> None:
    assert read(par(text("x") + lowered("i") + raised("2"))).text == "x_i^2"


def test_fractions_and_ordinals() -> None:
    half = raised("1") + text("/") + lowered("2")
    assert read(par(text("1") + half + text(" cups, 1") + raised("st") + text(" of May"))).text == (
        "1 1/2 cups, 1st of May"
    )


# Notes


def test_notes_are_numbered_as_they_appear_and_follow_their_paragraph() -> None:
    notes = note("footnote", 0, "-", ' w:type="separator"') + note("footnote", 5, "Five")
    notes += note("footnote", 2, text("Two, 10") + raised("3")) + note("footnote", 3, "Starred")
    own = ' w:customMarkFollows="1"'
    body = par(text("One") + mark("footnote", 5) + text(", two.") + mark("footnote", 2))
    body += par(text("Three") + mark("footnote", 3, own, "<w:t>*</w:t>") + text(" ends"))
    assert blocks(body, {"footnotes.xml": notes}) == [
        "One [1], two. [2]",
        "[1] Five",
        "[2] Two, 10^3",
        "Three [*] ends",
        "[*] Starred",
    ]


def test_notes_in_headings_and_cells() -> None:
    notes = note("footnote", 1, "About costs") + note("footnote", 2, "About mass")
    body = par(text("Costs") + mark("footnote", 1), '<w:outlineLvl w:val="0"/>')
    body += table(
        [cell("Name"), cell("Kilos")], [cell("mass"), cell(par(text("5") + mark("footnote", 2)))]
    )
    document = read(body, {"footnotes.xml": notes})
    assert document.text.split("\n\n") == [
        "Costs [1]",
        "[1] About costs",
        "Name | Kilos\nmass | 5 [2]",
        "[2] About mass",
    ]
    assert headings(document) == ["Costs"]


def test_sections_may_number_their_notes_anew_and_in_a_format() -> None:
    section = (
        '<w:sectPr><w:footnotePr><w:numFmt w:val="upperRoman"/><w:numRestart w:val="eachSect"/>'
        "</w:footnotePr></w:sectPr>"
    )
    notes = "".join(note("footnote", n, "n") for n in (1, 2, 3))
    body = par(text("a") + mark("footnote", 1) + mark("footnote", 2), section)
    body += par(text("b") + mark("footnote", 3)) + section
    found = blocks(body, {"footnotes.xml": notes})
    assert (found[0], found[3]) == ("a [I] [II]", "b [I]")


def test_comments_stand_where_they_belong_with_their_replies() -> None:
    made = "".join(
        f'<w:comment w:id="{n}" w:author="{by}"><w:p w14:paraId="P{n}">{text(said)}</w:p>'
        "</w:comment>"
        for n, by, said in [(0, "Ann", "Sure?"), (1, "Bob", "Yes."), (2, "", "Lost")]
    )
    more = '<w15:commentEx w15:paraId="P0" w15:done="1"/>'
    more += '<w15:commentEx w15:paraId="P1" w15:paraIdParent="P0"/>'
    body = par(text("One.") + '<w:r><w:commentReference w:id="0"/></w:r>') + par("Two.")
    assert blocks(body, {"comments.xml": made, "commentsExtended.xml": more}) == [
        "One.",
        "[Comment by Ann, resolved: Sure?]",
        "[Reply by Bob: Yes.]",
        "Two.",
        "[Comment: Lost]",
    ]


# Changes, hidden text


def test_paragraphs_whose_end_is_deleted_are_one() -> None:
    made = numbering(level(0, "decimal", "%1."))
    gone = "<w:rPr><w:del/></w:rPr>"
    body = par("a", listed(1)) + par(
        "<w:del><w:r><w:delText>x</w:delText></w:r></w:del>", listed(1) + gone
    )
    body += par("b", listed(1)) + par("first half", gone) + par(" second half")
    body += par(
        "<w:moveFrom><w:r><w:t>old</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>new</w:t></w:r></w:moveTo>"
    )
    assert read(body, {"numbering.xml": made}).text == (
        "1. a\n2. b\n\nfirst half second half\n\nnew"
    )


def test_properties_before_a_change_are_not_those_of_now() -> None:
    was = f"<w:pPrChange><w:pPr>{listed(1)}{styled('Heading1')}</w:pPr></w:pPrChange>"
    run = text(
        "3",
        '<w:rPrChange><w:rPr><w:vertAlign w:val="superscript"/><w:vanish/></w:rPr></w:rPrChange>',
    )
    assert read(par(text("10") + run, was)).text == "103"


def test_hidden_text_is_left_out_and_said() -> None:
    styles = '<w:style w:type="character" w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
    shown = text(" shown", '<w:rStyle w:val="H"/><w:vanish w:val="0"/>')
    document = read(
        par(text("seen") + text(" not", '<w:rStyle w:val="H"/>') + shown), {"styles.xml": styles}
    )
    assert (document.text, document.notes) == ("seen shown", ("hidden text is not read",))


# Tables


def test_cells_stand_in_their_columns() -> None:
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    found = read(
        table(
            [cell("A", '<w:gridSpan w:val="2"/>'), cell("C")],
            [cell("x"), cell("y")],
            [cell("gone"), cell("gone"), cell("gone")],
            [cell("1", down), cell("2"), cell("3")],
            [cell("", on), cell("4"), cell("5")],
            properties=["", '<w:gridBefore w:val="1"/>', "<w:del/>"],
        )
    )
    assert found.text == "A | A | C\n | x | y\n1 | 2 | 3\n1 | 4 | 5"


def test_tables_that_only_arrange_a_page_are_none() -> None:
    inside = table([cell("n1"), cell("n2")], [cell("n3"), cell("n4")])
    body = table(
        [cell(par("Left", '<w:outlineLvl w:val="0"/>') + par("text")), cell(par("Right") + inside)]
    )
    document = read(body)
    assert document.text.split("\n\n") == ["Left", "text", "Right", "n1 | n2\nn3 | n4"]
    assert headings(document) == ["Left"]


def test_headers_and_footers_are_read_once_where_they_say_more() -> None:
    page = f'{text("Page ")}<w:fldSimple w:instr="PAGE">{text("7")}</w:fldSimple>'
    others: dict[str, str | bytes] = {
        "header1.xml": par("ACME Ltd, 12 Mill Lane"),
        "header2.xml": par("ACME Ltd, 12 Mill Lane"),
        "header3.xml": par("Handbook"),
        "footer1.xml": par(page),
        "footer2.xml": par(text("Draft 3, p. ") + field("PAGE", text("12"))),
    }
    assert blocks(par("Handbook") + par("text"), others) == [
        "Handbook",
        "text",
        "[Header: ACME Ltd, 12 Mill Lane]",
        "[Footer: Draft 3, p.]",
    ]
