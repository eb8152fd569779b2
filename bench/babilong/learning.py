"""Memories trained for some minutes, in a folder where they go on."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random
from typing import Any

import torch
from rich.progress import Progress

from bench.babilong.arm import Arm
from training.run import Run

_WARM_UP, _FALL, _LAST = 20, 0.45, 0.02  # steps; parts of the time and of the rate
_SAVE_S = 60


def trained(arm: Arm[Any], folder: Path, minutes: float, seed: int) -> float:
    """Train a memory until it was for so many minutes, all runs in the folder together, and get it
    ready to be asked. The minutes that it took, on a CPU those of its cores: so they are the same
    whatever else the machine does. Those of preparations don't count.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    arm.start(folder, seed)
    clock = folder / "seconds.json"
    spent = json.loads(clock.read_text()) if clock.exists() else 0.0
    if arm.parameters:
        run = Run(arm.parameters, folder, "parameters")
        spent = _learned(arm, run, clock, spent, 60 * minutes, seed)
    arm.prepare()
    return float(spent / 60)


def _learned(arm: Arm[Any], run: Run, clock: Path, spent: float, wanted: float, seed: int) -> float:
    """Go on until it took so many seconds in all."""
    saved, now = spent, time.perf_counter if torch.cuda.is_available() else time.process_time
    with Progress() as bar:
        task = bar.add_task(arm.name, total=wanted, completed=int(spent))
        while spent < wanted:
            begun, done = now(), spent / wanted
            loss = arm.loss(Random(f"taught {seed} {run.step}"), done)
            left = (1 - done) / _FALL
            run.learn(loss, arm.rate * max(_LAST, min(1.0, (run.step + 1) / _WARM_UP, left)))
            run.log(loss=round(loss.item(), 4))
            spent += now() - begun
            bar.update(task, completed=spent, description=f"{arm.name} {loss.item():.2f}")
            if spent >= wanted or spent - saved > _SAVE_S:
                run.save()
                clock.write_text(json.dumps(spent))
                saved = spent
    return spent
