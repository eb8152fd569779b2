"""Answers of every kind, as the server would give them, for a page to show."""

import json

from playwright.sync_api import Page, Route, expect

from mplus_cli.results.answers import Answer, Source
from mplus_cli.results.plain import plain


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the answer."""
    page.get_by_label("Question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("article").last).not_to_have_attribute("aria-busy", "true")


def source(**fields: object) -> Source:
    """A passage of `pumps.md`, but for some fields."""
    usual = Source(
        path="pumps.md",
        document=1,
        chunk=2,
        place="Pump 2, lines 9-11",
        unit="line",
        numbers=(9, 11),
        section="Pump 2",
        page=None,
        lines=(9, 11),
        kind="retrieved",
        weight=0.75,
        score=0.4117,
        retrieved_vectors=30,
        snippet="The pump was replaced on 3 March by Ada Moss.",
    )
    return Source(**{**usual.__dict__, **fields})


def answer(text: str = "Ada Moss", **fields: object) -> Answer:
    """A plain answer from that source, but for some fields."""
    usual = {"sources": (source(),), "generation": 1, "within": None, "usage": {}}
    usual |= {"declined": False, "cut": False, "timings_ms": {}}
    return Answer(text, **{**usual, **fields})  # type: ignore[arg-type]


def answering(page: Page, *answers: Answer) -> list[dict[str, object]]:
    """Have the server answer so, one after the other; what was asked comes into the list."""
    asked: list[dict[str, object]] = []

    def fulfil(route: Route) -> None:
        asked.append(route.request.post_data_json or {})
        found = answers[min(len(asked), len(answers)) - 1]
        frames = [("began", {"waited_s": 0}), ("piece", {"text": found.text[:3]})]
        frames.append(("answer", plain(found)))
        body = ": hello\n\n" + "".join(
            f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n" for name, data in frames
        )
        route.fulfill(body=body, content_type="text/event-stream")

    page.route("**/api/ask", fulfil)
    return asked
