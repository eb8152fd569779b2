"""Whether a page can be read, said aloud, and fits: what axe would look for, in short."""

from collections.abc import Callable
from typing import Literal

from playwright.sync_api import Page, expect

_NAMELESS = """() => {
    const found = [];
    for (const each of document.querySelectorAll("button, a, input, textarea, img, summary")) {
        if (!each.checkVisibility() && each.type !== "file") continue;
        const labels = [...(each.labels ?? [])].map((label) => label.textContent).join("");
        const name = each.getAttribute("aria-label") || labels || each.textContent;
        if (!name.trim() && !each.hasAttribute("alt")) found.push(each.outerHTML);
    }
    const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
    found.push(...ids.filter((id, place) => ids.indexOf(id) !== place));
    for (const each of document.querySelectorAll("[aria-labelledby], [aria-describedby], label")) {
        const to = each.getAttribute("aria-labelledby") ?? each.getAttribute("aria-describedby");
        const id = to ?? each.htmlFor;
        if (id && !document.getElementById(id)) found.push(id);
    }
    return found;
}"""
# WCAG 2, 1.4.3: contrast is (L1 + 0.05) / (L2 + 0.05) of the relative luminances; 4.5 at least,
# 3 for large letters (24 px, or bold ones of 18.66 px).
_FAINT = """() => {
    const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgb = (colour) => {
        paint.clearRect(0, 0, 1, 1);
        paint.fillStyle = colour;
        paint.fillRect(0, 0, 1, 1);
        return [...paint.getImageData(0, 0, 1, 1).data];
    };
    const behind = (each) => {
        for (let at = each; at; at = at.parentElement) {
            const colour = rgb(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255, 255];
    };
    const luminance = (colour) => {
        const [r, g, b] = colour.slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const each = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || !each.checkVisibility() || each.disabled) continue;
        if (each.closest("noscript, svg, .unseen")) continue;
        const style = getComputedStyle(each);
        const [low, high] = [luminance(rgb(style.color)), luminance(behind(each))].sort();
        const [a, b] = low < high ? [low, high] : [high, low];
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        const contrast = (b + 0.05) / (a + 0.05);
        if (contrast < (large ? 3 : 4.5)) found.push(`${contrast} ${each.textContent}`);
    }
    return found;
}"""


def _check(page: Page) -> None:
    assert page.evaluate(_NAMELESS) == []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found: list[str] = page.evaluate(_FAINT)
        assert found == [], scheme
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], f"{width[0]} pixels are wider than {width[1]}"
    assert page.locator("main, nav, header.rail").count() == 3


def check_all_views(page: Page, answering: Callable[[], object]) -> None:
    """Look at each view, with a document chosen, an answer with doubts, and a source opened."""
    answering()
    page.goto("/#memory")
    expect(page.get_by_role("figure").first).to_be_visible()
    _check(page)
    page.get_by_role("link", name="Generations").click()
    _check(page)
    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_label("Choose pumps.md").check()
    _check(page)
    page.get_by_role("button", name="Forget").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    _check(page)
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Ask these alone").click()
    page.get_by_label("Question").fill("Who?")
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_be_visible()
    _check(page)
    page.locator(".card a").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".passage")).to_be_visible()
    _check(page)
