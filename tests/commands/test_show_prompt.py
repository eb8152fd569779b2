"""`ask --show-prompt`: what a plain run of the model would be given for the same answer."""

from pathlib import Path

import pytest
import torch

from tests.conftest import Run

TEXT = "# Doors\n\n## Gate\n\nThe gate code is 4711. It changes in May.\n\n" + "".join(
    f"## Door {number}\n\nDoor number {number} has the code {number * 37}, and a brass handle.\n\n"
    for number in range(30)
)


@pytest.fixture
def filled(toys: dict[str, Path], mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["plain"]))
    (world / "doors.md").write_text(TEXT)
    assert mplus("inject", "doors.md").code == 0
    return world


def test_a_plain_run_of_the_prompt_gives_the_same_answer(
    filled: Path, toys: dict[str, Path], mplus: Run
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    found = mplus("ask", "Which code has door 7?", "--show-prompt", "--json", "-n", "8").json
    prompt, passage = found["prompt"], found["sources"][0]
    tokenizer = AutoTokenizer.from_pretrained(toys["plain"])
    assert tokenizer.encode(prompt["text"], add_special_tokens=False) == prompt["ids"]
    assert " ".join(prompt["text"].split()).count(passage["snippet"].removesuffix(" …")) == 1
    model = AutoModelForCausalLM.from_pretrained(toys["plain"], dtype=torch.float32)
    ids = torch.tensor([prompt["ids"]])
    answer = model.generate(ids, max_new_tokens=8, do_sample=False)[0, ids.shape[1] :]
    text = tokenizer.decode(answer, skip_special_tokens=True)
    # Keys and values are kept in 8 bits: the first token is the same, the others as a rule.
    assert found["answer"][:1] == text.strip()[:1]


def test_it_is_shown_beside_the_answer(filled: Path, mplus: Run) -> None:
    found = mplus("ask", "Which code has door 7?", "--show-prompt", "-n", "2")
    assert "<|im_start|>user\nPassage:\n" in found.err
    assert "Question: Which code has door 7?<|im_end|>" in found.err
    assert "Passage:" not in mplus("ask", "Which code has door 7?", "-n", "2").err


@pytest.mark.parametrize("layout", ["chunks", "mplus"])
def test_models_with_parts_of_their_own_show_what_there_is(
    layout: str,
    toys: dict[str, Path],
    mplus: Run,
    world: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (world / "doors.md").write_text(TEXT)
    monkeypatch.setenv("MPLUS_MODEL", str(toys[layout]))
    mplus("inject", "doors.md")
    ran = mplus("ask", "Which door?", "--show-prompt", "--json", "-n", "2")
    assert ran.code == 0, ran.err
    prompt = ran.json["prompt"]
    assert "Which door?" in prompt["text"]
    read = ran.json["sources"][0]["snippet"].removesuffix(" …")
    assert (read in " ".join(prompt["text"].split())) == (layout == "chunks")
    assert prompt["ids"]
