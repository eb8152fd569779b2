"""Mail: the version that says it all, what is attached, and where a message begins."""

from __future__ import annotations

import base64
import re

import pytest

from mplus_cli.errors import ReadError
from mplus_cli.readers import Document, ReaderOptions, read_document
from tests.readers.test_formats import label
from tests.readers.trial import trial

HEAD = "From: a@example.org\nTo: b@example.org\nSubject: Plants\nMIME-Version: 1.0\n"


def read(text: str | bytes, options: ReaderOptions | None = None) -> Document:
    return read_document("a.eml", text.encode() if isinstance(text, str) else text, options)


def body(document: Document) -> str:
    return document.text.partition("\n\n")[2]


def part(content_type: str, text: str, more: str = "") -> str:
    return f"Content-Type: {content_type}\n{more}\n{text}\n"


def multipart(kind: str, *parts: str) -> str:
    inside = "".join(f"--{kind}-b\n{one}" for one in parts)
    return f'Content-Type: multipart/{kind}; boundary="{kind}-b"\n\n{inside}--{kind}-b--\n'


def attached(name: str, text: str | bytes, content_type: str = "application/octet-stream") -> str:
    data = text.encode() if isinstance(text, str) else text
    more = (
        f'Content-Disposition: attachment; filename="{name}"\nContent-Transfer-Encoding: base64\n'
    )
    return part(content_type, base64.encodebytes(data).decode(), more)


# Versions


def test_a_plain_version_that_says_nothing_gives_way_to_the_page() -> None:
    assert body(trial("eml_empty_plain.eml")) == "Your order of two fig trees ships on Monday."
    assert body(trial("eml_stub_plain.eml")) == "Your order of two lemon trees ships on Friday."


@pytest.mark.parametrize(
    ("plain", "page", "text"),
    [
        ("The pump drips again.", "<p>The pump <b>drips</b> again.</p>", "The pump drips again."),
        ("Two trees", "<p>Two trees and ten roses ship on Friday at noon</p>", None),
        ("Ihre Rechnung im Browser ansehen: https://x.y", "<p>Die Rechnung: 830 Euro</p>", None),
        ("The gate code is 4417.", "<img src=x>", "The gate code is 4417."),
        ("", "<p>only page</p>", None),
        ("We ship four trees on Monday.", "<p>We ship four trees on Monday. <i>ZX99</i></p>", None),
        ("A long text of its own, which says much.", "<p>And a page, different by far</p>", "both"),
    ],
)
def test_the_version_that_says_more_is_read(plain: str, page: str, text: str | None) -> None:
    versions = multipart("alternative", part("text/plain", plain), part("text/html", page))
    got = body(read(HEAD + versions))
    of_page = re.sub("</?[pi]>", "", page)
    assert got == (f"{plain}\n\n{of_page}" if text == "both" else of_page if text is None else text)


def test_where_each_version_has_numbers_of_its_own_both_are_read() -> None:
    plain, page = "Plant 4 figs on Monday.", "<p>Plant 4 figs on Monday. Code 77.</p>"
    plain_only = plain + " Call 555."
    versions = multipart("alternative", part("text/plain", plain_only), part("text/html", page))
    assert body(read(HEAD + versions)) == f"{plain_only}\n\n{plain} Code 77."
    # A link and its address, or the number of an item, are no numbers of the text's own.
    linked = f"1. {plain} [1]\n[1] https://example.org/17"
    versions = multipart("alternative", part("text/plain", linked), part("text/html", page))
    assert body(read(HEAD + versions)) == f"{plain} Code 77."


# Where a message begins


@pytest.mark.parametrize(
    "data",
    [
        b"From a@b Mon Mar  2 10:00:00 2026\n%b",
        b">From a@b\r\n%b",
        b"\xef\xbb\xbf%b",
        b"\r\n\n%b",
    ],
)
def test_a_message_begins_at_its_first_header(data: bytes) -> None:
    assert read(data % (HEAD + "\nFour figs.").encode()).text.startswith("Subject: Plants\n")


def test_a_message_may_be_saved_as_utf_16_or_with_line_ends_of_old() -> None:
    text = HEAD.replace("Plants", "Grün") + "\nVier Bäume, 5 €."
    saved = [text.encode(codec) for codec in ("utf-16", "utf-16-be", "utf-16-le")]
    for data in [*saved, text.replace("\n", "\r").encode()]:
        document = read(data)
        assert (document.spans[0].section, body(document)) == ("Grün", "Vier Bäume, 5 €.")


@pytest.mark.parametrize("declared", ["; boundary=other", ""])
def test_parts_are_told_by_the_boundary_that_is_there(declared: str) -> None:
    text = f"{HEAD}Content-Type: multipart/mixed{declared}\n\n--b\n" + attached("a.txt", "Figs: 4")
    assert body(read(f"{text}--b--\n")) == "Attachments: a.txt\n\na.txt\n\nFigs: 4"


def test_a_page_in_a_message_may_declare_its_charset_itself() -> None:
    page = '<meta charset="windows-1251"><p>Пять рублей'.encode("cp1251")
    document = read(f"{HEAD}Content-Type: text/html\n\n".encode() + page)
    assert (body(document), document.notes) == ("Пять рублей", ())


def test_a_page_within_related_parts_counts_and_its_pictures_are_no_noise() -> None:
    picture = part("image/png", "x", "Content-ID: <a>\n")
    page = multipart("related", part("text/html", "<p>Real text <img src=cid:a></p>"), picture)
    document = read(HEAD + multipart("alternative", part("text/plain", " "), page))
    assert body(document) == "Real text"


def test_what_is_attached_to_the_page_alone_is_found() -> None:
    """As some programs do: a file within the HTML version."""
    mixed = multipart(
        "mixed", part("text/html", "<p>See the file</p>"), attached("a.txt", "Code 7")
    )
    document = read(HEAD + multipart("alternative", part("text/plain", "See the file"), mixed))
    assert body(document) == "See the file\n\nAttachments: a.txt\n\na.txt\n\nCode 7"


# Headers and letters


def test_headers_may_be_raw_or_in_odd_encodings() -> None:
    assert trial("eml_raw_header.eml").text.startswith("Subject: Grüße und Pläne\nFrom: Jörg <a@")
    head = "Subject: =?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?= an =?x-unknown?q?alle?=\nFrom: a\n\nx"
    assert read(head).text.startswith("Subject: Grüße an alle\n")
    head = "Subject: =?utf-8?b?R3LDvMOfZQ=?= =?utf-8?q?a_b?=\nFrom: a\n\nx"
    assert read(head).text.startswith("Subject: Grüßea b\n")


def test_quoted_and_unknown_character_sets() -> None:
    assert "Die Größe des Gartens ist 400 m²" in trial("eml_qp.eml").text
    assert body(trial("eml_unknown8.eml")) == "Grüße an alle"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("eml_latin1_cp1252.eml", "We can’t offer less than €830 – “final” price."),
        ("eml_latin1_html.eml", "We can’t offer less than €830."),
    ],
)
def test_western_letters_mean_what_browsers_take_them_for(name: str, text: str) -> None:
    assert body(trial(name)) == text


def test_more_character_sets_of_messages() -> None:
    assert "We can’t offer less than €830" in trial("eml_latin1_long.eml").text
    assert "会議の" in trial("eml_iso2022jp.eml").text.partition("\n")[0]
    assert (
        "\x1b" not in trial("eml_iso2022jp.eml").text
        and "$B" not in trial("eml_iso2022jp.eml").text
    )
    word = "=?gb2312?b?" + base64.b64encode("家居".encode("gbk")).decode() + "?="
    page = (
        part("text/html; charset=gb2312", "<p>X</p>").encode().replace(b"X", "天气".encode("gbk"))
    )
    document = read(f"Subject: {word}\nFrom: a\n".encode() + page)
    assert document.text == "Subject: 家居\nFrom: a\n\n天气"


def test_flowed_lines_are_joined() -> None:
    text = "A line that \ngoes on.\nAnother.\n> quoted \n> words\n-- \nAnna"
    flowed = part("text/plain; format=flowed", text)
    assert body(read(HEAD + flowed)) == (
        "A line that goes on.\nAnother.\n> quoted words\n-- \nAnna"
    )
    flowed = part("text/plain; format=flowed; delsp=yes", "日本 \n語です")
    assert body(read(HEAD + flowed)) == "日本語です"


# Attachments


def test_attachments_are_named_and_read_under_their_own_message() -> None:
    document = trial("eml_nested.eml")
    assert "Attachments: offer.eml, notes.txt, prices.csv\n\nnotes.txt" in document.text
    assert label(document, "The alarm code is 5512.") == "Fwd: Offer > notes.txt, message 1"
    assert label(document, "1 | 2") == "Fwd: Offer > prices.csv, message 1"
    assert label(document, "Tiles | 9,000") == "Fwd: Offer > Offer for the roof, message 1"


def test_files_of_a_message_within_come_under_that_message() -> None:
    inner = HEAD.replace("Plants", "Inner") + multipart(
        "mixed", part("text/html", "<h1>Yes</h1>"), attached("in.txt", "inside")
    )
    outer = multipart(
        "digest",
        part("text/plain", "outer"),
        part("message/rfc822", inner),
        attached("out.txt", "outside"),
    )
    document = read(HEAD + outer)
    assert label(document, "inside") == "Plants > Inner > in.txt, message 1"
    assert label(document, "outside") == "Plants > out.txt, message 1"
    assert label(document, "Attachments: in.txt") == "Plants > Inner, message 1"


def test_pages_of_an_attached_document_are_places() -> None:
    from tests.readers.pdf_maker import make_pdf

    document = read(HEAD + multipart("mixed", attached("plan.pdf", make_pdf(["one", "two"]))))
    assert label(document, "two") == "Plants > plan.pdf > page 2, message 1"


def test_rows_of_an_attached_table_are_no_sections() -> None:
    rows = "name,n\n" + "".join(f"x{n},{n}\n" for n in range(50))
    document = read(HEAD + multipart("mixed", attached("a.csv", rows)))
    assert len(document.section_starts()) == 3  # headers, names of the columns, rows
    assert document.span_at(document.text.index("x40")).header == "name | n"


def test_attachments_may_be_left_out() -> None:
    document = trial("eml_nested.eml", ReaderOptions(attachments=False))
    assert "Attachments: offer.eml, notes.txt, prices.csv" in document.text
    assert "5512" not in document.text and "12,400" in document.text


def test_what_can_not_be_read_of_a_message_is_named() -> None:
    document = read(
        HEAD
        + multipart(
            "mixed",
            part("text/plain", "hello"),
            attached("a.bin", b"\0\1\2"),
            attached("broken.ipynb", "{"),
            attached("photo.jpg", b"\xff\xd8", "image/jpeg"),
            attached("smime.p7m", b"\x30", "application/pkcs7-mime"),
        )
    )
    assert "Attachments: a.bin, broken.ipynb, photo.jpg, smime.p7m" in document.text
    notes = "\n".join(document.notes)
    for lost in ("attachment a.bin is not read", "broken.ipynb is not read", "S/MIME"):
        assert lost in notes
    assert "photo" not in notes


def test_encrypted_messages_say_so() -> None:
    closed = multipart(
        "encrypted", part("application/pgp-encrypted", "Version: 1"), attached("a.asc", "x")
    )
    assert read(HEAD + closed).notes == ("message 1: it is encrypted: its text is not read",)
    inline = read(HEAD + "\nHi\n-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----\nBye")
    assert body(inline) == "Hi\n\nBye" and "encrypted (PGP)" in inline.notes[0]


def test_signatures_are_no_attachments() -> None:
    signed = multipart(
        "signed", part("text/plain", "Yes."), attached("s.asc", "x", "application/pgp-signature")
    )
    assert body(read(HEAD + signed)) == "Yes."


def test_files_between_the_lines_are_attachments() -> None:
    import binascii

    line = binascii.b2a_uu(b"The code is 5512.").decode()
    text = f"See:\nbegin 644 code.txt\n{line}`\nend\nBye"
    document = read(f"{HEAD}\n{text}")
    assert body(document).split("\n\n") == [
        "See:",
        "Bye",
        "Attachments: code.txt",
        "code.txt",
        "The code is 5512.",
    ]


def test_invitations_come_in_words_and_once() -> None:
    assert body(trial("eml_calendar.eml")) == "Board meeting\n\nWhere: Room 7"
    calendar = (
        "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nDTSTART:19700101T000000\nEND:VTIMEZONE\nBEGIN:VEVENT\n"
        "SUMMARY:Board\\, spring\nDTSTART;TZID=Europe/Oslo:20260505T130000\n"
        "DTEND:20260505T120000Z\n"
        "DESCRIPTION:Bring\\nplans and a very long l\n ine\nATTENDEE;CN=Ada:mailto:ada@e.org\n"
        "LOCATION:Room 7\nBEGIN:VALARM\nDESCRIPTION:no\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR"
    )
    document = read(
        HEAD
        + multipart(
            "mixed",
            part("text/plain", "Come"),
            part("text/calendar", calendar),
            attached("invite.ics", calendar, "application/ics"),
        )
    )
    assert body(document) == (
        "Come\n\nEvent: Board, spring\nBegins: 2026-05-05 13:00 Europe/Oslo\n"
        "Ends: 2026-05-05 12:00 UTC\nDescription: Bring\nplans and a very long line\n"
        "Attendee: Ada <ada@e.org>\nWhere: Room 7\n\nAttachments: invite.ics"
    )


def test_a_report_of_delivery_says_what_failed() -> None:
    status = "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; b@example.org\nStatus: 5.1.1\n"
    document = read(HEAD + multipart("report", part("message/delivery-status", status)))
    assert "Final-Recipient: rfc822; b@example.org\nStatus: 5.1.1" in document.text


def test_messages_against_the_rules_are_read() -> None:
    packed = base64.encodebytes(b"From: c\nSubject: Inner\n\nThe key is 99.\n").decode()
    inner = part("message/rfc822", packed, "Content-Transfer-Encoding: base64\n")
    document = read(HEAD + multipart("mixed", part("text/plain", "fwd"), inner))
    assert label(document, "The key is 99.") == "Plants > message.eml > Inner, message 1"
    assert body(read(HEAD + "Content-Type: multipart/mixed\n\nno parts")) == "no parts"


# Mailboxes


def test_a_line_within_a_message_begins_no_other() -> None:
    document = trial("mbox_from_line.mbox")
    assert "From the top of the hill one sees 2026 houses.\nThat line" in document.text
    assert "\nFrom here on it is quoted." in document.text
    assert label(document, "Reply body.") == "Two, message 2"
    assert document.spans[-1].first == 2


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("From b@example.org Wed May  6 10:00:00 2026", 2),
        ("From - Wed May 06 10:00:00 2026", 2),
        ("From MAILER-DAEMON Wed May  6 10:00:00 +0200 2026", 2),
        ("From b@example.org Wed, 6 May 2026 10:00:00 +0200", 2),
        ("From Wed on, at 10:00, it rained", 1),
        ("From 2026 on: nothing", 1),
    ],
)
def test_what_begins_a_message_looks_like_an_envelope(line: str, count: int) -> None:
    data = f"From a Tue May  5 10:00:00 2026\nSubject: One\n\nx\n\n{line}\nSubject: Two\n\ny\n"
    assert read_document("a.mbox", data.encode()).spans[-1].first == count


def test_a_line_before_prose_begins_no_message() -> None:
    line = "From b@example.org Wed May  6 10:00:00 2026"
    data = f"From a Tue May  5 10:00:00 2026\nSubject: One\n\nx\n\n{line}\nis how it began.\n"
    assert read_document("a.mbox", data.encode()).spans[-1].first == 1


def test_a_message_that_nests_too_deeply_does_not_cost_the_mailbox() -> None:
    begin = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(60))
    line = "From a Tue May  5 10:00:00 2026\n"
    data = f"{line}Subject: Deep\n{begin}\nx\n\n{line}Subject: Fine\n\ntext\n"
    document = read_document("a.mbox", data.encode())
    assert document.text.endswith("Subject: Fine\n\ntext")
    assert "message 1 is not read: nested too deeply" in document.notes[0]


def test_attachments_in_attachments_end_somewhere() -> None:
    data: bytes = b"From: a\nSubject: innermost\n\nx"
    for _ in range(6):
        data = (HEAD + multipart("mixed", attached("a.eml", data))).encode()
    document = read(data)
    assert "innermost" not in document.text
    assert any("too much inside of one file" in note for note in document.notes)
    with pytest.raises(ReadError):
        read_document("a.eml", b"no headers")


def test_messages_of_a_mailbox_may_follow_one_another_without_empty_lines() -> None:
    one = b"From a@b %b\nSubject: Plants\n\nFour figs.\nFrom Monday on: five.\n"
    for date in (b"Mon Mar  2 10:00:00 2026", b"2026-03-02 10:00:00"):
        document = read_document("a.mbox", one % date * 3)
        assert [span.section for span in document.spans] == ["Plants"] * 3
        assert document.text.count("From Monday on: five.") == 3


def test_a_page_that_a_browser_saved_as_a_message() -> None:
    page = part("text/html", "<link href=a.css>10<b class=up>6</b> t<i class=no>no</i>")
    style = part("text/css", ".up{vertical-align:super}.no{display:none}")
    picture = part("image/png", "x", "Content-Location: https://example.org/a.png\n")
    saved = HEAD + multipart("related", page, style, picture)
    assert body(read_document("a.mhtml", saved.encode())) == "10^6 t"
