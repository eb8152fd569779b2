"""A question as one model is best asked."""

from __future__ import annotations

from mplus_cli.asking.understanding.question import Question, spelled, understood
from mplus_cli.asking.understanding.spelling import Words
from mplus_cli.engine import Engine


def understood_by(engine: Engine, typed: str, words: Words) -> Question:
    """What a question asks, put as it was typed to a chat model, which knows how people type, and
    in its normal form to one that was trained for questions alone.
    """
    tokenizer = engine.tokenizer

    def is_word(word: str) -> bool:
        # Common words are tokens of their own: so the model's vocabulary is a list of them.
        return len(tokenizer.encode(f" {word}")[0]) == 1

    if engine.config.answering.in_template:
        return spelled(typed, words, is_word)
    return understood(typed, words, is_word)
