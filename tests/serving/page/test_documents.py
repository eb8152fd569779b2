"""Documents on the page, in a real Chromium: how they come in, are chosen and go."""

import re
from pathlib import Path

from playwright.sync_api import Route, expect

from tests.readers.pdf_maker import make_pdf
from tests.serving.answers import answer, answering, ask
from tests.serving.browsers import Open
from tests.serving.served import Served


def test_an_address_that_is_typed_shows_a_view_from_its_top(see: Open) -> None:
    with see() as page:
        page.set_viewport_size({"width": 390, "height": 300})
        page.goto("/")
        expect(page.locator("#server")).to_have_text("ready")
        for view in ("documents", "generations"):
            page.goto(f"/#{view}")
            expect(page.locator(f"#list-{view} > li").first).to_be_attached()
            page.wait_for_timeout(50)  # a browser scrolls to what has the address's name
            assert page.evaluate("scrollY") == 0


def test_files_come_in_are_forgotten_and_come_back(see: Open, tmp_path: Path) -> None:
    (tmp_path / "well.txt").write_text("The well is nine metres deep, says Ada Moss.")
    (tmp_path / "song.mp3").write_bytes(b"ID3\x00\x01\x02")
    with see() as page:
        page.clock.install()
        page.goto("/#documents")
        page.locator("#files").set_input_files([tmp_path / "well.txt", tmp_path / "song.mp3"])
        uploads = page.locator("#uploads li")
        expect(uploads.nth(0)).to_contain_text(re.compile("read$"))
        expect(uploads.nth(1)).to_have_class("bad")
        expect(page.locator("#uploaded")).to_have_text("1 read, 1 failed")
        page.clock.fast_forward(60_000)
        expect(uploads).to_have_text(re.compile("song"))
        page.get_by_role("button", name="Dismiss song.mp3").focus()
        page.keyboard.press("Enter")
        expect(uploads).to_have_count(0)
        expect(page.locator("#choose-files")).to_be_focused()
        documents = page.locator("#list-documents li")
        expect(documents.first).to_contain_text("well.txt")
        expect(documents).to_have_count(4)
        page.get_by_label("Filter by name").fill("WELL")
        expect(documents).to_have_count(1)
        page.get_by_label("Choose well.txt").check()
        forget, seen = page.locator("#forget"), list[tuple[str | None, bool]]()

        def look(route: Route) -> None:
            seen.append((forget.get_attribute("aria-busy"), forget.is_disabled()))
            route.continue_()

        page.route("**/api/forget", look, times=1)
        forget.click()
        dialog = page.get_by_role("dialog", name="Forget well.txt?")
        expect(dialog).to_be_visible()
        assert seen == [("true", True)]
        expect(forget).to_be_enabled()
        expect(dialog).to_contain_text("leaves the memory")
        dialog.get_by_role("button", name="Forget").click()
        expect(documents).to_have_count(0)
        page.get_by_role("link", name="Generations").click()
        page.get_by_role("button", name="Go back to generation 2").click()
        page.get_by_role("dialog").get_by_role("button", name="Go back").click()
        expect(page.locator("#list-generations > li").first).to_contain_text("well.txt")
        expect(documents).to_have_count(1)
        page.get_by_role("link", name="Memory").click()
        expect(page.get_by_role("figure").first).to_contain_text("pumps.md")


def test_dropped_folders_are_read(see: Open) -> None:
    sent: list[str] = []

    def refuse(route: Route) -> None:
        sent.append(route.request.url.rpartition("=")[2])
        route.abort()

    with see() as page:
        page.route("**/api/documents?name=*", refuse)
        page.goto("/")
        expect(page.locator("#server")).to_have_text("ready")
        page.evaluate(
            """() => {
                const file = new File(["text"], "a.txt");
                const entry = (path) => ({ isFile: true, fullPath: path, file: (ok) => ok(file) });
                const read = [[entry("/in/a.txt"), entry("/in/.git/x")], [entry("/in/b.txt")], []];
                const readEntries = (ok) => ok(read.shift());
                const event = new Event("drop", { bubbles: true, cancelable: true });
                const dropped = { isFile: false, createReader: () => ({ readEntries }) };
                event.dataTransfer = { items: [{ webkitGetAsEntry: () => dropped }] };
                document.body.dispatchEvent(event);
            }"""
        )
        expect(page.locator("#uploaded")).to_have_text("0 read, 2 failed")
        expect(page.locator("#uploads")).to_contain_text("The server does not answer")
        assert sent == ["in%2Fa.txt", "in%2Fb.txt"]


def test_documents_can_be_asked_alone(see: Open) -> None:
    with see() as page:
        asked = answering(page, answer())
        page.goto("/")
        page.get_by_role("link", name="Choose some").click()
        page.get_by_label("Choose gate.txt").check()
        page.get_by_role("button", name="Ask these alone").click()
        ask(page, "What is the code?")
        assert asked[0]["among"] == ["2"]
        expect(page.locator("article")).to_contain_text("among gate.txt")
        page.get_by_role("button", name="Do not ask gate.txt alone").click()
        ask(page, "And now?")
        assert "among" not in asked[1]


def test_uploads_say_what_is_wrong_once_and_in_short(see: Open, tmp_path: Path) -> None:
    long = f"{'x' * 100}<b>\u202e.pdf"
    (tmp_path / long).write_bytes(b"\x00\x01" * 99)
    (tmp_path / "empty.txt").touch()
    with see() as page:
        page.goto("/#documents")
        page.locator("#files").set_input_files([tmp_path / long, tmp_path / "empty.txt"])
        uploads = page.locator("#uploads li")
        expect(page.locator("#uploaded")).to_have_text("0 read, 2 failed")
        expect(uploads.nth(0)).to_contain_text(f"{'x' * 40}…")
        expect(uploads.nth(0)).to_contain_text("Named .pdf, but it is")
        assert len(uploads.nth(0).inner_text()) < 250
        expect(uploads.nth(1)).to_contain_text("there is no text in it")
        assert uploads.nth(1).inner_text().count("empty.txt") == 1
        status = page.request.get("/api/status").json()
        status["server"]["upload_bytes"] = 10
        page.route("**/api/status", lambda route: route.fulfill(json=status))
        page.reload()
        expect(page.locator("#server")).to_have_text("ready")
        (tmp_path / "large.txt").write_text("A large one.")
        page.locator("#files").set_input_files(tmp_path / "large.txt")
        expect(uploads).to_contain_text("Larger than what is read: 12 bytes, at most 10 bytes")


def test_documents_of_one_name_are_told_apart(see: Open, house: Served, tmp_path: Path) -> None:
    for folder in ("boiler", "piano"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "notes.md").write_text(f"The {folder} is old. " * 5)
    memory = house.desk.memory
    memory.inject(tmp_path / "boiler", tmp_path / "piano")
    with see() as page:
        page.goto("/#documents")
        expect(page.get_by_role("link", name="boiler/notes.md")).to_be_visible()
        page.get_by_role("link", name="piano/notes.md").click()
        expect(page.locator("#panel-title")).to_have_text("piano/notes.md")
        told = page.request.get("/api/documents").text()
        assert str(tmp_path) not in told and tmp_path.name not in told
        found = page.request.get("/api/search?q=piano&k=1").json()["passages"]
        assert found[0]["path"] == "piano/notes.md"
    memory.forget(str(tmp_path))


def test_a_picture_of_a_page_is_scrolled_to_its_frame(
    see: Open, house: Served, tmp_path: Path
) -> None:
    lines = [f"Line {number} of {number * 7} is here and says {number}." for number in range(60)]
    file = tmp_path / "long.pdf"
    file.write_bytes(make_pdf(["\n".join(lines)]))
    house.desk.memory.inject(file)
    number = house.desk.memory.documents()[-1].id
    last = len(house.desk.memory.text(number).chunks) - 1
    assert last > 0
    with see() as page:
        page.set_viewport_size({"width": 1900, "height": 700})
        page.goto(f"/documents/{number}#{last}")
        expect(page.locator("#panel img.page")).to_be_visible()
        scrolled = "() => document.querySelector('#panel-body').scrollTop"
        page.wait_for_function(f"() => ({scrolled})() > 100")
        page.get_by_role("button", name="Previous passage").click()
        page.wait_for_function(f"() => ({scrolled})() < 100") if last == 1 else None
    house.desk.memory.forget(str(file))


def test_a_memory_that_is_gone_is_told(see: Open, house: Served) -> None:
    path = house.desk.memory.path
    with see() as page:
        page.goto("/#documents")
        expect(page.locator("#list-documents li").first).to_be_visible()
        path.rename(path.with_name("away"))
        expect(page.get_by_role("alert")).to_contain_text("is gone")
        expect(page.get_by_role("alert")).to_contain_text("Put it back")
        expect(page.locator("#server")).to_have_text("not there")
        path.with_name("away").rename(path)
        expect(page.locator("#server")).to_have_text("ready")
        expect(page.get_by_role("alert")).to_have_count(0)
