"""Figures of a server, as Prometheus reads them (text format 0.0.4)."""

from __future__ import annotations

from collections import Counter

from mplus_cli.results.answers import Answer
from mplus_cli.serving.desk import Began, Done, Event, Failed


class Metrics:
    """Counts, made by the event loop alone."""

    def __init__(self) -> None:
        self.responses: Counter[int] = Counter()
        self.ends: Counter[str] = Counter()
        self.tokens = 0
        self.waited_s = 0.0

    def note(self, event: Event) -> None:
        """Count what happened to a question or a search."""
        match event:
            case Began(waited_s):
                self.waited_s += waited_s
            case Done(Answer() as answer):
                self.ends["declined" if answer.declined else "answered"] += 1
                self.tokens += answer.usage.get("answer_tokens", 0)  # `if_sure`: nothing was said
            case Done():
                self.ends["found"] += 1
            case Failed(error):
                self.ends[error.code] += 1

    def text(self, waiting: int, busy: bool, uptime_s: float) -> str:
        """All of them."""
        lines = [
            "# HELP mplus_responses_total Responses by HTTP status.",
            "# TYPE mplus_responses_total counter",
            *(
                f'mplus_responses_total{{status="{status}"}} {count}'
                for status, count in sorted(self.responses.items())
            ),
            "# HELP mplus_questions_total Questions and searches by how they ended.",
            "# TYPE mplus_questions_total counter",
            *(
                f'mplus_questions_total{{end="{end}"}} {count}'
                for end, count in sorted(self.ends.items())
            ),
        ]
        for name, kind, told, value in (
            ("answer_tokens_total", "counter", "Tokens of answers.", self.tokens),
            ("waited_seconds_total", "counter", "Time that questions waited.", self.waited_s),
            ("waiting", "gauge", "Questions in the line.", waiting),
            ("busy", "gauge", "Whether the model works.", int(busy)),
            ("uptime_seconds", "gauge", "Time since the start.", uptime_s),
        ):
            lines += [f"# HELP mplus_{name} {told}", f"# TYPE mplus_{name} {kind}"]
            lines.append(f"mplus_{name} {value:g}")
        return "\n".join(lines) + "\n"
