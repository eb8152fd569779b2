"""The page as a whole, in a real Chromium: who may see it, keyboard, looks, texts."""

from functools import partial

from playwright.sync_api import Route, expect

from mplus_cli import shown
from tests.serving import looks
from tests.serving.answers import answer, answering
from tests.serving.browsers import Open
from tests.serving.page.texts import HOLDS


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
