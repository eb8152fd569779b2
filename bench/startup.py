"""How long a command takes from its start to its end, against `import torch` and against
transformers.

    python -m bench.startup [--rounds 7] [--neighbours N] [--json FILE]

Every command is a process of its own, run in turns, so that the ratios hold on a noisy machine; the
first round only warms the page cache and Python's compiled files, and does not count. `ask` answers
from a short note with the default model; the script with transformers loads the same base as saved
by it, and answers from the same note in its prompt.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.machine import MPLUS, ROOT, keep, machine, neighbours, timed, timing_options
from bench.plain import plain_llama
from mplus_cli.engine import Engine
from mplus_cli.settings import load_settings

NOTE = (
    "The watering pump of the old garden stands behind the shed. It was built in 1961 by Ida "
    "Ferrante, and must\nrun for twenty minutes each evening in July. The gate code is 4417; "
    "whoever changes it writes it into this note."
)
QUESTION = "Who built the pump, and where does it stand?"
TOKENS = 10
TRANSFORMERS = """
import sys
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
folder, prompt, tokens = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
ids = tokenizer(prompt, return_tensors="pt")
out = model.generate(**ids, max_new_tokens=int(tokens), do_sample=False)
print(tokenizer.decode(out[0, ids["input_ids"].shape[1]:]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    timing_options(parser, 7)
    chosen = parser.parse_args()
    found = {"machine": machine(), "rounds": chosen.rounds, "neighbours": chosen.neighbours}
    with tempfile.TemporaryDirectory() as folder:
        programs = commands(Path(folder))
        with neighbours(chosen.neighbours):
            found["commands"] = figures(measure(programs, chosen.rounds))
    keep(found, chosen.json)


def commands(folder: Path) -> dict[str, list[str]]:
    """What to run, after making what it needs: a memory of one note, and the base as transformers
    saves it.
    """
    note, memory, base = folder / "note.txt", str(folder / "memory"), folder / "base"
    note.write_text(NOTE)
    run([*MPLUS, "inject", str(note), "-M", memory, "-m", "smollm2"])
    save_base(base)
    return {
        "import torch": [sys.executable, "-c", "import torch"],
        "mplus status": [*MPLUS, "status", "-M", memory],
        "mplus ls": [*MPLUS, "ls", "-M", memory],
        f"mplus ask -n {TOKENS}": [*MPLUS, "ask", QUESTION, "-M", memory, "-n", str(TOKENS)],
        "transformers": [
            sys.executable,
            "-c",
            TRANSFORMERS,
            str(base),
            f"{NOTE}\n\n{QUESTION}\n",
            str(TOKENS),
        ],
    }


def save_base(folder: Path) -> None:
    """The default model's base, from its prepared weights, in the form that `from_pretrained`
    reads.
    """
    from transformers import PreTrainedTokenizerFast

    prepared = Engine(load_settings({"model": "smollm2"}), None).folder
    plain_llama(prepared).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_file=str(prepared / "tokenizer.json")).save_pretrained(folder)


def measure(programs: dict[str, list[str]], rounds: int) -> dict[str, list[float]]:
    """Name -> seconds of each round."""
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(rounds + 1):
        for name, command in programs.items():
            took = run(command)
            if turn:
                seconds[name].append(took)
    return seconds


def run(command: list[str]) -> float:
    """Seconds that a process took."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    environment |= {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    return timed(
        lambda: subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
    )[0]


def figures(seconds: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Medians, and how often `import torch` goes into them."""
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    return {
        name: {
            "median_s": round(medians[name], 3),
            "least_s": round(min(each), 3),
            "to_import_torch": round(medians[name] / medians["import torch"], 2),
        }
        for name, each in seconds.items()
    }


if __name__ == "__main__":
    main()
