"""An answer that grows while it is decoded."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

from mplus_cli.errors import UsageError
from mplus_cli.results.answers import Answer


class Response:
    """An answer as it grows: iterate over its pieces, or ask for all of it at once.

    Threads may share one: each piece comes to one of them.
    """

    def __init__(self, pieces: Generator[str, None, Answer]) -> None:
        self._pieces = pieces
        self._answer: Answer | None = None
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[str]:
        """Pieces of the text that nobody has taken yet.

        Raises what asking raises, and `UsageError` where it was ended before its time.
        """
        while (piece := self._next()) is not None:
            yield piece

    def _next(self) -> str | None:
        with self._lock:
            if self._answer is not None:
                return None
            try:
                return next(self._pieces)
            except StopIteration as end:
                if end.value is None:
                    raise UsageError("the answer was not decoded to its end", "ask anew") from None
                self._answer = end.value
                return None

    @property
    def answer(self) -> Answer:
        """The whole answer; decodes what is not decoded yet. Raises as iterating does."""
        for _ in self:
            pass
        assert self._answer is not None
        return self._answer

    def close(self) -> None:
        """Decode no more."""
        with self._lock:
            self._pieces.close()
