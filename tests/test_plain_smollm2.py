"""SmolLM2-135M-Instruct, for real and untrained: a chat model whose memory is its own prompt."""

from importlib import util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bench.plain import plain_llama
from mplus_cli.kinds.passes import write_alone
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.network import Network
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared import catalog
from mplus_cli.model.prepared.known import CATALOG, DEFAULT
from mplus_cli.model.prepared.load import load
from store.segments.quantized import packed
from tests.test_default_model import TEXT

QUESTION, GREEDY = "What is the gate code?", 6
CLOSE, CLOSE_KEPT = 1e-4, 0.02


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared from the GGUF file that the default model is made of, too."""
    entry = CATALOG[DEFAULT]
    package = util.find_spec(str(entry.package))
    assert package is not None and package.submodule_search_locations
    file = Path(package.submodule_search_locations[0]) / str(entry.file)
    return catalog.pull(str(file), tmp_path_factory.mktemp("cache"), None, False, lambda a, b: None)


def read(network: Network, prompt: list[int], kv: torch.Tensor) -> tuple[torch.Tensor, list[int]]:
    """Logits [m,V] of a prompt behind a chunk that was written, and what is decoded greedily."""

    def chunk(layer: int, normed: torch.Tensor) -> SimpleNamespace:
        ids, scores = np.arange(kv.shape[1]), torch.zeros(kv.shape[1])
        return SimpleNamespace(ids=ids, scores=scores, states=kv[layer][:0], kv=kv[layer])

    cache, logits = network.read(prompt, chunk, GREEDY, all_logits=True)
    found, last = list[int](), logits[-1]
    for _ in range(GREEDY):
        found.append(int(last.argmax()))
        last = network.step(cache, found[-1])
    return logits, found


def test_it_reads_what_a_plain_run_would(folder: Path) -> None:
    tokenizer = Tokenizer(folder, ModelConfig.load(folder))
    network, plain = load(folder, dtype="float32"), plain_llama(folder).float()
    prompt = tokenizer.prompt(QUESTION, None)
    for text in (TEXT[:60], TEXT):
        passage = tokenizer.passage(text)
        whole = torch.tensor([[*tokenizer.prefix(), *passage, *prompt]])
        assert tokenizer.decode(whole[0].tolist()) == tokenizer.text(text, QUESTION, None)
        with torch.no_grad():
            expected = plain(whole).logits[0, -len(prompt) :]
            made = plain.generate(whole, max_new_tokens=GREEDY, do_sample=False)
        [written] = write_alone(network, [passage], as_kv=True)
        logits, found = read(network, prompt, written.vectors)
        assert (logits - expected).abs().max() < CLOSE * expected.abs().max()
        following = made[0, whole.shape[1] :].tolist()
        assert found[: len(following)] == following
        kept = packed(written.vectors, parts=2).unpacked(torch.float32)
        off = (read(network, prompt, kept)[0] - expected).norm() / expected.norm()
        assert 0 < off < CLOSE_KEPT
