"""Subtitles (SRT, WebVTT): what is said, and when."""

from __future__ import annotations

import html
import re
from itertools import zip_longest

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import decode

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2}(?:[.,]\d{1,3})?)"
_CUE = re.compile(rf"^[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*$", re.MULTILINE)
_BEGINS = re.compile(rf"\s*(?:\d+\s*\n\s*)?{_TIME}\s*-->")
_NO_CUE = re.compile(r"(?<=\n\n)(?:NOTE(?=\s)|STYLE$|REGION$)[^\n]*(?:\n[^\n]+)*", re.MULTILINE)
_MAX_GAP = 0.25
"""Seconds between two cues of which the second shows the lines of the first on."""
_VOICE = re.compile(r"<v(?:\.[^\s<>]*+)?\s++([^<>]*+)>")
_TAG = re.compile(r"</?[a-zA-Z\d][^<>]*>|\{\\[^{}]*\}")


def looks_like_subtitles(head: str) -> bool:
    """Whether a text begins as WebVTT or with a time and an arrow."""
    return head.startswith("WEBVTT") or _BEGINS.match(head) is not None


def read_subtitles(data: bytes, job: Job) -> Document:
    """Subtitles; places are times. Lines that are shown on, as in rolling captions, come once.

    Raises `ReadError` where nothing has a time.
    """
    blocks = Blocks()
    text = decode(data, job=job)
    if text.startswith("WEBVTT"):
        text = _NO_CUE.sub("", text)
    shown: list[str] = []
    shown_until = 0.0
    cues = list(_CUE.finditer(text))
    for cue, following in zip_longest(cues, cues[1:]):
        times = cue.groups()
        start, until = _seconds(times[:3]), _seconds(times[3:])
        said = text[cue.end() : following.start()] if following else text[cue.end() :]
        lines = [line for line in _shown(_unnamed(said) if following else said).split("\n") if line]
        goes_on = start - shown_until <= _MAX_GAP
        new = [line for line in lines if not (goes_on and line in shown)]
        shown, shown_until = lines, until
        blocks.number = int(start)
        blocks.paragraph("\n".join(new), tight=True, last=int(until))
    if blocks.number is None:
        raise ReadError("no subtitles: no line with times is found", "check it, or name it .txt")
    return blocks.document("subtitles", "time")


def _unnamed(said: str) -> str:
    """What stands between the times of two cues, without the number or the name of the second."""
    above, _, last = said.rstrip("\n").rpartition("\n")
    is_number = last.strip().isdigit()
    is_name = above.endswith("\n") and above.strip("\n \t") != ""
    return above if said.endswith(f"{last}\n") and (is_number or is_name) else said


def _shown(text: str) -> str:
    """A cue's text without marks of style; who speaks stands before it."""
    plain = html.unescape(_TAG.sub("", _VOICE.sub(r"\1: ", text)))
    return "\n".join(" ".join(line.split()) for line in plain.split("\n"))


def _seconds(time: tuple[str | None, ...]) -> float:
    hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in time)
    return hours * 3600 + minutes * 60 + seconds
