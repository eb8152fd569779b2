"""A model's chat template: what a question looks like to it."""

from __future__ import annotations

import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mplus_cli.errors import ModelError
from mplus_cli.model.config import ModelConfig

if TYPE_CHECKING:
    from jinja2.nodes import Node
    from jinja2.parser import Parser

# Some templates tell the model what day it is. What is in front of every chunk must not change, so
# it is always the day that those of Llama 3 name where they know none.
_DAY = datetime.date(2024, 7, 26)
MEND_TEMPLATE = "mend its chat_template.jinja, or remove it: then a plain prompt is used"
_THINKING = ("<think>", "<think>\n")
# What a template's expressions may raise beside jinja2's own errors.
_WRONG = (
    *(TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError),
    OSError,  # of its file
)


class Template:
    """The chat template of a prepared model, or a plain question where it has none."""

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        self._file, self._config = folder / "chat_template.jinja", config

    @cached_property
    def is_missing(self) -> bool:
        return not self._file.exists()

    def render(self, user: str, system: str | None) -> str:
        """The text of a prompt up to where the answer begins. Raises `ModelError`.

        A template that refuses a system turn, or leaves it out, finds it in the user's.
        """
        if self.is_missing:
            user = user if self._config.answering.in_template else f"Question: {user}"
            return "\n\n".join(filter(None, (system, f"{user}\nAnswer:")))
        from jinja2 import TemplateError

        turn = {"role": "user", "content": user}
        joined = {"role": "user", "content": f"{system}\n\n{user}"}
        try:
            if system is None:
                return self._rendered([turn])
            try:
                found = self._rendered([{"role": "system", "content": system}, turn])
            except TemplateError:
                return self._rendered([joined])
            return found if system in found else self._rendered([joined])
        except (TemplateError, *_WRONG) as error:
            raise ModelError(
                f"the chat template of {self._config.name} does not work: {error}",
                MEND_TEMPLATE,
            ) from error

    def _rendered(self, messages: list[dict[str, str]]) -> str:
        special = self._config.special
        # Behind a memory the model's own `bos_embedding` takes the place of the BOS token.
        bos = special.bos_token if self._config.answering.in_template else ""
        rendered: str = self._source.render(
            messages=messages,
            add_generation_prompt=True,
            bos_token=bos,
            eos_token=special.eos_token,
            tools=None,
            documents=None,
            enable_thinking=False,
        )
        rendered.encode()  # half a surrogate pair is no text
        # Some begin a thought whatever they are told; it ends before it has begun.
        return f"{rendered}\n</think>\n\n" if rendered.endswith(_THINKING) else rendered

    @cached_property
    def _source(self) -> Any:
        from jinja2.ext import Extension, loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        class Generation(Extension):
            """Transformers' own tag around what a model says: for training, and no more here."""

            tags = {"generation"}  # noqa: RUF012

            def parse(self, parser: Parser) -> list[Node]:
                next(parser.stream)
                return parser.parse_statements(("name:endgeneration",), drop_needle=True)

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, Generation]
        )
        environment.globals |= {"raise_exception": _refuse, "strftime_now": _DAY.strftime}
        return environment.from_string(self._file.read_text(encoding="utf-8"))


def _refuse(message: str) -> NoReturn:
    from jinja2 import TemplateError

    raise TemplateError(message)
