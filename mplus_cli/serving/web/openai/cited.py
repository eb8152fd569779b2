"""Where an answer is from, as OpenAI's API tells it, and all else that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from mplus_cli.results.answers import Answer
from mplus_cli.serving.web.site import site_of

_TOLD_ELSEWHERE = ("answer", "usage", "prompt", "cut")


@dataclass(frozen=True)
class Said:
    """An answer in the words of this API.

    citations: `url`, `title`, `start_index`, `end_index` of each source; known: what else mplus
    knows of it, None where the memory was not asked.
    """

    text: str
    cut: bool = False
    citations: tuple[dict[str, Any], ...] = ()
    known: dict[str, Any] | None = None
    prompt_tokens: int = 0
    answer_tokens: int = 0

    @classmethod
    def of(cls, answer: Answer, request: Request) -> Said:
        """Its links lead to the server as the request called it."""
        told, base = site_of(request).names.named(answer), request.base_url
        known = {name: value for name, value in told.items() if name not in _TOLD_ELSEWHERE}
        for source in known["sources"]:
            source["url"] = f"{base}documents/{source['document']}#{source['chunk']}"
        # What came nearest to an answer is no source of "I don't know".
        sources = [] if answer.declined else known["sources"]
        return cls(
            answer.text,
            answer.cut,
            tuple(_citation(source, len(answer.text)) for source in sources),
            known,
            answer.usage["prompt_tokens"],
            answer.usage["answer_tokens"],
        )

    def source_events(self) -> list[dict[str, Any]]:
        """The sources as Open WebUI shows them below an answer."""
        found = self.known["sources"] if self.known and self.citations else []
        return [{"type": "source", "data": _shown(source)} for source in found]


def _citation(source: dict[str, Any], end: int) -> dict[str, Any]:
    """All of an answer is from each of its sources."""
    return {"url": source["url"], "title": _title(source), "start_index": 0, "end_index": end}


def _title(source: dict[str, Any]) -> str:
    return ", ".join(filter(None, (source["path"], source["place"])))


def _shown(source: dict[str, Any]) -> dict[str, Any]:
    title, url = _title(source), source["url"]
    return {
        "source": {"name": title, "url": url},
        "document": [source["snippet"]],
        "metadata": [{"source": url, "name": title}],
    }
