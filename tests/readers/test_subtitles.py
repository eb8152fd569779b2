"""Subtitles as people write them: what is said is read, whatever the lines around it."""

from __future__ import annotations

import pytest

from mplus_cli.readers import read_document


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\n00:00:11 --> 00:00:12\nNo parts of seconds", "No parts of seconds"),
        ("1\n00:00:01,0-->00:00:02,0\n\nBehind an empty line", "Behind an empty line"),
        ("1\n00:00:01,0 --> 00:00:02,0\nOne\n\nmore\n\n2\n00:00:03,0 --> 00:00:04,0\nTwo", None),
        ("1\n00:00:01,0 --> 00:00:02,0\nOne\nmore\n2\n00:00:03,0 --> 00:00:04,0\nTwo", None),
        ("00:00:01,0 --> 00:00:02,0\nOne\nmore\n00:00:03,0 --> 00:00:04,0\nTwo", None),
        ("1\n00:00:01,0 --> 00:00:02,0\nIn\n1999\n\n2\n00:00:03,0 --> 00:00:04,0\n", "In\n1999"),
    ],
)
def test_cues_of_any_hand(text: str, said: str | None) -> None:
    assert read_document("a.srt", text.encode()).text == (said or "One\nmore\nTwo")


def test_notes_styles_and_names_of_cues_are_not_said() -> None:
    document = read_document(
        "a.vtt",
        b"WEBVTT\n\nNOTE by\nme\n\nSTYLE\n::cue{}\n\nintro\n00:01.000 --> 00:02.000\nHi\n\n"
        b"second one\n00:02.500 --> 00:03.000\nNOTE this well\n",
    )
    assert document.text == "Hi\nNOTE this well"


def test_what_is_said_twice_is_read_twice_and_what_is_shown_on_once() -> None:
    cue = "00:00:0{}.000 --> 00:00:0{}.000\n{}\n\n"
    cues = [cue.format(1, 2, "No."), cue.format(3, 4, "No."), cue.format(4, 5, "No.\nYes.")]
    assert read_document("a.srt", "".join(cues).encode()).text == "No.\nNo.\nYes."
