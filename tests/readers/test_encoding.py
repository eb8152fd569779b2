"""Character sets: declared ones, those told by their form, and guesses, which are told as such."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers import read_document
from mplus_cli.readers.letters.charsets import codec_of, name_of, text_in
from mplus_cli.readers.letters.encoding import declared_in, decode
from mplus_cli.readers.letters.guessing import guess
from tests.readers.trial import trial


@pytest.mark.parametrize(
    ("name", "text", "notes"),
    [
        ("txt_gbk_short.txt", "会议在三楼举行。\n", ("its character set is a guess: GB18030",)),
        ("txt_nul.txt", "Log line one\nLog line two\nLog line three\n", ()),
        ("txt_macroman.txt", "Le café est fermé à Noël, “merci”.\n", ()),
        (
            "txt_mixed.txt",
            "Müller wrote this in UTF-8: Köln, Zürich, Straße.\nUnd dies in Latin-1: Köln.\n",
            ("not all of its lines are UTF-8: the others are read as Windows-1252",),
        ),
        ("txt_utf16le_nobom_ru.txt", "Насос имеет глубину двенадцать метров.\n" * 3, ()),
        ("txt_utf32.txt", "The pump is deep.\n", ()),
        ("txt_euckr.txt", "회의는 금요일에 삼층에서 열립니다.\n", ()),
    ],
)
def test_the_trials_say_what_they_say(name: str, text: str, notes: tuple[str, ...]) -> None:
    document = trial(name)
    assert (document.text, document.notes) == (text, notes)


@pytest.mark.parametrize(("label", "text"), [("euc-jp", "会議は五月"), ("latin-1", "Jürgen Größe")])
def test_code_is_read_as_its_first_line_says(label: str, text: str) -> None:
    code = f'# -*- coding: {label} -*-\nMSG = "{text}"\n'
    assert read_document("a.py", code.encode(label)).text == code


SENTENCES = {
    "gb18030": [
        "会议在三楼举行。",
        "联通",
        "请于星期五之前把报告交给王经理。",
        "温度为25°C，湿度为60%。",
    ],
    "big5": ["會議在三樓舉行。", "會議改在五月十二日", "請於星期五之前把報告交給王經理。"],
    "cp949": ["회의는 금요일에 있습니다", "안녕하세요", "제1장 총칙"],
    "euc_jp": ["会議は五月十二日に", "ポンプは12メートルの深さです。"],
    "cp932": [
        "会議は五月十二日に",
        "日本語",
        "①番の鍵",
        "ﾃｽﾄ ﾌｧｲﾙ 会議は三階",
        "ポンプは12メートル",
    ],
    "koi8_r": ["Собрание состоится на третьем этаже.", "Привет, мир!", "Пароль: синяя цапля"],
    "koi8_u": ["Засідання відбудеться у п'ятницю", "Пароль: їжак і ґанок"],
    "cp866": ["Собрание состоится на третьем", "Привет, мир! Как дела?"],
    "cp1251": ["Совещание состоится в пятницу.", "Привет, мир!", "Засідання відбудеться о пів"],
    "mac_roman": ["Le café est fermé à Noël, “merci”.", "Grüße aus Köln", "naïve façade"],
    "cp1252": [
        "We can’t offer less than €830 – “final” price.",
        "£50 and 20°C ± 1",
        "5 µm",
        "naïve",
    ],
    "cp1250": [
        "Zażółć gęślą jaźń",
        "Příliš žluťoučký kůň úpěl ďábelské ódy",
        "Łódź, ul. Żurawia 5",
    ],
    "iso8859_2": ["Następne spotkanie odbędzie się w piątek na trzecim piętrze."],
    "iso8859_5": ["Следующая встреча состоится в пятницу.", "Пароль от сейфа: синяя цапля"],
    "mac_cyrillic": ["Следующая встреча состоится в пятницу.", "Привет, мир! Как дела?"],
    "cp850": ["La prochaine réunion aura lieu vendredi au troisième étage, à côté"],
    "cp1253": ["Η σύσκεψη είναι την Παρασκευή στον τρίτο όροφο", "Καλημέρα κόσμε"],
    "cp1254": ["Toplantı cuma günü üçüncü katta yapılacak", "İstanbul'da şişli ağaç"],
    "cp1255": ["הפגישה תתקיים ביום שישי בקומה השלישית"],
    "cp1256": ["الاجتماع يوم الجمعة في الطابق الثالث"],
    "cp1257": [
        "Susitikimas įvyks penktadienį trečiame aukšte",
        "Šodien būs sapulce ceturtajā stāvā, ņemiet līdzi piezīmes",
    ],
    "cp874": ["การประชุมจะจัดขึ้นในวันศุกร์ที่ชั้นสาม"],
}


@pytest.mark.parametrize(
    ("codec", "text"), [(codec, text) for codec, texts in SENTENCES.items() for text in texts]
)
def test_a_sentence_is_read_in_its_own_character_set(codec: str, text: str) -> None:
    assert text_in(text.encode(codec), guess(text.encode(codec)).codec) == text


def test_a_wrong_guess_is_told_as_one() -> None:
    """Czech in ISO 8859-2 and Hungarian have letters that look right in another set, too."""
    for codec, text in (
        ("iso8859_2", "Dobrý den, příští schůzka je v pátek ve třetím patře."),
        ("cp1250", "A következő ülés pénteken lesz a harmadik emeleten."),
    ):
        assert read_document("a.txt", text.encode(codec)).notes


def test_a_long_clear_text_is_no_guess_and_a_wrong_one_is_said_to_be_one() -> None:
    long = "会议在三楼举行，请于星期五之前把报告交给王经理。"
    assert read_document("a.txt", long.encode("gb18030")).notes == ()
    assert read_document("a.txt", "日本語".encode("euc_jp")).notes
    assert read_document("a.txt", "Größe: 5 €, Straße".encode("cp1252")).notes == ()


@pytest.mark.parametrize(
    ("label", "text", "codec"),
    [
        ("iso-8859-1", "can’t € – “x”", "cp1252"),
        ("US-ASCII", "can’t", "cp1252"),
        ("gb2312", "镕基", "gbk"),
        ("Shift_JIS", "①㈱髙", "cp932"),
        ("ks_c_5601-1987", "똠방각하", "cp949"),
        ("tis-620", "ที่ชั้น", "cp874"),
        ("iso-8859-9", "€ Toplantı", "cp1254"),
        ("x-mac-roman", "Noël “x”", "mac_roman"),
        ("koi8-ru", "їжак", "koi8_u"),
        ("big5", "會議", "big5"),
        ("euc-jp", "会議", "euc_jp"),
        ("ISO-2022-JP", "会議は", "iso2022_jp"),
        ("iso-2022-kr", "회의는", "iso2022_kr"),
        ("hz-gb-2312", "会议", "hz"),
        ("utf-7", "Größe +x", "utf-7"),
        ("latin9", "5 €", "iso8859_15"),
        ("windows-1251", "Привет", "cp1251"),
    ],
)
def test_a_declared_character_set_counts_as_browsers_have_it(
    label: str, text: str, codec: str
) -> None:
    assert decode(text.encode(codec), label) == text
    assert read_document("a.txt", text.encode(codec), charset=label).text == text
    assert read_document("a.txt", text.encode(codec), charset=label).notes == ()


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "gb2312", "utf-16", "no-such"])
def test_utf_8_is_utf_8_whatever_was_declared(label: str) -> None:
    assert decode("naïve café, Größe".encode(), label) == "naïve café, Größe"
    assert decode(b"plain ASCII", label) == "plain ASCII"


def test_a_declared_set_that_does_not_fit_is_no_reason_to_lose_letters() -> None:
    assert decode("naïve café".encode("cp1252"), "utf-8") == "naïve café"
    assert decode("été.".encode("cp1252"), "big5") == "été."
    broken = "会议在三楼举行。".encode("gbk") * 20 + b"\xff\n"
    document = read_document("a.txt", broken, charset="gbk")
    assert document.text == "会议在三楼举行。" * 20 + "\ufffd\n"
    assert document.notes == ("1 damaged character: shown as \ufffd",)


def test_japanese_in_seven_bits_is_told_by_its_escapes_with_all_that_windows_adds() -> None:
    assert decode("会議は ABC で".encode("iso2022_jp")) == "会議は ABC で"
    rows = b"\x1b$B-!\x1b(B and \x1b$B-j\x1b(B, \x1b(I1\x1b(B"
    assert decode(rows) == "① and ㈱, ｱ"
    assert decode("회의는".encode("iso2022_kr")) == "회의는"


def test_codes_of_terminals_and_formats_of_lisp_are_no_escapes() -> None:
    assert decode(b"a+2AA-", "utf-7") == "a\ufffd"
    for text in ("\x1b(Bdone\x1b[m\n" * 3, '(format t "~{ab~} ~{~a~}" x)', "~{ABCD~}"):
        assert decode(text.encode()) == text


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("# -*- coding: euc-jp -*-\n", "euc-jp"),
        ("#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\n", "latin-1"),
        ("x = 1\n" * 9 + "# vim: ts=4 fenc=koi8-r\n", "koi8-r"),
        ('<?xml version="1.0" encoding="windows-1251"?><a/>', "windows-1251"),
        ('@charset "big5";\nbody {}', "big5"),
        ("\\documentclass{a}\n\\usepackage[latin1]{inputenc}\n", "latin1"),
        (";; -*- mode: lisp; coding: shift_jis -*-\n", "shift_jis"),
        (".. -*- coding: gbk -*-\n", "gbk"),
        ("The encoding: none of it\n", None),
        ("x = 1\ny = 2\n# coding: latin-1\n", None),
    ],
)
def test_what_a_text_says_of_its_encoding(text: str, label: str | None) -> None:
    assert declared_in(text.encode()) == label


def test_xml_and_latex_are_read_as_they_declare() -> None:
    xml = '<?xml version="1.0" encoding="windows-1251"?>\n<a>Хм</a>'
    assert "Хм" in read_document("a.xml", xml.encode("cp1251")).text
    tex = "\\documentclass{a}\n\\usepackage[applemac]{inputenc}\nNoël"
    assert "Noël" in read_document("a.tex", tex.encode("mac_roman")).text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "水车建于一七一二年。\n深十二米。\n",
        "Насос имеет глубину 12 метров.\n",
        "Ο κήπος είναι εδώ.\n",
        "会議は五月十二日に、三階で。\r\n",
        "회의는 금요일에 삼층에서.\n",
        "הפגישה תתקיים ביום\n",
        "Zażółć gęślą jaźń\n",
    ],
)
def test_utf_16_without_a_mark(codec: str, text: str) -> None:
    assert decode(text.encode(codec)) == text.replace("\r\n", "\n")


def test_nuls_between_words_end_lines() -> None:
    assert decode(b"a,b\n1,\x002\n3,\x004\n") == "a,b\n1, 2\n3, 4\n"
    assert decode(b"notes/one.txt\0notes/two.txt\0") == "notes/one.txt\nnotes/two.txt"
    assert decode(b"name    \0\0\0\nplace   \0\0\0\n") == "name    \nplace   \n"


@given(st.binary(max_size=300) | st.text(max_size=99).map(lambda text: text.encode("utf-16-le")))
def test_any_bytes_are_text_or_none_whatever_they_declare(data: bytes) -> None:
    for label in (
        None,
        "gb2312",
        "iso-2022-jp",
        "hz",
        "utf-7",
        "utf-16",
        "big5",
        declared_in(data),
    ):
        try:
            decode(data, label).encode("utf-8")
        except NoTextError:
            continue


def test_nothing_takes_long() -> None:
    """Bytes that are hard to tell: seconds would show here, if one were not linear."""
    hard = [
        b"\xe9",
        b"~{",
        b"\x1b$B",
        b"a\0",
        b"aaa\0",
        b"<?xml ",
        b"# coding:",
        b"K\xc3\xb6\nK\xf6\n",
    ]
    start = time.monotonic()
    for data in hard:
        try:
            read_document("a", data * (400_000 // len(data)))
        except ReadError:
            continue
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 20,
        b"abc\0\x01\x02\x03def" * 50,
        b"\0" * 4000,
        b"\0\x80" * 2000,
        b"\1\0\0\0\2\0\0\0\3\0\0\0" * 30,
    ],
)
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(NoTextError, match="not text"):
        decode(data)


def test_utf_16_that_is_cut_off_is_read() -> None:
    document = read_document("a.txt", ("The pump is deep. " * 9).encode("utf-16")[:-1])
    assert document.text.startswith("The pump is deep. The")
    assert document.notes == ("1 damaged character: shown as \ufffd",)
    assert decode(("The pump is deep. " * 9).encode("utf-16-le")[:-1]).startswith("The pump is")
    with pytest.raises(ReadError, match="begins like UTF-16"):
        read_document("a.txt", b"\xff\xfea")


def test_unknown_and_dangerous_labels_are_no_codecs() -> None:
    for label in ("", "no-such", "rot13", "base64", "hex", "zlib", "idna", "unicode_escape", "\0"):
        assert codec_of(label) is None
    assert name_of("cp1252") == "Windows-1252"
    assert name_of("koi8_u") == "KOI8-U"


def test_the_euro_sign_of_latin_9_is_none_of_windows() -> None:
    text = "Preis 5 € für Größe"
    document = read_document("a.txt", text.encode("iso8859-15"))
    assert (document.text, document.notes) == (text, ("its character set is a guess: ISO-8859-15",))


def test_a_line_of_each_charset_is_enough() -> None:
    document = read_document("a.txt", "Grüße\n".encode() + "Größe".encode("latin-1"))
    assert document.text == "Grüße\nGröße"
    assert document.notes == (
        "not all of its lines are UTF-8: the others are read as Windows-1252",
    )
