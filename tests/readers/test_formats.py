"""Every format gives its text and its places: a corpus that people checked, and finer points."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mplus_cli.errors import ReadError
from mplus_cli.readers import Document, read_document
from tests.readers.golden import CORPUS, GOLDEN, described
from tests.readers.zips import make_docx, make_epub, make_xlsx

FILES = sorted(CORPUS.iterdir())


def read(name: str, text: str | bytes) -> Document:
    return read_document(name, text.encode() if isinstance(text, str) else text)


def label(document: Document, part: str) -> str:
    start = document.text.index(part)
    return document.place(start, start + len(part)).label()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_corpus_reads_as_expected(path: Path) -> None:
    document = read_document(path.name, path.read_bytes())
    assert described(document) == (GOLDEN / f"{path.name}.txt").read_text(encoding="utf-8")
    assert document.spans[0].start == 0 and document.spans[-1].end == len(document.text)


@pytest.mark.parametrize("name", ["handbook.docx", "winter.pptx", "shop.xlsx", "well.epub"])
@pytest.mark.parametrize("other", ["stdin-1", "a.csv"])
def test_archives_are_told_by_their_parts(name: str, other: str) -> None:
    data = (CORPUS / name).read_bytes()
    assert read_document(other, data).text == read_document(name, data).text


@pytest.mark.parametrize(
    "name",
    [
        "guide.html",
        "guide.tex",
        "orders.json",
        "analysis.ipynb",
        "letter.eml",
        "list.mbox",
        "film.srt",
        "talk.vtt",
    ],
)
def test_content_tells_the_format_without_a_suffix(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    bare, named = read_document("stdin-1", data), read_document(name, data)
    assert (bare.reader, bare.text, bare.spans) == (named.reader, named.text, named.spans)


def test_parsers_wait_until_they_are_needed() -> None:
    script = "import sys, mplus_cli.readers; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    heavy = {"pypdfium2", "selectolax", "charset_normalizer", "defusedxml", "email", "torch"}
    assert not heavy & set(done.stdout.split())


# Text in any encoding


SENTENCES = {
    "cp1252": (
        "Tänään sää on kaunis ja menemme puistoon. Äiti söi hyvää leipää ja käveli pöydän ympäri."
    ),
    "cp1252 ": (
        "L'été dernier, son frère était allé à la mer avec ses élèves. “Déjà ?” demanda-t-elle."
    ),
    "cp1250": (
        "Příliš žluťoučký kůň úpěl ďábelské ódy. Dnes večer půjdeme na procházku k řece a pak domů."
    ),
    "cp1251": "Сегодня хорошая погода, и мы пойдём гулять в парк. Завтра будет дождь.",
    "koi8-r": "Сегодня хорошая погода, и мы пойдём гулять в парк. Завтра будет дождь.",
    "cp1253": (
        "Καλημέρα κόσμε. Αυτό είναι ένα απλό κείμενο στα ελληνικά. Σήμερα ο καιρός είναι καλός."
    ),
    "cp1254": (
        "Günaydın dünya. Bu Türkçe yazılmış basit bir metindir. Bugün parka gideceğiz ve çay "
        "içeceğiz."
    ),
    "cp1255": "שלום עולם. זה טקסט פשוט בעברית. היום מזג האוויר יפה ואנחנו הולכים לפארק.",
    "cp1256": "مرحبا بالعالم. هذا نص بسيط باللغة العربية. الطقس اليوم جميل وسنذهب إلى الحديقة.",
    "cp874": "สวัสดีชาวโลก นี่คือข้อความภาษาไทยอย่างง่าย วันนี้อากาศดีเราจะไปสวนสาธารณะ",
    "shift_jis": "これは日本語の文章です。今日は天気がいいですね。公園に行きましょう。",
    "euc_jp": "これは日本語の文章です。今日は天気がいいですね。公園に行きましょう。",
    "gb18030": "这是一个中文句子。今天天气很好。我们去公园吧。北京是一个大城市。",
    "big5": "這是一個中文句子。今天天氣很好。我們去公園吧。臺北是一個大城市。",
    "euc_kr": "안녕하세요. 이것은 한국어 문장입니다. 오늘 날씨가 좋네요. 공원에 갑시다.",
    "utf-16-le": "Without a byte order mark, but plainly Latin: Größe.",
    "utf-16-be": "Without a byte order mark, but plainly Latin: Größe.",
}


@pytest.mark.parametrize("encoding", SENTENCES)
def test_text_of_other_encodings_is_read(encoding: str) -> None:
    text = f"{SENTENCES[encoding]}\n" * 3
    assert read("a.txt", text.encode(encoding.strip())).text == text


def test_a_page_and_a_message_may_declare_their_encoding() -> None:
    page = '<html><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><p>Да'
    assert "Да" in read("a.html", page.encode("cp1251")).text
    message = b"From: a\nSubject: b\nContent-Type: text/plain; charset=koi8-r\n\n" + "Да".encode(
        "koi8-r"
    )
    assert "Да" in read("a.eml", message).text


def test_a_declared_encoding_that_is_none_is_passed_over() -> None:
    assert "Größe" in read("a.html", b'<meta charset="rot13"><p>Gr\xf6\xdfe').text
    assert "Größe" in read("a.html", b'<meta charset="punycode"><p>Gr\xf6\xdfe').text


# Finer points


def test_word_text_is_as_if_all_changes_were_accepted() -> None:
    body = (
        "<w:p><w:r><w:t>One "
        "</w:t></w:r><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old"
        "</w:delText></w:r></w:del><w:hyperlink><w:r><w:t> link</w:t></w:r></w:hyperlink></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    assert read("a.docx", make_docx(body)).text == "One new link\n\nin a control"


def test_strict_word_files_are_read_too() -> None:
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    assert (
        read("a.docx", make_docx("<w:p><w:r><w:t>text</w:t></w:r></w:p>", namespace=strict)).text
        == "text"
    )


def test_a_workbook_cell_far_away_costs_nothing() -> None:
    rows = '<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>'
    document = read("a.xlsx", make_xlsx(rows))
    assert len(document.text) < 100
    assert label(document, "2") == "sheet One, row 1048576"


def test_rows_of_two_sheets_have_no_common_numbers() -> None:
    document = read_document("shop.xlsx", (CORPUS / "shop.xlsx").read_bytes())
    place = document.place(0, len(document.text))
    assert place.label() == "sheet Sales … Stock list"


def test_html_in_pieces_is_read() -> None:
    document = read("a.html", "<p>one<p>two<li>three<h2>Head</h3>four<td>five")
    assert document.text.split("\n\n") == ["one", "two\n- three", "Head", "fourfive"]


def test_a_layout_table_is_no_table() -> None:
    text = read(
        "a.html", "<table><tr><td><table><tr><td>a<td>b</table><td><p>c</p><p>d</p></table>"
    ).text
    assert text == "a | b\n\nc\n\nd"


def test_a_locked_book_is_refused_and_locked_fonts_are_not() -> None:
    pages = {"one.xhtml": "<html><body><p>text</p></body></html>"}
    locked = (
        "<encryption><EncryptedData><CipherData><CipherReference "
        'URI="{}"/></CipherData></EncryptedData></encryption>'
    )
    font = make_epub(pages, {"META-INF/encryption.xml": locked.format("font.otf")})
    assert read("a.epub", font).text == "text"
    with pytest.raises(ReadError, match=r"^a\.epub: an encrypted e-book"):
        read("a.epub", make_epub(pages, {"META-INF/encryption.xml": locked.format("one.xhtml")}))


def test_settings_in_json_with_comments_are_text() -> None:
    document = read("tsconfig.json", '{\n  // a comment\n  "strict": true,\n}\n')
    assert (document.reader, label(document, "strict")) == ("text", "line 3")


def test_a_cut_log_of_json_lines_is_text() -> None:
    assert read("a.jsonl", '{"a": 1}\n{"b":').reader == "text"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [("a,b\n1,2\n", ","), ("a;b\n1,5;2,5\n", ";"), ("a|b\n1|2\n", "|"), ("a\tb\n1, x\t2\n", "\t")],
)
def test_the_delimiter_is_found(text: str, delimiter: str) -> None:
    assert read("a.csv", text).text.split("\n")[0] == "a | b"


def test_a_table_of_numbers_has_no_header() -> None:
    assert [span.header for span in read("a.csv", "1,2\n3,4\n").spans] == ["", ""]


def test_a_message_within_a_message_has_its_own_subject() -> None:
    inner = "From: c@d\nSubject: Inner\n\ninner text"
    document = read("a.eml", f"From: a@b\nSubject: Outer\nContent-Type: message/rfc822\n\n{inner}")
    assert label(document, "inner text") == "Outer > Inner, message 1"


def test_a_file_of_minutes_and_seconds_knows_its_times() -> None:
    document = read_document("film.srt", (CORPUS / "film.srt").read_bytes())
    assert document.place(0, len(document.text)).label() == "0:00:01-1:02:05"


@pytest.mark.parametrize("name", ["a.doc", "b.xls", "c.docx"])
def test_old_and_locked_office_files_are_named(name: str) -> None:
    with pytest.raises(
        ReadError, match="Office file of the old kind, or under a password"
    ) as caught:
        read(name, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "save it as" in caught.value.hint.lower()


def test_one_odd_message_does_not_spoil_a_mailbox() -> None:
    odd = (
        "From x 2026\nContent-Type: text/plain\n\n\x01\x02\x03\n\n"
        "From y Tue Mar  3 10:00:00 2026\nSubject: Fine\n\ntext\n"
    )
    document = read("a.mbox", odd)
    assert "text/plain that is no text" in document.text
    assert document.text.endswith("Subject: Fine\n\ntext")
