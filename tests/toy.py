"""Toy checkpoints in the published naming, with a byte tokenizer: small enough to prepare and run
in a blink.
"""

import json
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from mplus_cli.model.net.lm2.module import Lm2
from mplus_cli.model.net.lm2.shape import Shape

Layout = Literal["mplus", "memoryllm", "input", "chunks", "plain", "lm2"]
LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD_DIM, INNER, SELECTOR = 2, 32, 4, 2, 8, 48, 8
SPECIAL = ["<|bos|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LAYOUTS: dict[str, dict[str, object]] = {
    "mplus": {"num_tokens": 8, "num_blocks": 8, "num_ltm_blocks": 2, "num_selector_layers": 2},
    "memoryllm": {"num_tokens": 8, "num_blocks": 6},
    "input": {
        "num_tokens": 32,
        "num_blocks": 5,
        "num_ltm_blocks": 1,
        "num_selector_layers": 1,
        "selector_hidden_dim": SELECTOR,
        "memory_state": "input",
        "write_context": "none",
        "ltm_capacity": 4096,
    },
}
LAYOUTS["chunks"] = LAYOUTS["input"] | {
    "num_blocks": 4,
    "num_ltm_blocks": 2,
    "retrieval_layers": [0, 1],
}
LAYOUTS["plain"] = {}  # any chat model
LAYOUTS["lm2"] = {
    "lm2": {
        "slots": 8,
        "tag": 4,
        "value": 8,
        "adds_at": 1,
        "write_heads": 2,
        "chunk_tokens": 48,
    },
    "answering": {"system": "", "declines": ""},
}
UNTRAINED = ("input", "chunks", "plain", "lm2")


def make_checkpoint(
    folder: Path, layout: Layout, seed: int = 0, tokenizer: bool = True, **changes: object
) -> Path:
    """Write a random checkpoint; `changes` go into its config.json."""
    folder.mkdir(parents=True)
    config = _config(layout) | changes
    (folder / "config.json").write_text(json.dumps(config))
    save_file(
        _tensors(layout, config, torch.Generator().manual_seed(seed)), folder / "model.safetensors"
    )
    if layout == "lm2":
        save_file(slot_tensors(seed), folder / "lm2.safetensors")
    if tokenizer:
        save_tokenizer(folder)
    return folder


def slot_tensors(seed: int) -> dict[str, torch.Tensor]:
    """Random parameters of an LM2 memory, which add much to what attention gives."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = Lm2(Shape(HIDDEN, width=16, tag=4, code=4, value=8, heads=2, hops=2, layers=1))
    module.from_code.weight.data *= 20
    return {name: tensor.contiguous() for name, tensor in module.state_dict().items()}


def _config(layout: Layout) -> dict[str, object]:
    llama = {
        "architectures": ["MPlus"],
        "model_type": "llama",
        "vocab_size": 256 + len(SPECIAL),
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD_DIM,
        "max_position_embeddings": 1024,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "bos_token_id": 256,
        "eos_token_id": 258,
        "torch_dtype": "float32",
        "drop_memory_per_layer": True,
    }
    lora = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "k_proj", "v_proj"]}
    adapters = {} if layout in UNTRAINED else {"add_decoder_lora": True, "lora_config": lora}
    return llama | adapters | LAYOUTS[layout]


def _tensors(
    layout: Layout, config: dict[str, object], generator: torch.Generator
) -> dict[str, torch.Tensor]:
    def random(*shape: int, scale: float = 0.3) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * scale

    vocabulary = int(str(config["vocab_size"]))
    tensors = {
        "model.embed_tokens.weight": random(vocabulary, HIDDEN, scale=1.0),
        "model.norm.weight": 1 + random(HIDDEN, scale=0.1),
        "lm_head.weight": random(vocabulary, HIDDEN),
    }
    inner = KV_HEADS * HEAD_DIM
    shapes = {
        "self_attn.q_proj": (HEADS * HEAD_DIM, HIDDEN),
        "self_attn.k_proj": (inner, HIDDEN),
        "self_attn.v_proj": (inner, HIDDEN),
        "self_attn.o_proj": (HIDDEN, HEADS * HEAD_DIM),
        "mlp.gate_proj": (INNER, HIDDEN),
        "mlp.up_proj": (INNER, HIDDEN),
        "mlp.down_proj": (HIDDEN, INNER),
    }
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}"
        for name in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{prefix}.{name}.weight"] = 1 + random(HIDDEN, scale=0.1)
        for name, (rows, columns) in shapes.items():
            if layout in UNTRAINED or name == "self_attn.o_proj":
                tensors[f"{prefix}.{name}.weight"] = random(rows, columns)
                continue
            tensors[f"{prefix}.{name}.base_layer.weight"] = random(rows, columns)
            for adapter in ("default", "decoder_adapter"):
                tensors[f"{prefix}.{name}.lora_A.{adapter}.weight"] = random(4, columns)
                tensors[f"{prefix}.{name}.lora_B.{adapter}.weight"] = random(rows, 4)
        if layout == "mplus":
            for name in ("query_proj", "key_proj", "encoder_query_proj"):
                tensors[f"{prefix}.self_attn.{name}.0.weight"] = random(2 * SELECTOR, HIDDEN)
                tensors[f"{prefix}.self_attn.{name}.2.weight"] = random(SELECTOR, 2 * SELECTOR)
    if layout not in UNTRAINED:
        pool = (int(str(config["num_blocks"])) - int(str(config.get("num_ltm_blocks", 0)))) * 8
        tensors["memory"] = random(LAYERS, pool, HIDDEN, scale=1.0)
        tensors["bos_embedding"] = random(LAYERS, 1, HIDDEN, scale=1.0)
        tensors["new_memory_positional_emb"] = random(1, 1, HIDDEN)
    if layout == "mplus":
        for layer in range(LAYERS):
            tensors[f"ltm.{layer}"] = random(24, HIDDEN, scale=1.0)
            tensors[f"ltm_keys.{layer}"] = random(24, SELECTOR)
            tensors[f"ltm_ages.{layer}"] = torch.randperm(24, generator=generator).float()
    return tensors


def save_tokenizer(folder: Path) -> None:
    """A tokenizer of bytes, with a chat template: 259 tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(
        models.BPE(vocab={token: number for number, token in enumerate(alphabet)}, merges=[])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))
    described = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<|bos|>",
        "eos_token": "<|im_end|>",
        "chat_template": TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(described))
