"""A GGUF file is untrusted: what is wrong with it is said, and nothing else happens."""

import struct
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch

from mplus_cli.errors import ModelError
from mplus_cli.model.prepared.catalog import prepared_folder
from mplus_cli.model.prepared.gguf_file.container import GgufFile
from mplus_cli.model.prepared.prepare import gguf_source
from tests.conftest import Run
from tests.gguf_models import CASES, write

CASE = CASES["qwen3"]
HUGE = 1 << 60
BAD_BOS = {
    "tokenizer__ggml__tokens": ["a", "b c"],
    "tokenizer__ggml__token_type": [1, 3],
    "tokenizer__ggml__bos_token_id": 1,
    "tokenizer__ggml__eos_token_id": 0,
}


def text(content: bytes) -> bytes:
    return struct.pack("<Q", len(content)) + content


def header(version: int = 3, tensors: int = 0, keys: int = 1, body: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + body


def tensor(sizes: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    axes = struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
    return header(tensors=1, keys=0, body=text(b"t") + axes + struct.pack("<IQ", kind, offset))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "can't be read"),
        (b"GGML" + bytes(40), "does not begin with GGUF"),
        (b"GGUF\x03", "cut off"),
        (header(version=1), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
        (header(keys=HUGE), "claims"),
        (header(tensors=HUGE), "claims"),
        (header(body=struct.pack("<Q", HUGE)), "cut off"),
        (header(body=text(b"k") + struct.pack("<IQ", 8, HUGE)), "cut off"),
        (header(body=text(b"k") + struct.pack("<IIQ", 9, 8, HUGE)), "lists"),
        (header(body=text(b"k") + struct.pack("<IIQ", 9, 4, 1000)), "cut off"),
        (header(body=text(b"k") + struct.pack("<IIQ", 9, 9, 1)), "unknown kind 9"),
        (header(body=text(b"k") + struct.pack("<I", 77)), "unknown kind 77"),
        (header(body=text(b"\xff\xfe")), "not UTF-8"),
        (header(keys=2, body=2 * (text(b"k") + struct.pack("<IB", 0, 1))), "twice"),
        (header(body=text(b"general.alignment") + struct.pack("<II", 4, 0)), "aligned"),
        (tensor(()), "0 axes"),
        (tensor((1,) * 9), "9 axes"),
        (tensor((0, 4)), "shape"),
        (tensor((HUGE, HUGE)), "cut off"),
        (tensor((4,), offset=HUGE), "cut off"),
        (tensor((33, 4), kind=8), "shape"),
        (tensor((32,), kind=99), "tensor type 99"),
        (tensor((32,), kind=9), "tensor type Q8_1"),
    ],
)
def test_a_damaged_container_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=said) as refused:
        GgufFile(path)
    assert str(path) in refused.value.message


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"qwen3__block_count": 2**31}, "layers"),
        ({"qwen3__block_count": None}, "block_count"),
        ({"qwen3__embedding_length": 0}, "embedding_length"),
        ({"qwen3__embedding_length": "wide"}, "embedding_length"),
        ({"qwen3__attention__head_count": 8}, "shape"),
        ({"qwen3__attention__head_count_kv": [2, 2, 1, 2]}, "differ in"),
        ({"qwen3__feed_forward_length": 97}, "ffn_"),
        ({"qwen3__attention__layer_norm_rms_epsilon": None}, "epsilon"),
        ({"qwen3__rope__freq_base": float("nan")}, "freq_base"),
        ({"qwen3__rope__dimension_count": 64}, "turned"),
        ({"qwen3__rope__scaling__type": "dynamic"}, "dynamic"),
        ({"qwen3__rope__scaling__type": "yarn"}, "yarn"),
        ({"tokenizer__ggml__tokens": None}, "no tokens"),
        ({"tokenizer__ggml__tokens": ["a"] * 300}, "fewer embeddings"),
        ({"tokenizer__ggml__token_type": [1, 2]}, "differ in length"),
        ({"tokenizer__ggml__tokens": [1, 2]}, "no list of"),
        ({"tokenizer__ggml__merges": ["never seen"]}, "the merge"),
        ({"tokenizer__ggml__bos_token_id": 999}, "bos token"),
        (BAD_BOS, "bos token is 'b c'"),
        ({"tokenizer__ggml__model": "bert"}, "bert"),
        ({"tokenizer__chat_template": 7}, "chat_template"),
    ],
)
def test_metadata_that_fits_no_model_is_refused(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=said):
        gguf_source("x", write(tmp_path / "x.gguf", CASE, CASE.model(), **changes))


@pytest.mark.parametrize(
    "name", ["token_embd.weight", "output_norm.weight", "blk.2.attn_k_norm.weight"]
)
def test_a_missing_tensor_is_named_before_anything_is_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=name):
        gguf_source("x", write(tmp_path / "x.gguf", CASE, CASE.model(), without=[name]))


def test_whatever_is_changed_or_cut_ends_in_one_kind_of_error(tmp_path: Path) -> None:
    path = write(tmp_path / "x.gguf", CASE, CASE.model())
    whole = path.read_bytes()
    start = min(entry.start for entry in GgufFile(path).tensors.values())
    draw = Random(0)
    for _ in range(150):
        changed = bytearray(whole)
        at = draw.randrange(start)
        if draw.random() < 0.3:
            changed = changed[:at]
        else:
            changed[at : at + 8] = draw.choice([b"\xff" * 8, bytes(8), draw.randbytes(1)])
        path.write_bytes(changed)
        try:
            source = gguf_source("x", path)
        except ModelError:
            continue
        embedding = source.checkpoint.tensor("model.embed_tokens.weight")
        assert isinstance(embedding, torch.Tensor)


def test_a_file_is_named_by_its_path(mplus: Run, world: Path, toy_cache: Path) -> None:
    write(world / "x.gguf", CASE, CASE.model(), general__architecture="mamba")
    refused = mplus("model", "pull", "x.gguf", "--json")
    assert (refused.code, "a state-space model" in refused.error["message"]) == (1, True)
    assert not prepared_folder("x.gguf", toy_cache).exists()
    (world / "a.txt").write_text("The gate code is 4417.")
    unprepared = mplus("inject", "a.txt", "-m", "x.gguf", "--json").error
    assert unprepared["hint"].endswith("mplus model pull x.gguf")
    assert mplus("model", "pull", "y.gguf", "--json").error["message"] == "there is no file y.gguf"
    revision = mplus("model", "pull", "x.gguf", "--revision", "main", "--json").error
    assert "no revisions" in revision["message"]


def test_another_content_is_another_model(tmp_path: Path) -> None:
    path = write(tmp_path / "x.gguf", CASE, CASE.model())
    first = prepared_folder(str(path), tmp_path)
    assert prepared_folder(str(path), tmp_path) == first
    write(path, CASE, CASE.model(), tokenizer__chat_template="{{ x }}")
    assert prepared_folder(str(path), tmp_path) != first
