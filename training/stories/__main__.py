"""Prints a story to look at: python -m training.stories --kind qa2 --segments 4 --seed 1"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random

from tokenizers import Tokenizer

from mplus_cli.model.prepared.catalog import find
from mplus_cli.model.prepared.known import DEFAULT
from mplus_cli.settings import load_settings
from store.errors import MplusError
from training.stories import Stories, Words, background
from training.stories.telling import KINDS


def main() -> None:
    """Tells one story in the words of a prepared model's tokenizer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=KINDS, default="qa1")
    parser.add_argument("--segments", type=int, default=4)
    parser.add_argument("--facts", type=int, help="how many segments tell facts; else some of them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--unseen", action="store_true", help="in words that training never sees")
    parser.add_argument("--background", type=Path, nargs="*", default=[], help="files of passages")
    parser.add_argument("--base", default=DEFAULT, help="whose tokenizer counts")
    given = parser.parse_args()
    folder = find(given.base, load_settings({}).cache)
    tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
    words = Words.of(tokens, given.unseen, background.nouns(*given.background))
    between = background.sentences(*given.background) or background.BUILT_IN
    facts = 0.8 if given.facts is None else given.facts
    story = Stories(tokens, words, between).story(
        Random(given.seed), given.kind, given.segments, facts
    )
    for number, segment in enumerate(story.segments, 1):
        print(f"[{number}: {len(segment.ids)} tokens] {segment.text}")
        for asked in segment.asked:
            print(f"    {asked.kind}: {asked.question} {' | '.join(asked.answers)}")


if __name__ == "__main__":
    try:
        main()
    except MplusError as error:
        sys.exit(str(error))
