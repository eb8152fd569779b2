"""Sentences that say nothing of a story, to stand between its facts; and nouns out of texts."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mplus_cli.errors import ReadError
from training.stories.files import numbered_lines

_ENDS = re.compile(r"(?<=[.!?])\s+")
_CUT = re.compile(r"(\b[A-Za-z]{1,2}|\.\w+)\.$")  # "U.S.", "St.": no sentence ends there
_NOUN = re.compile(
    r"\bthe ([a-z]{3,12})(?=[.,;]| (?:of|is|was|in|and|to|at|on|has|had|were|are)\b)"
)
_LEAST = 3  # times that a noun occurs


def sentences(*paths: Path) -> tuple[str, ...]:
    """Sentences of 4 to 16 words in ASCII, each once, of passages: `.jsonl` or `.jsonl.gz` files
    as `training.data` describes them.

    Raises:
        ReadError: a file can't be read, or a line is no passage.
    """
    found: dict[str, None] = {}
    for context in _contexts(*paths):
        for each in _ENDS.split(context):
            fits = 4 <= len(each.split()) <= 16 and each.isascii() and each.endswith(".")
            if fits and each[:1].isupper() and not _CUT.search(each):
                found[each] = None
    return tuple(found)


def nouns(*paths: Path) -> tuple[str, ...]:
    """Nouns of the same passages, the frequent ones first: words between "the" and what may follow
    a noun.
    """
    counts = Counter(noun for context in _contexts(*paths) for noun in _NOUN.findall(context))
    return tuple(noun for noun, count in counts.most_common() if count >= _LEAST)


def _contexts(*paths: Path) -> Iterator[str]:
    for path in paths:
        for number, line in numbered_lines(path):
            try:
                context = json.loads(line)["context"]
            except (ValueError, KeyError, TypeError):
                context = None
            if not isinstance(context, str):
                raise ReadError(f"line {number} is no passage", path=str(path))
            yield context


BUILT_IN = (
    "Rain fell for most of the morning.",
    "The days are getting shorter now.",
    "Iron rusts when it stays wet for long.",
    "Bees can see colors that we cannot.",
    "A good knife needs little force.",
    "The river carries more sand in spring.",
    "Glass is made of sand and heat.",
    "Most owls hunt at night.",
    "Snow is quiet because it is full of air.",
    "The moon shows us one side only.",
    "Old maps often leave the far north empty.",
    "Bread tastes best on its first day.",
    "A year on Mars is almost two of ours.",
    "Salt makes water freeze later.",
    "Wood shrinks when it dries.",
    "The wind turned to the west at noon.",
    "Nothing grows well under a walnut tree.",
    "Sound travels faster in water than in air.",
    "The oldest trees are several thousand years old.",
    "Cats sleep for more than half of the day.",
    "Copper turns green in the open air.",
    "Many birds fly south when it gets cold.",
    "A square has four equal sides.",
    "Nobody remembers who built the wall.",
    "Clouds are heavier than they look.",
    "The first trains were slower than horses.",
    "Tea was once carried over land.",
    "Ice is lighter than water.",
    "Some seeds wait for a fire before they grow.",
    "It takes eight minutes until sunlight is here.",
    "Paper was made of rags for a long time.",
    "The tide comes twice a day.",
    "A candle burns longer when it is cold.",
    "Gold does not rust.",
    "Whales breathe air like we do.",
    "The longest night is in December.",
    "Honey keeps for many years.",
    "Spiders are no insects.",
    "Frost drew patterns on the windows.",
    "Fresh paint smells for about a week.",
    "The stars seem to turn around the north.",
    "Few plants can live on bare rock.",
    "Rivers bend more where the land is flat.",
    "Lightning is hotter than the face of the sun.",
    "Two of the chairs did not match the others.",
    "The dog next door barked for an hour.",
    "Leaves turn red before they fall.",
    "Sharks are older than trees.",
    "Wool keeps warm even when it is wet.",
    "The road was closed because of fallen trees.",
    "A violin has four strings.",
    "Fog usually lifts before noon.",
    "Light bends where air meets water.",
    "The bridge was painted gray last year.",
    "Ants can carry many times their own weight.",
    "The news was on, but nobody listened.",
    "Deserts are cold at night.",
    "Swans stay together for life.",
    "Some clocks have no hands at all.",
    "Every snowflake has six sides.",
    "The soup needed a little more time.",
    "Bamboo is a kind of grass.",
    "Ships were tied with thick ropes.",
    "Dust settles even in closed rooms.",
    "The shortest way is not always the fastest.",
    "Warm air rises and cold air sinks.",
    "Horses can sleep while they stand.",
    "The paint on the fence has begun to peel.",
    "Olive trees need hardly any water.",
    "It smelled of wet leaves and smoke.",
)
