"""Memories asked about the stories of a cell, and what that took."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import torch

from bench.babilong.arm import Arm
from bench.babilong.material import Cell, Material
from training.stories.babi import scored
from training.stories.telling import TOKENS

CONTROLS = 50  # questions that are asked of another story's memory, at most
_TIMED = 21  # segments


@torch.no_grad()
def asked(arm: Arm[Any], cell: Cell, budget_s: float, tokens: int) -> dict[str, Any]:
    """How many of a cell's questions are answered right, until there is no time left for more.

    tokens: of stories that are in memory at once. right: by BABILong's rule; exact: an answer and
    nothing else; another: right ones of another story's memory.
    """
    if not arm.fits(cell.segments):
        return {"fits": False}
    begun, count = time.perf_counter(), max(2, tokens // (TOKENS * max(1, cell.segments)))
    found = {"asked": 0, "right": 0, "exact": 0, "another_asked": 0, "another_right": 0}
    bytes_, answering = 0, 0.0
    for start in range(0, len(cell.stories), count):
        part = replace(cell, stories=cell.stories[start : start + count])
        memory = arm.written(part.stories if cell.segments else part.untold)
        bytes_ += memory.bytes
        started = time.perf_counter()
        said = _said(arm, memory, part, 0)
        answering += time.perf_counter() - started
        found["asked"] += len(said)
        found["right"] += sum(is_right for is_right, _ in said)
        found["exact"] += sum(is_exact for _, is_exact in said)
        if cell.segments and len(said) > 1 and found["another_asked"] < CONTROLS:
            other = _said(arm, memory, part, 1)
            found["another_asked"] += len(other)
            found["another_right"] += sum(is_right for is_right, _ in other)
        if time.perf_counter() - begun > budget_s:
            break
    figures = {
        "bytes": bytes_ // found["asked"],
        "question_ms": round(1000 * answering / found["asked"], 1),
    }
    return {"fits": True, **found, **figures}


def _said(arm: Arm[Any], memory: Any, cell: Cell, shift: int) -> list[tuple[bool, bool]]:
    """Of each story's question whether it is answered right, and exactly so; shift: how far away
    the story is whose memory is asked.
    """
    questions = cell.asked
    owners = [(at + shift) % len(questions) for at in range(len(questions))]
    answers = arm.answers(memory, owners, [each.question for each in questions])
    return [
        (
            scored(each.question, answer, each.answers[0], cell.labels),
            _plain(answer) in map(_plain, each.answers),
        )
        for each, answer in zip(questions, answers, strict=True)
    ]


def _plain(text: str) -> str:
    return text.lower().strip(" .")


@torch.no_grad()
def writing_ms(arm: Arm[Any], material: Material) -> float:
    """Milliseconds that 1,000 tokens take to be written which nothing is known of yet."""
    *others, story = (material.unknown(count) for count in (2, _TIMED))
    arm.written(others)  # the first time much is loaded
    begun = time.perf_counter()
    arm.written([story])
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    tokens = sum(len(segment.ids) for segment in story.segments)
    return round(1e6 * (time.perf_counter() - begun) / tokens, 1)
