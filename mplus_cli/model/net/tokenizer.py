"""Text <-> token ids, by the tokenizer of the prepared form; neither torch nor transformers is
needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from mplus_cli.errors import ModelError
from mplus_cli.model.config import ModelConfig, damaged
from mplus_cli.model.net.template import MEND_TEMPLATE, Template

# In both cases, for a template that changes them changes what it is given.
_SYSTEM, _QUESTION, _PASSAGE = (
    f"\N{OBJECT REPLACEMENT CHARACTER}{mark}" for mark in ("Sy", "Qu", "Pa")
)
_PASSAGE_HEAD, _QUESTION_HEAD = "Passage:\n", "Question: "
_JOINT = "\n"  # in front of passages and questions


class Tokenizer:
    """The tokenizer of a prepared model.

    Raises `ModelError` where the model came without one; prompts raise it where the template fails.
    """

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        self._folder = folder
        self._config = config
        self._in_template = config.answering.in_template
        self._template = Template(folder, config)
        if not (folder / "tokenizer.json").exists():
            raise ModelError(
                f"the model {config.name} has no tokenizer, so it can read no text",
                (
                    "put tokenizer.json and tokenizer_config.json beside its config.json and "
                    "pull it again"
                ),
            )

    @cached_property
    def _tokens(self) -> Any:
        """Takes special tokens for what they are: for the model's own template."""
        return self._loaded()

    @cached_property
    def _plain_tokens(self) -> Any:
        """Takes special tokens for text: for what others wrote.

        An object of its own, set once: a switch on a shared one would be open, while one thread
        encodes the template, for what another thread encodes.
        """
        tokens = self._loaded()
        tokens.encode_special_tokens = True
        return tokens

    def _loaded(self) -> Any:
        from tokenizers import Tokenizer as Tokens

        file = self._folder / "tokenizer.json"
        try:
            return Tokens.from_file(str(file))
        except Exception as error:  # tokenizers has no other word for what it can't read
            raise damaged(file, error) from error

    @cached_property
    def _special(self) -> re.Pattern[str]:
        """Finds where a special token might be."""
        added = self._tokens.get_added_tokens_decoder().values()
        special = [token for token in added if token.special]
        # A token that is sought in normalized text may be written in many ways: then anywhere.
        written = [re.escape(token.content) for token in special if not token.normalized]
        return re.compile("|".join(written) or "(?!)" if len(written) == len(special) else "")

    def last_id(self) -> int:
        """The largest id that texts and the model's own template can have."""
        added = self._tokens.get_added_tokens_decoder()
        special = {number for number, token in added.items() if token.special}
        ids: set[int] = set(self._tokens.get_vocab().values()) - special
        around = self.prompt("", self._config.answering.system or None)
        return max(map(int, [*ids, *around, *(self.prefix() if self._in_template else ())]))

    def _encode_plain(self, text: str) -> Any:
        """Without a special token in it both objects give the same, and loading the second takes a
        tenth of a second: it waits for a text that looks like one.
        """
        tokens = self._plain_tokens if self._special.search(text) else self._tokens
        return tokens.encode(text, add_special_tokens=False)

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Ids of plain text and the characters of each; what looks like a special token is plain
        text, too.
        """
        found = self._encode_plain(text)
        return found.ids, found.offsets

    # A whole prompt, or one around a passage

    def prompt(self, question: str, system: str | None) -> list[int]:
        """Ids of what stands behind the memory: the model's chat template, or a plain question.

        Of a model that reads passages within its template, what comes after the passage; a system
        prompt stands there, too, for the template's own is in front of every chunk already.
        """
        if self._in_template:
            asked, after = _asked(question, system), self._around_passage()[1]
            if not self._special.search(asked):  # as one text, for a token may span both
                return self._behind(asked + after, self._encode_template)
            return self._behind(asked, self._encode_plain) + self._behind(
                after, self._encode_template, asked[-1:]
            )
        ids: list[int] = []
        for piece, plain in self._prompt_pieces(question, system):
            encode = self._encode_plain if plain else self._encode_template
            ids += encode(piece).ids
        return ids

    def text(self, passage: str, question: str, system: str | None) -> str:
        """The text of a prompt with a passage in its place."""
        if self._in_template:
            before, after = self._around_passage()
            return f"{before}{passage.strip()}\n{_asked(question, system)}{after}"
        return passage + "".join(piece for piece, _ in self._prompt_pieces(question, system))

    def _prompt_pieces(self, question: str, system: str | None) -> Iterator[tuple[str, bool]]:
        rendered = self._template.render(_QUESTION, _SYSTEM if system is not None else None)
        return _pieces(rendered, {_SYSTEM: system or "", _QUESTION: question})

    def prefix(self) -> list[int]:
        """Ids [p] in front of every passage, of a model that reads them within its template."""
        before = self._around_passage()[0]
        found = self._encode_template(before).ids
        return [*self._starts(), *found] if self._template.is_missing else found

    def passage(self, text: str) -> list[int]:
        """Ids of a passage as it stands between `prefix` and `prompt`: on lines of its own."""
        return self._behind(f"{text.strip()}\n", self._encode_plain)

    def saying(self, text: str) -> list[int]:
        """Ids of what an answer may begin with."""
        return self._behind(text, self._encode_plain) if self._in_template else self.encode(text)[0]

    def _around_passage(self) -> tuple[str, str]:
        """The template's text before a passage, and after a question that follows it. Raises
        `ModelError` where the template does not print what it is given, once and as it is.
        """
        both = f"{_PASSAGE}{_QUESTION}"
        rendered = self._template.render(
            f"{_PASSAGE_HEAD}{both}", self._config.answering.system or None
        )
        before, found, after = rendered.partition(both)
        if not found or any(mark in before + after for mark in (_PASSAGE, _QUESTION)):
            raise ModelError(
                f"the chat template of {self._config.name} does not print a question just as it "
                "is, once, so a passage has no place in it",
                MEND_TEMPLATE,
            )
        return before, after

    def _behind(self, text: str, encode: Callable[[str], Any], before: str = _JOINT) -> list[int]:
        """Ids of text that does not begin a prompt.

        Some tokenizers put a space in front of what they take for a beginning, and with it another
        token. So what stands there, a line's end or a character, is encoded, too, and taken off.
        """
        alone: list[int] = encode(before).ids
        both: list[int] = encode(before + text).ids
        if both[: len(alone)] == alone:
            return both[len(alone) :]
        found: list[int] = encode(text).ids
        return found

    def _starts(self) -> list[int]:
        """Ids that the tokenizer puts in front of a text by itself."""
        found = self._tokens.encode("x").ids
        text = self._encode_template("x").ids
        return found[: len(found) - len(text)] if found[-len(text) :] == text else []

    def _encode_template(self, text: str) -> Any:
        return self._tokens.encode(text, add_special_tokens=False)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, special tokens included."""
        return str(self._tokens.decode(list(ids), skip_special_tokens=False))

    def stream(self, ids: Iterable[int]) -> Iterator[str]:
        """Text of ids as they come; a character that spans several tokens comes when it is
        whole.
        """
        from tokenizers.decoders import DecodeStream

        decoder = DecodeStream(skip_special_tokens=True)
        for token in ids:
            piece = decoder.step(self._tokens, token)
            if piece:
                yield piece


def _asked(question: str, system: str | None) -> str:
    """What stands behind a passage in the user's turn."""
    return (f"{system}\n" if system else "") + _QUESTION_HEAD + question.strip()


def _pieces(rendered: str, contents: dict[str, str]) -> Iterator[tuple[str, bool]]:
    """The rendered template cut at its marks: (text, whether it is content and so never a special
    token).
    """
    places = sorted((rendered.find(mark), mark) for mark in contents if mark in rendered)
    start = 0
    for place, mark in places:
        yield rendered[start:place], False
        yield contents[mark], True
        start = place + len(mark)
    yield rendered[start:], False
