"""Text <-> token ids, by the tokenizer of the prepared form; neither torch nor transformers is
needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from mplus_cli.errors import ModelError
from mplus_cli.model.config import ModelConfig

_SYSTEM, _QUESTION = "\N{OBJECT REPLACEMENT CHARACTER}S", "\N{OBJECT REPLACEMENT CHARACTER}Q"
_PLAIN_PROMPT = "Question: {question}\nAnswer:"


class Tokenizer:
    """The tokenizer of a prepared model. Raises `ModelError` where the model came without one."""

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        self._folder = folder
        self._config = config
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

        return Tokens.from_file(str(self._folder / "tokenizer.json"))

    @cached_property
    def _special(self) -> re.Pattern[str]:
        """Finds where a special token might be."""
        added = self._tokens.get_added_tokens_decoder().values()
        special = [token for token in added if token.special]
        # A token that is sought in normalized text may be written in many ways: then anywhere.
        written = [re.escape(token.content) for token in special if not token.normalized]
        return re.compile("|".join(written) or "(?!)" if len(written) == len(special) else "")

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

    def prompt(self, question: str, system: str | None) -> list[int]:
        """Ids of a prompt without the BOS token: the model's chat template, or a plain question."""
        rendered = self._render(system is not None)
        ids: list[int] = []
        for piece, plain in _pieces(rendered, {_SYSTEM: system or "", _QUESTION: question}):
            encode = self._encode_plain if plain else self._encode_template
            ids += encode(piece).ids
        return ids

    def _encode_template(self, text: str) -> Any:
        return self._tokens.encode(text, add_special_tokens=False)

    def _render(self, with_system: bool) -> str:
        template = self._folder / "chat_template.jinja"
        if not template.exists():
            system = f"{_SYSTEM}\n\n" if with_system else ""
            return system + _PLAIN_PROMPT.format(question=_QUESTION)
        from jinja2 import TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        messages = [{"role": "system", "content": _SYSTEM}] if with_system else []
        messages.append({"role": "user", "content": _QUESTION})
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        try:
            source = environment.from_string(template.read_text(encoding="utf-8"))
            # The model's own `bos_embedding` takes the place of the BOS token.
            return source.render(messages=messages, add_generation_prompt=True, bos_token="")
        except TemplateError as error:
            raise ModelError(
                f"the chat template of {self._config.name} does not work: {error}"
            ) from error

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
