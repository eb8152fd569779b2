"""What style sheets and roles say of a page: hidden, struck out, raised, numbered, in cells."""

from __future__ import annotations

import time

import pytest

from tests.readers.test_html import page


@pytest.mark.parametrize(
    ("style", "body", "text"),
    [
        (
            ".card .old{text-decoration:line-through}",
            "<p class=card><i class=old>9</i> 8",
            "~~9~~ 8",
        ),
        (".card .old{text-decoration:line-through}", "<p><i class=old>9</i> 8", "9 8"),
        (".card > s{display:none}", "<p class=card>8<s>9</s><b><s>7</s></b>", "8~~7~~"),
        ("span.a{display:none}", "<span class=a>9</span><p class=a>8", "8"),
        ("p.a b.c{display:none}", "<p class=a>8<b class=c>9</b>", "8"),
        ("tfoot{display:none}", "<table><tr><td>a<td>b<tfoot><tr><td>c<td>d</table>", "a | b"),
        (".a b{display:none}.a b{display:inline-block}", "<p class=a>8<b>9</b>", "89"),
        (".a:hover b{display:none}", "<p class=a>8<b>9</b>", "89"),
        (
            "table .up{vertical-align:super}",
            "<table><tr><td>10<b class=up>6</b><td>t</table>",
            None,
        ),
    ],
)
def test_rules_hold_where_their_whole_selector_does(style: str, body: str, text: str) -> None:
    assert page(f"<style>{style}</style>{body}") == (text or "10^6 | t")


@pytest.mark.parametrize(
    "style",
    [
        "position:relative;top:-4px;font-size:.7em",
        "font-size:70%;vertical-align:0.4em",
        "vertical-align:5pt;font-size:8pt",
        "mso-text-raise:4.0pt",
    ],
)
def test_small_type_that_is_moved_up_is_raised(style: str) -> None:
    assert page(f"10<span style='{style}'>6</span> t") == "10^6 t"
    assert page(f"<div style='{style.replace('mso-text-raise', 'x')}'>A whole text</div>") == (
        "A whole text"
    )


def test_what_is_shown_as_blocks_or_side_by_side_is_not_glued() -> None:
    style = "<style>.b{display:block}.row{display:flex}</style>"
    assert page(f"{style}<span class=b>A</span><span class=b>B</span>") == "A\nB"
    assert page(f"{style}<h1><span class=b>1</span> <span class=b>Rent</span></h1>t") == (
        "1 Rent\n\nt"
    )
    assert page(f"{style}<div class=row><span>Total</span><b>$5</b></div>") == "Total $5"


def test_roles_make_tables_and_headings() -> None:
    cells = "<div role=row><span role={0}>{1}</span><span role={0}>{2}</span></div>"
    table = cells.format("columnheader", "a", "b") + cells.format("cell", "1", "2")
    assert page(f"<div role=table>{table}</div>") == "a | b\n1 | 2"
    assert page("<div role=heading aria-level=2>H</div><p>t") == "H\n\nt"


def test_buttons_that_name_a_section_or_a_column_are_read_and_no_others() -> None:
    assert page("<h2><button>Rent</button></h2><p>5 <button>Buy</button>") == "Rent\n\n5"
    table = "<table><tr><th><button>Age</button><th>b<tr><td>1<td>2</table>"
    assert page(table) == "Age | b\n1 | 2"


def test_links_of_headings_to_themselves_are_no_text() -> None:
    assert page('<h2 id=a>Rent<a class=headerlink href="#a">¶</a></h2>x') == "Rent\n\nx"
    assert page('x <a href="#n">¶</a> y<sup><a href="#m">#</a></sup>') == "x y [#]"


@pytest.mark.parametrize(
    ("style", "marks"),
    [
        ("ol{list-style-type:lower-alpha}", "a. b."),
        ("li{list-style:lower-roman}", "i. ii."),
        (".l{list-style-type:lower-greek}", "α. β."),
        (".l{list-style-type:decimal-leading-zero}", "01. 02."),
        (".l{list-style:none}", "- -"),
        (".l{list-style:none;counter-reset:n}li:before{content:counter(n)}", "1. 2."),
        (".l{list-style:none}@media print{.l{list-style:square}}", "- -"),
    ],
)
def test_lists_are_marked_as_their_styles_say(style: str, marks: str) -> None:
    first, second = marks.split()
    text = page(f"<style>{style}</style><ol class=l><li>x<li>y</ol>")
    assert text == f"{first} x\n{second} y"


def test_numbers_of_nested_lists_may_be_whole() -> None:
    style = '<style>li:before{counter-increment:i;content:counters(i,".")}</style>'
    text = page(f"{style}<ol><li>a<ol><li>b<li>c</ol><li>d<ul><li>e</ul></ol>")
    assert text == "1. a\n1.1. b\n1.2. c\n2. d\n- e"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("$19<sup>99</sup>, $4<sup>.95</sup>", "$19.99, $4.95"),
        ("1.299<sup>00</sup> €", "1.299,00 €"),
        ("$10<sup>12</sup> and 2<sup>32</sup> €", "$10^12 and 2^32 €"),
        ("2<sup>99</sup> €", "2,99 €"),
        ("17<sup>00</sup> Uhr, 9<sup>30</sup> am", "17:00 Uhr, 9:30 am"),
        ("1<sup>1/2</sup> cups, x<sup>1/2</sup>", "1 1/2 cups, x^(1/2)"),
        ("SO<sup>2−</sup> <sup>3</sup>/<sub>4</sub> cup", "SO^2- 3/4 cup"),
        ("5,120<sup>2</sup>, 300<sup>1</sup>, km²<sup>3</sup>", "5,120 [2], 300 [1], km² [3]"),
        ("10<sup>1</sup>, 3.14<sup>2</sup>, 12<sup>2</sup>", "10^1, 3.14^2, 12^2"),
        ("2<sup>32</sup> bits, 5 Meter<sup>2</sup>", "2^32 bits, 5 Meter^2"),
    ],
)
def test_raised_numbers_are_what_stands_around_them_says(body: str, text: str) -> None:
    assert page(body) == text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<mn>3</mn><mfrac><mn>1</mn><mn>2</mn></mfrac>", "3 1/2"),
        ("<mo>(</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><mo>)</mo>", "(1/2)"),
        ("<mover><mi>x</mi><mo>¯</mo></mover><mo>=</mo><mn>4</mn>", "x\u0304 = 4"),
        (
            "<mmultiscripts><mi>C</mi><mprescripts/><mn>6</mn><mn>14</mn></mmultiscripts>",
            "_6^14C",
        ),
        ("<mmultiscripts><mi>R</mi><mi>i</mi><none/></mmultiscripts>", "R_i"),
    ],
)
def test_formulas_of_more_than_one_line(formula: str, text: str) -> None:
    assert page(f"<p><math>{formula}</math>") == text


def test_values_of_fields_without_names_name_nothing() -> None:
    assert page("<p>Land <input value=DE> <input value=12> <input value=x>") == "Land: DE 12 x"


def test_style_sheets_take_no_long_time() -> None:
    style = ".q .a .y{display:block}" * 20_000
    body = "<p class=q>x</p>" + "<div class=a>" * 400 + "<i class=y>t</i>" * 20_000
    began = time.perf_counter()
    assert page(f"<style>{style}</style>{body}").endswith("t")
    assert time.perf_counter() - began < 20


def test_a_block_ends_a_line_once() -> None:
    style = "<style>p span{display:block}</style>"
    assert page(f"{style}<p><span>A</span><br><span>B</span> c") == "A\nB\nc"


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("<table><tr class=o><td>a<td>b<tr><td>c<td>d</table>", "~~a~~ | ~~b~~\nc | d"),
        ("<table><tr><td class=o>a<td>b</table>", "~~a~~ | b"),
        ("<table class=o><tr><td>a<td>b</table>", "~~a~~ | ~~b~~"),
        ("<del><table><tr><td>a<td>b</table></del>", "~~a~~ | ~~b~~"),
    ],
)
def test_rows_and_tables_may_be_struck_out(table: str, text: str) -> None:
    assert page(f"<style>.o{{text-decoration:line-through}}</style>{table}") == text


def test_a_number_that_is_hidden_from_screen_readers_alone_is_read() -> None:
    assert page("<p>Only <b aria-hidden='true'>$99</b></p>") == "Only $99"
    twice = "<p><b aria-hidden='true'>$99</b><span class='sr-only'>99 dollars</span></p>"
    assert page(twice) == "99 dollars"
    assert page("<p>Go <i aria-hidden='true'>arrow</i></p>") == "Go"
