"""What the passages of other memories have in the place of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from mplus_cli.asking.alike import occurrences
from mplus_cli.asking.settling.disagree import disagreeing
from mplus_cli.asking.settling.scene import Scene
from mplus_cli.asking.sources import source_of
from mplus_cli.results.answers import Alternative, Answer, Passage


def otherwise(
    question: str, answer: Answer, own: Passage, others: Sequence[Passage]
) -> list[Alternative]:
    """What other memories say in the same sentence, as documents of one memory that disagree.

    own: the passage that the answer is from; of it and the others no more is known than their
    texts, so no date tells which is newer. Nothing where the answer does not stand there.
    """
    places = occurrences(answer.text, own.text)
    if answer.declined or not places:
        return []
    scene, scenes = _scene(own), [_scene(each) for each in others]
    return [
        Alternative(found.text, False, None, source_of(passage, question, found.text))
        for found in disagreeing(question, scene, *places[0], scenes)
        for passage, other in zip(others, scenes, strict=True)
        if other is found.scene
    ]


def _scene(passage: Passage) -> Scene:
    # Two memories may have a document of one name; documents of one name say nothing otherwise.
    path = f"{passage.memory}/{passage.path}"
    return Scene(passage.text, 0, len(passage.text), "", path)
