"""Rich text, Outlook messages, files under a password, packed files, old Office files."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import struct
from datetime import UTC, datetime
from functools import cache

import pytest

from mplus_cli.errors import NoTextError, PasswordError, ReadError
from mplus_cli.readers import Document, read_document
from mplus_cli.readers.containers import gzipped
from mplus_cli.readers.mail.outlook_rtf import unpacked_rtf
from mplus_cli.readers.options import ReaderOptions
from tests.readers.golden import CORPUS
from tests.readers.ole_maker import make_ole, properties, text, time_of
from tests.readers.trial import trial

HEAD = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset204 C;}"
    rb"{\f2\fcharset2 Symbol;}{\f3\fcharset128 Mincho;}}{\stylesheet{\s0 Normal;}"
    rb"{\s1\outlinelevel0 Big;}{\s2 heading 2;}{\*\cs10 x;}}{\info{\title T}}"
)


def rich(body: bytes, links: bool = False) -> Document:
    return read_document("a.rtf", HEAD + body + b"}", ReaderOptions(links=links))


# Rich text


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (rb"10{\super 6} km{\super 2}, H{\sub 2}O", "10^6 km^2, H2O"),
        (rb"10\up6 6\up0  times", "10^6 times"),
        (rb"Gr\'f6\'dfe {\f1 \'c4\'e0} {\f3 \'93\'fa\'96\'7b}", "Größe Да 日本"),
        (rb"\u8364?\uc0\u955 x \u-10179\u-8704", "€λx 😀"),
        (rb"{\uc2 \u26085 \'93\'fa}!", "日!"),
        (rb"{\f2 ab\'b3}", "αβ≥"),
        (rb"a\~b\_c\-d \endash  \ldblquote q\rdblquote", "a b-cd – “q”"),
        (rb"seen{\v hidden}{\deleted gone}{\*\unknown x}{\pict 89504e}", "seen"),
        (rb"{\upr{ansi}{\*\ud uni}}", "uni"),
        (rb"a\bin4 }}{{b", "ab"),
        (rb"yes {\field{\*\fldinst{ FORMCHECKBOX }{\*\ffdata\ffres1}}{\fldrslt}}", "yes [x]"),
        (
            rb"{\field{\*\fldinst{ FORMDROPDOWN {\*\ffdata\ffres1{\*\ffl red}{\*\ffl blue}}}}"
            rb"{\fldrslt}}",
            "blue",
        ),
        (rb"{\listtext\pard 1.\tab}one\par{\listtext\f2\'b7\tab}dot", "1. one\n- dot"),
        (rb"x{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt boxed\par}}{\shprslt no}}", "x\n\nboxed"),
    ],
)
def test_rich_text(body: bytes, shown: str) -> None:
    assert rich(body).text == shown


def test_headings_notes_and_comments_of_rich_text() -> None:
    document = rich(
        rb"\pard\s1 Top\par\pard\s2 Below\par\pard the mill{\super\chftn{\footnote\pard{\super"
        rb"\chftn} Built 1804.}} stood.{\*\atnauthor Ann}{\*\annotation{\*\atndate 1}check}\par"
    )
    assert document.text.split("\n\n") == [
        "Top", "Below", "the mill [1] stood.", "[1] Built 1804.", "[Comment by Ann: check]",
    ]  # fmt: skip
    assert document.spans[-1].section == "Top > Below"
    assert document.reader == "rtf"


def test_links_of_rich_text_are_shown_on_request() -> None:
    body = rb'{\field{\*\fldinst{HYPERLINK "https://x.org/a"}}{\fldrslt{here}}} now'
    assert rich(body).text == "here now"
    assert rich(body, links=True).text == "here <https://x.org/a> now"


def test_tables_of_rich_text() -> None:
    edges = rb"\cellx1000\cellx2000\cellx3000"
    document = rich(
        rb"\trowd\trhdr" + edges + rb"\pard\intbl Region\cell Who\cell N\cell\row"
        rb"\trowd\clvmgf" + edges + rb"\pard\intbl North\cell Bodo\par two\cell 9\cell\row"
        rb"\trowd\clvmrg" + edges + rb"\pard\intbl\cell Nils\cell\pard\intbl\itap2 in1\nestcell "
        rb"in2\nestcell{\*\nesttableprops\trowd\cellx500\nestrow}\pard\intbl\itap1 after\cell\row"
        rb"\trowd\cellx1000\cellx3010\pard\intbl South\cell closed\cell\row\pard End"
    )
    assert document.text.split("\n") == [
        "Region | Who | N",
        "North | Bodo two | 9",
        "North | Nils | in1, in2 after",
        "South | closed | closed",
        "",
        "End",
    ]


def test_rich_text_is_told_by_content_and_its_lost_end_by_a_note() -> None:
    cut = read_document("letter.doc", HEAD + b"begun")
    assert (cut.reader, cut.text) == ("rtf", "begun")
    assert cut.notes == ("the text ends in the middle: its end is missing",)


# Outlook


def message(**more: bytes) -> bytes:
    inner = {
        **properties(24, {0x00390040: time_of(datetime(2026, 3, 1, 8, tzinfo=UTC))}),
        **text("0037", "Inner"),
        **text("0C1A", "Bob"),
        **text("1000", "inner text"),
    }
    plan = {**properties(8), **text("3707", "plan.txt"), "__substg1.0_37010102": b"17 plots"}
    return make_ole(
        {
            **properties(32, {0x00390040: time_of(datetime(2026, 3, 15, 14, 30, tzinfo=UTC))}),
            **text("0037", "Hay for June"),
            **text("0C1A", "Änn Brandt"),
            **text("5D01", "ann@x.org"),
            **text("0E04", "Bob; Cyd"),
            **more,
            "__recip_version1.0_#00000000": {
                **properties(8, {0x0C150003: b"\1"}),
                **text("3001", "Bob"),
                **text("39FE", "bob@x.org"),
            },
            "__recip_version1.0_#00000001": {
                **properties(8, {0x0C150003: b"\2"}),
                **text("3001", "Cyd"),
            },
            "__attach_version1.0_#00000000": plan,
            "__attach_version1.0_#00000001": {
                **properties(8),
                "__substg1.0_3701000D": inner,
            },
        }
    )


def test_an_outlook_message_with_its_attachments() -> None:
    document = read_document("a.msg", message(**text("1000", "Hay costs 120 €.")))
    assert document.text.startswith(
        "Subject: Hay for June\nFrom: Änn Brandt <ann@x.org>\nTo: Bob <bob@x.org>\nCc: Cyd\n"
        "Date: Sun, 15 Mar 2026 14:30:00 +0000\n\nHay costs 120 €."
    )
    assert "plan.txt" in document.text and "Subject: Inner" in document.text
    assert "inner text" in document.text and document.unit == "message"


def test_an_outlook_message_in_html_or_an_old_code_page() -> None:
    page = "<html><body><p>Costs <b>120 €</b></p></body></html>".encode("cp1252")
    assert "Costs 120 €" in read_document("a", message(**{"__substg1.0_10130102": page})).text


def test_an_outlook_message_in_packed_rich_text() -> None:
    # {\rtf1\ansi\ansicpg1252\pard hello world}, the example of [MS-OXRTFCP]
    packed_text = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
        "0af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpacked_rtf(packed_text) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    document = read_document("a.msg", message(**{"__substg1.0_10090102": packed_text}))
    assert "hello world" in document.text


def test_an_appointment_is_named_as_such() -> None:
    made = message(**text("001A", "IPM.Appointment"), **text("1000", "x"))
    document = read_document("a.msg", made)
    assert document.notes == ("it is an appointment: of its fields only the text is read",)


# Under a password


@cache
def locked(name: str, password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO((CORPUS / name).read_bytes())).encrypt(password, out)
    return out.getvalue()


def standard(data: bytes, password: str) -> bytes:
    """A file locked in the way of Office 2007."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from msoffcrypto.method.ecma376_standard import ECMA376Standard

    salt = bytes(range(16))
    key = ECMA376Standard.makekey_from_password(password, 0x660E, 0x8004, 24, 128, 16, salt)

    def sealed(plain: bytes) -> bytes:
        made = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        return made.update(plain + bytes(-len(plain) % 16)) + made.finalize()

    verifier = bytes(range(16, 32))
    name = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
    header = struct.pack("<IIIIIIII", 0x24, 0, 0x660E, 0x8004, 128, 24, 0, 0) + name
    info = struct.pack("<HHII", 4, 2, 0x24, len(header)) + header + struct.pack("<I", 16) + salt
    info += sealed(verifier) + struct.pack("<I", 20) + sealed(hashlib.sha1(verifier).digest())
    return make_ole(
        {
            "EncryptionInfo": info,
            "EncryptedPackage": struct.pack("<Q", len(data)) + sealed(data),
        }
    )


@pytest.mark.parametrize("name", ["handbook.docx", "shop.xlsx", "winter.pptx"])
def test_a_password_opens_office_files(name: str) -> None:
    plain = read_document(name, (CORPUS / name).read_bytes())
    options = ReaderOptions(password="geheim")
    document = read_document(name, locked(name, "geheim"), options)
    assert (document.text, document.reader, document.notes) == (
        plain.text, plain.reader, plain.notes,
    )  # fmt: skip
    older = standard((CORPUS / name).read_bytes(), "geheim")
    assert read_document(name, older, options).text == plain.text


def test_a_missing_and_a_wrong_password_are_told() -> None:
    with pytest.raises(PasswordError, match="an Office file under a password") as caught:
        read_document("shop.xlsx", locked("shop.xlsx", "geheim"))
    assert "--password" in caught.value.hint
    with pytest.raises(PasswordError, match="the password does not open it"):
        read_document("shop.xlsx", locked("shop.xlsx", "geheim"), ReaderOptions(password="x"))


def test_a_file_that_is_only_protected_opens_unasked() -> None:
    assert read_document("shop.xlsx", locked("shop.xlsx", "VelvetSweatshop")).reader == "xlsx"


def test_a_lock_that_asks_for_endless_work_is_refused() -> None:
    info = struct.pack("<HHI", 4, 4, 64) + b'<encryption spinCount="9999999"/>'
    data = make_ole({"EncryptionInfo": info, "EncryptedPackage": b"x"})
    with pytest.raises(ReadError, match="whose lock is damaged"):
        read_document("a.docx", data)


# Old Office files


@pytest.mark.parametrize(
    ("stream", "name", "way_out"),
    [("WordDocument", "DOC", "DOCX"), ("Workbook", "XLS", "XLSX"), ("Book", "XLS", "XLSX"),
     ("PowerPoint Document", "PPT", "PPTX")],
)  # fmt: skip
def test_old_office_files_are_named_with_the_way_out(stream: str, name: str, way_out: str) -> None:
    with pytest.raises(ReadError, match=rf"old kind \({name}\), which is not read") as caught:
        read_document("a.bin", make_ole({stream: b"x" * 5000}))
    assert caught.value.hint == f"open it and save it as {way_out}"


def test_other_containers_are_no_text() -> None:
    with pytest.raises(NoTextError):
        read_document("thumbs.db", make_ole({"Catalog": b"x"}))
    with pytest.raises(ReadError, match="of the old kind, or under a password, and damaged"):
        trial("old.doc")


# Packed


def test_what_is_packed_is_read_as_what_it_is() -> None:
    document = trial("notes.txt.gz")
    assert (document.reader, document.unit) == ("text", "line")
    assert document.text.startswith("hello hello")
    for name in ("shop.xlsx", "people.csv", "guide.md"):
        data = (CORPUS / name).read_bytes()
        plain = read_document(name, data)
        unpacked = read_document(f"{name}.gz", gzip.compress(data))
        assert (unpacked.text, unpacked.spans) == (plain.text, plain.spans)
    two = gzip.compress(b"one\n") + gzip.compress(b"two\n")
    assert read_document("a.txt.gz", two).text == "one\ntwo\n"


def test_what_is_packed_may_be_cut_or_damaged_or_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    data = " ".join(str(random.Random(7).random()) for _ in range(99)).encode()
    cut = read_document("a.txt.gz", gzip.compress(data)[:-30])
    assert data.decode().startswith(cut.text[:9])
    assert cut.notes == ("the packed file is cut short: its end is missing",)
    with pytest.raises(ReadError, match="a packed file \\(gzip\\) that is damaged"):
        read_document("a.gz", b"\x1f\x8b\x08" + b"\xff" * 50)
    monkeypatch.setattr(gzipped, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(ReadError, match="unpacks to too much"):
        read_document("a.gz", gzip.compress(bytes(5000)))


def test_archives_in_gzip_and_gzip_without_end_are_refused() -> None:
    with pytest.raises(NoTextError, match="it is an archive"):
        read_document("a.tgz", gzip.compress(bytes(257) + b"ustar" + bytes(300)))
    data = b"text"
    for _ in range(5):
        data = gzip.compress(data)
    with pytest.raises(ReadError, match="too much inside of one file"):
        read_document("a.gz", data)
