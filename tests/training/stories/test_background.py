"""Background: short plain sentences, from passages or built in."""

import gzip
import json
from pathlib import Path

import pytest

from mplus_cli.errors import ReadError
from training.stories import background

TEXT = (
    "The bridge of the town is old. It was built by the U.S. Army in March. Who knows? Stop. "
    "and so it went on for years. The café is closed now. The bridge of the town is old."
)


def written(path: Path, *contexts: object) -> Path:
    lines = "".join(json.dumps({"context": each}) + "\n" for each in contexts).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path


@pytest.mark.parametrize("name", ["qa.jsonl", "qa.jsonl.gz"])
def test_plain_short_sentences_are_taken_once(tmp_path: Path, name: str) -> None:
    assert background.sentences(written(tmp_path / name, TEXT)) == (
        "The bridge of the town is old.",
    )


def test_nouns_are_those_that_occur_often(tmp_path: Path) -> None:
    path = written(tmp_path / "qa.jsonl", *["The bridge of the town is near the town."] * 2)
    assert background.nouns(path) == ("town",)


def test_what_is_no_passage_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "qa.jsonl", TEXT, 3)
    with pytest.raises(ReadError, match="line 2 is no passage"):
        background.sentences(path)
    path.write_text("[]\n")
    with pytest.raises(ReadError, match="line 1 is no passage"):
        background.nouns(path)


def test_the_built_in_sentences_are_as_those_of_passages() -> None:
    assert len(set(background.BUILT_IN)) == len(background.BUILT_IN) >= 60
    for each in background.BUILT_IN:
        assert 4 <= len(each.split()) <= 16
        assert each.isascii() and each.endswith(".") and each[0].isupper()
