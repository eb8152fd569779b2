"""The tensors of a GGUF file under transformers' names, in its layout and meaning."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from mplus_cli.errors import ModelError
from mplus_cli.model.prepared.gguf_file.architectures import Kind, config_of, kind_of
from mplus_cli.model.prepared.gguf_file.container import GgufFile

_NORMS = {
    "attn_norm": "input_layernorm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
_BEFORE_FFN = "pre_feedforward_layernorm"  # what `ffn_norm` is where there are four
_OUTER = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}


class GgufCheckpoint:
    """A plain decoder in a GGUF file, tensor by tensor under its published names.

    Raises `ModelError` at once where a tensor is missing or of another shape than its metadata
    says.
    """

    def __init__(self, file: GgufFile) -> None:
        self.files = {file.path.name: file.path}
        self._file = file
        self._kind = kind_of(file)
        config = config_of(file)
        self._heads = {
            "attn_q": config["num_attention_heads"],
            "attn_k": config["num_key_value_heads"],
        }
        self._layer_names = _layer_names(self._kind)
        self._check(config)

    def tensor(self, name: str, row: int | None = None) -> Tensor | None:
        there = self._there(name)
        if there not in self._file.tensors:
            return None
        heads = self._heads.get(there.split(".")[-2]) if self._kind.interleaved else None
        values = self._file.tensor(there, None if heads else row)
        if heads:
            values = _halves(values, heads)
            return values if row is None else values[row]
        if self._kind.norms_plus_one and there.endswith("norm.weight"):
            return values.float() - 1
        return values

    def shape(self, name: str) -> tuple[int, ...] | None:
        entry = self._file.tensors.get(self._there(name))
        return None if entry is None else entry.shape

    def names(self) -> set[str]:
        """Published names; the file's own for tensors that have none, and so nowhere to go."""
        here = {there: name for name, there in _OUTER.items()}
        layers = {there: stem for stem, there in self._layer_names.items()}
        found = set()
        for there in self._file.tensors:
            block, _, rest = there.partition(".")
            layer, _, tail = rest.partition(".")
            stem, _, end = tail.rpartition(".")
            if block == "blk" and stem in layers:
                found.add(f"model.layers.{layer}.{layers[stem]}.{end}")
            elif not there.startswith("rope_"):  # what the config's RoPE has of it
                found.add(here.get(there, there))
        return found

    def _there(self, name: str) -> str:
        """The file's name for a tensor; empty where it has none."""
        if name in _OUTER:
            return _OUTER[name]
        head, _, rest = name.partition("model.layers.")
        layer, _, rest = rest.partition(".")
        stem, _, end = rest.rpartition(".")
        if head or not layer.isdecimal() or stem not in self._layer_names:
            return ""
        return f"blk.{layer}.{self._layer_names[stem]}.{end}"

    def _check(self, config: dict[str, Any]) -> None:
        shapes = _layer_shapes(self._kind, config)
        wanted = {
            f"model.layers.{layer}.{stem}.weight": shape
            for layer in range(config["num_hidden_layers"])
            for stem, shape in shapes.items()
        }
        vocabulary, hidden = config["vocab_size"], config["hidden_size"]
        wanted["model.embed_tokens.weight"] = (vocabulary, hidden)
        wanted["model.norm.weight"] = (hidden,)
        if not config["tie_word_embeddings"]:
            wanted["lm_head.weight"] = (vocabulary, hidden)
        for name, shape in wanted.items():
            self._check_one(name, shape)
            bias = name.removesuffix("weight") + "bias"
            if self.shape(bias) is not None:
                self._check_one(bias, shape[:1])

    def _check_one(self, name: str, shape: tuple[int, ...]) -> None:
        found = self.shape(name)
        if found != shape:
            is_there = "is missing" if found is None else f"has the shape {list(found)}"
            raise ModelError(
                f"{self._file.path}: {self._there(name)} {is_there}, expected {list(shape)}",
                "the file is damaged or of a variant that mplus does not know: take another",
            )


def _layer_names(kind: Kind) -> dict[str, str]:
    """transformers' names within a layer -> the file's."""
    names = {"self_attn.o_proj": "attn_output", "mlp.down_proj": "ffn_down"}
    if kind.fused:
        names |= {"self_attn.qkv_proj": "attn_qkv", "mlp.gate_up_proj": "ffn_up"}
    else:
        names |= {f"self_attn.{part}_proj": f"attn_{part}" for part in "qkv"}
        names |= {f"mlp.{part}_proj": f"ffn_{part}" for part in ("gate", "up")}
    if kind.qk_norms:
        names |= {f"self_attn.{part}_norm": f"attn_{part}_norm" for part in "qk"}
    four = len(kind.norms) == 4
    for norm in kind.norms:
        names[_BEFORE_FFN if four and norm == "ffn_norm" else _NORMS[norm]] = norm
    return names


def _layer_shapes(kind: Kind, config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """The weights that every layer has, by transformers' names."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    head = config["head_dim"]
    queries, keys = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    every = {
        "self_attn.qkv_proj": (queries + 2 * keys, hidden),
        "self_attn.q_proj": (queries, hidden),
        "self_attn.k_proj": (keys, hidden),
        "self_attn.v_proj": (keys, hidden),
        "self_attn.o_proj": (hidden, queries),
        "mlp.gate_up_proj": (2 * inner, hidden),
        "mlp.gate_proj": (inner, hidden),
        "mlp.up_proj": (inner, hidden),
        "mlp.down_proj": (hidden, inner),
        # OLMo's norms are over all heads at once.
        "self_attn.q_norm": (queries if config["model_type"].startswith("olmo") else head,),
        "self_attn.k_norm": (keys if config["model_type"].startswith("olmo") else head,),
    }
    return {name: every.get(name, (hidden,)) for name in _layer_names(kind)}


def _halves(rows: Tensor, heads: int) -> Tensor:
    """Rows of a query or key projection, of its weight or bias, from neighbours to halves: RoPE
    turns row i of a head with row i + e/2 here, with row i + 1 (i even) in the file.
    """
    return rows.view(heads, -1, 2, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)
