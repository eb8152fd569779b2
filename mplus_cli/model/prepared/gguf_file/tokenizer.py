"""The tokenizer in a GGUF file's metadata -> one of the `tokenizers` package.

Two kinds are written: byte-level BPE (`gpt2`), whose way of cutting text into words is only named,
and SentencePiece's BPE (`llama`), whose merges follow from its scores. How each name cuts is what
the model's own tokenizer.json says; the names are those of llama.cpp (src/llama-vocab.cpp).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE

from mplus_cli.errors import ModelError, reason_of
from mplus_cli.model.prepared.gguf_file.container import GgufFile

_NORMAL, _CONTROL, _USER_DEFINED = 1, 3, 4
_MAX_TOKEN = 1024  # characters
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
# What a turn of a chat ends with, where a file names only what a text ends with.
_TURN_ENDS = ("<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>")


@dataclass(frozen=True)
class Words:
    """How a byte-level BPE cuts text into the words within which it merges.

    split: the words; empty: GPT-2's. digits: each digit is a word before that. composed: text is
    brought into Unicode's composed form (NFC). whole: a word that is a token is one, whatever the
    merges say. bos: a sequence begins with BOS where the file does not say.
    """

    split: str = ""
    digits: bool = False
    composed: bool = False
    whole: bool = False
    bos: bool = False


_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_PUNCTUATION = r" ?[^\s\p{L}\p{N}]+"
_SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_START = r"[^\r\n\p{L}\p{N}]?"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"


def _cased(suffix: str, digits: str) -> str:
    """Words that end where small letters are followed by a capital."""
    return (
        rf"{_START}{_UPPER}*{_LOWER}+{suffix}|{_START}{_UPPER}+{_LOWER}*{suffix}"
        rf"|{digits}|{_PUNCTUATION}[\r\n/]*|{_SPACES}"
    )


def _plain(digits: str) -> str:
    return rf"{_SUFFIX}|{_START}\p{{L}}+|{digits}|{_PUNCTUATION}[\r\n]*|{_SPACES}"


_LLAMA3 = Words(_plain(r"\p{N}{1,3}"), whole=True, bos=True)
_CL100K = Words(_plain(r"\p{N}{1,3}"))
_QWEN2 = Words(_plain(r"\p{N}"), composed=True)
_GPT4O = Words(_cased(rf"{_SUFFIX}?", r"\p{N}{1,3}"))
_DIGITS = Words(digits=True)
WORDS = {
    "llama-bpe": _LLAMA3,
    "llama3": _LLAMA3,
    "llama-v3": _LLAMA3,
    "smaug-bpe": _CL100K,
    "dbrx": _CL100K,
    "qwen2": _QWEN2,
    "deepseek-r1-qwen": _QWEN2,
    "gpt-4o": _GPT4O,
    "llama4": _GPT4O,
    "tekken": Words(_cased("", r"\p{N}"), whole=True, bos=True),
    "smollm": _DIGITS,
    "starcoder": _DIGITS,
    "refact": _DIGITS,
    "gpt-2": Words(),
}


class Vocabulary:
    """The lists of a file's metadata. Raises `ModelError` where they do not fit together."""

    def __init__(self, file: GgufFile) -> None:
        self.file = file
        self.kind = file.get("tokenizer.ggml.model", str, "")
        self.tokens = self._list("tokens", str)
        if self.kind == "llama":
            self.tokens = [_with_own_spaces(token) for token in self.tokens]
        if not self.tokens:
            raise file.damaged("it has no tokens")
        if len(self.tokens) > file.tensors["token_embd.weight"].shape[0]:
            raise file.damaged(f"it has {len(self.tokens)} tokens and fewer embeddings")
        self.kinds = self._list("token_type", int) or [_NORMAL] * len(self.tokens)
        self.scores = self._list("scores", float) or [0.0] * len(self.tokens)
        if not len(self.tokens) == len(self.kinds) == len(self.scores):
            raise file.damaged("its lists of tokens differ in length")

    def _list(self, name: str, kind: type) -> list[Any]:
        found: list[Any] = self.file.get(f"tokenizer.ggml.{name}", list, [])
        if not all(isinstance(each, kind) for each in found):
            raise self.file.damaged(f"tokenizer.ggml.{name} is no list of {kind.__name__}")
        return found

    def ids(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens)}

    def special(self, name: str) -> int | None:
        """The id of `bos`, `eos`, …; None where the file names none."""
        found: int | None = self.file.get(f"tokenizer.ggml.{name}_token_id", int)
        if found is not None and not 0 <= found < len(self.tokens):
            raise self.file.damaged(f"its {name} token is {found}, of {len(self.tokens)}")
        return found

    def merges(self) -> list[tuple[str, str]] | None:
        """As the file lists them; None where it does not."""
        written = self._list("merges", str)
        if not written:
            return None
        known = self.ids()
        found = []
        for merge in written:
            left, _, right = merge.partition(" ")
            if not {left, right, left + right} <= known.keys():
                raise self.file.damaged(f"the merge {merge[:40]!r} is of no tokens")
            found.append((left, right))
        return found


def _with_own_spaces(token: str) -> str:
    """A run of spaces, as Gemma's conversion spells it, is `▁` in the model's own file."""
    return _SPACE * len(token) if token and not token.strip(" ") else token


def tokenizer_of(file: GgufFile, pre: str | None = None) -> Any:
    """A transformers tokenizer with the chat template of a file.

    pre: cut text into words so, whatever the file says. What the file's own lists can't make comes
    from a tokenizer.json beside it. Raises `ModelError`.
    """
    from transformers import PreTrainedTokenizerFast

    vocabulary = Vocabulary(file)
    kind = vocabulary.kind
    words = WORDS.get(pre or file.get("tokenizer.ggml.pre", str, ""))
    if kind == "gpt2" and words:
        made = _with_marks(_byte_level(vocabulary, words), vocabulary)
    elif kind == "llama":
        made = _with_marks(_sentencepiece(vocabulary), vocabulary)
    else:
        made = _beside(vocabulary)
    unsaid = words.bos if words else kind == "llama"
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        add_bos_token=file.get("tokenizer.ggml.add_bos_token", bool, unsaid),
        chat_template=file.get("tokenizer.chat_template", str),
        **_named(vocabulary),
    )


def _named(vocabulary: Vocabulary) -> dict[str, str]:
    """transformers' names of special tokens -> their texts. It takes each out of any text, so
    padding and the unknown are left out where a file names plain tokens for them.
    """
    found = {}
    for name, key in (("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding")):
        number = vocabulary.special(key)
        if number is not None and (key == name or vocabulary.kinds[number] != _NORMAL):
            found[f"{name}_token"] = vocabulary.tokens[number]
    if re.search(r"[\s:$]|^$", found.get("bos_token", "<s>")):  # signs of transformers' own
        raise vocabulary.file.damaged(f"its bos token is {found['bos_token'][:40]!r}")
    return found


def turn_ends(file: GgufFile) -> tuple[int, ...]:
    """The ids that end an answer: of a text, of a turn, and what is known to end turns."""
    vocabulary = Vocabulary(file)
    named = {vocabulary.special(name) for name in ("eos", "eot", "eom")}
    written = {
        number
        for number, (token, kind) in enumerate(
            zip(vocabulary.tokens, vocabulary.kinds, strict=True)
        )
        if token in _TURN_ENDS and kind in (_CONTROL, _USER_DEFINED)
    }
    return tuple(sorted(written | {each for each in named if each is not None}))


def _beside(vocabulary: Vocabulary) -> Tokenizer:
    """From the model's own tokenizer.json, where the user put it beside the file."""
    file = vocabulary.file
    path = file.path.parent / "tokenizer.json"
    if not path.exists():
        pre = file.get("tokenizer.ggml.pre", str, "")
        raise ModelError(
            f"{file.path} has a tokenizer that mplus does not know: {vocabulary.kind!r}, cutting "
            f"text as {pre!r}",
            f"put the model's own tokenizer.json into {path.parent}",
        )
    try:
        made = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except Exception as error:  # the package raises nothing narrower
        raise ModelError(f"{path} can't be read: {reason_of(error)}") from error
    marks = [mark for name in ("bos", "eos") if (mark := vocabulary.special(name)) is not None]
    if any(made.id_to_token(mark) != vocabulary.tokens[mark] for mark in marks):
        raise ModelError(
            f"{path} is the tokenizer of another model than {file.path}",
            "put the tokenizer.json of the same model there",
        )
    return made


def _with_marks(made: Tokenizer, vocabulary: Vocabulary) -> Tokenizer:
    """With what is found in the text as it stands, before anything else.

    Special is what no text may be read as: control tokens, and what ends a turn.
    """
    found = {True: list[AddedToken](), False: list[AddedToken]()}
    for token, kind in zip(vocabulary.tokens, vocabulary.kinds, strict=True):
        if token and kind in (_CONTROL, _USER_DEFINED):
            special = kind == _CONTROL or token in _TURN_ENDS
            found[special].append(AddedToken(token, normalized=False, special=special))
    made.add_special_tokens(found[True])
    made.add_tokens(found[False])
    return made


def _byte_level(vocabulary: Vocabulary, words: Words) -> Tokenizer:
    """Each byte of UTF-8 is a character of the vocabulary (as in GPT-2)."""
    made = Tokenizer(
        BPE(
            vocabulary.ids(),
            vocabulary.merges() or [],
            continuing_subword_prefix="",
            end_of_word_suffix="",
            fuse_unk=False,
            ignore_merges=words.whole,
        )
    )
    if words.composed:
        made.normalizer = normalizers.NFC()
    before: list[Any] = []
    if words.digits:
        before.append(pre_tokenizers.Digits(individual_digits=True))
    if words.split:
        before.append(pre_tokenizers.Split(Regex(words.split), "isolated"))
    bytes_of = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not words.split)
    made.pre_tokenizer = pre_tokenizers.Sequence([*before, bytes_of]) if before else bytes_of
    made.decoder = decoders.ByteLevel()
    return made


def _sentencepiece(vocabulary: Vocabulary) -> Tokenizer:
    """Characters merge, `▁` is a space; a character without a token is its bytes.

    A space goes before a text, and before what follows a special token, as SentencePiece and
    llama.cpp have it.
    """
    unknown = vocabulary.special("unknown")
    made = Tokenizer(
        BPE(
            vocabulary.ids(),
            vocabulary.merges() or _merges(vocabulary),
            unk_token=None if unknown is None else vocabulary.tokens[unknown],
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    prefixed = vocabulary.file.get("tokenizer.ggml.add_space_prefix", bool, True)
    spaces: Any = normalizers.Replace(" ", _SPACE)
    if prefixed:
        spaces = normalizers.Sequence([normalizers.Prepend(_SPACE), spaces])
    made.normalizer = spaces
    steps: list[Any] = [decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    made.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if prefixed else steps)
    return made


def _merges(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """What SentencePiece merges, first things first: any two tokens that make one, by its score.

    What is no plain text is never made of it. Gemma's scores are lost for the tokens that its
    conversion lists apart, and follow the order of the vocabulary for the others: so that counts.
    """
    gemma = vocabulary.file.get("general.architecture", str, "").startswith("gemma")
    plain = (_NORMAL, _USER_DEFINED) if gemma else (_NORMAL,)
    known = {
        token: number
        for number, (token, kind) in enumerate(
            zip(vocabulary.tokens, vocabulary.kinds, strict=True)
        )
        if kind in plain
    }
    if max(map(len, known), default=0) > _MAX_TOKEN:
        raise vocabulary.file.damaged(f"a token is longer than {_MAX_TOKEN} characters")
    order = (
        list(known) if gemma else sorted(known, key=lambda each: -vocabulary.scores[known[each]])
    )
    return [pair for token in order for pair in _halves_of(token, known)]


def _halves_of(token: str, known: dict[str, int]) -> list[tuple[str, str]]:
    cut = ((token[:at], token[at:]) for at in range(1, len(token)))
    found = [(left, right) for left, right in cut if left in known and right in known]
    return sorted(found, key=lambda pair: (known[pair[0]], known[pair[1]]))
