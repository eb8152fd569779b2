"""Pages as servers send them: character sets, names, packing, and what goes wrong."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.inputs.web import fetch
from mplus_cli.readers import Document, read_document

MAX_BYTES = 1_000_000
Answer = tuple[int, dict[str, str], bytes]


class Site(BaseHTTPRequestHandler):
    answers: dict[str, Answer] = {}  # noqa: RUF012
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, headers, body = self.answers.get(self.path, (404, {}, b"nothing here"))
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some tests want."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    Site.answers, Site.asked = {}, []
    server = Server(("127.0.0.1", 0), Site)
    serve = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serve.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def put(path: str, body: bytes, kind: str = "text/html", **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    Site.answers[path] = (200, {"Content-Type": kind} | named, body)


def read(address: str) -> Document:
    content = fetch(address, MAX_BYTES)
    return read_document(content.name, content.data, None, content.charset)


def refusal(address: str) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(address)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("EUC-KR", "회의는 금요일에 삼층에서 열립니다."),
        ("Shift_JIS", "会議は五月十二日に三階で"),
        ("windows-1251", "Совещание состоится в пятницу"),
        ("gb2312", "会议在三楼举行"),
        ("ISO-8859-2", "Zażółć gęślą jaźń"),
        ("KOI8-R", "Собрание"),
        ("Big5", "會議在三樓"),
        ("utf-8", "naïve café"),
    ],
)
def test_the_character_set_of_the_header_counts(site: str, label: str, text: str) -> None:
    put("/page", f"<html><p>{text}</p></html>".encode(label), f"text/html; charset={label}")
    put("/note", text.encode(label), f'text/plain; charset="{label}"')
    for path in ("/page", "/note"):
        document = read(site + path)
        assert (document.text, document.notes) == (text, ())


def test_a_header_that_is_wrong_does_not_garble_utf_8(site: str) -> None:
    put("/page", "<p>naïve café \u2013 5 €</p>".encode(), "text/html; charset=iso-8859-1")
    put("/no-such", b"<p>plain</p>", "text/html; charset=no-such")
    assert read(f"{site}/page").text == "naïve café \u2013 5 €"
    assert read(f"{site}/no-such").text == "plain"


def test_iso_8859_1_means_what_browsers_read(site: str) -> None:
    page = "<p>We can\u2019t offer less than €830</p>".encode("cp1252")
    put("/page", page, "text/html; charset=ISO-8859-1")
    assert read(f"{site}/page").text == "We can\u2019t offer less than €830"


def test_the_last_address_names_a_file(site: str) -> None:
    Site.answers["/latest"] = (302, {"Location": "/files/notes.md"}, b"")
    put("/files/notes.md", b"# Notes\n", "text/plain")
    put("/get?id=5", b"# Notes\n", "application/octet-stream")
    assert fetch(f"{site}/latest", MAX_BYTES).name == f"{site}/latest.md"
    assert read(f"{site}/latest").reader == "markdown"


@pytest.mark.parametrize(
    ("disposition", "reader"),
    [
        ('attachment; filename="notes.md"', "markdown"),
        ("attachment; filename*=UTF-8''n%C3%B6tes.csv", "csv"),
        ("inline", "text"),
    ],
)
def test_a_file_may_have_its_name_in_the_header(site: str, disposition: str, reader: str) -> None:
    kind = "application/octet-stream"
    put("/get", b"# Notes, more\n1,2\n", kind, Content_Disposition=disposition)
    assert read(f"{site}/get").reader == reader


@pytest.mark.parametrize(
    "tag",
    [
        '<meta http-equiv="refresh" content="0; url=/new/page">',
        "<META CONTENT='1;URL=page' HTTP-EQUIV=Refresh>",
        "<noscript><meta http-equiv=refresh content=0;url='/new/page?a=1&amp;b=2'></noscript>",
    ],
)
def test_a_page_that_sends_on_at_once_is_followed_once(site: str, tag: str) -> None:
    put("/new/index.html", f"<html><head>{tag}</head>moved</html>".encode())
    put("/new/page", f"{tag}<p>The gate code is 4417.</p>".encode())
    put("/new/page?a=1&b=2", b"<p>The gate code is 4417.</p>")
    assert read(f"{site}/new/index.html").text == "The gate code is 4417."
    assert len(Site.asked) == 2


@pytest.mark.parametrize(
    "tag",
    [
        '<meta http-equiv="refresh" content="30; url=/other">',
        '<meta http-equiv="refresh" content="0">',
        '<meta http-equiv="refresh" content="0; url=/page">',
        '<meta http-equiv="refresh" content="0; url=file:///etc/passwd">',
        '<meta http-equiv="refresh" content="0; url=javascript:x">',
        '<!-- <meta http-equiv="refresh" content="0; url=/other"> -->',
        '<meta name="refresh" content="0; url=/other">',
    ],
)
def test_other_pages_are_read_as_they_are(site: str, tag: str) -> None:
    put("/page", f"<html>{tag}<p>This very page.</p></html>".encode())
    assert read(f"{site}/page").text == "This very page."
    assert Site.asked == ["/page"]


def test_a_page_that_sends_on_to_an_address_with_a_password_is_refused(site: str) -> None:
    address = site.replace("://", "://user:secret@")
    put("/page", f'<meta http-equiv="refresh" content="0; url={address}/x">'.encode())
    error = refusal(f"{site}/page")
    assert "password" in error.reason
    assert "secret" not in error.reason


def test_packed_pages_are_unpacked(site: str) -> None:
    page = b"<p>The gate code is 4417.</p>"
    put("/gzip", gzip.compress(page), Content_Encoding="gzip")
    put("/deflate", zlib.compress(page), Content_Encoding="deflate")
    for path in ("/gzip", "/deflate"):
        assert read(site + path).text == "The gate code is 4417."


def test_half_a_page_is_no_page(site: str) -> None:
    page = b"<p>The gate code is 4417.</p>" * 50
    put("/cut", page, Content_Length=str(len(page) + 10))
    put("/cut-gzip", gzip.compress(page)[:-9], Content_Encoding="gzip")
    put("/bad-gzip", b"\x1f\x8b\x08\0" + bytes(8) + b"\xff" * 40, Content_Encoding="gzip")
    put("/br", page, Content_Encoding="br")
    assert "only in part" in refusal(f"{site}/cut").reason
    assert "only in part" in refusal(f"{site}/cut-gzip").reason
    assert "damaged" in refusal(f"{site}/bad-gzip").reason
    assert "br" in refusal(f"{site}/br").reason


def test_what_unpacks_to_too_much_is_refused(site: str) -> None:
    put("/bomb", gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")
    assert "too large" in refusal(f"{site}/bomb").reason


def test_what_is_no_text_is_said_to_be_what_it_is(site: str) -> None:
    put("/logo", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png")
    put("/paper", b"<html>Log in first</html>", "application/pdf")
    error = refusal(f"{site}/logo")
    assert (error.reason, type(error)) == ("not text: it is a PNG picture", NoTextError)
    assert refusal(f"{site}/paper").reason == "named .pdf, but it is a web page"
    assert refusal(f"{site}/missing").reason == "answers 404 Not Found"
    assert refusal(f"{site}/missing").code == "gone"
