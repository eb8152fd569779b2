"""Inputs from elsewhere: addresses, by a server of the test's own, and git revisions."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import Run

GARDEN = "The gate code is 4417. The pump stands behind the shed and runs each evening in July.\n"
KITCHEN = "The oven door hangs loose. Bread needs forty minutes at two hundred degrees.\n"


class Site(BaseHTTPRequestHandler):
    """Pages by path: (type, body), or a behaviour."""

    pages: dict[str, tuple[str, bytes]] = {}  # noqa: RUF012
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/loop":
            return self._answer(302, {"Location": "/loop"})
        if self.path == "/moved":
            return self._answer(301, {"Location": "/garden.md"})
        if self.path == "/slow":
            time.sleep(2)
        if self.path == "/endless":
            self._answer(200, {"Content-Type": "text/plain"})
            while True:
                self.wfile.write(b"more and more " * 1000)
        kind, body = self.pages.get(self.path, ("", b""))
        return self._answer(
            200 if body else 404, {"Content-Type": kind, "Content-Length": str(len(body))}, body
        )

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
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
    Site.pages = {
        "/garden.md": ("text/markdown", GARDEN.encode()),
        "/page": ("text/plain", KITCHEN.encode()),
    }
    Site.asked = []
    server = Server(("127.0.0.1", 0), Site)
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    ).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_pages_are_fetched_once_and_again_by_update(mplus: Run, site: str) -> None:
    ran = mplus("inject", f"{site}/garden.md#top", f"{site}/page", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["added"] == [f"{site}/garden.md", f"{site}/page"]
    assert Site.asked == ["/garden.md", "/page"]
    assert [document["reader"] for document in mplus("ls", "--json").json] == ["markdown", "text"]
    Site.pages["/page"] = ("text/plain", KITCHEN.replace("forty", "fifty").encode())
    assert mplus("update", "--json").json["changed"] == [f"{site}/page"]
    assert mplus("forget", f"{site}/page").code == 0
    Site.asked.clear()
    assert mplus("update", "--prune").code == 0
    assert Site.asked == ["/garden.md"]


def test_the_type_stands_in_for_a_suffix_and_redirects_are_followed(mplus: Run, site: str) -> None:
    Site.pages["/notes"] = ("text/markdown; charset=utf-8", b"# Notes\n" + KITCHEN.encode())
    assert mplus("inject", f"{site}/notes", f"{site}/moved").code == 0
    assert [document["reader"] for document in mplus("ls", "--json").json] == [
        "markdown",
        "markdown",
    ]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", "answers 404"),
        ("/loop", "redirected more than 5 times"),
        ("/slow", "took too long"),
        ("/endless", "too large"),
    ],
)
def test_an_address_that_fails_is_named_and_the_rest_goes_in(
    mplus: Run, world: Path, site: str, monkeypatch: pytest.MonkeyPatch, path: str, reason: str
) -> None:
    monkeypatch.setattr("mplus_cli.inputs.web.TIMEOUT_S", 0.5)
    ran = mplus("inject", f"{site}{path}", f"{site}/page", "--max-bytes", "1MB", "--json")
    assert (ran.code, ran.json["added"]) == (3, [f"{site}/page"])
    assert reason in ran.json["failed"][0]["reason"]
    assert ran.json["failed"][0]["path"] == f"{site}{path}"
    assert mplus("update", "--json").json["failed"] == []


def test_an_address_that_never_ends_is_left_in_time(
    mplus: Run, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mplus_cli.inputs.web.TOTAL_S", 0.2)
    ran = mplus("inject", f"{site}/endless", "--max-bytes", "1GiB", "--json")
    assert "took too long" in ran.json["failed"][0]["reason"]


def test_a_dry_run_of_addresses_and_revisions(mplus: Run, site: str, repository: Path) -> None:
    ran = mplus("inject", f"{site}/garden.md", f"git:{repository}@v1", "--dry-run", "--json")
    assert ran.json["new"][0]["path"] == f"{site}/garden.md"
    passed = {short([each["path"]], repository)[0]: each["reason"] for each in ran.json["passed"]}
    assert passed == {"v1:.mplusignore": "hidden", "v1:docs/drafts/idea.md": "ignored by a pattern"}


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/", "http://[broken/", "https://user:secret@127.0.0.1/"]
)
def test_an_address_that_leads_nowhere(mplus: Run, world: Path, address: str) -> None:
    ran = mplus("inject", address, "--json")
    assert ran.code == 3
    assert ran.json["failed"][0]["hint"]
    assert "secret" not in ran.json["failed"][0]["reason"]


def git(folder: Path, *arguments: str) -> None:
    identity = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.org",
        "-c",
        "init.defaultBranch=main",
    )
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(world: Path) -> Path:
    """Two commits, the first tagged; the working tree is dirty."""
    folder = world / "project@home"
    (folder / "docs/drafts").mkdir(parents=True)
    git(folder, "init")
    files = {
        "garden.md": GARDEN,
        "docs/kitchen (old).md": KITCHEN,
        "docs/drafts/idea.md": "An idea about bees and honey, not finished yet at all.\n",
        ".mplusignore": "drafts/\n",
        "data.csv": "a,b\n" * 20,
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "link.md").symlink_to("garden.md")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one")
    git(folder, "tag", "v1")
    (folder / "garden.md").write_text(GARDEN.replace("4417", "9008"))
    git(folder, "commit", "-am", "two")
    (folder / "garden.md").write_text("dirty, and never read in any of these tests here")
    return folder


def short(paths: list[str], repository: Path) -> list[str]:
    return [path.removeprefix(f"git:{repository}@") for path in paths]


def test_a_revision_is_read_without_a_checkout(mplus: Run, repository: Path) -> None:
    ran = mplus("inject", "git:project@home@v1", "-e", "md", "--json")
    assert ran.code == 0, ran.err
    assert short(ran.json["added"], repository) == ["v1:docs/kitchen (old).md", "v1:garden.md"]
    one = mplus("inject", f"git:{repository}@HEAD:garden.md", "--json")
    assert short(one.json["added"], repository) == ["HEAD:garden.md"]
    below = mplus("inject", f"git:{repository}/docs@v1", "--ignore", "kitchen*", "--json")
    assert below.json["added"] == [f"git:{repository}/docs@v1:drafts/idea.md"]


def test_update_follows_a_branch_and_prunes_what_left_it(mplus: Run, repository: Path) -> None:
    assert mplus("inject", f"git:{repository}@main", "-e", "md").code == 0
    git(repository, "rm", "-q", "docs/kitchen (old).md")
    git(repository, "checkout", "-q", "--", "garden.md")
    (repository / "garden.md").write_text(GARDEN.replace("4417", "1234"))
    git(repository, "commit", "-am", "three")
    ran = mplus("update", "--prune", "--json")
    assert short(ran.json["changed"], repository) == ["main:garden.md"]
    assert short(ran.json["removed"], repository) == ["main:docs/kitchen (old).md"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("git:project@home@nowhere", "no revision nowhere"),
        ("git:project@home@v1:missing.md", "holds no files"),
        ("git:project@home@--all", "names no revision"),
        ("git:.", "names no revision"),
        ("git:elsewhere@HEAD", "git can't read"),
    ],
)
def test_a_revision_that_cannot_be_read(
    mplus: Run, repository: Path, name: str, reason: str
) -> None:
    ran = mplus("inject", name, f"git:{repository}@v1:garden.md", "--json")
    assert (ran.code, len(ran.json["added"])) == (3, 1)
    assert reason in ran.json["failed"][0]["reason"]
    assert mplus("update").code == 0


def test_git_is_no_part_of_inputs_that_do_not_name_it(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "a.txt").write_text(GARDEN)
    monkeypatch.setenv("PATH", "")
    assert mplus("inject", ".").code == 0
    assert "git can't be run" in mplus("inject", "git:.@HEAD", "--json").json["failed"][0]["reason"]


def test_names_of_a_revision_need_not_be_utf_8(mplus: Run, repository: Path) -> None:
    name = os.fsdecode(b"caf\xe9.md")
    (repository / name).write_text(KITCHEN.replace("forty", "ninety"))
    git(repository, "add", ".")
    git(repository, "commit", "-m", "three")
    ran = mplus("inject", f"git:{repository}@HEAD:{name}", "--json")
    assert short(ran.json["added"], repository) == ["HEAD:caf\\xe9.md"]
    assert mplus("update", "--prune", "--json").json["removed"] == []
    (repository / ".mplusignore").write_bytes(b"caf\xe9*\n")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "four")
    ran = mplus("inject", f"git:{repository}@HEAD", "-e", "md", "--dry-run", "--json")
    assert f"git:{repository}@HEAD:caf\\xe9.md" not in [each["path"] for each in ran.json["new"]]


def test_a_pointer_of_git_lfs_in_a_revision_is_told(mplus: Run, repository: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    (repository / "report.pdf").write_text(pointer)
    git(repository, "add", ".")
    git(repository, "commit", "-m", "three")
    ran = mplus("inject", f"git:{repository}@HEAD", "-e", "pdf", "--json")
    assert ran.code == 3
    assert "a Git LFS pointer, not the file itself" in ran.json["failed"][0]["reason"]
    assert "git lfs pull" in ran.json["failed"][0]["hint"]
