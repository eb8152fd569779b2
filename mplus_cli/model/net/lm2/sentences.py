"""Texts as the memory reads them: sentence by sentence, whatever lines they stand in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_CLOSING = "\n \"')]\u201d\u2019"
_OPENING = "\"'([\u201c\u2018"


class Sentences:
    """Of one tokenizer. Each token's text is looked at once."""

    def __init__(self, texts: Sequence[str]) -> None:
        """texts [V]: of each token alone."""
        self._stops = [text.rstrip(_CLOSING).endswith((".", "!", "?")) for text in texts]
        self._breaks = ["\n" in text for text in texts]
        self._blank = [not text.strip() for text in texts]
        self._apart = [text[:1].isspace() for text in texts]
        self._before_words = [text[-1:].isspace() or text[-1:] in _OPENING for text in texts]
        tokens = {text: token for token, text in reversed(list(enumerate(texts)))}
        self._in_text = [tokens.get(f" {text}", token) for token, text in enumerate(texts)]
        self._stop = tokens.get(".")

    @staticmethod
    def of(decode: Callable[[list[int]], str], vocabulary: int) -> Sentences:
        return Sentences([decode([token]) for token in range(vocabulary)])

    def read(self, ids: Sequence[int]) -> tuple[list[int], list[int]]:
        """The ids of a text as if it were one line, and the numbers of those that end sentences.

        A sentence ends at a stop with space behind it (3.5 has none), with its line, and with the
        text; it gets a stop where it has none. A word that begins a line becomes the token that it
        is elsewhere: behind a space.
        """
        out, ends = list[int](), list[int]()
        for at, token in enumerate(ids):
            begins = at == 0 or self._before_words[ids[at - 1]]
            if not self._blank[token]:
                out.append(self._in_text[token] if begins else token)
            last = at + 1 == len(ids)
            stops = self._stops[token] and (last or self._apart[ids[at + 1]])
            if (stops or last or self._breaks[token]) and len(out) > (ends[-1] + 1 if ends else 0):
                if not self._stops[out[-1]] and self._stop is not None:
                    out.append(self._stop)
                ends.append(len(out) - 1)
        return out, ends
