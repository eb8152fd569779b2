"""Asking on the page, in a real Chromium: answers, their sources, conversations."""

import json
import re

from playwright.sync_api import expect

from mplus_cli.results.answers import Alternative, AnswerDate, Quote, Within
from tests.serving.answers import answer, answering, ask, source
from tests.serving.browsers import Open
from tests.serving.page.texts import HOLDS, HOSTILE, NAME


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
            "Its file has changed since it was read.",
            "nothing",
            "The answer was cut at its limit.",
            "Among 1 of 3 documents.",
            "a note",
        ):
            expect(said).to_contain_text(text)
        details = said.locator(".card details").first
        expect(details.get_by_text("0.41")).to_be_hidden()
        details.locator("summary").click()
        expect(details).to_contain_text("how well it fits: 0.41 (retrieved)")
        expect(details).to_contain_text("75% of what the model looked at")
        expect(page.get_by_role("complementary")).to_be_hidden()
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
        expect(page.get_by_role("alert")).to_have_text("64 wait. Ask later.")
        later = json.dumps({"error": {"code": "usage", "message": "too long", "hint": "be short"}})
        stream = f'event: piece\ndata: {{"text": "It"}}\n\nevent: error\ndata: {later}\n\n'
        page.route("**/api/ask", lambda route: route.fulfill(body=stream))
        ask(page, "And now?")
        expect(page.locator("article").last).to_contain_text("ItToo long. Be short.")


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
        expect(page.locator(".answer")).to_contain_text(
            "\u2039ESC\u203a[31mred\u2039ESC\u203a[0m �esrever� end."
        )
        page.locator(".card a").click()
        expect(page.locator("#panel .text")).to_contain_text("<script>document.title='taken'")
        expect(page.locator("#panel-title")).to_have_text("<b onclick=alert(1)>odd�gnp.txt")
        page.get_by_role("link", name="Documents", exact=True).click()
        expect(page.locator("#list-documents")).to_contain_text("<b onclick=alert(1)>")
        assert "taken" not in page.title().replace("'taken'", "")
        assert page.locator("img:not([src^='/page/']), b, main script").count() == 0
