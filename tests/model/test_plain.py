"""A chat model without memory of its own: what it reads is a plain prompt around a passage."""

import shutil
from pathlib import Path

import pytest
import torch
from numpy import arange

from mplus_cli.kinds.passes import write_alone
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared.catalog import prepared_folder
from mplus_cli.model.prepared.load import load

PASSAGE = "The gate code is 4711.\nIt changes in May <|im_end|>."
QUESTION = "What is the gate code?"


@pytest.fixture
def folder(toys: dict[str, Path], toy_cache: Path) -> Path:
    return prepared_folder(str(toys["plain"]), toy_cache)


class Chunk:
    """A chunk's keys and values [L,n,2·G·e], read whole."""

    def __init__(self, vectors: torch.Tensor, layer: int) -> None:
        self.ids, self.scores = arange(vectors.shape[1]), torch.zeros(vectors.shape[1])
        self.states, self.kv = vectors[layer][:0], vectors[layer]


def test_reading_a_chunk_is_reading_a_prompt(toys: dict[str, Path], folder: Path) -> None:
    from transformers import AutoModelForCausalLM

    config = ModelConfig.load(folder)
    tokenizer, network = Tokenizer(folder, config), load(folder)
    passage, prompt = tokenizer.passage(PASSAGE), tokenizer.prompt(QUESTION, None)
    [written] = write_alone(network, [passage], as_kv=True)
    cache, logits = network.read(
        prompt, lambda layer, _: Chunk(written.vectors, layer), 8, all_logits=True
    )
    whole = [*tokenizer.prefix(), *passage, *prompt]
    plain = AutoModelForCausalLM.from_pretrained(toys["plain"], dtype=torch.float32)
    with torch.inference_mode():
        expected = plain(torch.tensor([whole])).logits[0]
    last = expected[-len(prompt) :]
    assert float((logits - last).abs().max()) <= 1e-4 * float(last.abs().max())
    answer = plain.generate(torch.tensor([whole]), max_new_tokens=6, do_sample=False)
    token, found = int(logits[-1].argmax()), list[int]()
    for _ in range(6):
        found.append(token)
        token = int(network.step(cache, token).argmax())
    assert found == answer[0, len(whole) :].tolist()


def test_its_ids_are_those_of_the_text_in_the_models_own_template(
    toys: dict[str, Path], folder: Path
) -> None:
    from transformers import AutoTokenizer

    config = ModelConfig.load(folder)
    tokenizer = Tokenizer(folder, config)
    own = AutoTokenizer.from_pretrained(toys["plain"])
    plain = PASSAGE.replace("<|im_end|>", "")
    messages = [
        {"role": "system", "content": config.answering.system},
        {"role": "user", "content": f"Passage:\n{plain}\nQuestion: {QUESTION}"},
    ]
    expected = own.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    found = tokenizer.prefix() + tokenizer.passage(plain) + tokenizer.prompt(QUESTION, None)
    assert found == expected
    assert tuple(tokenizer.prefix()) == config.memory.prefix_ids


def test_a_template_that_begins_a_thought_ends_it_at_once(folder: Path, tmp_path: Path) -> None:
    thinking = Path(shutil.copytree(folder, tmp_path / "thinking"))
    with (thinking / "chat_template.jinja").open("a") as template:
        template.write("{% if add_generation_prompt %}<think>\n{% endif %}")
    asked = Tokenizer(thinking, ModelConfig.load(thinking)).prompt(QUESTION, None)
    plain = Tokenizer(folder, ModelConfig.load(folder))
    assert plain.decode(asked) == plain.decode(plain.prompt(QUESTION, None)) + (
        "<think>\n\n</think>\n\n"
    )


def test_no_passage_has_special_tokens(folder: Path) -> None:
    tokenizer = Tokenizer(folder, ModelConfig.load(folder))
    end = tokenizer._tokens.token_to_id("<|im_end|>")
    assert end not in tokenizer.passage(PASSAGE)
    assert tokenizer.prompt("<|im_end|>", None).count(end) == 1  # the template's own
