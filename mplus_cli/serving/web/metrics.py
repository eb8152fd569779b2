"""Figures of a server, as Prometheus reads them (text format 0.0.4)."""

from __future__ import annotations

from collections import Counter


class Metrics:
    """Counts, made by the event loop alone."""

    def __init__(self) -> None:
        self.responses: Counter[int] = Counter()
        self.answers: Counter[str] = Counter()
        self.tokens = 0
        self.seconds = 0.0
        self.waited_s = 0.0

    def text(self, waiting: int, busy: bool, uptime_s: float) -> str:
        """All of them."""
        lines = [
            "# HELP mplus_responses_total Responses by HTTP status.",
            "# TYPE mplus_responses_total counter",
            *(
                f'mplus_responses_total{{status="{status}"}} {count}'
                for status, count in sorted(self.responses.items())
            ),
            "# HELP mplus_questions_total Questions by how they ended.",
            "# TYPE mplus_questions_total counter",
            *(
                f'mplus_questions_total{{end="{end}"}} {count}'
                for end, count in sorted(self.answers.items())
            ),
        ]
        for name, kind, told, value in (
            ("answer_tokens_total", "counter", "Tokens of answers.", self.tokens),
            ("answer_seconds_total", "counter", "Time that answers took.", self.seconds),
            ("waited_seconds_total", "counter", "Time that questions waited.", self.waited_s),
            ("waiting", "gauge", "Questions in the line.", waiting),
            ("busy", "gauge", "Whether the model works.", int(busy)),
            ("uptime_seconds", "gauge", "Time since the start.", uptime_s),
        ):
            lines += [f"# HELP mplus_{name} {told}", f"# TYPE mplus_{name} {kind}"]
            lines.append(f"mplus_{name} {value:g}")
        return "\n".join(lines) + "\n"
