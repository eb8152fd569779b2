"""The page, as a person uses it: in a real Chromium, on a real server of a toy model."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from mplus_cli import shown
from mplus_cli.results.answers import Alternative, AnswerDate, Quote, Within
from mplus_cli.serving.web.site import Rules
from tests.serving import browsers, looks
from tests.serving.answers import answer, answering, ask, source
from tests.serving.served import served, settings_of

PUMP = "The pump was replaced on 3 March by Ada Moss. 🚰 It is warm. " * 3
PUMPS = "\n\n".join(f"# Pump {number}\n\n{PUMP}Its number is {number}." for number in range(6))
HOSTILE = (
    "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">\n"
    "\x1b[31mred\x1b[0m \u202eesrever\u2066 end. The vault code is 4417.\n"
)
HOLDS = re.compile(r"The memory holds \d")
NAME = "<b onclick=alert(1)>odd\u202egnp.txt"

Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def url(
    tmp_path_factory: pytest.TempPathFactory, toys: dict[str, Path], toy_cache: Path
) -> Iterator[str]:
    texts = {"pumps.md": PUMPS, "gate.txt": "The gate code is 4417.", NAME: HOSTILE}
    settings = settings_of(tmp_path_factory.mktemp("page"), toys["chunks"], toy_cache, texts)
    with served(settings, Rules(writes=True)) as found:
        yield found.url


@pytest.fixture(scope="module")
def context(url: str) -> Iterator[BrowserContext]:
    with browsers.browser(url) as found:
        yield found


@pytest.fixture
def see(context: BrowserContext) -> Open:
    return partial(browsers.opened, context)


def test_an_answer_comes_with_sources_which_open_at_their_passage(see: Open) -> None:
    with see() as page:
        page.goto("/")
        expect(page.get_by_text(HOLDS)).to_be_visible()
        ask(page, "What is the gate code?")
        expect(page.locator("h2.question")).to_have_text("What is the gate code?")
        expect(page.locator(".answer")).not_to_be_empty()
        expect(page.locator("#spoken")).to_contain_text("source")
        card = page.locator(".card").first
        name = card.locator("a").inner_text()
        card.click()
        panel = page.get_by_role("complementary")
        expect(panel.get_by_role("heading")).to_have_text(name)
        expect(panel.locator(".passage")).to_be_visible()
        assert re.search(r"/documents/\d+#\d+$", page.url)
        page.go_back()
        expect(panel).to_be_hidden()


def test_the_end_of_an_answer_stays_above_the_composer(see: Open) -> None:
    gap = """() => document.querySelector("article:last-of-type").getBoundingClientRect().bottom
        - document.querySelector("#composer").getBoundingClientRect().top"""
    with see() as page:
        answering(page, answer("It was Ada Moss who replaced the pump in March. " * 60))
        page.set_viewport_size({"width": 1200, "height": 700})
        page.goto("/")
        ask(page, "Who?")
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        card = page.locator(".card a")
        card.click()
        expect(page.locator("#panel .passage")).to_be_visible()
        page.wait_for_function(f"() => ({gap})() <= 1")
        page.set_viewport_size({"width": 1000, "height": 600})
        page.wait_for_function(f"() => ({gap})() <= 1")


def test_a_passage_is_marked_and_its_neighbours_are_near(see: Open) -> None:
    with see() as page:
        document = page.request.get("/api/documents/1/text").json()
        whole, chunks = document["text"], document["chunks"]
        place = chunks[20]
        inside = " ".join(whole[place["start"] : place["end"]].split()[1:-1])
        wide = inside.replace(" ", "  ")
        quoted = answer(sources=(source(chunk=20),), quote=(Quote(wide, "pumps.md", 1, 20, ""),))
        answering(page, quoted)
        page.goto("/")
        ask(page, "Who?")
        page.locator(".card a").click()
        mark = page.locator("#panel mark")
        expect(mark).to_have_text(inside)
        expect(mark).to_be_in_viewport()
        expect(page.locator("#panel-place")).to_contain_text(f"passage 21 of {len(chunks)}")
        page.get_by_role("button", name="Next passage").click()
        expect(page.locator("#panel-place")).to_contain_text("passage 22 of")
        page.goto(f"/documents/1#{len(chunks) - 1}")
        passage = page.locator(".passage")
        last = chunks[-1]
        assert passage.evaluate("(it) => it.textContent") == whole[last["start"] : last["end"]]
        expect(passage).to_be_in_viewport()
        expect(page.get_by_role("button", name="Next passage")).to_be_disabled()
        before = page.get_by_role("button", name="Earlier text")
        while before.is_visible():
            before.click()
        text = page.locator("#panel .text").evaluate("(it) => it.textContent")
        assert text == whole
        page.goto("/documents/999#0")
        expect(page.get_by_role("complementary")).to_contain_text("999")


def test_doubts_are_told_as_the_command_line_tells_them(see: Open) -> None:
    doubtful = answer(
        "Ada. Bob.",
        sources=(source(stale="changed"), source(chunk=3, weight=0.25)),
        unsupported=("Bob.",),
        confidence=0.42,
        dates=(AnswerDate("", "3 March 2026", "2026-03-03", "2026-03-03", "heading"),),
        disagrees=(Alternative("Carl", False, 0.5, source(path="old.md", document=2)),),
        alternatives=(Alternative("I don't know.", True, None, source(chunk=5)),),
        within=Within(1, 3),
        cut=True,
        notes=("a note",),
    )
    none = answer("I don't know.", declined=True)
    with see() as page:
        asked = answering(page, doubtful, none)
        page.goto("/")
        ask(page, "Who?")
        said = page.locator("article").first
        for text in (
            "Not in the passage: Bob.",
            "Not sure (42% likely to be right)",
            "Told on 3 March 2026, without another date.",
            "old.md says otherwise: Carl",
            "75% of its attention · retrieved, score 0.41",
            "changed since it was read",
            "nothing",
            "The answer was cut at its limit.",
            "Among 1 of 3 documents.",
            "a note",
        ):
            expect(said).to_contain_text(text)
        ask(page, "And who paid?")
        expect(page.locator("article").last).to_contain_text("do not seem to hold an answer")
        expect(page.locator("#spoken")).to_contain_text("do not seem to hold an answer")
        page.get_by_role("button", name="What do other passages say?").click()
        expect(page.locator("article")).to_have_count(3)
        assert [each.get("top") for each in asked] == [None, None, 3]
        assert [each.get("after") for each in asked] == [None, ["Who?"], ["Who?"]]


def test_an_answer_can_be_stopped_and_errors_name_the_way_out(see: Open) -> None:
    with see() as page:
        page.goto("/")
        page.route("**/api/ask", lambda route: None)
        page.get_by_label("Question").fill("Who?")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("article")).to_contain_text("Stopped.")
        error = {"error": {"code": "busy", "message": "64 wait", "hint": "ask later"}}
        page.route("**/api/ask", lambda route: route.fulfill(status=503, json=error))
        page.get_by_role("button", name="Ask again").click()
        expect(page.get_by_role("alert")).to_have_text("64 wait. ask later")
        later = json.dumps({"error": {"code": "usage", "message": "too long", "hint": "be short"}})
        stream = f'event: piece\ndata: {{"text": "It"}}\n\nevent: error\ndata: {later}\n\n'
        page.route("**/api/ask", lambda route: route.fulfill(body=stream))
        ask(page, "And now?")
        expect(page.locator("article").last).to_contain_text("Ittoo long. be short")


def test_files_come_in_are_forgotten_and_come_back(see: Open, tmp_path: Path) -> None:
    (tmp_path / "well.txt").write_text("The well is nine metres deep, says Ada Moss.")
    (tmp_path / "song.mp3").write_bytes(b"ID3\x00\x01\x02")
    with see() as page:
        page.clock.install()
        page.goto("/#documents")
        page.locator("#files").set_input_files([tmp_path / "well.txt", tmp_path / "song.mp3"])
        uploads = page.locator("#uploads li")
        expect(uploads.nth(0)).to_contain_text(re.compile(r"read: \d+ tokens"))
        expect(uploads.nth(1)).to_have_class("bad")
        expect(page.locator("#uploaded")).to_have_text("1 read, 1 failed")
        page.clock.fast_forward(60_000)
        expect(uploads).to_have_text(re.compile("song"))
        page.get_by_role("button", name="Dismiss song.mp3").focus()
        page.keyboard.press("Enter")
        expect(uploads).to_have_count(0)
        expect(page.locator("#choose-files")).to_be_focused()
        documents = page.locator("#documents li")
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
        expect(dialog).to_contain_text("leave the memory")
        dialog.get_by_role("button", name="Forget").click()
        expect(documents).to_have_count(0)
        page.get_by_role("link", name="Generations").click()
        page.get_by_role("button", name="Go back to generation 2").click()
        page.get_by_role("dialog").get_by_role("button", name="Go back").click()
        expect(page.locator("#generations > li").first).to_contain_text("well.txt")
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
        expect(page.locator("#uploads")).to_contain_text("the server does not answer")
        assert sent == ["in%2Fa.txt", "in%2Fb.txt"]


def test_documents_can_be_asked_alone(see: Open) -> None:
    with see() as page:
        asked = answering(page, answer())
        page.goto("/#documents")
        page.get_by_label("Choose gate.txt").check()
        page.get_by_role("button", name="Ask these alone").click()
        ask(page, "What is the code?")
        assert asked[0]["among"] == ["2"]
        expect(page.locator("article")).to_contain_text("among gate.txt")
        page.get_by_role("button", name="Do not ask gate.txt alone").click()
        ask(page, "And now?")
        assert "among" not in asked[1]


def test_conversations_stay_in_the_browser(see: Open) -> None:
    with see() as page:
        answering(page, answer("_Ada_ <Moss>"))
        page.goto("/")
        ask(page, "Who replaced it?")
        page.reload()
        kept = page.locator("#conversations")
        kept.get_by_role("button", name="Who replaced it?", exact=True).click()
        expect(page.locator(".answer")).to_have_text("_Ada_ <Moss>")
        with page.expect_download() as download:
            page.get_by_role("button", name="Export").click()
        written = download.value.path().read_text()
        assert "## Who replaced it?" in written
        assert r"\_Ada\_ \<Moss\>" in written
        page.get_by_role("button", name="Clear all").click()
        page.get_by_role("dialog").get_by_role("button", name="Clear all").click()
        expect(kept.locator("li")).to_have_count(0)
        page.reload()
        expect(page.get_by_text("What would you like to know?")).to_be_visible()
        page.evaluate("localStorage.setItem('mplus.conversations', '[{\"id\": 1}, ')")
        page.reload()
        expect(kept.locator("li")).to_have_count(0)


def test_what_documents_say_does_nothing(see: Open) -> None:
    with see() as page:
        taken = source(document=3, chunk=0, path=NAME, snippet=HOSTILE, place=HOSTILE)
        answering(page, answer(HOSTILE, sources=(taken,), notes=(HOSTILE,)))
        page.goto("/")
        ask(page, HOSTILE)
        expect(page.locator(".answer")).to_contain_text("<img src=x onerror=")
        expect(page.locator(".answer")).to_contain_text("␛[31mred␛[0m �esrever� end.")
        page.locator(".card a").click()
        expect(page.locator("#panel .text")).to_contain_text("<script>document.title='taken'")
        expect(page.locator("#panel-title")).to_have_text("<b onclick=alert(1)>odd�gnp.txt")
        page.get_by_role("link", name="Documents", exact=True).click()
        expect(page.locator("#documents")).to_contain_text("<b onclick=alert(1)>")
        assert "taken" not in page.title().replace("'taken'", "")
        assert page.locator("img:not([src^='/page/']), b, main script").count() == 0


def test_a_token_is_asked_for_and_kept_for_the_tab(see: Open) -> None:
    def guard(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer open sesame":
            route.fallback()
        else:
            route.fulfill(status=401, json={"error": {"message": "no", "hint": ""}})

    with see() as page:
        page.route("**/api/**", guard)
        page.goto("/")
        for token, why in (("wrong", "wants its token"), ("open sesame", "is not this server's")):
            dialog = page.get_by_role("dialog", name="Token")
            expect(dialog).to_contain_text(why)
            dialog.get_by_label("Token").fill(token)
            page.keyboard.press("Enter")
        expect(page.get_by_text(HOLDS)).to_be_visible()
        page.reload()
        expect(page.get_by_text(HOLDS)).to_be_visible()


def test_the_keyboard_is_enough(see: Open) -> None:
    with see() as page:
        answering(page, answer())
        page.goto("/")
        expect(page.get_by_text(HOLDS)).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the question")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Question")).to_be_focused()
        page.get_by_role("link", name="Memory", exact=True).focus()
        page.keyboard.press("/")
        page.keyboard.type("one")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("two")
        page.keyboard.press("Enter")
        expect(page.locator("h2.question")).to_have_text("one\ntwo", use_inner_text=True)
        link = page.locator(".card a")
        link.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#panel-title")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Close")).to_be_focused()
        page.keyboard.press("Escape")
        expect(link).to_be_focused()


def test_everything_can_be_read_has_a_name_and_fits_a_phone(see: Open) -> None:
    with see() as page:
        page.set_viewport_size({"width": 360, "height": 740})
        doubtful = answer("long" * 50, confidence=0.1, unsupported=("Bob.",))
        looks.check_all_views(page, partial(answering, page, doubtful))


def test_dark_and_light_are_the_systems_until_one_is_chosen(see: Open) -> None:
    with see() as page:
        page.emulate_media(color_scheme="dark")
        page.goto("/")
        root, button = page.locator("html"), page.get_by_role("button", name="Dark")
        expect(root).to_have_attribute("data-theme", "dark")
        expect(button).to_have_attribute("aria-pressed", "true")
        button.click()
        page.reload()
        expect(root).to_have_attribute("data-theme", "light")
        expect(button).to_have_attribute("aria-pressed", "false")
        button.click()
        page.emulate_media(color_scheme="light")
        expect(root).to_have_attribute("data-theme", "light")


def test_text_is_made_harmless_as_everywhere(see: Open) -> None:
    letters, joiners, behind = "a\u0645❤\n", "\u200d\ufe0f", "\u20e3b"
    joined = [f"{a}{b}{c}" for a in letters for b in joiners for c in behind]
    # All that a rule names, and all around it: Latin to Japanese, halves of pairs, signs, tags.
    ranges = [(0, 0x3200), (0xD7F0, 0xE010), (0xFE00, 0x10000), (0x1BC90, 0x1BCB0)]
    ranges += [(0x1D160, 0x1D190), (0x1F300, 0x1F700), (0xDFFF0, 0xE1010), (0x10FFF0, 0x110000)]
    codes = [code for start, end in ranges for code in range(start, end)]
    text = "|".join([*map(chr, codes), *joined])
    with see() as page:
        page.goto("/")
        whole, line = page.evaluate(
            """async ([codes, joined]) => {
                const { harmless, oneLine } = await import("/page/text.js");
                const text = [...codes.map((code) => String.fromCodePoint(code)), ...joined];
                return [harmless(text.join("|")), oneLine(text.join("|"))];
            }""",
            [codes, joined],
        )
        assert whole == shown.harmless(text)
        assert line == shown.one_line(text)
