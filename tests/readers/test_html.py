"""Pages as a browser shows them: what is raised, spanned, filled in, hidden or linked."""

from __future__ import annotations

import pytest

from mplus_cli.errors import NoTextError
from mplus_cli.readers import ReaderOptions, read_document
from tests.readers.trial import trial


def page(body: str, options: ReaderOptions | None = None) -> str:
    data = f'<!doctype html><meta charset="utf-8">{body}'.encode()
    return read_document("a.html", data, options).text


def test_raised_and_lowered_type_is_written_out() -> None:
    assert trial("html_sup.html").text.split("\n\n") == [
        "The star has 10^6 times the mass and the area is 5 km^2; water is H2O.",
        "The mill [1] stood in 1804. [2]",
        "1 1/2 cups",
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("10<sup>&minus;3</sup> m", "10^-3 m"),
        ("x<sub>i</sub> and x<sup>n+1</sup>", "x_i and x^(n+1)"),
        ("the 3<sup>rd</sup> of 2&frac12;", "the 3rd of 2½"),
        ('10<span style="vertical-align: super; font-size: 8px">6</span> t', "10^6 t"),
        ("<style>.s{vertical-align:super}</style>10<b class=s>6</b> t", "10^6 t"),
        ('H<font style="VERTICAL-ALIGN:sub">2</font>O', "H2O"),
        (
            "<table><tr><th>a<th>b<tr><td>10<sup>6</sup><td>m<sup>2</sup></table>",
            "a | b\n10^6 | m^2",
        ),
        ("<h2>5 km<sup>2</sup></h2>x", "5 km^2\n\nx"),
        ("<sup>1</sup>Built in 1712.", "[1] Built in 1712."),
        ("<sup>14</sup>C dating", "^14C dating"),
    ],
)
def test_raised_type_anywhere(body: str, text: str) -> None:
    assert page(body) == text


def test_a_note_has_its_mark_apart_and_before_it() -> None:
    text = page(
        '<p>The mill<a href="#fn1" class="footnote-ref" id="fnref1"><sup>1</sup></a> stood'
        '<sup><a href="#n2">[2]</a></sup> here.<a href="#x9" role="doc-noteref">*</a> See'
        ' <a href="#ch2">2</a>.</p><ol><li id="fn1"><p>Built in 1712.<a href="#fnref1">↩︎</a></p>'
        '</li></ol><p id="n2"><a href="#b">2</a> Second.</p><p><a id="x9"></a>* A star.</p>'
    )
    assert text.split("\n\n") == [
        "The mill [1] stood [2] here. [*] See 2.\n[1] Built in 1712.",
        "[2] Second.",
        "[*] A star.",
    ]


def test_notes_as_office_programs_and_encyclopedias_write_them() -> None:
    word = (
        '<p>Word<a style="mso-footnote-id:ftn1" href="#_ftn1" name="_ftnref1"><span>[3]</span></a>'
        ' ends.</p><div id="ftn1"><p><a href="#_ftnref1" name="_ftn1">[3]</a> A note.</p></div>'
    )
    assert page(word) == "Word [3] ends.\n\n[3] A note."
    wiki = (
        '<p>Fact.<sup id="cite_ref-1"><a href="#cite_note-1"><span>[</span>1<span>]</span></a>'
        '</sup></p><ol><li id="cite_note-1"><span>^ <a href="#cite_ref-1"><sup><i>a</i></sup></a>'
        "</span> <span>Smith 2001</span></li></ol>"
    )
    assert page(wiki) == "Fact. [1]\n[1] Smith 2001"


def test_a_note_that_is_hidden_until_its_mark_is_pressed_is_read() -> None:
    text = page('x<a href="#n1" epub:type="noteref">1</a><aside id="n1" hidden>Note.</aside>')
    assert text == "x [1]\n\n[1] Note."


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>だ", "漢字(かんじ)だ"),
        ("now <s>80</s> <strike>75</strike> 60 EUR", "now ~~80~~ ~~75~~ 60 EUR"),
        ('<p style="text-decoration: line-through">80</p>60', "~~80~~\n\n60"),
        ("now <del>80</del> <ins>60</ins> EUR", "now ~~80~~ 60 EUR"),
        ("<s><del>80</del></s> 60 EUR", "~~80~~ 60 EUR"),
        ("<del>a<p>80</p><p>90</p></del><p>60", "~~a~~\n\n~~80~~\n\n~~90~~\n\n60"),
        ("<q>yes</q> a<wbr>b c&shy;d $<!-- -->12<!-- --> off", "“yes” ab cd $12 off"),
        ("one<br>two", "one\ntwo"),
        ("<dl><dt>Spacing<dd>15 cm<dt>Depth<dd>4 cm</dl>", "Spacing\n15 cm\n\nDepth\n4 cm"),
        ("<pre>a\n  b</pre>", "a\n  b"),
    ],
)
def test_what_type_says(body: str, text: str) -> None:
    assert page(body) == text


# Tables


def test_cells_that_reach_over_others_stand_in_each_row() -> None:
    assert trial("html_rowspan.html").text.split("\n") == [
        "Region | Depot | Manager | Trucks",
        "North | Alby | Karin | 14",
        "North | Bodo | Nils | 9",
        "South | closed since May | closed since May | 0",
    ]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            "<thead><tr><th rowspan=2>Region<th colspan=2>2025<tr><th>Q1<th>Q2"
            "<tbody><tr><td>N<td>1<td>2",
            "Region | 2025 Q1 | 2025 Q2\nN | 1 | 2",
        ),
        (
            "<tr><th>a<th>b<tbody><tr><td rowspan=9>S<td>1<tbody><tr><td>T<td>2",
            "a | b\nS | 1\nT | 2",
        ),
        ("<tr><th>a<th>b<tr><td><p>x</p><ul><li>i<li>j</ul><td>1", "a | b\nx i j | 1"),
        (
            "<tr><th>Item<th>Parts<tr><td>Kit<td><table><tr><td>nut<td>4<tr><td>bolt<td>5</table>",
            "Item | Parts\nKit | nut, 4; bolt, 5",
        ),
        ("<tr><td>k<td style='display:none'>hid<td>v<tr><td>l<td>w", "k | v\nl | w"),
        ("<tr><td><p>left</p><td><p>right</p>", "left | right"),
        ("<tr><td>a<td rowspan=99999999999><tr><td>b", "a | \nb"),
    ],
)
def test_tables(rows: str, text: str) -> None:
    assert page(f"<table>{rows}</table>") == text


def test_layouts_are_read_column_by_column() -> None:
    assert page("<table role=presentation><tr><td>left<td>right</table>") == "left\n\nright"
    assert page("<table><tr><td><p>a</p><p>b</p><td>c</table>") == "a\n\nb\n\nc"


def test_a_cell_of_many_columns_costs_no_memory() -> None:
    text = page(f"<table><tr><td colspan=60000 rowspan=60000>{'x' * 300}<td>y</table>" * 5)
    assert len(text) < 1_000_000


# Forms


def test_what_is_filled_in_stands_behind_its_name() -> None:
    text = page(
        '<label for=n>Name</label> <input id=n value="Ottilie Brandt"><br><label>Plot wanted'
        " <select><option>Plot 1<option selected>Plot 17</select></label><br><label><input"
        " type=checkbox checked> I agree</label> <label><input type=checkbox> News</label><p>"
        "<input type=radio id=r1 checked><label for=r1>Red</label> <input type=radio id=r2><label"
        " for=r2>Blue</label></p><table><tr><td>Street<td><input value='Elm 4'><tr><td>No<td>"
        "<input value=7></table><input type=hidden value=TOKEN><input type=password value=pw>"
        "<p><textarea aria-label=Remarks>two\nlines</textarea></p><input type=submit value=Send>"
        "<p><input value=12>/<input value=05> Weight <input value=5> kg</p>"
    )
    assert text.split("\n\n") == [
        "Name: Ottilie Brandt\nPlot wanted: Plot 17\nI agree: yes News: no",
        "Red: yes Blue: no",
        "Street | Elm 4\nNo | 7",
        "Remarks: two\nlines",
        "12 / 05 Weight: 5 kg",
    ]


def test_a_box_without_a_label_is_ticked_in_place() -> None:
    assert page("<li><input type=checkbox checked> milk<li><input type=checkbox> eggs") == (
        "- [x] milk\n- [ ] eggs"
    )


# Lists


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ("<ol start=3><li>x<li>y</ol>", "3. x\n4. y"),
        ("<ol type=a><li>x<li>y<ol type=I><li>z</ol></ol>", "a. x\nb. y\nI. z"),
        ("<ol reversed><li>x<li value=9>y</ol>", "2. x\n9. y"),
        ("<ol style='list-style-type: lower-roman' start=4><li>x</ol>", "iv. x"),
        ("<ol type=A start=27><li>x</ol><ul><li>y</ul>", "AA. x\n- y"),
        ("<ol start=99999999999999999999><li>x<li value=-2>y</ol>", "1. x\n-2. y"),
    ],
)
def test_items_have_the_marks_that_are_shown(items: str, text: str) -> None:
    assert page(items) == text


# What is hidden


def test_hidden_parts_are_left_out() -> None:
    assert trial("html_hidden.html").text == "The room costs 80 euros.\n\nSR"


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display: NONE !important">H</span>',
        "<p style='color:red;visibility:hidden'>H</p>",
        "<span aria-hidden=true>H</span>",
        "<div popover>H</div>",
        "<dialog>H</dialog>",
        "<template>H</template>",
        "<datalist><option>H</datalist>",
        "<style>.h, p{display:none}</style><b class='x h'>H</b>",
        "<style>#h{visibility:hidden}</style><b id=h>H</b>",
        "<div hidden><p>H</p></div>",
    ],
)
def test_other_hidden_parts(hidden: str) -> None:
    assert page(f"a{hidden}b").replace("\n\n", "") == "ab"


@pytest.mark.parametrize(
    "shown",
    [
        "<div hidden=until-found>S</div>",
        "<dialog open>S</dialog>",
        "<details><summary>S</summary></details>",
        "<span class=sr-only>S</span>",
        "<style>.t{display:none}.t.on{display:block}</style><p class=t>S</p>",
        "<style>@media print{.t{display:none}}</style><p class=t>S</p>",
        "<style>.t{display:none}</style><p class=t style='display:block'>S</p>",
        "<div aria-hidden=true><main>S</main></div>",
    ],
)
def test_what_is_not_hidden_for_sure_is_read(shown: str) -> None:
    assert page(f"a{shown}b").replace("\n\n", "") == "aSb"


def test_a_page_that_needs_scripts_says_so() -> None:
    with pytest.raises(NoTextError, match="shows its text only with JavaScript"):
        trial("html_js_only.html")
    data = b"<p>Loading</p><noscript>Please enable JavaScript.</noscript>"
    notes = read_document("a.html", data).notes
    assert notes == ("the page says that it needs JavaScript; its text may not be in it",)
    long = b"<p>" + b"word " * 200 + b"</p><noscript>JavaScript gives comments</noscript>"
    assert not read_document("a.html", long).notes


def test_text_elsewhere_is_named() -> None:
    drawing = read_document("a.html", b"x<svg><text x=1>y</text></svg>")
    assert drawing.notes == ("text within drawings (SVG) is not read",)
    with pytest.raises(NoTextError, match="puts other pages together"):
        read_document("a.html", b"<html><frameset><frame src=a></frameset>")


# Formulas


@pytest.mark.parametrize(
    ("math", "text"),
    [
        ("<msup><mn>10</mn><mn>6</mn></msup>", "10^6"),
        (
            "<mi>A</mi><mo>=</mo><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn>"
            "</mfrac><msup><mi>h</mi><mn>2</mn></msup>",
            "A = (a + b)/2 h^2",
        ),
        (
            "<msqrt><mn>2</mn></msqrt><mo>&lt;</mo><msub><mi>x</mi><mn>1</mn></msub>",
            "sqrt(2) < x_1",
        ),
        (
            "<semantics><mi>?</mi><annotation encoding='application/x-tex'>\\displaystyle x^2"
            "</annotation></semantics>",
            "x^2",
        ),
        (
            "<mtable><mtr><mtd>1</mtd><mtd>0</mtd></mtr><mtr><mtd>0</mtd></mtr></mtable>",
            "[1, 0; 0]",
        ),
    ],
)
def test_formulas_are_readable_on_one_line(math: str, text: str) -> None:
    assert page(f"<p>a <math>{math}</math>.</p>") == f"a {text}."


def test_formulas_of_encyclopedias_come_once() -> None:
    text = page(
        'E: <span style="display: none"><math alttext="{\\displaystyle E=mc^{2}}"><mi>E</mi></math>'
        '</span><img alt="{\\displaystyle E=mc^{2}}">, <span class=katex><math><mi>x</mi></math>'
        "<span aria-hidden=true>x</span></span>, <script type='math/tex'>y^2</script>"
    )
    assert text == "E: [{\\displaystyle E=mc^{2}}] , x, y^2"


# Links and character sets


def test_targets_of_links_are_shown_on_request() -> None:
    shown = ReaderOptions(links=True)
    assert trial("html_links.html").text == "Call our office or fill in the form."
    assert trial("html_links.html", shown).text == (
        "Call our office <tel:+4912345> or fill in the form <https://example.org/form>."
    )
    body = (
        '<base href="https://e.org/a/"><a href="b.pdf">guide</a>, <a href="#x">here</a>,'
        ' <a href="javascript:go()">go</a>, <a href="https://e.org/c">https://e.org/c</a>'
    )
    assert page(body, shown) == "guide <https://e.org/a/b.pdf>, here, go, https://e.org/c"


def test_a_late_or_wrong_declaration_of_the_character_set() -> None:
    assert "信濃川" in trial("html_late_meta.html").text
    assert trial("html_wrong_meta.html").text == "naïve café"
    assert "今天天气很好" in trial("html_meta_gbk.html").text
    assert "$B" not in trial("html_iso2022jp.html").text
    assert trial("html_latin1_cp1252.html").text == (
        "We can’t offer less than €830 – “final” price."
    )
    data = '<!-- <meta charset="koi8-r"> --><meta charset="windows-1251"><p>Да, верно'
    assert read_document("a.html", data.encode("cp1251")).text == "Да, верно"


def test_a_character_set_from_outside_comes_first() -> None:
    data = '<meta charset="utf-8"><p>오늘 날씨가 좋네요'.encode("euc-kr")
    assert read_document("a.html", data, charset="EUC-KR").text == "오늘 날씨가 좋네요"


def test_lists_of_word_keep_their_numbers() -> None:
    assert trial("html_word.htm").text == "Word text\n\n1."
    text = page(
        "<p style='mso-list:l0'><![if !supportLists]><span>1.<span>&nbsp;&nbsp; </span></span>"
        "<![endif]>First</p><!--[if gte mso 9]><xml>j</xml><![endif]-->"
        "<p>x<span style='display:none;mso-hide:all'>hid</span></p>"
    )
    assert text == "1. First\n\nx"


def test_the_layout_of_a_whole_page() -> None:
    text = trial("html_layout.html").text
    for part in ("May | Hoe\nMay | Water", "3. third step\n4. fourth step", "Name: typed value"):
        assert part in text
    for part in ("Home", "INVISIBLE", "Enable JS", "tpl"):
        assert part not in text.replace("Garden site - Home", "")


@pytest.mark.parametrize(
    "written",
    [
        "E = mc^2", "πr^2", "sin^2 x", "log^2 n", "dx^2", "Σx^2", "(a+b)^2", "e^ix", "x^max",
        "9.81 m/s^2", "g/cm^3", "people/km^2", "Ca^2+", "3.14^2", "10 ^6", "x^*", "H^+", "2^10",
    ],
)  # fmt: skip
def test_powers_stay_powers(written: str) -> None:
    base, _, power = written.partition("^")
    raised, space, rest = power.partition(" ")
    assert page(f"{base}<sup>{raised}</sup>{space}{rest}") == written


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("it is<sup>1</sup> so", "it is [1] so"),
        ("mill<sup>1, 2</sup> stood", "mill [1, 2] stood"),
        ("in 1804<sup>2</sup> it", "in 1804 [2] it"),
        ("(see above)<sup>5</sup>", "(see above) [5]"),
        ("“so”<sup>4</sup> he", "“so” [4] he"),
        ("10<sup>th</sup>, 1<sup>er</sup>, M<sup>me</sup>, n<sup>th</sup>", "10th, 1er, Mme, nth"),
        ("Acme<sup>®</sup> X<sup>TM</sup>, 20<sup>o</sup>C", "Acme® X™, 20°C"),
        (
            "1&frasl;2, <sup>3</sup>/<sub>4</sub> in, 2<sup>5</sup>&frasl;<sub>8</sub>",
            "1/2, 3/4 in, 2 5/8",
        ),
        (
            "full 10<br><sup>1</sup> A note.<br><sup>2</sup>Another",
            "full 10\n[1] A note.\n[2] Another",
        ),
        ("SO<sub>4</sub><sup>2-</sup>, 10<sup>(n+1)</sup>", "SO4^2-, 10^(n+1)"),
    ],
)
def test_marks_and_ends_of_words_are_no_powers(markup: str, text: str) -> None:
    assert page(markup) == text
