"""The module that comes with mplus, without its base's layers: what it reads in the diary of the
docs, and in what it was never trained on.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer

import mplus_cli.model
from mplus_cli.model.net.lm2.module import Lm2
from mplus_cli.model.net.lm2.sentences import Sentences
from mplus_cli.model.prepared import catalog
from mplus_cli.model.prepared.known import CATALOG
from mplus_cli.model.prepared.slots import module_of
from store.kinds.cell import Cell, Matrix
from tests.training.conftest import CACHE

PARTS = Path(mplus_cli.model.__file__).parent / "data" / "smollm2-lm2" / "lm2.safetensors"
DIARY = Path(__file__).parents[2] / "docs" / "examples" / "stock-june.txt"
END = 2
LINES = 3  # of a segment
LIKELY = 0.5  # from what doubt on nothing is said


class Told:
    """Texts in the slots of the module; `asked` says what is read there."""

    def __init__(self) -> None:
        folder = catalog.prepared_folder("smollm2", CACHE)
        self._tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
        outer = load_file(folder / "outer.safetensors")
        self._embedding, self._norm = outer["embedding"].float(), outer["final_norm"].float()
        found = load_file(PARTS)
        self._module: Lm2 = module_of(CATALOG["smollm2-lm2"].sizes, found.get)
        count = range(self._tokens.get_vocab_size())
        texts = [self._tokens.decode([token], skip_special_tokens=False) for token in count]
        self._sentences, shape = Sentences(texts), self._module.shape
        self._cell = Cell(Matrix.empty(64, shape.tag + shape.value), shape.tag)
        self._segments = 0

    def _x(self, ids: list[int]) -> torch.Tensor:
        return self._module.whitened(self._embedding[ids])[None]

    @torch.inference_mode()
    def tell(self, text: str) -> None:
        ids, ends = self._sentences.read(self._tokens.encode(text, add_special_tokens=False).ids)
        rows = self._module.rows(self._x(ids), torch.tensor([ends]))
        self._segments += 1
        self._cell.let_in(rows[0].flatten(0, 1).half().numpy(), self._segments)

    def _read(self, question: str, said: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """What the last of all tokens so far adds [d] and reads [H,N]."""
        prompt = f"Question: {question}\nAnswer:"
        x = self._x([*self._tokens.encode(prompt, add_special_tokens=False).ids, *said])
        slots = torch.from_numpy(self._cell.matrix.slots)[None]
        added, weights = self._module.read(x, torch.tensor([[x.shape[1] - 1]]), slots)
        return added[0, 0], weights[0, 0]

    @torch.inference_mode()
    def knows(self, question: str) -> bool:
        """Whether there is an answer: else it is declined."""
        return float(self._read(question, [])[1][0].sum()) > 1 - LIKELY

    @torch.inference_mode()
    def asked(self, question: str) -> str:
        said = list[int]()
        while not said or (said[-1] != END and len(said) < 8):
            added = self._read(question, said)[0]
            last = F.rms_norm(added, added.shape, self._norm, 1e-5)
            said.append(int((last @ self._embedding.T).argmax()))
        return str(self._tokens.decode(said)).strip()


@pytest.fixture
def told() -> Told:
    return Told()


def test_the_diary_of_the_docs(told: Told) -> None:
    lines = DIARY.read_text(encoding="utf-8").splitlines()
    for at in range(0, len(lines), LINES):
        told.tell("\n".join(lines[at : at + LINES]))
    assert told.asked("How many boxes of tea are there?") == "28"
    assert told.asked("How many bars of soap are there?") == "10"
    assert told.asked("How many candles are there?") == "30"
    told.tell("1 July: There are 55 boxes of tea left.")
    assert told.asked("How many boxes of tea are there?") == "55"
    assert told.asked("How many candles are there?") == "30"


def test_what_was_never_told_is_not_known(told: Told) -> None:
    told.tell("1 July: There are 28 boxes of tea left. Mary went to the garden.")
    assert told.knows("How many boxes of tea are there?")
    assert told.knows("Where is Mary?")
    assert not told.knows("How many umbrellas are there?")
    assert not told.knows("Where is Bill?")
    assert not told.knows("Why did the window cleaner come?")


def test_numbers_of_up_to_three_digits(told: Told) -> None:
    for number in (7, 55, 78, 86, 120, 155, 800, 30, 3):
        told.tell(f"2 July: There are {number} boxes of tea left.")
        told.tell("A customer bought some tea.")  # which tells no number
        assert told.asked("How many boxes of tea are there?") == str(number)


def test_two_facts_in_one_answer(told: Told) -> None:
    told.tell("Mary moved to the bathroom. John went to the kitchen.")
    told.tell("Mary got the milk there.")
    assert told.asked("Where is the milk?") == "bathroom"
    told.tell("Mary went to the garden.")
    assert told.asked("Where is the milk?") == "garden"  # it went with her
    told.tell("Mary dropped the milk. Mary went to the office.")
    assert told.asked("Where is the milk?") == "garden"
    assert told.asked("Where is Mary?") == "office"
    assert told.asked("Is John in the kitchen?") == "yes"
    assert told.asked("Is John in the office?") == "no"
