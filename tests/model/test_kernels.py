"""What a CPU keeps of the kernels that it makes for products of new shapes."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch

from mplus_cli.model.machine.kernels import KEPT
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.toy import make_checkpoint

MAKES_KERNELS = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available() or not torch.ops.mkldnn._is_mkldnn_bf16_supported(),
    reason="a CPU that makes no kernels for bfloat16",
)

# A process of its own: how many are kept is settled by its first product.
PROGRAM = """
from pathlib import Path
import torch
from mplus_cli.model.prepared.load import load
load(Path({folder!r}))
weight = torch.ones(64, 64, dtype=torch.bfloat16)
for again in range(2):
    print("round", flush=True)
    for rows in range(2, {kinds} + 2):
        torch.ones(rows, 64, dtype=torch.bfloat16) @ weight.T
"""


def made(folder: Path, kinds: int, **chosen: str) -> Counter[str]:
    """Kernels made in the second of two rounds of products of so many shapes: `hit` where one was
    kept, `miss` where it was not.
    """
    environment = {name: value for name, value in os.environ.items() if name not in KEPT}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(folder=str(folder), kinds=kinds)],
        env=environment | {"ONEDNN_VERBOSE": "profile_create"} | chosen,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    second = told.split("round\n")[2]
    return Counter(each for each in ("hit", "miss") for _ in range(second.count(f"cache_{each}")))


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    checkpoint = make_checkpoint(tmp_path / "checkpoint", "chunks", tokenizer=False)
    prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    return tmp_path / "prepared"


@MAKES_KERNELS
def test_a_loaded_model_keeps_what_one_question_needs_and_not_all_of_many(prepared: Path) -> None:
    most = int(KEPT["ONEDNN_PRIMITIVE_CACHE_CAPACITY"])
    assert made(prepared, 30)["miss"] == 0
    # Of those used one after the other the last to be used again has just gone.
    assert made(prepared, most + 10) == {"miss": most + 10}


@MAKES_KERNELS
def test_who_has_chosen_a_number_keeps_as_many(prepared: Path) -> None:
    assert made(prepared, 30, ONEDNN_PRIMITIVE_CACHE_CAPACITY="20") == {"miss": 30}
