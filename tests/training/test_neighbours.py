"""Neighbours are what a search by text brings for a passage's questions, never the passage itself."""

from training.data import Passage, Question
from training.neighbours import neighbours


def test_the_nearest_by_text_come_first() -> None:
    asks = (Question("When was the harbour of Velm built?", ("1832",)), Question("Who?", ()))
    passages = [
        Passage("The harbour of Velm was built in 1832.", None, asks),
        Passage("Bread needs flour, water, salt.", None, ()),
        Passage("The harbour of Orra was built in 1901, and that of Velm before.", None, ()),
        Passage("A harbour is a place for ships.", None, ()),
    ]
    found = neighbours(passages)
    assert found[0][0] == 2
    assert 0 not in found[0]
    assert 1 not in found[0]
    assert found[1:] == [[], [], []]
