"""Subtitles (SRT, WebVTT): what is said, and when."""

from __future__ import annotations

import html
import re

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import decode

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,]\d{1,3}"
_CUE = re.compile(
    rf"^[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*\n((?:[^\n]*\S[^\n]*(?:\n|\Z))*)", re.MULTILINE
)
_BEGINS = re.compile(rf"\s*(?:\d+\s*\n\s*)?{_TIME}\s*-->")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*+)?\s++([^<>]*+)>")
_TAG = re.compile(r"</?[a-zA-Z\d][^<>]*>|\{\\[^{}]*\}")


def looks_like_subtitles(head: str) -> bool:
    """Whether a text begins as WebVTT or with a time and an arrow."""
    return head.startswith("WEBVTT") or _BEGINS.match(head) is not None


def read_subtitles(data: bytes, job: Job) -> Document:
    """Subtitles; places are times. Lines that are shown again, as in rolling captions, come once.

    Raises `ReadError` where nothing has a time.
    """
    blocks = Blocks()
    said = ""
    for match in _CUE.finditer(decode(data, job=job) + "\n"):
        times = match.groups()
        lines = [line for line in _shown(times[6]).split("\n") if line]
        new = "\n".join(line for line in lines if line not in said.split("\n"))
        said = "\n".join(lines)
        blocks.number = _seconds(times[:3])
        blocks.paragraph(new, tight=True, last=_seconds(times[3:6]))
    if blocks.number is None:
        raise ReadError("no subtitles: no line with times is found", "check it, or name it .txt")
    return blocks.document("subtitles", "time")


def _shown(text: str) -> str:
    """A cue's text without marks of style; who speaks stands before it."""
    plain = html.unescape(_TAG.sub("", _VOICE.sub(r"\1: ", text)))
    return "\n".join(" ".join(line.split()) for line in plain.split("\n"))


def _seconds(time: tuple[str | None, ...]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in time)
    return hours * 3600 + minutes * 60 + seconds
