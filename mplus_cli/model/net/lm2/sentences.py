"""Where sentences end in token ids: what is written is written sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_CLOSING = " \"')]\u201d\u2019"


class Sentences:
    """Of one tokenizer. Each token's text is looked at once."""

    def __init__(self, texts: Sequence[str]) -> None:
        """texts [V]: of each token alone."""
        self._stops = [text.rstrip(_CLOSING).endswith((".", "!", "?")) for text in texts]
        self._breaks = ["\n" in text for text in texts]
        self._apart = [text[:1].isspace() for text in texts]

    @staticmethod
    def of(decode: Callable[[list[int]], str], vocabulary: int) -> Sentences:
        return Sentences([decode([token]) for token in range(vocabulary)])

    def ends(self, ids: Sequence[int]) -> list[int]:
        """Numbers of the last tokens of the sentences of n ids: at a line's end, at a stop with
        space behind it (3.5 has none), and at the end.
        """
        last = len(ids) - 1
        return [
            at
            for at, token in enumerate(ids)
            if at == last
            or self._breaks[token]
            or (self._stops[token] and self._apart[ids[at + 1]])
        ]
